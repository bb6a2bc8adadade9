/** Whole chains of fair values, and their arbitrage opportunities. */
import type { SimulatedMarket } from '../../src/market/index.js';
import { DAY, present, SPX, SPY } from './fixtures.js';

/** The interest rate of every market whose scenario sets no other. */
export const RATE = 0.04;
const YEAR = 365 * DAY;

export interface Chain {
  readonly settlesAt: number;
  readonly strikes: readonly number[];
  readonly calls: readonly number[];
  readonly puts: readonly number[];
}

/** Every `skip`-th expiry of SPY or SPXW that is still to settle. */
export function chainsOf(market: SimulatedMarket, tradingClass: string, at: number, skip: number): Chain[] {
  const underlying = tradingClass === 'SPY' ? SPY : SPX;
  const row = present(market.chainParams(underlying, at).find((one) => one.tradingClass === tradingClass));
  return row.expirations
    .filter((_, index) => index % skip === 0)
    .map((expiry) => {
      const fair = (right: 'C' | 'P') =>
        market
          .find({ secType: 'OPT', tradingClass, expiry, right }, at)
          .map((contract) => ({ ...contract, fair: present(market.fairValue(contract.conId, at)) }));
      const calls = fair('C');
      return {
        settlesAt: present(market.settlementTime(present(calls[0]).conId)),
        strikes: calls.map((one) => present(one.strike)),
        calls: calls.map((one) => one.fair),
        puts: fair('P').map((one) => one.fair),
      };
    })
    .filter((chain) => chain.settlesAt > at);
}

export const value = (list: readonly number[], index: number) => present(list[index]);

export const discountOf = ({ settlesAt }: Chain, at: number) => Math.exp((-RATE * (settlesAt - at)) / YEAR);

/** Strikes at which prices are not monotone, too steep or not convex. */
export function strikeViolations(chain: Chain, at: number): number[] {
  const { strikes, calls, puts } = chain;
  const discount = discountOf(chain, at);
  const violations: number[] = [];
  let callBefore = discount;
  let putBefore = 0;
  for (let index = 1; index < strikes.length; index += 1) {
    const width = value(strikes, index) - value(strikes, index - 1);
    const call = (value(calls, index - 1) - value(calls, index)) / width;
    const put = (value(puts, index) - value(puts, index - 1)) / width;
    const monotone = call >= -1e-9 && put >= -1e-9 && put <= discount + 1e-9;
    // The slope of calls falls from the discount to zero, that of puts rises from zero: convexity, and its ends.
    const convex = call <= callBefore + 1e-9 && put >= putBefore - 1e-9;
    if (!monotone || !convex) violations.push(value(strikes, index));
    callBefore = call;
    putBefore = put;
  }
  return violations;
}

/** By how much the forwards that puts and calls imply at the strikes of one expiry differ; 0 when parity holds. */
export function forwardSpread(chain: Chain, at: number): number {
  const { strikes, calls, puts } = chain;
  const discount = discountOf(chain, at);
  const forwards = strikes.map((strike, index) => (value(calls, index) - value(puts, index)) / discount + strike);
  return Math.max(...forwards) - Math.min(...forwards);
}
