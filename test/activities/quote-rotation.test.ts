/** More positions than lines: those in danger are streamed, the others are quoted in turns, the more dangerous first. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { daysToExpiry } from 'market-time';
import { QuoteRotation } from '../../src/activities/watch/quote-rotation.js';
import type { QuoteSubscription } from '../../src/broker/api.js';
import { settingsSchema } from '../../src/config/schema.js';
import { distanceFromTrouble } from '../../src/domain/position/danger.js';
import { present, startWorld, until, usable, type World } from '../broker/support.js';
import { present as given, NOW, PLANS, usd } from '../domain/strategy/fixtures.js';

let world: World;
let options: readonly number[];

beforeAll(async () => {
  // Lines for fifteen contracts, and three reserved for snapshots.
  world = await startWorld({ gateway: { stepped: true }, control: true, broker: { lineLimit: 18 } });
  const { broker } = world;
  await usable(broker);
  const spy = await broker.underlying('SPY');
  const [chain] = await broker.optionClasses(spy);
  const { expirations, strikes, tradingClass } = present(chain);
  const expiry = present(expirations.find((date) => daysToExpiry(broker.clock.now(), date) >= 30));
  const middle = Math.floor(strikes.length / 2);
  const terms = strikes
    .slice(middle - 20, middle + 20)
    .map((strike) => ({ tradingClass, expiry, strike, right: 'PUT' as const, multiplier: 100 }));
  options = (await broker.qualify(spy, terms)).map(({ contract }) => contract.conId);
});
afterAll(() => world.close());

test('positions in danger get lines, the others take turns, and free lines are used', async () => {
  const { broker } = world;
  const settings = () => settingsSchema.parse({});
  const rotation = new QuoteRotation({ broker, settings, log: () => undefined });
  const danger = [3, 2, 4, 1];
  const heard: number[] = [];
  const subscriptions = danger.map((_, index): QuoteSubscription => {
    const contracts = options
      .slice(index * 5, index * 5 + 5)
      .map((conId) => ({ conId, secType: 'OPT' as const, exchange: 'SMART' }));
    const opened = rotation.open(contracts, () => danger[index] ?? 0);
    opened.onBatch(() => heard.push(index));
    return opened;
  });
  const shows = (index: number) =>
    options.slice(index * 5, index * 5 + 5).every((conId) => subscriptions[index]?.latest(conId)?.kind === 'live');
  // The fourth position, the most dangerous, takes the lines of the third, the safest, which still has quotes.
  await until(() => [0, 1, 2, 3].every(shows));
  /** A line in use can be shared; another one is not available. */
  const isStreamed = (index: number): boolean => {
    try {
      const conId = options[index * 5] ?? 0;
      broker.quotes.subscribe([{ conId, secType: 'OPT', exchange: 'SMART' }]).close();
      return true;
    } catch {
      return false;
    }
  };
  // Positions whose turn it is look like streamed ones.
  const streamed = (...wanted: readonly number[]) =>
    until(() => JSON.stringify([0, 1, 2, 3].filter(isStreamed)) === JSON.stringify(wanted));
  await streamed(0, 1, 3);
  // It comes into danger, and the position that is now the safest gives way at the next turn.
  danger[2] = -1;
  await streamed(1, 2, 3);
  // Nearly as safe is no reason.
  danger[0] = 1.999;
  const turns = () => heard.filter((index) => index === 0).length;
  const before = turns();
  await until(() => turns() >= before + 3);
  await streamed(1, 2, 3);
  // Freed lines are taken.
  subscriptions[1]?.close();
  await streamed(0, 2, 3);
  for (const one of subscriptions) one.close();
});

test('positions without lines are quoted in the order of danger', async () => {
  const { broker } = world;
  const settings = () => settingsSchema.parse({});
  const rotation = new QuoteRotation({ broker, settings, log: () => undefined });
  const take = (from: number, to: number) =>
    options.slice(from, to).map((conId) => ({ conId, secType: 'OPT' as const, exchange: 'SMART' }));
  const first = rotation.open(take(0, 15), () => Number.NEGATIVE_INFINITY);
  const order: number[] = [];
  const others = [3, 1, 2].map((distance, index) => {
    const one = rotation.open(take(15 + index * 3, 18 + index * 3), () => distance);
    one.onBatch(() => order.push(distance));
    return one;
  });
  // The first turn begins with the first of them.
  await until(() => order.length >= 10);
  expect(order.slice(order.indexOf(1)).slice(0, 6)).toEqual([1, 2, 3, 1, 2, 3]);
  for (const one of [first, ...others]) one.close();
});

test('danger is the distance to the nearest short strike, and grows with every day that passes', () => {
  const condor = given(PLANS[0]).legs;
  const at = (price: number, days: number) => distanceFromTrouble(condor, usd(price), NOW + days * 86_400_000);
  expect(at(695, 0)).toBeGreaterThan(at(660, 0));
  expect(at(660, 0)).toBeGreaterThan(at(649, 0));
  expect(at(649, 0)).toBeLessThan(0);
  expect(at(695, 30)).toBeGreaterThan(at(695, 0));
  expect(distanceFromTrouble(given(PLANS[5]).legs, usd(700), NOW)).toBe(Number.POSITIVE_INFINITY);
});
