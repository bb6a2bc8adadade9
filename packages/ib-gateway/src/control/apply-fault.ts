/**
 * Passes a fault to the part of the gateway that it affects.
 */
import type { Fault } from '../session/fault-schema.js';
import type { GatewayParts } from '../session/port.js';
import type { AnyFault } from './any-fault.js';
import { applyExchangeFault, type ExchangeFault, exchangeFaultSchema } from './exchange-fault.js';
import type { MarketChange } from './market-change.js';
import { type MarketFault, marketChanges } from './market-fault.js';

/** The parts that faults affect. */
export interface FaultTargets extends GatewayParts {
  readonly server: {
    readonly faults: { apply(fault: Fault): void };
    record(type: string, fields: Readonly<Record<string, unknown>>): void;
  };
  /** Changes the market. */
  set(change: MarketChange): void;
}

const EXCHANGE_KINDS: ReadonlySet<string> = new Set(
  exchangeFaultSchema.options.map((option) => option.shape.kind.value),
);

function isExchangeFault(fault: AnyFault): fault is ExchangeFault {
  return EXCHANGE_KINDS.has(fault.kind);
}

/** Applies a fault and journals it. Throws an Error when it names something that does not exist. */
export function applyFault(targets: FaultTargets, fault: AnyFault): void {
  const { server } = targets;
  if (fault.kind !== 'spoilQuote' && !isExchangeFault(fault)) {
    server.faults.apply(fault);
    return;
  }
  const { kind, ...fields } = fault;
  server.record('FAULT', { fault: kind, ...fields });
  try {
    happen(targets, fault);
  } catch (error) {
    server.record('FAULT_MISSED', { fault: kind, text: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

function happen({ market, exchange, clock, set }: FaultTargets, fault: ExchangeFault | MarketFault): void {
  if (fault.kind === 'spoilQuote') {
    for (const change of marketChanges(market, fault, clock.now())) set(change);
    return;
  }
  if (!exchange.faults) throw new Error(`this exchange has no fault ${fault.kind}`);
  applyExchangeFault(exchange.faults, fault);
}
