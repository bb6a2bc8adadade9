/**
 * Displayed size that earlier fills have taken, until a contract's quote is renewed.
 */
import type { NetQuote } from './net-quote.js';
import { legSign, type OrderRecord } from './order-record.js';

export class DisplayedSize {
  readonly #taken = new Map<string, { at: number; size: number }>();

  /** Units of an order still offered at the far side. */
  available(record: OrderRecord, quote: NetQuote): number {
    let units = Number.POSITIVE_INFINITY;
    for (const [index, leg] of record.legs.entries()) {
      const one = quote.legs[index];
      const buys = legSign(record, leg) > 0;
      const shown = buys ? one?.askSize : one?.bidSize;
      // A worthless wing without a bid has no size, and does not limit the package.
      if (one === undefined || (!buys && one.bid === undefined)) continue;
      const taken = this.#taken.get(this.#key(leg.contract.conId, buys));
      const left = (shown ?? 0) - (taken?.at === one.at ? taken.size : 0);
      units = Math.min(units, Math.floor(left / leg.ratio));
    }
    return Number.isFinite(units) ? Math.max(0, units) : 0;
  }

  take(record: OrderRecord, quote: NetQuote, units: number): void {
    for (const [index, leg] of record.legs.entries()) {
      const at = quote.legs[index]?.at;
      if (at === undefined) continue;
      const key = this.#key(leg.contract.conId, legSign(record, leg) > 0);
      const taken = this.#taken.get(key);
      this.#taken.set(key, { at, size: (taken?.at === at ? taken.size : 0) + units * leg.ratio });
    }
  }

  #key(conId: number, buys: boolean): string {
    return `${conId} ${buys ? 'ask' : 'bid'}`;
  }
}
