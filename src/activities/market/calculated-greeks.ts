/**
 * Greeks of options whose lines bring prices but no model computation. They come from the broker's calculator and are marked as
 * calculated. An answer is current for half a minute; an older one serves until the next arrives, for two minutes at most.
 */
import type { Broker } from '../../broker/api.js';
import type { Micros } from '../../domain/money.js';
import type { Greeks, OptionContract } from '../../domain/option.js';
import type { Quote } from '../../domain/quote.js';
import { priceOf } from './price.js';

/** Market time that a line may lack its model before the calculator is asked. */
const MODEL_WAIT_MS = 5_000;
const FRESH_MS = 30_000;
const SERVES_MS = 120_000;

interface Known {
  /** Market time since when the line shows no model. */
  readonly since: number;
  /** Market time when the calculator was last asked. */
  readonly askedAt?: number;
  readonly answer?: { readonly at: number; readonly greeks: Greeks };
}

export class CalculatedGreeks {
  private readonly known = new Map<number, Known>();

  constructor(private readonly broker: Pick<Broker, 'calculateGreeks' | 'clock'>) {}

  /**
   * The quote's model Greeks, else the calculator's, which are requested in the background; `answered` is called when they arrive.
   */
  of(contract: OptionContract, quote: Quote, underlying: Micros | undefined, answered: () => void): Greeks | undefined {
    const { conId } = contract;
    if (quote.greeks !== undefined) {
      this.known.delete(conId);
      return quote.greeks;
    }
    const now = this.broker.clock.now();
    const { since = now, askedAt, answer } = this.known.get(conId) ?? {};
    this.known.set(conId, { ...this.known.get(conId), since });
    const price = priceOf(quote);
    const isDue = now - since >= MODEL_WAIT_MS && now - (askedAt ?? Number.NEGATIVE_INFINITY) >= FRESH_MS;
    if (isDue && price !== undefined && price > 0 && underlying !== undefined) {
      this.known.set(conId, { ...this.known.get(conId), since, askedAt: now });
      void this.ask(contract, { price, underlying }, now, answered);
    }
    return answer !== undefined && now - answer.at <= SERVES_MS ? answer.greeks : undefined;
  }

  private async ask(
    contract: OptionContract,
    at: { readonly price: Micros; readonly underlying: Micros },
    now: number,
    answered: () => void,
  ): Promise<void> {
    const release = this.broker.clock.hold(`greeks-${contract.conId}`);
    try {
      const greeks = await this.broker.calculateGreeks(contract, at).catch(() => undefined);
      const known = this.known.get(contract.conId);
      if (greeks === undefined || known === undefined) return;
      this.known.set(contract.conId, { ...known, answer: { at: now, greeks } });
      answered();
    } finally {
      release();
    }
  }
}
