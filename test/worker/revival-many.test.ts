/** Of many open positions a few have no run: one query finds them, and each is revived within a minute. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, type Connection } from '@temporalio/client';
import { kill } from '../../chaos/servers.js';
import type { StoreParts } from '../../src/activities/positions/revive.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { positionWorkflowId } from '../../src/contract/workflow-ids.js';
import { callDeadline, connectTemporalClient } from '../../src/outbound/temporal.js';
import { isRunning } from '../../src/outbound/temporal-runs.js';
import { startTemporal, type TemporalHandle } from '../../src/stack/temporal.js';
import { reviveAll } from '../../src/worker/revival.js';
import { startPosition } from '../../src/worker/starter.js';
import { execution, NOW, newPositionId, testServer } from '../store/support.js';
import { isWhole } from '../support/whole.js';

const OPEN = isWhole ? 10_000 : 250;
const MINUTE = 60_000;
const AT_ONCE = 50;

const server = testServer();
const calls: string[] = [];
const positions = Array.from({ length: OPEN }, newPositionId);
let temporal: TemporalHandle;
let connection: Connection;
let client: Client;

async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = [...items];
  const next = async () => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

const runOf = (positionId: string) => client.workflow.getHandle(positionWorkflowId(positionId));
const start = (positionId: string) =>
  client.workflow.start('positionWorkflow', { workflowId: positionWorkflowId(positionId), taskQueue: WORKFLOW_QUEUE });

async function indexed(runs: number): Promise<void> {
  for (;;) {
    const { count } = await client.workflow.count("ExecutionStatus = 'Running'");
    if (count === runs) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  temporal = await startTemporal({ log: () => undefined });
  const deadline = callDeadline();
  connection = await connectTemporalClient({ address: temporal.address }, (options, next) => {
    calls.push(options.method_definition.path.split('/').at(-1) ?? '');
    return deadline(options, next);
  });
  client = new Client({ connection });
  await each(positions, (positionId) => server.store.executions.save_execution(execution(positionId)));
  await server.sql(
    "UPDATE executions SET status = 'FILLED', opened_combos = 2, open_combos = 2, fill_time = created_at",
  );
  await server.sql("UPDATE legs SET status = 'FILLED', open_quantity = CASE action WHEN 'BUY' THEN 2 ELSE -2 END");
}, 300_000);
afterAll(async () => {
  await connection?.close();
  if (temporal !== undefined) await kill(temporal);
}, 60_000);

/** Revives; gives the positions that were found without a run, and what was logged besides. */
async function revived(more: Partial<StoreParts> = {}, asking = client) {
  const found: unknown[] = [];
  const besides: unknown[] = [];
  const parts: StoreParts = {
    store: server.store,
    hasSearchAttributes: async () => false,
    isRunning: (workflowId) => isRunning(client, workflowId),
    startPosition: (input) => startPosition(client, input),
    notifyEntry: async () => undefined,
    accountAlias: () => 'paper',
    wallNow: () => NOW,
    ...more,
  };
  calls.length = 0;
  const began = performance.now();
  await reviveAll({
    client: asking,
    storeParts: parts,
    leave: () => undefined,
    log: (_level, message, data = {}) =>
      (message === 'an open position had no run and is revived' ? found : besides).push(data.positionId),
  });
  return {
    found,
    besides,
    tookMs: performance.now() - began,
    count: (name: string) => calls.filter((call) => call === name).length,
  };
}

test(`${OPEN} positions are open and 10 of them have no run`, async () => {
  const [never, ended] = [positions.slice(3, 9), positions.slice(-4)];
  const missing = [...never, ...ended];
  await each(
    positions.filter((one) => !never.includes(one)),
    start,
  );
  await each(ended, (positionId) => runOf(positionId).terminate('by a test'));
  await indexed(OPEN - missing.length);
  const { found, besides, tookMs, count } = await revived();
  expect([...found].sort()).toEqual([...missing].sort());
  expect(besides).toEqual([]);
  expect(tookMs).toBeLessThan(MINUTE);
  // A page a thousand, and each that the index lacks by its id.
  expect(count('ListWorkflowExecutions')).toBeLessThanOrEqual(Math.ceil(OPEN / 1_000) + 1);
  expect(count('DescribeWorkflowExecution')).toBe(missing.length);
  for (const positionId of missing) expect((await runOf(positionId).describe()).status.name).toBe('RUNNING');
}, 600_000);

test('one that cannot be revived holds back no other', async () => {
  const [first = '', second = '', ...others] = positions.slice(20, 25);
  const missing = [first, second, ...others];
  await each(missing, (positionId) => runOf(positionId).terminate('by a test'));
  await indexed(OPEN - missing.length);
  const { found, besides } = await revived({
    startPosition: async (input) => {
      if (input.positionId === second) throw new Error('a row that cannot be read');
      await startPosition(client, input);
    },
  });
  expect([...found].sort()).toEqual([...missing].sort());
  expect(besides).toEqual([second]);
  await indexed(OPEN - 1);
  expect((await revived()).found).toEqual([second]);
}, 120_000);

test('what the index still lacks, though it runs, is not revived', async () => {
  const [positionId = ''] = positions;
  const handle = runOf(positionId);
  await handle.terminate('by a test');
  await indexed(OPEN - 1);
  await start(positionId);
  // The index may or may not have it by now: the server itself is asked.
  expect((await revived()).found).toEqual([]);
}, 120_000);

test('while the index is away, each run is asked for by its id', async () => {
  const positionId = positions[30] ?? '';
  await runOf(positionId).terminate('by a test');
  const list = () => {
    throw new Error('the index is away');
  };
  const workflow = Object.create(client.workflow, { list: { value: list } });
  const { found, besides } = await revived({}, Object.create(client, { workflow: { value: workflow } }));
  expect(found).toEqual([positionId]);
  // One line says so, about no position.
  expect(besides).toEqual([undefined]);
}, 120_000);
