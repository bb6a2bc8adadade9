/**
 * The worker dies on the evening of an exit that is filled in part: before its order ends or after, and it comes back before the close, in
 * the night, or after the open. The rest is closed once, and the money is the broker's. Time-lapse.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AFTERNOON, closedInPart, closedNextDay, startAfternoon } from '../support/closing-bell.js';
import { cashOf } from '../support/expiring.js';
import { dollars } from '../support/life.js';
import type { World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startAfternoon();
});
afterAll(() => world?.stop(), 90_000);

/** Market time of a minute in New York, days after the first. */
const at = (day: number, minute: string) => Date.parse(`2026-03-0${2 + day}T${minute}:00-05:00`);

/** Time passes with nobody there. */
function pass(until: number): void {
  while (world.gateway.now() < until) world.gateway.advance(until);
}

/** When it dies, when it returns, and how many days later that is. */
const DEATHS = [
  { dies: '15:45', returns: '16:00', later: 0 },
  { dies: '15:45', returns: '18:00', later: 0 },
  { dies: '15:45', returns: '09:40', later: 1 },
  { dies: '16:20', returns: '09:40', later: 1 },
];

test.each(DEATHS.map((one, day) => ({ ...one, day })))(
  'dies at $dies, returns at $returns $later days later',
  async ({ dies, returns, later, day }) => {
    if (day > 0) {
      await world.killWorker();
      pass(at(day, AFTERNOON));
      await world.startWorker();
    }
    const cash = await cashOf(world);
    const part = await closedInPart(world);
    await world.waitUntil('it is time to die', () => world.gateway.now() >= at(day, dies), 60_000);
    await world.killWorker();
    pass(at(day + later, returns));
    await world.startWorker();
    const { realizedPnl } = await closedNextDay(world, part);
    expect(dollars(realizedPnl)).toBeCloseTo((await cashOf(world)) - cash, 6);
    await world.agree();
  },
);
