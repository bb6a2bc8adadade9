/**
 * An open at which every spread is twenty times as wide as usual: no rule closes a position held overnight because of it.
 * The clock is stepped, so a night takes as long as its polls.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { enter, namedCondor } from '../support/life.js';
import { sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';
import { marketTime } from './support.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 7,
    stepped: true,
    scenario: {
      start: '2026-03-02T15:20',
      market: {
        realizedRatio: 0,
        volOfVol: 0,
        events: [{ kind: 'spread', from: '+1 09:30', to: '+1 09:40', factor: 20 }],
      },
      exchange: { fills: { atMid: 1, nearNatural: 1, displayedSize: false } },
    },
    settings: { watch: { snapshotSeconds: 300 } },
  });
});
afterAll(() => world?.stop());

test('an open with spreads twenty times as wide: no order leaves, the position is as it was', async () => {
  const { positionId } = await enter(world, namedCondor());
  const sent = sentOrders(world.gateway).length;
  const open = Date.parse('2026-03-03T14:30:00Z');
  await marketTime(world, open + 12 * 60_000);
  expect(sentOrders(world.gateway)).toHaveLength(sent);
  expect(await world.client.execution(positionId)).toMatchObject({ status: 'FILLED', openCombos: 1 });
  expect(await world.store.decisions.countByRule(positionId)).toEqual({});
  const seen = await world.store.snapshots.since(positionId, open);
  expect(seen.filter(({ at }) => at < open + 600_000)).not.toEqual([]);
});
