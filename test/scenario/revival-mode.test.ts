/**
 * The run of a position is ended from outside, and the next one continues as its entry requested, not as configured: leg by leg
 * with the policy for missing legs, or only as a combination.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { holds } from '../faults/support.js';
import { answerOf, ask, close, ended, enter, namedCondor } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

const PATIENCE_MS = 120_000;

let world: World;

beforeAll(async () => {
  world = await startStillWorld({ mode: 'auto', legs: { onPartial: 'unwind', legSeconds: 600 } });
});
afterAll(() => world?.stop(), 90_000);

const roles = (positionId: string) => ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef.split('|')[3]);

/** Ends the run from outside, and lets the next one begin: positions without a run are revived when a person compares. */
async function loseRun(positionId: string): Promise<void> {
  const { client } = await world.client.links.temporal();
  const { workflowId } = await world.client.execution(positionId);
  const handle = () => client.workflow.getHandle(workflowId);
  const { runId } = await handle().describe();
  await handle().terminate('by a test');
  await world.cli(['reconcile', '--json']);
  await world.waitUntil('the position is revived', async () => {
    const now = await handle().describe();
    return now.runId !== runId && now.status.name === 'RUNNING';
  });
}

async function finish(positionId: string): Promise<void> {
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, PATIENCE_MS);
  expect(world.gateway.positions().filter(({ quantity }) => quantity !== 0)).toEqual([]);
  await world.agree();
}

test('combination only: the revived run does not close it leg by leg either', async () => {
  const { positionId } = await enter(world, namedCondor({ mode: 'combo' }));
  await loseRun(positionId);
  world.gateway.fault({ kind: 'refuseCombos' });
  expect(await close(world, positionId)).toMatchObject({ result: 'REFUSED', openCombos: 1 });
  world.gateway.fault({ kind: 'refuseCombos', off: true });
  expect(new Set(roles(positionId))).toEqual(new Set(['combo']));
  await finish(positionId);
}, 400_000);

test('an unfinished opening leg by leg is completed by the revived run, and closed leg by leg', async () => {
  const [known] = await world.store.executions.list({ limit: 1 });
  const shortCall = { kind: 'hold', conId: known?.legs[2]?.contract.conId ?? 0 } as const;
  world.gateway.fault(shortCall);
  const protection = { protective: 'combo', target: 0.5 } as const;
  const asked = ask(namedCondor({ mode: 'legs', onPartial: 'complete', protection }));
  const entry = await world.client.enter(asked);
  const positionId = await world.waitUntil(
    'the short call rests alone',
    async () => {
      const unsettled = await world.store.intents.unsettled();
      return unsettled.find(({ role, state }) => role === 'leg3' && state === 'WORKING')?.positionId;
    },
    PATIENCE_MS,
  );
  expect(roles(positionId)).toEqual(['leg1', 'leg4', 'leg2', 'leg3']);
  await loseRun(positionId);
  await world.waitUntil('the missing leg is worked on', () => roles(positionId).length === 5, PATIENCE_MS);
  world.gateway.fault({ ...shortCall, off: true });
  expect(await answerOf(Promise.resolve(entry), PATIENCE_MS)).toMatchObject({ status: 'OPENED', filledCombos: 1 });
  expect(roles(positionId)).toEqual(['leg1', 'leg4', 'leg2', 'leg3', 'leg3']);
  const row = await holds(world, positionId, 1);
  expect(row).toMatchObject({ mode: 'legs', onPartial: 'complete', plan: { protection } });
  await loseRun(positionId);
  await finish(positionId);
  expect(roles(positionId).slice(5)).toEqual(['leg2', 'leg3', 'leg1', 'leg4']);
}, 400_000);
