/**
 * The price grid of orders: market rules for single contracts, the complex-order increment for combos.
 *
 * Cboe quotes complex orders in SPX options in 0.05; combos in everything else, and the legs of any combo, go by cents.
 */
import { incrementAt } from '../market/market-rules.js';
import type { GatewayMarket } from '../model.js';
import type { OrderLeg } from './order-record.js';

const CENT_RULE = 26;
const SPX_RULE = 110;
const SPX_COMBO_INCREMENT = 0.05;
const CENT = 0.01;

export class PriceGrid {
  readonly #market: GatewayMarket;
  readonly #rules = new Map<number, number>();

  constructor(market: GatewayMarket) {
    this.#market = market;
  }

  #rule(conId: number): number {
    let rule = this.#rules.get(conId);
    if (rule === undefined) {
      const first = this.#market.details(conId)?.marketRuleIds.split(',')[0];
      rule = first ? Number(first) : CENT_RULE;
      this.#rules.set(conId, rule);
    }
    return rule;
  }

  /** Increment for an order at a price, dollars. */
  increment(legs: readonly OrderLeg[], isCombo: boolean, price: number): number {
    const first = legs[0];
    if (!first) return CENT;
    const rule = this.#rule(first.contract.conId);
    if (isCombo) return rule === SPX_RULE ? SPX_COMBO_INCREMENT : CENT;
    return incrementAt(rule, price);
  }

  /** Whether a price lies on the grid. */
  conforms(legs: readonly OrderLeg[], isCombo: boolean, price: number): boolean {
    const steps = price / this.increment(legs, isCombo, price);
    return Math.abs(steps - Math.round(steps)) < 1e-6;
  }
}
