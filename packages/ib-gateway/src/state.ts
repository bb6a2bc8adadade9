/**
 * The state file: what a gateway keeps across a restart of its process.
 *
 * The file is replaced as a whole (written beside, then renamed): at once when the exchange reports a change, every second of wall
 * time, and at the end. A run that was killed may have told clients a later time than its last file holds; so the file of a running
 * clock names a time that the run cannot have reached before the next writing, and the next run begins there. Market time goes on from
 * where it was, however long the gateway was down.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { type MarketChange, marketChangeSchema } from './control/market-change.js';
import type { ExchangeState, SimulatedExchange } from './exchange/index.js';
import type { GatewayClock } from './model.js';

const VERSION = 1;
const SAVE_INTERVAL_MS = 1000;
/** Longest wall time that a running clock is assumed to go on after a write: the interval and its possible delay. */
const RESERVE_MS = 2 * SAVE_INTERVAL_MS;

/** What a state belongs to; a state of another market or account is of no use. */
export interface StateIdentity {
  readonly seed: number;
  readonly scenario: string;
  readonly accounts: readonly string[];
}

export interface AppliedChange {
  readonly at: number;
  readonly change: MarketChange;
}

/** The earlier run to continue. Times are epoch ms of the market. */
export interface GatewayState extends StateIdentity {
  /** Number of earlier runs. */
  readonly generation: number;
  /** Start of the market: where its given levels hold. */
  readonly origin: number;
  /** Time up to which the exchange has lived, and the start of the next run. */
  readonly savedAt: number;
  readonly resumeAt: number;
  readonly changes: readonly AppliedChange[];
  readonly exchange: ExchangeState;
}

// The head is checked, which proves that the rest is ours; the rest was written by this same code.
const headSchema = z.looseObject({
  version: z.literal(VERSION),
  seed: z.number().int(),
  scenario: z.string(),
  accounts: z.array(z.string()).min(1),
  generation: z.number().int().min(0),
  origin: z.number(),
  savedAt: z.number(),
  resumeAt: z.number(),
  changes: z.array(z.object({ at: z.number(), change: marketChangeSchema })),
  exchange: z.looseObject({
    cash: z.number(),
    equityYesterday: z.number(),
    marginFactor: z.number(),
    ...Object.fromEntries(
      ['holdings', 'live', 'done', 'nextIds', 'permIds', 'executions', 'commissions', 'pendingCommissions'].map(
        (name) => [name, z.array(z.unknown())],
      ),
    ),
  }),
});

/**
 * Reads a state file; undefined when there is none yet. Throws RangeError when it cannot be read as a state, or when it belongs
 * to another seed, scenario or account than the wanted ones.
 */
export function readState(file: string, wanted: StateIdentity): GatewayState | undefined {
  if (!existsSync(file)) return undefined;
  const parsed = headSchema.safeParse(jsonOf(file, readFileSync(file, 'utf8')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RangeError(`the state file ${file} cannot be read: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const state = parsed.data as unknown as GatewayState;
  if (nameOf(state) !== nameOf(wanted)) {
    throw new RangeError(`the state file ${file} is of ${nameOf(state)}, the gateway is to run ${nameOf(wanted)}`);
  }
  return state;
}

function nameOf({ seed, scenario, accounts }: StateIdentity): string {
  return `seed ${seed}, scenario ${scenario}, account ${accounts.join(', ')}`;
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError(`the state file ${file} is no JSON`);
  }
}

export interface KeeperParts {
  readonly file: string;
  readonly identity: StateIdentity;
  readonly origin: number;
  /** The state this run began from. */
  readonly before: GatewayState | undefined;
  readonly clock: GatewayClock;
  /** Market seconds per wall second of a running clock. */
  readonly speed: number;
  readonly exchange: SimulatedExchange;
}

/** Keeps the state file of a running gateway. */
export class StateKeeper {
  readonly #parts: KeeperParts;
  readonly #changes: AppliedChange[];
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  /** The exchange as it was last written. */
  #written = '';

  /**
   * Writes the file at once, so that no later run gets this one's number. Throws the system's error when it cannot be written.
   * Create it before the part that reports the exchange's events to clients: everything a client has seen must be on disk.
   */
  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#changes = [...(parts.before?.changes ?? [])];
    this.#write(JSON.stringify(parts.exchange.state()), this.#reserve());
    this.#unsubscribe = parts.exchange.on(() => this.#changed());
    this.#timer = setInterval(() => this.save(), SAVE_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Records a change of the market made at a time. */
  marketChanged(change: MarketChange, at: number): void {
    this.#changes.push({ at, change });
    this.save();
  }

  save(): void {
    this.#attempt(JSON.stringify(this.#parts.exchange.state()), this.#reserve());
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#attempt(JSON.stringify(this.#parts.exchange.state()), 0);
  }

  /** A full disk must not take the gateway down; the next event or second tries again. */
  #attempt(exchange: string, reserve: number): void {
    try {
      this.#write(exchange, reserve);
    } catch (error) {
      console.error(`state file: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** One fill makes many events: at the first the exchange has changed, at the others it is already written. */
  #changed(): void {
    const exchange = JSON.stringify(this.#parts.exchange.state());
    if (exchange !== this.#written) this.#attempt(exchange, this.#reserve());
  }

  #reserve(): number {
    const { clock, speed } = this.#parts;
    return clock.mode === 'stepped' ? 0 : Math.ceil(RESERVE_MS * speed);
  }

  #write(exchange: string, reserve: number): void {
    const { file, identity, origin, before, clock } = this.#parts;
    const savedAt = clock.now();
    const { seed, scenario, accounts } = identity;
    const generation = before === undefined ? 0 : before.generation + 1;
    const resumeAt = savedAt + reserve;
    const changes = this.#changes;
    const head = { version: VERSION, seed, scenario, accounts, generation, origin, savedAt, resumeAt, changes };
    const beside = `${file}.new`;
    writeFileSync(beside, `${JSON.stringify(head).slice(0, -1)},"exchange":${exchange}}\n`);
    renameSync(beside, file);
    this.#written = exchange;
  }
}
