/** A stage for positions that stand still: a real Temporal server with the real workflow code, a real Postgres, and the check, whose clock is stepped. */
import { afterAll, beforeAll } from '@jest/globals';
import type { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { examineStuck } from '../../src/cli/doctor/stuck.js';
import type { Connections } from '../../src/client/connections.js';
import type { Endpoints } from '../../src/client/endpoints.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { PositionWorkflow } from '../../src/contract/requests.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { positionWorkflowId } from '../../src/contract/workflow-ids.js';
import { OPEN_ALERTS } from '../../src/domain/alert.js';
import { StuckCheck } from '../../src/worker/stuck-check.js';
import { execution, NOW, testServer } from '../store/support.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import { ALIAS, positionInput } from '../workflows/support/requests.js';
import { startServer, type TestServer } from '../workflows/support/server.js';

export function stuckStage() {
  const database = testServer();
  const parts: { server?: TestServer; check?: StuckCheck } = {};
  /** Monotonic wall ms of the checks. */
  let now = 0;
  const server = (): TestServer => {
    if (parts.server === undefined) throw new Error('not started');
    return parts.server;
  };
  const settings = (accountAlias: string) => settingsSchema.parse({ ib: { accountAlias } });
  const newCheck = (client: () => Promise<TestServer['client']> = async () => server().client, alias = ALIAS) =>
    new StuckCheck({ store: database.store, client, settings: () => settings(alias), log: () => undefined });
  beforeAll(async () => {
    parts.server = await startServer(['frontend.WorkflowPauseEnabled=true']);
    parts.check = newCheck();
    await database.store.leases.acquire('broker', 'a-worker', 3_600_000);
  });
  afterAll(() => parts.server?.stop());

  /** Rule, position and count of the open alerts. */
  async function alerts(): Promise<readonly string[]> {
    const open = await database.store.alerts.list({ statuses: OPEN_ALERTS });
    return open.map(({ rule, positionId, count }) => `${rule} ${positionId ?? ''} ${count}`).sort();
  }

  return {
    database,
    server,
    newCheck,
    alerts,
    /** The open alerts after a check of a worker, this much later. */
    async checkAfter(ms: number, wallNow = Date.now()): Promise<readonly string[]> {
      now += ms;
      await parts.check?.check(now, wallNow);
      return await alerts();
    },
    async doctor(): Promise<string> {
      const links = { store: async () => database.store, temporal: async () => ({ client: server().client }) };
      const target = { loaded: { settings: settings(ALIAS) }, accountAlias: ALIAS };
      const found = await examineStuck(links as unknown as Connections, target as unknown as Endpoints);
      return found.map(({ status, text }) => `${status} ${text}`).join('\n');
    },
    /** The run of a position of the desk, without its row in the database unless `isStored`. */
    async opened(id: string, { memo = {}, taskQueue = WORKFLOW_QUEUE, alias = ALIAS, isStored = true } = {}) {
      if (isStored) await database.store.executions.save_execution(execution(id));
      const script = server().desk.position(id);
      const workflowId = positionWorkflowId(id);
      const handle = await server().client.workflow.start<PositionWorkflow>('positionWorkflow', {
        workflowId,
        taskQueue,
        args: [positionInput(id, { accountAlias: alias })],
        memo,
      });
      return { script, handle, workflowId };
    },
    /** The position is over, so that it is in no one's way. */
    async over(id: string): Promise<void> {
      await server().client.workflow.getHandle(positionWorkflowId(id)).terminate();
      await database.store.executions.update_execution_status(id, 'FAILED', NOW, { failReason: 'over' });
    },
    /** Attempts of its first pending activity and of its workflow task; 0 without one. */
    async attemptOf(id: string) {
      const { raw } = await server().client.workflow.getHandle(positionWorkflowId(id)).describe();
      return { activity: raw.pendingActivities?.[0]?.attempt ?? 0, task: raw.pendingWorkflowTask?.attempt ?? 0 };
    },
    connectWorkers: () =>
      NativeConnection.connect({ address: (server().client.connection as Connection).options.address }),
  };
}

export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 90_000 * TIMEOUT_FACTOR; !(await condition()); ) {
    if (performance.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
