/**
 * A life of 45 days in time-lapse: an iron condor that the rule rolls twice, reduced in between and closed by a person. The ledger's
 * result is compared with the gateway's frames, to the cent.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JournalEntry } from 'ib-gateway';
import { temporaryFolder } from '../../src/stack/temporary.js';
import type { PositionRow } from '../../src/store/api.js';
import { answerOf, dollars, ended, enter, WILLING, wireCashFlow } from '../support/life.js';
import { UNHURRIED } from '../support/market.js';
import { onlyRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

const DAY_MS = 86_400_000;
const ROLL_MS = 240_000;
/** Events of a run that is a session without an order, from its start to its end. */
const QUIET_EVENTS = 30;

const folder = temporaryFolder('long-life');
const file = join(folder, 'journal.jsonl');
let world: World;
beforeAll(async () => {
  world = await startWorld({
    seed: 31,
    stepped: true,
    scenario: WILLING,
    journal: file,
    settings: {
      ...UNHURRIED,
      watch: { snapshotSeconds: 1_800 },
      rules: onlyRules({ dteRoll: { rollDte: 30, forceDte: 14, rollToDte: 55 } }),
    },
  });
});
afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true });
}, 90_000);

/** The gateway's executions and commissions. */
function executionFrames(): readonly JournalEntry[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => /"(?:EXECUTION_DATA|COMMISSION_REPORT)"/.test(line)).map((line) => JSON.parse(line));
}

/** The position that this one was rolled into, once the run of this one has ended. */
async function rolled({ positionId }: PositionRow): Promise<PositionRow> {
  const old = await ended(world, positionId, ROLL_MS);
  expect(old).toMatchObject({ status: 'CLOSED', exitRule: 'dte_roll', openCombos: 0 });
  const next = await world.client.execution(old.rolledTo ?? '');
  expect(next).toMatchObject({ rolledFrom: positionId });
  expect(next.expiry > old.expiry).toBe(true);
  return next;
}

/** Events of each run that continued as new, in the order of the sessions. */
async function eventsOf({ workflowId }: PositionRow): Promise<readonly number[]> {
  const { client } = await world.client.links.temporal();
  const runs: { readonly startTime: Date; readonly historyLength: number }[] = [];
  for await (const { status, startTime, historyLength } of client.workflow.list({
    query: `WorkflowId = '${workflowId}'`,
  })) {
    if (status.name === 'CONTINUED_AS_NEW') runs.push({ startTime, historyLength });
  }
  runs.sort((left, right) => left.startTime.getTime() - right.startTime.getTime());
  return runs.map(({ historyLength }) => historyLength);
}

test("two rolls and a reduction: the money matches the broker's, to the cent", async () => {
  const begun = world.gateway.now();
  const first = await enter(world, { quantity: 4, ignoreSignal: true });
  const second = await rolled(first);
  expect(await answerOf(world.client.reduce(second.positionId, 0.5))).toMatchObject({
    result: 'REDUCED',
    openCombos: 2,
  });
  const third = await rolled(second);
  expect(third.openedCombos).toBe(2);
  await world.waitUntil('45 days are over', () => world.gateway.now() - begun >= 45 * DAY_MS, ROLL_MS);
  expect(await answerOf(world.client.close(third.positionId))).toMatchObject({ result: 'CLOSED' });

  const chain: PositionRow[] = [];
  for (const { positionId } of [first, second, third]) chain.push(await ended(world, positionId, ROLL_MS));
  const journal = executionFrames();
  for (const { positionId, legs, realizedPnl } of chain) {
    expect(legs.map(({ openQuantity }) => openQuantity)).toEqual([0, 0, 0, 0]);
    expect(dollars(realizedPnl)).toBeCloseTo(wireCashFlow(positionId, journal), 6);
  }
  const [, ...quiet] = await eventsOf(first);
  expect(quiet.length).toBeGreaterThan(5);
  expect(Math.max(...quiet)).toBeLessThanOrEqual(QUIET_EVENTS);
  expect(world.gateway.positions()).toEqual([]);
  await world.agree();
}, 900_000);
