import fc from 'fast-check';
import type { SimulatedMarket } from '../../src/market/index.js';
import type { MarketScenarioInput } from '../../src/market/scenario.js';
import { AAPL, DAY, MONDAY_10_30, marketOf, present, SPX, SPY, VIX } from './fixtures.js';

const scenario: MarketScenarioInput = {
  gapShare: 0.2,
  events: [
    { kind: 'jump', at: '+1 12:00', size: -0.03 },
    { kind: 'drift', from: '+3 09:30', to: '+8 16:00', move: 0.05 },
    { kind: 'halt', from: '+2 11:00', to: '+2 11:20', symbols: ['AAPL'] },
  ],
};

const asks = fc.array(
  fc.record({
    what: fc.constantFrom('quote', 'fair', 'bars', 'find'),
    pick: fc.nat({ max: 40 }),
    at: fc.integer({ min: -5 * DAY, max: 25 * DAY }).map((offset) => MONDAY_10_30 + offset),
  }),
  { minLength: 5, maxLength: 15 },
);

function subjects(market: SimulatedMarket): readonly number[] {
  const near = market
    .find({ secType: 'OPT', tradingClass: 'SPY', expiry: '20261211' })
    .filter((_, index) => index % 37 === 0);
  return [SPY, SPX, VIX, AAPL, ...near.map((contract) => contract.conId)];
}

type Ask = { readonly what: string; readonly pick: number; readonly at: number };

function answer(market: SimulatedMarket, ids: readonly number[], ask: Ask): string {
  const conId = present(ids[ask.pick % ids.length]);
  switch (ask.what) {
    case 'quote':
      return JSON.stringify(market.quote(conId, ask.at));
    case 'fair':
      return String(market.fairValue(conId, ask.at));
    case 'bars': {
      const request = { end: ask.at, duration: '2 D', barSize: '30 mins', what: 'TRADES', useRth: true, formatDate: 1 };
      return JSON.stringify(market.bars(conId, request));
    }
    default:
      return JSON.stringify(market.find({ symbol: 'SPY', expiry: '20261218', right: 'P' }, ask.at).slice(0, 20));
  }
}

describe('reproducibility', () => {
  it('answers the same question the same way, in any order and number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), asks, (seed, questions) => {
        const first = marketOf(seed, scenario);
        const ids = subjects(first);
        const forward = questions.map((question) => answer(first, ids, question));
        const second = marketOf(seed, scenario);
        const backward = [...questions].reverse().map((question) => answer(second, ids, question));
        expect(backward.reverse()).toEqual(forward);
        expect(questions.map((question) => answer(first, ids, question))).toEqual(forward);
      }),
      { numRuns: 5 },
    );
  });

  it('is the same market for the same seed, and another one for another seed', () => {
    const later = MONDAY_10_30 + 3 * DAY + 2;
    expect(marketOf(5).fairValue(SPY, later)).toBe(marketOf(5).fairValue(SPY, later));
    expect(marketOf(5).fairValue(SPY, later)).not.toBe(marketOf(6).fairValue(SPY, later));
  });
});
