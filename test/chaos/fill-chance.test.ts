/** How likely an order was to stay unfilled, on a real market: certain far from it, next to impossible at its far side. */
import { expect, test } from '@jest/globals';
import { parseScenario } from 'ib-gateway';
import { createMarket, netQuote, type OrderRecord, zonedTime } from 'ib-gateway/simulation';
import { waitOf } from '../../chaos/fill-chance.js';
import { frame } from './evidence-support.js';

const scenario = parseScenario('chaos', {});
const market = createMarket({ seed: 3, start: scenario.start, scenario: scenario.market });
const placedAt = scenario.start + 60_000;
const [contract] = market.find({ symbol: 'SPY', secType: 'OPT', expiry: '20260417', right: 'C', strike: 700 });
const legs = contract === undefined ? [] : [{ contract, ratio: 1, sign: 1 as const }];
const { bid = 0, ask = 0 } = netQuote(market, legs, placedAt);
const CHANCES = { nearNatural: 0.3, atMid: 0.02 };

function wait(limit: number, seconds: number, frames: Parameters<typeof waitOf>[2] = [], plannedAt = placedAt) {
  const request = { action: 'BUY', quantity: 1, limitPrice: limit, goodTillDate: zonedTime(placedAt + 120_000) };
  const record = {
    request,
    legs,
    filled: 0,
    placedAt,
    completedAt: placedAt + seconds * 1000,
  } as unknown as OrderRecord;
  return waitOf(record, plannedAt, frames, market, CHANCES);
}

test('the chance falls with the limit’s nearness to the far side and with time', () => {
  expect(ask).toBeGreaterThan(bid);
  expect(wait(bid - 1, 120).chance).toBe(1);
  expect(wait(ask + 1, 120).chance).toBeLessThan(1e-6);
  const mid = wait((bid + ask) / 2, 20).chance;
  expect(mid).toBeLessThan(1);
  expect(wait((bid + ask) / 2, 1).chance).toBeGreaterThan(mid);
});

test('limits count from their frame on', () => {
  const at = (seconds: number, limitPrice: number) =>
    frame(1, '', 1, { at: placedAt + seconds * 1000, fields: { limitPrice } });
  expect(wait(ask + 1, 60, [at(0, bid - 1)]).chance).toBe(1);
  expect(wait(bid - 1, 60, [at(0, bid - 1), at(30, ask + 1)]).chance).toBeLessThan(1e-3);
});

test('an order that stayed until its own end differs from a cancelled one', () => {
  expect(wait(bid, 120)).toMatchObject({ ms: 120_000, toItsEnd: true });
  expect(wait(bid, 60)).toMatchObject({ ms: 60_000, toItsEnd: false });
});

test('a move counts from the planning on, even while the order was in transit', () => {
  const shocked = createMarket({ seed: 3, start: scenario.start, scenario: scenario.market });
  shocked.override({ symbol: 'SPY', from: placedAt - 30_000, spotFactor: 0.97 });
  const record = {
    request: { action: 'BUY', limitPrice: bid },
    legs,
    filled: 0,
    placedAt,
    completedAt: placedAt + 9_000,
  };
  const moved = (from: number) => waitOf(record as unknown as OrderRecord, from, [], shocked, CHANCES).moved;
  expect(moved(placedAt - 31_000)).toBeGreaterThan(1);
  expect(moved(placedAt)).toBeLessThan(1);
});
