/** Contracts, plans and a quoted chain that the domain's tests share. */
import fc from 'fast-check';
import { fromNumber, type Micros } from '../../../src/domain/money.js';
import type { LegAction, OptionContract, Right } from '../../../src/domain/option.js';
import type { Candidate } from '../../../src/domain/strategy/build.js';
import { structureOf } from '../../../src/domain/strategy/names.js';
import { payoffOf, widthOf } from '../../../src/domain/strategy/payoff.js';
import type { StrategyLeg, StrategyPlan, StrategyType } from '../../../src/domain/strategy/strategy.js';

export const NOW = Date.parse('2026-03-02T11:00:00-05:00');
export const EXPIRY = '20260417';

/** Dollars as micros. */
export const usd = (dollars: number): Micros => fromNumber(dollars);

export function contractOf(right: Right, strike: number, changes: Partial<OptionContract> = {}): OptionContract {
  return {
    conId: (right === 'CALL' ? 1_000_000 : 2_000_000) + Math.round(strike * 4),
    symbol: 'SPY',
    right,
    strike,
    expiry: EXPIRY,
    tradingClass: 'SPY',
    multiplier: 100,
    lastTradeAt: Date.parse('2026-04-17T16:15:00-04:00'),
    style: 'american',
    ...changes,
  };
}

export function legOf(action: LegAction, right: Right, strike: number, ratio = 1): StrategyLeg {
  return { contract: contractOf(right, strike), action, ratio };
}

export function planOf(
  strategyType: StrategyType,
  legs: readonly StrategyLeg[],
  netMid: Micros,
  changes: Partial<StrategyPlan> = {},
): StrategyPlan {
  const payoff = payoffOf(legs, netMid);
  return {
    strategyType,
    structure: structureOf(strategyType, legs.length),
    symbol: 'SPY',
    underlyingConId: 756733,
    legs,
    quantity: 2,
    multiplier: 100,
    netMid,
    netNatural: netMid - usd(0.1),
    width: widthOf(legs),
    ...(payoff.maxLoss !== undefined && { maxLoss: payoff.maxLoss * 100 }),
    ...(payoff.maxProfit !== undefined && { maxProfit: payoff.maxProfit * 100 }),
    breakevens: payoff.breakevens,
    expiry: EXPIRY,
    dte: 46,
    netDelta: 0,
    underlyingPrice: usd(700),
    builtAt: NOW,
    params: {},
    ...changes,
  };
}

/** One plan of every kind, with possible prices. */
export const PLANS: readonly StrategyPlan[] = [
  planOf(
    'iron_condor',
    [legOf('BUY', 'PUT', 640), legOf('SELL', 'PUT', 650), legOf('SELL', 'CALL', 740), legOf('BUY', 'CALL', 750)],
    usd(3.1),
  ),
  planOf('bull_put_spread', [legOf('BUY', 'PUT', 670), legOf('SELL', 'PUT', 680)], usd(2.4)),
  planOf('bear_call_spread', [legOf('BUY', 'CALL', 730), legOf('SELL', 'CALL', 720)], usd(2.2)),
  planOf('bull_call_spread', [legOf('BUY', 'CALL', 700), legOf('SELL', 'CALL', 710)], usd(-5.2)),
  planOf('bear_put_spread', [legOf('BUY', 'PUT', 700), legOf('SELL', 'PUT', 690)], usd(-4.8)),
  planOf('long_call', [legOf('BUY', 'CALL', 705)], usd(-12.5)),
  planOf('long_put', [legOf('BUY', 'PUT', 695)], usd(-11.75)),
  planOf('custom', [legOf('BUY', 'CALL', 700), legOf('SELL', 'CALL', 710, 2), legOf('BUY', 'CALL', 720)], usd(-1.5)),
];

export const anyPlan: fc.Arbitrary<StrategyPlan> = fc.constantFrom(...PLANS);

/** Scale of the logistic price model, points: one standard deviation of some 25. */
const SCALE = 15;

/** A chain around 700 whose prices are convex and keep put-call parity without interest. */
export function chainOf(price = 700, low = 600, high = 800, step = 1): readonly Candidate[] {
  const strikes = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, index) => low + index * step);
  return strikes.flatMap((strike) => (['CALL', 'PUT'] as const).map((right) => candidateOf(right, strike, price)));
}

export function candidateOf(right: Right, strike: number, price = 700): Candidate {
  const call = SCALE * Math.log1p(Math.exp((price - strike) / SCALE));
  const fair = right === 'CALL' ? call : call - price + strike;
  const callDelta = 1 / (1 + Math.exp((strike - price) / SCALE));
  const bid = Math.floor(fair * 100 - 2) / 100;
  const contract = contractOf(right, strike);
  return {
    contract,
    quote: {
      conId: contract.conId,
      kind: 'live',
      ...(bid > 0 && { bid: usd(bid) }),
      ask: usd(Math.ceil(fair * 100 + 2) / 100),
      bidSize: 10,
      askSize: 10,
      greeks: {
        impliedVol: 0.18,
        delta: right === 'CALL' ? callDelta : callDelta - 1,
        gamma: 0.01,
        vega: 0.5,
        theta: -0.1,
      },
      openInterest: 500,
      at: NOW,
    },
  };
}

/** A required value. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('expected a value');
  return value;
}
