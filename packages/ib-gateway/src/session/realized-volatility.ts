/**
 * The 30-day historical volatility that generic tick 104 shows.
 */
import type { GatewayMarket } from '../model.js';
import { startOfDay } from '../times.js';

const TRADING_DAYS_A_YEAR = 252;

/** Standard deviation of the daily log returns of the last 30 completed days, per year; undefined without such a history. */
export function realizedVolatility(market: GatewayMarket, conId: number, at: number): number | undefined {
  const end = startOfDay(at);
  const request = { end, duration: '31 D', barSize: '1 day', what: 'TRADES', useRth: true, formatDate: 1 };
  return deviation((market.bars(conId, request) ?? []).map((bar) => bar.close));
}

function deviation(closes: readonly number[]): number | undefined {
  const returns = closes.slice(1).map((close, index) => Math.log(close / (closes[index] ?? close)));
  if (returns.length < 2) return undefined;
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1);
  return Math.round(Math.sqrt(variance * TRADING_DAYS_A_YEAR) * 1e6) / 1e6;
}
