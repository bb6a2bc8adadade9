/** Contract details of the present market day, by contract id and by terms. Hours are given for a few days only. */
import type { ContractDetails } from '@stoqey/ib';
import { easternDay } from 'market-time';
import type { OptionTerms } from '../domain/option.js';
import { optionOf } from './option-details.js';

interface Entry {
  readonly day: number | undefined;
  readonly details: ContractDetails;
}

export class DetailsCache {
  private readonly ids = new Map<number, Entry>();
  private readonly terms = new Map<string, number>();
  /** Market days on which every strike of a class, expiry and right was asked for. */
  private readonly whole = new Map<string, number | undefined>();

  /** @param now market time, epoch ms, or undefined when it is not known */
  constructor(private readonly now: () => number | undefined) {}

  put(details: ContractDetails): void {
    const option = optionOf(details);
    if (option === undefined) return;
    this.ids.set(option.conId, { day: this.today(), details });
    this.terms.set(keyOf(option.symbol, option), option.conId);
  }

  /** Undefined when they are not known, or were read on an earlier market day. */
  byConId(conId: number): ContractDetails | undefined {
    const entry = this.ids.get(conId);
    return entry !== undefined && entry.day === this.today() ? entry.details : undefined;
  }

  /**
   * The details as last read, on whatever day: contract and price steps do not change, and hours are given for some days
   * ahead.
   */
  lastKnown(conId: number): ContractDetails | undefined {
    return this.ids.get(conId)?.details;
  }

  byTerms(symbol: string, terms: OptionTerms): ContractDetails | undefined {
    const conId = this.terms.get(keyOf(symbol, terms));
    return conId === undefined ? undefined : this.byConId(conId);
  }

  putWhole(chain: string): void {
    this.whole.set(chain, this.today());
  }

  /** Whether an unknown contract of a chain is not listed: all of the chain was requested on this market day. */
  isWhole(chain: string): boolean {
    return this.whole.has(chain) && this.whole.get(chain) === this.today();
  }

  private today(): number | undefined {
    const now = this.now();
    return now === undefined ? undefined : easternDay(now);
  }
}

function keyOf(symbol: string, { tradingClass, expiry, strike, right, multiplier }: OptionTerms): string {
  return [symbol, tradingClass, expiry, strike, right, multiplier].join(' ');
}
