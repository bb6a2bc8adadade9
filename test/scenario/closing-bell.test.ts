/** An exit that nobody takes before the market closes: it does not stay at work with the prices of the evening. Time-lapse. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerOf, ask, ended, namedCondor } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const CLOSE = Date.parse('2026-03-02T16:15:00-05:00');
const NEXT_OPEN = Date.parse('2026-03-03T09:30:00-05:00');

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    stepped: true,
    start: '2026-03-02T14:45:00-05:00',
    scenario: {
      market: STILL,
      // Who does not pay the natural price is not filled, and the walk takes hours to come to it.
      exchange: { fills: { atMid: 0, nearNatural: 0, displayedSize: false } },
    },
    settings: {
      rules: noRules(),
      orders: { walk: { high: { steps: 24, stepSeconds: 300 } } },
      watch: { snapshotSeconds: 900 },
    },
  });
});
afterAll(() => world?.stop(), 90_000);

test('its order is withdrawn, nothing is sent or changed at night, and it goes on in the morning', async () => {
  const asked = ask({ ...namedCondor({ ignoreSignal: true }), pricing: { kind: 'market' } });
  const { status, positionId = '' } = await answerOf(world.client.enter(asked));
  expect(status).toBe('OPENED');
  const exit = await world.client.close(positionId, { urgency: 'HIGH' });
  expect(await answerOf(Promise.resolve(exit), 120_000)).toMatchObject({ result: 'CLOSED', filledCombos: 1 });
  const [, evening, ...later] = ordersOf(world.gateway, positionId);
  expect(evening?.first.at).toBeLessThan(CLOSE);
  expect(evening?.frames.length).toBeGreaterThan(1);
  expect(evening?.frames.filter(({ at }) => at >= CLOSE)).toEqual([]);
  expect(later.length).toBeGreaterThan(0);
  for (const { first } of later) expect(first.at).toBeGreaterThanOrEqual(NEXT_OPEN);
  await ended(world, positionId);
  await world.agree();
});
