/**
 * Changes made to the running market from outside.
 */

/** A change of the market from a time on, made while the gateway runs. `symbol` `*` means every underlying. */
export interface MarketOverride {
  readonly symbol: string;
  /** The price is multiplied by this from `from` on. */
  readonly spotFactor?: number;
  /** Added to implied volatility from `from` on, 0.05 = five points. */
  readonly ivAdd?: number;
  readonly from: number;
}

export class Overrides {
  readonly #changes: MarketOverride[] = [];

  get isEmpty(): boolean {
    return this.#changes.length === 0;
  }

  add(change: MarketOverride): void {
    this.#changes.push(change);
  }

  /** Product of the factors on a price; `ofMarket`: whether changes of every underlying apply to this one. */
  spotFactor(symbol: string, ofMarket: boolean, at: number): number {
    let factor = 1;
    for (const change of this.#changes) if (concerns(change, symbol, ofMarket, at)) factor *= change.spotFactor ?? 1;
    return factor;
  }

  /** Sum of the shifts of implied volatility. */
  ivShift(symbol: string, ofMarket: boolean, at: number): number {
    let shift = 0;
    for (const change of this.#changes) if (concerns(change, symbol, ofMarket, at)) shift += change.ivAdd ?? 0;
    return shift;
  }
}

function concerns(change: MarketOverride, symbol: string, ofMarket: boolean, at: number): boolean {
  return at >= change.from && (change.symbol === '*' ? ofMarket : change.symbol === symbol);
}
