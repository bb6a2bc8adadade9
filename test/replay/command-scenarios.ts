/** Scenarios of workflows that people start: each asks once, or ends without an order. */
import { ApplicationFailure } from '@temporalio/common';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { entryWorkflowId, exitWorkflowId } from '../../src/contract/workflow-ids.js';
import { ALIAS, entryInput, exitInput } from '../workflows/support/requests.js';
import type { TestServer } from '../workflows/support/server.js';
import type { Scenario } from './scenarios.js';

async function execute(server: TestServer, name: string, workflowId: string, input: unknown): Promise<void> {
  await server.client.workflow.execute(name, { workflowId, taskQueue: WORKFLOW_QUEUE, args: [input] });
}

/** A dry run, an exercise, an evaluation, a comparison, a settlement and a signal. */
const askedOnce: Scenario = async (server) => {
  const positionId = 'asked';
  server.desk.position(positionId).openCombos = 2;
  const { request } = entryInput('asked');
  server.desk.entry('asked', server.desk.script(positionId));
  const settle = { kind: 'price', positionId, price: '650.00' };
  const exercise = { positionId, legNo: 1, override: false, dryRun: false };
  const accountAlias = ALIAS;
  const inputs = {
    dryRunWorkflow: exitInput(positionId, 'dry-1', 'CLOSE'),
    exerciseWorkflow: { accountAlias, exercise },
    monitorWorkflow: { accountAlias, positionId },
    reconcileWorkflow: { accountAlias },
    settleWorkflow: { accountAlias, settle },
    signalWorkflow: { accountAlias, request },
  };
  const asked = Object.entries(inputs).map(([name, input]) => ({ name, workflowId: `asked-${name}`, input }));
  for (const { name, workflowId, input } of asked) await execute(server, name, workflowId, input);
  return asked.map(({ workflowId }) => ({ workflowId }));
};

/** A dry run of an entry, and one whose strategy cannot be built. */
const entriesWithoutOrder: Scenario = async (server) => {
  const dry = server.desk.position('dry');
  const failing = server.desk.position('failing');
  failing.on('buildStrategy', () => {
    throw ApplicationFailure.nonRetryable('the chain makes no sense', 'INVARIANT_BROKEN');
  });
  for (const [script, dryRun] of [[dry, true] as const, [failing, false] as const]) {
    const entryId = `entry-${script.positionId}`;
    server.desk.entry(entryId, script);
    await execute(server, 'entryWorkflow', entryWorkflowId(entryId), entryInput(entryId, { dryRun }));
  }
  return [dry, failing].map(({ positionId }) => ({ workflowId: entryWorkflowId(`entry-${positionId}`) }));
};

/** An exit of a position that has no run and gets none. */
const exitWithoutRun: Scenario = async (server) => {
  const script = server.desk.position('without-run');
  script.openCombos = 2;
  script.openedCombos = 2;
  await execute(server, 'exitWorkflow', exitWorkflowId('exit-2'), exitInput('without-run', 'exit-2', 'CLOSE'));
  return [{ workflowId: exitWorkflowId('exit-2') }];
};

export const COMMAND_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'asked-once': askedOnce,
  'entries-without-order': entriesWithoutOrder,
  'exit-without-run': exitWithoutRun,
};
