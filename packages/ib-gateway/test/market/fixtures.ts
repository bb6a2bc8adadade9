/** Markets and contract look-ups that the market's tests share. */
import { createMarket, type SimulatedMarket } from '../../src/market/index.js';
import { type MarketScenarioInput, marketScenarioSchema } from '../../src/market/scenario.js';
import type { GatewayContract, GatewayQuote } from '../../src/model.js';

export const MONDAY_10_30 = Date.parse('2026-11-23T10:30:00-05:00');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const SPY = 756733;
export const SPX = 416904;
export const VIX = 13455763;
export const AAPL = 265598;

export function marketOf(seed: number, scenario: MarketScenarioInput = {}, start = MONDAY_10_30): SimulatedMarket {
  return createMarket({ seed, start, scenario: marketScenarioSchema.parse(scenario) });
}

/** A required value. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('expected a value');
  return value;
}

export function quoteOf(market: SimulatedMarket, conId: number, at: number): GatewayQuote {
  return present(market.quote(conId, at));
}

/** The one listed option of these fields. */
export function optionOf(
  market: SimulatedMarket,
  tradingClass: string,
  expiry: string,
  strike: number,
  right: 'C' | 'P',
  at = MONDAY_10_30,
): GatewayContract {
  const found = market.find({ secType: 'OPT', tradingClass, expiry, strike, right }, at);
  expect(found).toHaveLength(1);
  return present(found[0]);
}
