/**
 * Quiet contracts are not stale: a far wing may not change for minutes. After some silence the quote is requested again. A leg, an
 * underlying or the VIX that does not answer for as long again has no price, and neither has a quote that was already that old at the
 * first poll.
 */
import type { QuoteSubscription } from '../../broker/api.js';

interface Asked {
  readonly at: number;
  readonly silent: boolean;
}

export class StaleQuoteMonitor {
  private readonly asked = new Map<number, Asked>();

  /** `quietMs`: market time. */
  constructor(
    private readonly quotes: Pick<QuoteSubscription, 'refresh'>,
    private readonly quietMs: number,
  ) {}

  /** Whether the contract, with its last tick at `heardAt`, has not answered a refresh; requests one when due. Market times, epoch ms. */
  isSilent(conId: number, heardAt: number, now: number): boolean {
    const asked = this.asked.get(conId);
    if (asked !== undefined && heardAt > asked.at) this.asked.delete(conId);
    if (now - heardAt <= this.quietMs) return false;
    const pending = this.asked.get(conId);
    if (pending === undefined) return this.ask(conId, now, now - heardAt > 2 * this.quietMs);
    if (now - pending.at <= this.quietMs) return pending.silent;
    return this.ask(conId, now, true);
  }

  private ask(conId: number, now: number, silent: boolean): boolean {
    this.asked.set(conId, { at: now, silent });
    this.quotes.refresh(conId);
    return silent;
  }
}
