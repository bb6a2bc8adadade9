/** The options of a gateway, and its handle. */
import type { AnyFaultInput } from './control/any-fault.js';
import type { MarketChange } from './control/market-change.js';
import type { JournalEntry } from './journal.js';
import type { GatewayPosition } from './model.js';

export interface GatewayOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** TWS API port; 0 lets the system choose. */
  readonly port: number;
  /** Port of the control interface (HTTP, JSON); 0 lets the system choose; undefined: none. */
  readonly controlPort?: number;
  readonly seed: number;
  /** Market seconds per wall second; ignored when `stepped`. Default 1. */
  readonly speed?: number;
  /** Stepped: time moves only by `advance` of the handle or of the control interface. */
  readonly stepped?: boolean;
  /** Start of the market clock, ISO 8601 with zone; default: the scenario's. `now` = the machine's clock. */
  readonly start?: string;
  /** A shipped scenario's name or a file's path; default `calm`. */
  readonly scenario?: string;
  /**
   * File that keeps positions, cash, orders, the day's executions and the clock across restarts; read at the start if it
   * exists. Market time continues from the saved one, and `start` is ignored. Default: nothing is kept.
   */
  readonly state?: string;
  /** File for the journal, one JSON object per line; default: memory only. */
  readonly journal?: string;
  /** Accounts the gateway manages; default one paper account, DU1000000. */
  readonly accounts?: readonly string[];
  /** Messages per second (wall time) that a client may send; 0: no limit. Default 50 running, 0 stepped. */
  readonly messageRate?: number;
}

export interface GatewayHandle {
  readonly host: string;
  readonly port: number;
  readonly controlPort: number | undefined;
  /** Market time, epoch ms. */
  now(): number;
  /** Time of the earliest scheduled exchange or scenario event, epoch ms. */
  nextEvent(): number | undefined;
  /**
   * Stepped mode: moves the clock to `to`, or to the first order or scenario event before it, whichever is earlier;
   * sends every frame that follows from it; returns the time reached.
   */
  advance(to: number): number;
  /** Journal entries so far (every frame both ways, decoded), from entry number `from` (default 1) on. */
  journal(from?: number): readonly JournalEntry[];
  /**
   * Applies a fault; throws a ZodError when it cannot be read and an Error when it has no target. The kinds are in
   * session/faults.ts and control/exchange-fault.ts.
   */
  fault(fault: AnyFaultInput): void;
  /** Changes the market from now on; throws a ZodError when it cannot be read. The kinds are in control/market-change.ts. */
  set(change: MarketChange): void;
  /** The account's positions at the exchange. */
  positions(): readonly GatewayPosition[];
  close(): Promise<void>;
}
