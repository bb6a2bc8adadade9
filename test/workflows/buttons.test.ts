/**
 * The buttons of the Temporal Web UI, by the server calls that they make, against each kind of run while it is at work: what
 * docs/runbook.md says of each. One cell, one test.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { wireName } from '../../src/contract/activity-names.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import {
  closeAllWorkflowId,
  entryWorkflowId,
  exitWorkflowId,
  positionWorkflowId,
} from '../../src/contract/workflow-ids.js';
import { isWhole } from '../support/whole.js';
import type { ActivityName, Script } from './support/desk.js';
import { ALIAS, entryInput, exitInput } from './support/requests.js';
import { startServer } from './support/server.js';

// Concurrent tests begin before any beforeAll, so the server is started here.
const server = await startServer(['frontend.WorkflowPauseEnabled=true']);
afterAll(() => server.stop());

const { workflowService } = server.client;
const namespace = 'default';

/** RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL. */
const RESET_WITHOUT_SIGNALS = 1;
/** PENDING_ACTIVITY_STATE_PAUSED: no attempt runs. */
const PAUSED = 4;

/** A run at work, and what it comes to when it is let go on. */
interface Stand {
  readonly script: Script;
  readonly handle: WorkflowHandle;
  /** An activity of the run that is pending; a run of close-all has only children. */
  readonly pending?: ActivityName;
  /** The order that the run waits for fills. */
  fill(): void;
  /** Fails unless the run has ended as if nobody had touched it, with one order for each intent. */
  endsWell(): Promise<void>;
}

/** The nth order of the position rests until it is filled by hand, or a message ends its step. */
function restingOrder(script: Script, nth: number): () => void {
  let filled = false;
  script.on('followOrder', async ({ orderRef }, _, standard) => {
    const { combos, attempt } = script.orderOf(orderRef);
    if (script.count('prepareOrder') < nth || filled) return await standard();
    await script.untilEnded();
    if (filled) return await standard();
    const progress = { filled: 0, remaining: combos, settled: false, state: 'WORKING', reason: `attempt ${attempt}` };
    return { kind: 'ended', progress };
  });
  return () => {
    filled = true;
    void script.standard().endWait({ positionId: script.positionId, reason: 'a fill' });
  };
}

async function entering(id: string): Promise<Stand> {
  const script = server.desk.position(id);
  server.desk.entry(`entry-${id}`, script);
  const fill = restingOrder(script, 1);
  const handle = await server.client.workflow.start('entryWorkflow', {
    workflowId: entryWorkflowId(`entry-${id}`),
    taskQueue: WORKFLOW_QUEUE,
    args: [entryInput(`entry-${id}`)],
  });
  await script.called('followOrder');
  const endsWell = async () => {
    fill();
    expect(await latest(handle).result()).toMatchObject({ status: 'OPENED', filledCombos: 2 });
    await script.called('watchPosition');
    expect(script.count('placeOrder')).toBe(1);
    await server.client.workflow.getHandle(positionWorkflowId(id)).terminate();
  };
  return { script, handle, fill, endsWell };
}

async function watching(id: string): Promise<Stand> {
  const { script, handle } = await server.opened(id);
  const endsWell = async () => {
    await latest(handle).signal('close');
    expect(await latest(handle).result()).toMatchObject({ status: 'CLOSED', rule: 'manual_close' });
    expect(script.count('placeOrder')).toBe(2);
  };
  return { script, handle, pending: 'watchPosition', fill: () => undefined, endsWell };
}

async function exiting(id: string): Promise<Stand> {
  const { script } = await server.opened(id);
  const fill = restingOrder(script, 2);
  const handle = await server.client.workflow.start('exitWorkflow', {
    workflowId: exitWorkflowId(`r-${id}`),
    taskQueue: WORKFLOW_QUEUE,
    args: [exitInput(id, `r-${id}`, 'CLOSE')],
  });
  await script.called('followOrder', 2);
  const endsWell = async () => {
    fill();
    expect(await latest(handle).result()).toMatchObject({ result: 'CLOSED', openCombos: 0 });
    expect(script.count('placeOrder')).toBe(2);
  };
  return { script, handle, fill, endsWell };
}

async function closingAll(id: string): Promise<Stand> {
  const symbol = id.toUpperCase();
  const { script } = await server.opened(id, { symbol });
  const fill = restingOrder(script, 2);
  const handle = await server.client.workflow.start('closeAllWorkflow', {
    workflowId: closeAllWorkflowId(id),
    taskQueue: WORKFLOW_QUEUE,
    args: [{ accountAlias: ALIAS, requestId: id, symbol }],
  });
  await script.called('followOrder', 2);
  const endsWell = async () => {
    fill();
    const { outcomes } = await latest(handle).result();
    expect(outcomes).toEqual([expect.objectContaining({ positionId: id, result: 'CLOSED' })]);
    expect(script.count('placeOrder')).toBe(2);
  };
  return { script, handle, fill, endsWell };
}

/** Whichever run of the workflow is the last: a reset starts a new one. */
function latest({ workflowId }: WorkflowHandle) {
  return server.client.workflow.getHandle(workflowId);
}

const stands = { entry: entering, position: watching, exit: exiting, 'close-all': closingAll } as const;
type Run = keyof typeof stands;
const RUNS = Object.keys(stands) as Run[];

/** The position has taken in this many requests: each is answered with the exit at work. */
async function takenIn(positionId: string, requests: number): Promise<void> {
  const handle = server.client.workflow.getHandle(positionWorkflowId(positionId));
  for (;;) {
    const { events } = await handle.fetchHistory();
    const signals = (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes != null);
    const last = Number(signals[requests - 1]?.eventId ?? Number.POSITIVE_INFINITY);
    const isTask = (event: NonNullable<typeof events>[number]) => event.workflowTaskCompletedEventAttributes != null;
    if (events?.some((event) => isTask(event) && Number(event.eventId) > last)) return;
  }
}

async function reset({ handle }: Pick<Stand, 'handle'>, resetReapplyExcludeTypes: number[] = []): Promise<void> {
  const { events = [] } = await handle.fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
  await workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId: handle.workflowId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: first?.eventId ?? null,
    resetReapplyExcludeTypes,
  });
}

/** The pause has reached it with a heartbeat, and its attempt has ended. */
async function isPaused({ workflowId }: WorkflowHandle, pending: string): Promise<boolean> {
  const { raw } = await server.client.workflow.getHandle(workflowId).describe();
  return (
    raw.pendingActivities?.some(({ activityType, state }) => activityType?.name === pending && state === PAUSED) ===
    true
  );
}

/** Pauses the pending activity, or that of the position which the run waits for, and lets it go on. */
async function pauseActivity({ script, handle, pending = 'followOrder' }: Stand): Promise<void> {
  const of =
    pending === 'followOrder' ? server.client.workflow.getHandle(positionWorkflowId(script.positionId)) : handle;
  const type = wireName(pending);
  const execution = { workflowId: of.workflowId };
  const calls = script.count(pending);
  await workflowService.pauseActivity({ namespace, execution, type, reason: 'a test', requestId: randomUUID() });
  while (!(await isPaused(of, type))) await new Promise((resolve) => setTimeout(resolve, 50));
  await workflowService.unpauseActivity({ namespace, execution, type, resetAttempts: true });
  await script.called(pending, calls + 1);
}

async function pauseRun({ handle: { workflowId } }: Stand): Promise<void> {
  const request = { namespace, workflowId, reason: 'a test' };
  await workflowService.pauseWorkflowExecution({ ...request, requestId: randomUUID() });
  const { raw } = await server.client.workflow.getHandle(workflowId).describe();
  expect(raw.workflowExtendedInfo?.pauseInfo?.reason).toBe('a test');
  await workflowService.unpauseWorkflowExecution({ ...request, requestId: randomUUID() });
}

async function updateOptions({ script, handle, pending = 'followOrder' }: Stand): Promise<void> {
  const of =
    pending === 'followOrder' ? server.client.workflow.getHandle(positionWorkflowId(script.positionId)) : handle;
  await workflowService.updateActivityOptions({
    namespace,
    execution: { workflowId: of.workflowId },
    type: wireName(pending),
    activityOptions: { retryPolicy: { maximumAttempts: 1 }, heartbeatTimeout: { seconds: 60 as never } },
    updateMask: { paths: ['retry_policy.maximum_attempts', 'heartbeat_timeout'] },
  });
  await workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution: { workflowId: handle.workflowId },
    workflowExecutionOptions: {},
    updateMask: { paths: ['versioning_override'] },
  });
}

/** What happens after the press, where it is not that the run goes on as if nobody had touched it. */
const goesOn = (stand: Stand) => stand.endsWell();

const cells: Readonly<Record<string, Readonly<Record<Run, (stand: Stand) => Promise<void>>>>> = {
  Cancel: {
    entry: async ({ script, handle }) => {
      await handle.cancel();
      expect(await handle.result()).toMatchObject({
        status: 'FAILED',
        code: 'NOT_FILLED',
        filledCombos: 0,
        reasons: ['The entry was cancelled: no combo was opened.', 'its entry was cancelled'],
      });
      expect(script.inputs('cancelOrder')).toEqual([expect.objectContaining({ reason: 'its entry was cancelled' })]);
      const position = server.client.workflow.getHandle(positionWorkflowId(script.positionId));
      expect(await position.result()).toMatchObject({ status: 'NOT_OPENED' });
    },
    position: async (stand) => {
      await stand.handle.cancel();
      await stand.script.called('setAttention');
      expect(stand.script.inputs('setAttention')[0]?.reason).toMatch(/does not close the position/);
      await stand.endsWell();
    },
    exit: async (stand) => {
      await stand.handle.cancel();
      await stand.endsWell();
    },
    'close-all': async (stand) => {
      await stand.handle.cancel();
      await stand.endsWell();
    },
  },
  Terminate: {
    entry: async ({ script, handle, fill }) => {
      await handle.terminate();
      fill();
      await script.called('watchPosition');
      expect(script.openCombos).toBe(2);
      await server.client.workflow.getHandle(positionWorkflowId(script.positionId)).terminate();
    },
    position: async ({ script, handle }) => {
      await handle.terminate();
      // What a worker starts within a minute: revive.ts.
      const again = await server.start(script, { carried: { ...CARRIED, opened: true, abandoned: [] } });
      await script.called('watchPosition', 2);
      await again.signal('close');
      expect(await again.result()).toMatchObject({ status: 'CLOSED' });
      expect(script.count('placeOrder')).toBe(2);
    },
    exit: async ({ script, handle, fill }) => {
      await handle.terminate();
      fill();
      await script.until(() => script.outcomes.size === 1, 'the outcome');
      expect(script.outcomes.get(`r-${script.positionId}`)).toMatchObject({ result: 'CLOSED' });
    },
    'close-all': async ({ script, handle, fill }) => {
      await handle.terminate();
      fill();
      await script.until(() => script.outcomes.size === 1, 'the outcome');
      expect([...script.outcomes.values()]).toEqual([expect.objectContaining({ result: 'CLOSED' })]);
    },
  },
  Reset: {
    entry: async (stand) => {
      await reset(stand);
      await stand.script.called('approveEntry', 2);
      await stand.endsWell();
    },
    position: async (stand) => {
      stand.script.on('readPosition', () => stand.script.summary({ lastStep: 1 }));
      await reset(stand);
      await stand.script.called('watchPosition', 2);
      await stand.endsWell();
    },
    exit: async (stand) => {
      await reset(stand);
      await stand.script.called('openRequest', 2);
      await stand.endsWell();
    },
    'close-all': async (stand) => {
      await reset(stand);
      await stand.script.called('openRequest', 2);
      await takenIn('reset-close-all', 2);
      await stand.endsWell();
    },
  },
  'Pause and Unpause of an activity': { entry: goesOn, position: goesOn, exit: goesOn, 'close-all': goesOn },
  'Pause and Unpause of the run': { entry: goesOn, position: goesOn, exit: goesOn, 'close-all': goesOn },
  'Update Options': { entry: goesOn, position: goesOn, exit: goesOn, 'close-all': goesOn },
};
const presses: Readonly<Record<string, (stand: Stand) => Promise<void>>> = {
  'Pause and Unpause of an activity': pauseActivity,
  'Pause and Unpause of the run': pauseRun,
  'Update Options': updateOptions,
};
const CARRIED = { queue: [], paused: false, recentRequestIds: [], step: 1 } as const;

/** What changes nothing is tried on an entry and a position here, and on every run in `npm run test:slow`. */
const isTried = (button: string, run: (typeof RUNS)[number]) =>
  isWhole || !/^(?:Pause|Update)/.test(button) || run === 'entry' || run === 'position';

for (const [button, row] of Object.entries(cells)) {
  for (const run of RUNS.filter((one) => isTried(button, one))) {
    test.concurrent(`${button}: ${run}`, async () => {
      const stand = await stands[run](`${button.replaceAll(' ', '-').toLowerCase()}-${run}`);
      await presses[button]?.(stand);
      await row[run](stand);
    });
  }
}

test('the runbook has a line for each button and a column for each run', () => {
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
  const [head = '', , ...lines] = runbook.split('### The buttons')[1]?.match(/^\|.*\|$/gm) ?? [];
  const cellsOf = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  expect(cellsOf(head).slice(1)).toEqual(RUNS);
  expect(lines.slice(0, Object.keys(cells).length).map((line) => cellsOf(line)[0])).toEqual(Object.keys(cells));
  for (const line of lines.slice(0, Object.keys(cells).length))
    for (const cell of cellsOf(line)) expect(cell).not.toBe('');
});

test.concurrent('an entry that is cancelled while it decides sends nothing, at every step', async () => {
  const steps = ['evaluateSignal', 'buildStrategy', 'approveEntry'] as const;
  for (const step of steps) {
    const script = server.desk.position(`cancelled-at-${step}`);
    server.desk.entry(`entry-of-${script.positionId}`, script);
    let cancel: () => Promise<void> = async () => undefined;
    const asked = new Promise<void>((resolve) => {
      script.on(step, async (_, _nth, standard) => {
        await cancel();
        resolve();
        return (await standard()) as never;
      });
    });
    const entryId = `entry-of-${script.positionId}`;
    cancel = () =>
      server.client.workflow
        .getHandle(entryWorkflowId(entryId))
        .cancel()
        .then(() => undefined);
    const handle = await server.client.workflow.start('entryWorkflow', {
      workflowId: entryWorkflowId(entryId),
      taskQueue: WORKFLOW_QUEUE,
      args: [entryInput(entryId)],
    });
    await asked;
    expect(await handle.result()).toMatchObject({ status: 'NOT_ENTERED', code: 'NOT_FILLED' });
    expect([step, script.count('prepareOrder'), script.count('finishEntry')]).toEqual([step, 0, 1]);
    expect(script.count('revivePosition')).toBe(step === 'approveEntry' ? 1 : 0);
  }
});

test.concurrent('an entry that is cancelled after a part has filled answers with what stays open', async () => {
  const { script, handle } = await entering('cancel-partial');
  script.on('cancelOrder', ({ orderRef, reason }) => ({ ...script.progress(orderRef, 1), state: 'CANCELLED', reason }));
  await handle.cancel();
  expect(await handle.result()).toMatchObject({
    status: 'OPENED',
    filledCombos: 1,
    reasons: [
      expect.stringMatching(/1 combo had filled and stays open as cancel-partial. Close with `legwork close/),
      expect.any(String),
    ],
  });
  await script.called('watchPosition');
  expect(script.openCombos).toBe(1);
  await server.client.workflow.getHandle(positionWorkflowId('cancel-partial')).terminate();
});

test.concurrent('a cancelled entry whose position has no run has one revived, and is answered', async () => {
  const { script, handle } = await entering('cancel-no-run');
  await server.client.workflow.getHandle(positionWorkflowId('cancel-no-run')).terminate();
  script.on('revivePosition', async () => {
    await server.start(script, {
      entryWorkflowId: handle.workflowId,
      carried: { ...CARRIED, opened: false, abandoned: [] },
    });
  });
  await handle.cancel();
  expect(await handle.result()).toMatchObject({ status: 'FAILED', code: 'NOT_FILLED', filledCombos: 0 });
});

test.concurrent('an entry and a roll whose position was terminated after the fill are answered by its next run', async () => {
  const { script, handle } = await entering('ended-after-fill');
  await server.client.workflow.getHandle(positionWorkflowId('ended-after-fill')).terminate();
  script.openCombos = 2;
  script.openedCombos = 2;
  const again = await server.start(script, {
    entryWorkflowId: handle.workflowId,
    carried: { ...CARRIED, opened: true, abandoned: [] },
  });
  expect(await handle.result()).toMatchObject({
    status: 'OPENED',
    filledCombos: 2,
    reasons: ['opened by an earlier run'],
  });
  await again.terminate();

  const old = await server.opened('roll-ended');
  const next = server.desk.position('roll-ended-next', { combos: 2 });
  restingOrder(next, 1);
  await old.handle.signal('roll');
  await next.called('followOrder');
  await server.client.workflow.getHandle(positionWorkflowId('roll-ended-next')).terminate();
  next.openCombos = 2;
  next.openedCombos = 2;
  const rolled = await server.start(next, {
    entryWorkflowId: old.handle.workflowId,
    carried: { ...CARRIED, opened: true, abandoned: [] },
  });
  expect(await old.handle.result()).toMatchObject({ status: 'CLOSED', reason: 'Rolled into roll-ended-next.' });
  await rolled.terminate();
});

test.concurrent('an entry that is reset after its opening, without the signals that came since, ends as its position stands', async () => {
  const { script, handle, fill } = await entering('reset-after');
  fill();
  expect(await handle.result()).toMatchObject({ status: 'OPENED' });
  await script.called('watchPosition');
  await reset({ handle }, [RESET_WITHOUT_SIGNALS]);
  expect(await latest(handle).result()).toMatchObject({ status: 'OPENED', filledCombos: 2 });
  expect(script.count('placeOrder')).toBe(1);
  await server.client.workflow.getHandle(positionWorkflowId('reset-after')).terminate();
});
