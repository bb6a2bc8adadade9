/** An exit that does not fill before the close: it does not go on at the evening's prices. Time-lapse. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { marketDate } from 'market-time';
import { easternClock } from '../../chaos/invariants/eastern-clock.js';
import { answerOf, ask, ended, namedCondor } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

/** The session of SPY's options, minutes of the day in New York. */
const OPENS = 9 * 60 + 30;
const CLOSES = 16 * 60 + 15;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    stepped: true,
    // At three in New York: while an order works the clock stops at every second, and a whole session of that is long.
    start: '2026-03-02T20:00:00Z',
    scenario: {
      market: STILL,
      // An order below the natural price does not fill, and the walk to it is longer than the rest of the session.
      exchange: { fills: { atMid: 0, nearNatural: 0, displayedSize: false } },
    },
    settings: {
      rules: noRules(),
      orders: {
        exitGoodTill: { high: 3600 },
        walk: { high: { steps: 8, stepSeconds: 900 } },
        // Its age changes nothing about it.
        exitAge: { alertMinutes: 390, highMinutes: 390, immediateMinutes: 390, lastResortMinutes: 390 },
      },
      // Until its close the clock goes from snapshot to snapshot.
      watch: { snapshotSeconds: 60 },
    },
  });
});
afterAll(() => world?.stop(), 90_000);

test('its order is cancelled, nothing is sent or changed overnight, and it continues in the morning', async () => {
  const asked = ask({ ...namedCondor({ ignoreSignal: true }), pricing: { kind: 'market' } });
  const { status, positionId = '' } = await answerOf(world.client.enter(asked));
  expect(status).toBe('OPENED');
  const exit = await world.client.close(positionId, { urgency: 'HIGH' });
  expect(await answerOf(Promise.resolve(exit), 120_000)).toMatchObject({ result: 'CLOSED', filledCombos: 1 });
  const [, evening, ...others] = ordersOf(world.gateway, positionId);
  expect(evening?.frames.length).toBeGreaterThan(1);
  const exits = [evening, ...others];
  const minutes = exits.flatMap((order) => order?.frames.map(({ at }) => easternClock(at)) ?? []);
  expect(minutes.filter((minute) => minute < OPENS || minute >= CLOSES)).toEqual([]);
  // An order lasts one day: the evening's order does not work in the morning.
  const days = exits.map((order) => new Set(order?.frames.map(({ at }) => marketDate(at))));
  expect(days.map(({ size }) => size)).toEqual(exits.map(() => 1));
  expect(new Set(days.flatMap((day) => [...day])).size).toBe(2);
  await ended(world, positionId);
  await world.agree();
});
