/**
 * Releases take over from each other on the same database and Temporal server: a worker of the previous commit dies with a
 * position open and an order working, and this build goes on; then this build dies the same way, and the previous commit goes on. With
 * pinned runs, workflows of each work on the activities of the other.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEPLOYMENT } from '../../src/contract/deployment.js';
import { makeCurrent } from '../../src/outbound/temporal-deployment.js';
import type { Part } from '../../src/stack/child.js';
import type { IntentRow, PositionRow } from '../../src/store/api.js';
import { intentIs } from '../faults/support.js';
import { killPart, startWorkerOf, THIS_BUILD } from '../support/builds.js';
import { answerOf, close, ended, enter, namedCondor, otherCondor, WILLING, watchedSince } from '../support/life.js';
import { STILL } from '../support/market.js';
import { buildBefore, commitBefore } from '../support/release-before.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const PATIENCE_MS = 120_000;
const commit = commitBefore();
if (commit === undefined) {
  process.stderr.write('release-before: skipped, there is no commit before this one here (LEGWORK_BEFORE names one)\n');
}

/** A close whose order works at the broker and does not fill until `release`. */
async function closeHeld(world: World, row: PositionRow) {
  const fault = { kind: 'hold', conId: row.legs[0]?.contract.conId ?? 0 } as const;
  world.gateway.fault(fault);
  const exit = await world.client.close(row.positionId, { pricing: { kind: 'market' } });
  const working = await intentIs(world, row.positionId, 'WORKING', PATIENCE_MS);
  return { exit, working, release: () => world.gateway.fault({ ...fault, off: true }) };
}

/** The order is followed, not duplicated: the broker works at most one order for the position. */
async function endsClosed(world: World, row: PositionRow, held: Awaited<ReturnType<typeof closeHeld>>): Promise<void> {
  held.release();
  expect(await answerOf(Promise.resolve(held.exit), PATIENCE_MS)).toMatchObject({ result: 'CLOSED', openCombos: 0 });
  await ended(world, row.positionId, PATIENCE_MS);
  const intents: readonly IntentRow[] = await world.store.intents.list({ positionId: row.positionId });
  expect(intents.filter(({ state, purpose }) => purpose === 'REDUCE' && state === 'FILLED')).toHaveLength(1);
  expect(intents.filter(({ state }) => !['FILLED', 'CANCELLED', 'EXPIRED'].includes(state))).toEqual([]);
}

(commit === undefined ? describe.skip : describe)('the commit before', () => {
  let world: World;
  let before: Part | undefined;
  let folder: string;
  /** Open through both takeovers. */
  let watched: PositionRow;

  beforeAll(async () => {
    world = await startWorld({
      worker: false,
      migrate: false,
      speed: 5,
      scenario: { market: STILL, ...WILLING },
      settings: { rules: noRules() },
    });
    folder = join(world.dir, 'before');
    await buildBefore(commit ?? '', folder);
    before = await startWorkerOf(world, folder);
  }, 600_000);
  afterAll(async () => {
    await before?.stop();
    await world?.stop();
  }, 120_000);

  test('dies with a position open and an order working: this build watches, follows and closes', async () => {
    watched = await enter(world, otherCondor());
    const row = await enter(world, namedCondor());
    const held = await closeHeld(world, row);
    if (before !== undefined) await killPart(before);
    before = undefined;
    const at = world.gateway.now();
    await world.startWorker();
    await watchedSince(world, watched.positionId, at);
    expect(await world.store.intents.get(held.working.orderRef)).toMatchObject({ payload: held.working.payload });
    await endsClosed(world, row, held);
    await world.agree();
  }, 600_000);

  test('takes over from this build again: its orders are followed and its position is closed', async () => {
    const row = await enter(world, namedCondor());
    const held = await closeHeld(world, row);
    await world.killWorker();
    // As docs/runbook.md says: a release without builds gets no tasks while one is current.
    await makeCurrent((await world.client.links.temporal()).client, DEPLOYMENT, '');
    const at = world.gateway.now();
    before = await startWorkerOf(world, folder);
    await watchedSince(world, watched.positionId, at);
    await endsClosed(world, row, held);
    expect(await close(world, watched.positionId)).toMatchObject({ result: 'CLOSED' });
    await ended(world, watched.positionId, PATIENCE_MS);
    expect(ordersOf(world.gateway, watched.positionId).length).toBeGreaterThan(1);
    await world.agree();
    await before.stop();
    before = undefined;
  }, 600_000);

  test.each([
    ['workflows of the commit before on activities of this build', 'before', 'this'],
    ['workflows of this build on activities of the commit before', 'this', 'before'],
  ] as const)(
    'pinned: %s',
    async (_what, workflows, activities) => {
      const folders = { before: folder, this: THIS_BUILD };
      world.writeSettings({ rules: noRules(), temporal: { deployment: 'pinned' } });
      const first = await startWorkerOf(world, folders[workflows]);
      const row = await enter(world, namedCondor({ quantity: 2 }));
      const draining = await startWorkerOf(world, folders[workflows], ['--workflows-only'], 'worker ready');
      await first.stop();
      before = await startWorkerOf(world, folders[activities]);
      const market = { pricing: { kind: 'market' } } as const;
      const reduced = await answerOf(world.client.reduce(row.positionId, 0.5, market), PATIENCE_MS);
      expect(reduced).toMatchObject({ result: 'REDUCED', openCombos: 1 });
      expect(await answerOf(world.client.close(row.positionId, market), PATIENCE_MS)).toMatchObject({
        result: 'CLOSED',
      });
      await ended(world, row.positionId, PATIENCE_MS);
      await before.stop();
      before = undefined;
      // It may have ended by itself: it has nothing left to carry on.
      await draining.stop();
      await world.agree();
    },
    600_000,
  );
});
