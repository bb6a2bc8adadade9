/** Prices of a watch: ages of the underlying and the VIX, and Greeks when the broker's model gives none. */
import { afterEach, expect, test } from '@jest/globals';
import { CalculatedGreeks } from '../../src/activities/market/calculated-greeks.js';
import { StaleQuoteMonitor } from '../../src/activities/watch/stale-quotes.js';
import type { Greeks } from '../../src/domain/option.js';
import type { Quote } from '../../src/domain/quote.js';
import { findCondor, present, startWorld, usable, type World } from '../broker/support.js';

test('a quiet contract is refreshed; without an answer for as long again, or when already that old, it has no price', () => {
  const asked: number[] = [];
  const monitor = new StaleQuoteMonitor({ refresh: (conId) => asked.push(conId) }, 60_000);
  const silent = (heardAt: number, now: number) => monitor.isSilent(1, heardAt, now);
  expect([silent(0, 60_000), asked]).toEqual([false, []]);
  expect([silent(0, 60_001), asked]).toEqual([false, [1]]);
  expect([silent(0, 120_001), asked]).toEqual([false, [1]]);
  expect([silent(0, 120_002), asked]).toEqual([true, [1, 1]]);
  expect(silent(0, 150_000)).toBe(true);
  // It answers.
  expect(silent(151_000, 152_000)).toBe(false);
  expect([monitor.isSilent(2, 0, 120_001), asked]).toEqual([true, [1, 1, 2]]);
});

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

test('Greeks without a model come from the calculator, at intervals, and never outlive two minutes', async () => {
  world = await startWorld();
  const { broker } = world;
  await usable(broker);
  const { contract } = present((await findCondor(broker)).legs[1]).details;
  let now = broker.clock.now();
  let asked = 0;
  const clock = { now: () => now, hold: () => () => undefined } as unknown as typeof broker.clock;
  const greeks = new CalculatedGreeks({
    clock,
    calculateGreeks: (...question) => {
      asked += 1;
      return broker.calculateGreeks(...question);
    },
  });
  const bare: Quote = {
    conId: contract.conId,
    kind: 'live',
    bid: 4_900_000,
    ask: 5_100_000,
    bidSize: 1,
    askSize: 1,
    at: now,
  };
  let answered: () => void = () => undefined;
  const look = (quote = bare): Greeks | undefined => greeks.of(contract, quote, 665_000_000, () => answered());
  const answer = () =>
    new Promise<void>((resolve) => {
      answered = resolve;
    });
  // The model has five seconds.
  expect([look(), asked]).toEqual([undefined, 0]);
  now += 4_999;
  expect([look(), asked]).toEqual([undefined, 0]);
  now += 1;
  const first = answer();
  expect([look(), asked]).toEqual([undefined, 1]);
  await first;
  const found = present(look());
  expect([found.calculated, asked]).toEqual([true, 1]);
  now += 29_999;
  expect([look(), asked]).toEqual([found, 1]);
  now += 1;
  const second = answer();
  expect([look(), asked]).toEqual([found, 2]);
  await second;
  // A model that arrives is preferred, and restarts the wait.
  const model: Greeks = { impliedVol: 0.2, delta: -0.3, gamma: 0.01, vega: 0.5, theta: -0.1 };
  expect(look({ ...bare, greeks: model })).toBe(model);
  expect([look(), asked]).toEqual([undefined, 2]);
});

test('an unrenewed answer serves for two minutes', async () => {
  let now = 0;
  const calculated: Greeks = { impliedVol: 0.2, delta: -0.3, gamma: 0.01, vega: 0.5, theta: -0.1, calculated: true };
  let gives: Greeks | undefined = calculated;
  const greeks = new CalculatedGreeks({
    clock: { now: () => now, hold: () => () => undefined } as never,
    calculateGreeks: async () => gives,
  });
  const quote: Quote = { conId: 1, kind: 'live', bid: 1_000_000, ask: 1_200_000, bidSize: 1, askSize: 1, at: 0 };
  const look = async () => {
    const found = greeks.of({ conId: 1 } as never, quote, 100_000_000, () => undefined);
    await new Promise(setImmediate);
    return found;
  };
  await look();
  now = 5_000;
  await look();
  gives = undefined;
  now = 125_000;
  expect(await look()).toBe(calculated);
  now = 125_001;
  expect(await look()).toBeUndefined();
});
