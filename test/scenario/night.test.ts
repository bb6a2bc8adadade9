/**
 * The end of a session at the speed of the wall: what an open position costs at Temporal by day and by night, by the server's own count of
 * actions, and how a sleeping run is woken. It takes some minutes of the market.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { positionWorkflowId } from '../../src/contract/workflow-ids.js';
import { httpRequest } from '../../src/outbound/http.js';
import { freePort } from '../../src/stack/port.js';
import type { PositionRow } from '../../src/store/api.js';
import { enter, namedCondor, otherCondor, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { startWorld, type World } from '../support/world.js';

/** 16:10 in New York; options of SPY trade until 16:15. */
const START = '2026-03-02T21:10:00Z';
const CLOSE = Date.parse('2026-03-02T21:15:00Z');
const COUNTED_MS = 120_000;
/** The server's metrics lag behind by a second or two. */
const REPORTED_MS = 5_000;
const SESSION_S = 6.75 * 3_600;
const ACTIONS_MAX = 3_500;

let world: World;
let metrics: string;
let positions: readonly PositionRow[];

beforeAll(async () => {
  const port = await freePort();
  metrics = `http://127.0.0.1:${port}/metrics`;
  world = await startWorld({
    start: START,
    scenario: { ...WILLING, market: STILL },
    temporalArgs: ['--metrics-port', String(port)],
  });
  const terms = [namedCondor(), otherCondor()];
  positions = await Promise.all(terms.map((more) => enter(world, { ...more, ignoreSignal: true })));
}, 180_000);
afterAll(() => world?.stop(), 90_000);

/** What the server has counted as actions in the namespace of the positions, by type. */
async function actions(): Promise<ReadonlyMap<string, number>> {
  const { text } = await httpRequest(metrics, { deadlineMs: 5_000 });
  const lines = text.split('\n').filter((line) => /^action\{.*namespace="default"/.test(line));
  return new Map(lines.map((line) => [/action_type="([^"]*)"/.exec(line)?.[1] ?? '', Number(line.split(' ').at(-1))]));
}

/** Actions of a position and second, from now on, by type. */
async function rates(): Promise<Readonly<Record<string, number>>> {
  const passed = (ms: number, since = world.gateway.now()) =>
    world.waitUntil(`${ms} ms of the market`, () => world.gateway.now() >= since + ms, 2 * ms);
  await passed(REPORTED_MS);
  const [from, before] = [world.gateway.now(), await actions()];
  await passed(COUNTED_MS);
  const share = positions.length * ((world.gateway.now() - from) / 1_000);
  const more = [...(await actions())].map(
    ([type, count]) => [type, (count - (before.get(type) ?? 0)) / share] as const,
  );
  return Object.fromEntries(more.filter(([, rate]) => rate > 0));
}

async function history(positionId: string) {
  const { client } = await world.client.links.temporal();
  return (await client.workflow.getHandle(positionWorkflowId(positionId)).fetchHistory()).events ?? [];
}

/** Hours of the timers of its present run. */
async function sleeps({ positionId }: PositionRow): Promise<readonly number[]> {
  const timers = (await history(positionId)).flatMap(
    ({ timerStartedEventAttributes }) => timerStartedEventAttributes ?? [],
  );
  return timers
    .map(({ startToFireTimeout }) => Number(startToFireTimeout?.seconds) / 3_600)
    .filter((hours) => hours > 1);
}

test('an open position costs at most 3,500 actions of Temporal on a trading day', async () => {
  const bySession = await rates();
  await world.waitUntil('the session is over', () => world.gateway.now() > CLOSE, 300_000);
  await world.waitUntil('both runs sleep', async () =>
    (await Promise.all(positions.map(sleeps))).every((all) => all.length === 1),
  );
  expect(await rates()).toEqual({});
  const inSession = Object.values(bySession).reduce((sum, rate) => sum + rate, 0);
  expect(inSession).toBeGreaterThan(0);
  expect(inSession * SESSION_S).toBeLessThan(ACTIONS_MAX);
  const [hours] = await sleeps(positions[0] as PositionRow);
  // Until half a minute before 09:30.
  expect(hours).toBeGreaterThan(17.2);
  expect(hours).toBeLessThan(17.25);
}, 900_000);

test('an assignment at night wakes the run of its position', async () => {
  const [position, other] = positions as readonly [PositionRow, PositionRow];
  const short = position.plan.legs.find(({ action }) => action === 'SELL');
  world.gateway.fault({ kind: 'assign', conId: short?.contract.conId ?? 0, quantity: 1 });
  await world.waitUntil(
    'it sleeps again, with what has changed',
    async () => (await sleeps(position)).length === 2,
    90_000,
  );
  expect(await sleeps(other)).toHaveLength(1);
}, 120_000);

test('a close requested at night is taken at once, waits in a timer of its own, and the other position sleeps on', async () => {
  const [, position] = positions as readonly [PositionRow, PositionRow];
  await world.client.close(position.positionId);
  await world.waitUntil('the exit waits for the market', async () => (await sleeps(position)).length === 2, 60_000);
}, 120_000);
