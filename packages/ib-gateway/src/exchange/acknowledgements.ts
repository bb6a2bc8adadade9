/**
 * The delay between an order's arrival and its acknowledgement.
 *
 * Guaranteed combos of options are acknowledged late at IB: up to five seconds were seen, and executions that came before the
 * first openOrder (Lean's InteractiveBrokersBrokerage, nautilus_trader issues 3712 and 3949). Until then the order is in no list,
 * yet it may match. The delay of an order follows from the seed and its key, so that it depends on no other order.
 */
import { textHash, uniformOf } from '../market/random.js';
import type { GatewayClock } from '../model.js';
import type { Announcer } from './announcer.js';
import type { ExchangeScenario } from './config.js';
import type { InjectedFaults } from './injected-faults.js';
import { INSTANT } from './instant.js';
import type { OrderRecord } from './order-record.js';

/** Least and most seconds of market time. */
type Range = readonly [number, number];

const AT_ONCE: Range = [0, 0];
const RUNNING_COMBO: Range = [0.1, 5];

export interface AcknowledgementParts {
  readonly clock: GatewayClock;
  readonly seed: number;
  readonly config: ExchangeScenario;
  readonly injected: InjectedFaults;
  readonly announcer: Announcer;
}

export class Acknowledgements {
  readonly #parts: AcknowledgementParts;

  constructor(parts: AcknowledgementParts) {
    this.#parts = parts;
  }

  /** Begins the delay of an order that is transmitted now; without a delay it is acknowledged at once. */
  begin(record: OrderRecord): void {
    const { clock, injected } = this.#parts;
    const late = injected.takeLateAcknowledgement();
    const ms = late?.ms ?? this.#delay(record);
    if (ms <= 0) return;
    record.acknowledgement = { at: clock.now() + ms, shown: late?.shown ?? false };
    this.#wait(record, record.acknowledgement.at);
  }

  /** Resumes the wait of an order from an earlier run. */
  resume(record: OrderRecord): void {
    const at = record.acknowledgement?.at;
    if (at !== undefined && at > this.#parts.clock.now()) this.#wait(record, at);
  }

  #wait(record: OrderRecord, at: number): void {
    const { clock, announcer } = this.#parts;
    announcer.withhold(record);
    clock.schedule(at, `${INSTANT.acknowledge} ${record.key}`, () => announcer.release(record));
  }

  #delay({ isCombo, key }: OrderRecord): number {
    const { seed, config, clock } = this.#parts;
    const { comboSeconds = clock.mode === 'stepped' ? AT_ONCE : RUNNING_COMBO, singleSeconds } =
      config.acknowledgements;
    return acknowledgementMs(isCombo ? comboSeconds : singleSeconds, seed, key);
  }
}

/** Market ms between the two limits, which are in seconds. Most are short: the draw is the square of a uniform one. */
export function acknowledgementMs([least, most]: Range, seed: number, key: string): number {
  const draw = uniformOf(textHash(`${seed} ${key} acknowledgement`)) ** 2;
  return Math.round((least + (most - least) * draw) * 1000);
}

/** Whether lists of orders show an order at a time, epoch ms. */
export function isListed({ phase, acknowledgement }: OrderRecord, now: number): boolean {
  if (phase === 'held') return false;
  return acknowledgement === undefined || acknowledgement.shown || now >= acknowledgement.at;
}
