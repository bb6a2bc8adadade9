/** A position's life beside its orders: messages, cancellation, sessions, failing watches, revival. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { defineUpdate } from '@temporalio/workflow';
import {
  type Accepted,
  type CloseMessage,
  changedSignal,
  closeSignal,
  pauseSignal,
  pauseUpdate,
  type ReduceMessage,
  type RollMessage,
  reduceSignal,
  resumeUpdate,
  statusQuery,
} from '../../src/contract/messages.js';
import { positionWorkflowId } from '../../src/contract/workflow-ids.js';
import { NOW } from './support/desk.js';
import { gate } from './support/gate.js';
import { decided, ruleCommand } from './support/requests.js';
import { type PositionHandle, startServer } from './support/server.js';

const closeUpdate = defineUpdate<Accepted, [CloseMessage]>('close');
const reduceUpdate = defineUpdate<Accepted, [ReduceMessage]>('reduce');
const rollUpdate = defineUpdate<Accepted, [RollMessage]>('roll');

// Concurrent tests begin before any beforeAll, so the server is started here.
const server = await startServer();
afterAll(() => server.stop());

/** A position that is open and watched. */
async function refusal(asked: Promise<unknown>): Promise<unknown> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`expected a refused update, got ${String(error)}`);
  return error.cause;
}

describe('messages', () => {
  test.concurrent('validators refuse invalid input with INVALID_INPUT, and nothing enters the history', async () => {
    const { script, handle } = await server.opened('validators');
    const bad: [Promise<unknown>, RegExp][] = [
      [handle.executeUpdate(closeUpdate, { args: [{ requestId: '' }] }), /requestId/],
      [handle.executeUpdate(closeUpdate, { args: [{ requestId: 'x'.repeat(101) }] }), /requestId/],
      [
        handle.executeUpdate(closeUpdate, { args: [{ requestId: 'a', urgency: 'SOON' } as unknown as CloseMessage] }),
        /urgency/,
      ],
      [handle.executeUpdate(reduceUpdate, { args: [{ requestId: 'a', ratio: 1 }] }), /ratio/],
      [
        handle.executeUpdate(reduceUpdate, { args: [{ requestId: 'a', ratio: [] } as unknown as ReduceMessage] }),
        /ratio/,
      ],
      [handle.executeUpdate(rollUpdate, { args: [{ requestId: 'a', dte: 1.5 }] }), /dte/],
      [handle.executeUpdate(rollUpdate, { args: [{ requestId: 'a', dte: 'six' } as unknown as RollMessage] }), /dte/],
      [
        handle.executeUpdate(pauseUpdate, { args: [{ requestId: {} } as unknown as { requestId: string }] }),
        /requestId/,
      ],
    ];
    for (const [asked, field] of bad) {
      const cause = await refusal(asked);
      expect(cause).toBeInstanceOf(ApplicationFailure);
      expect(cause).toMatchObject({ type: 'INVALID_INPUT', nonRetryable: true });
      expect((cause as Error).message).toMatch(field);
    }
    const { events } = await handle.fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
    expect(script.count('planExit')).toBe(0);
    await handle.terminate();
  });

  test.concurrent('a request id counts once, by any way and in any number', async () => {
    const { script, handle } = await server.opened('twice');
    const follow = gate();
    script.on('followOrder', async (_, nth, standard) => {
      if (nth === 2) await follow.passed();
      return await standard();
    });
    expect(await handle.executeUpdate(closeUpdate, { args: [{ requestId: 'same' }] })).toEqual({
      requestId: 'same',
      joined: false,
    });
    await script.called('followOrder', 2);
    await handle.signal(closeSignal, { requestId: 'same' });
    expect(await handle.executeUpdate(closeUpdate, { args: [{ requestId: 'same' }] })).toMatchObject({ joined: true });
    // Another request that the same exit serves joins it as well, and gets its own answer.
    expect(await handle.executeUpdate(closeUpdate, { args: [{ requestId: 'other' }] })).toMatchObject({ joined: true });
    follow.open();
    await handle.result();
    expect(script.count('planExit')).toBe(1);
    expect(script.inputs('settleRequest').map(({ requestId, result }) => [requestId, result])).toEqual([
      ['same', 'CLOSED'],
      ['other', 'CLOSED'],
    ]);
  });

  test.concurrent('a close overtakes a reduction that is being worked', async () => {
    const { script, handle } = await server.opened('overtake', { combos: 4 });
    const step = gate();
    script.on('followOrder', async (_, nth, standard) => {
      if (nth !== 2) return await standard();
      await step.passed();
      return {
        kind: 'step-ended',
        progress: { filled: 0, remaining: 2, settled: false, state: 'SUBMITTED', reason: 'working' },
      };
    });
    await handle.signal(reduceSignal, { requestId: 'half', ratio: 0.5 });
    await script.called('followOrder', 2);
    await handle.signal(closeSignal, { requestId: 'all' });
    step.open();
    await handle.result();
    expect(script.inputs('cancelOrder')).toEqual([
      { orderRef: 'LW|overtake|2|combo|1', reason: 'a full close was requested' },
    ]);
    expect(script.outcomes.get('half')).toMatchObject({ result: 'NO_ACTION', filledCombos: 0 });
    expect(script.outcomes.get('all')).toMatchObject({ result: 'CLOSED', filledCombos: 4 });
    expect(script.inputs('placeOrder').map(({ orderRef }) => orderRef)).toEqual([
      'LW|overtake|1|combo|1',
      'LW|overtake|2|combo|1',
      'LW|overtake|3|combo|1',
    ]);
  });

  test.concurrent('a close is served before the reductions that came first', async () => {
    const { script, handle } = await server.opened('order-of-queue', { combos: 4 });
    const watch = gate();
    script.on('planExit', async ({ command }, _, standard) => {
      if (command.requestId === 'first') await watch.passed();
      return await standard();
    });
    await handle.signal(reduceSignal, { requestId: 'first', ratio: 0.25 });
    await script.called('planExit');
    await handle.signal(reduceSignal, { requestId: 'second', ratio: 0.25 });
    await handle.signal(closeSignal, { requestId: 'third' });
    watch.open();
    await handle.result();
    expect(script.inputs('planExit').map(({ command }) => command.requestId)).not.toContain('second');
    expect(script.outcomes.get('second')).toMatchObject({ result: 'ALREADY_CLOSED', openCombos: 0 });
  });

  test.concurrent('a request that arrives while the position ends is answered with closed', async () => {
    const { script, handle } = await server.opened('too-late');
    const commissions = gate();
    script.on('settleCommissions', () => commissions.passed());
    await handle.signal(closeSignal, { requestId: 'first' });
    await script.called('settleCommissions');
    await handle.signal(closeSignal, { requestId: 'late' });
    commissions.open();
    await handle.result();
    expect(script.outcomes.get('late')).toMatchObject({ result: 'ALREADY_CLOSED', openCombos: 0 });
  });

  test.concurrent('pausing reaches the watch at once, and so does resuming', async () => {
    const { script, handle } = await server.opened('pause');
    expect(await handle.executeUpdate(pauseUpdate, { args: [{ requestId: 'p' }] })).toMatchObject({ joined: false });
    await script.called('watchPosition', 2);
    expect(await handle.executeUpdate(pauseUpdate, { args: [{ requestId: 'p2' }] })).toMatchObject({ joined: true });
    await handle.executeUpdate(resumeUpdate, { args: [{ requestId: 'r' }] });
    await script.until(() => script.inputs('watchPosition').at(-1)?.paused === false, 'a watch that is not paused');
    expect(
      script
        .inputs('watchPosition')
        .map(({ paused }) => paused)
        .slice(0, 2),
    ).toEqual([false, true]);
    await script.called('setPaused', 3);
    expect(script.inputs('setPaused').map(({ paused }) => paused)).toEqual([true, true, false]);
    await handle.terminate();
  });

  test.concurrent('a slow write of a pause does not overwrite the resume after it', async () => {
    const { script, handle } = await server.opened('pause-slow');
    const writing = gate();
    script.on('setPaused', () => writing.passed());
    await handle.executeUpdate(pauseUpdate, { args: [{ requestId: 'p' }] });
    await script.called('setPaused');
    await handle.executeUpdate(resumeUpdate, { args: [{ requestId: 'r' }] });
    await script.until(() => script.inputs('watchPosition').at(-1)?.paused === false, 'a watch that is not paused');
    expect(script.inputs('setPaused')).toHaveLength(1);
    writing.open();
    await script.called('setPaused', 2);
    expect(script.inputs('setPaused').map(({ requestId }) => requestId)).toEqual(['p', 'r']);
    await handle.terminate();
  });
});

describe('cancellation from outside', () => {
  test.concurrent('raises attention and exits nothing; messages work as before', async () => {
    const { script, handle } = await server.opened('cancelled');
    await handle.cancel();
    await script.called('setAttention');
    expect(script.inputs('setAttention')[0]?.reason).toMatch(/Cancelling the workflow does not close/);
    expect(script.openCombos).toBe(2);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.signal(pauseSignal, { requestId: 'p' });
    await script.called('setPaused');
    await handle.signal(closeSignal, { requestId: 'out' });
    expect(await handle.result()).toMatchObject({ status: 'CLOSED' });
  });

  test.concurrent('a cancellation while an order is being placed leaves the order alone', async () => {
    const script = server.desk.position('cancel-placing');
    const placing = gate();
    script.on('placeOrder', async (_, _nth, standard) => {
      await placing.passed();
      return await standard();
    });
    const handle = await server.start(script);
    await script.called('placeOrder');
    await handle.cancel();
    placing.open();
    await script.called('watchPosition');
    expect(script.openCombos).toBe(2);
    expect(script.count('cancelOrder')).toBe(0);
    await handle.terminate();
  });
});

/** The runs of a position, first to last. */
async function runs(handle: PositionHandle, id: string): Promise<string[]> {
  const ids = [handle.firstExecutionRunId];
  for (;;) {
    const history = await server.client.workflow.getHandle(positionWorkflowId(id), ids.at(-1)).fetchHistory();
    const next = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (!next) return ids;
    ids.push(next);
  }
}

describe('a closed session', () => {
  const NIGHT_MS = 17 * 3_600_000;

  /** A position whose first watch says, when `said` opens, that the session is closed for a night. */
  async function closed(id: string, said = async () => {}) {
    const script = server.desk.position(id);
    script.on('watchPosition', async (_, nth, standard) => {
      if (nth > 1) return await standard();
      await said();
      return { kind: 'closed', sleepMs: NIGHT_MS };
    });
    return { script, handle: await server.start(script) };
  }

  async function timers(handle: PositionHandle): Promise<number[]> {
    const { events } = await handle.fetchHistory();
    return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
      timer ? [Number(timer.startToFireTimeout?.seconds)] : [],
    );
  }

  const page = async (handle: PositionHandle): Promise<string> =>
    (await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails ?? '';

  async function asleep(handle: PositionHandle): Promise<void> {
    while (!(await timers(handle)).includes(NIGHT_MS / 1000)) await new Promise((resolve) => setImmediate(resolve));
  }

  test.concurrent('is slept through in a durable timer, without an activity, and a message is acted on at once', async () => {
    const { script, handle } = await closed('asleep');
    await asleep(handle);
    expect(await page(handle)).toContain('It waits: its session is closed.');
    const { raw } = await handle.describe();
    expect(raw.pendingActivities ?? []).toEqual([]);
    await handle.signal(closeSignal, { requestId: 'out' });
    expect(await handle.result()).toMatchObject({ status: 'CLOSED' });
    expect(script.count('watchPosition')).toBe(1);
  });

  test.concurrent('ends with its timer: the position is watched again, in the same run', async () => {
    const { script, handle } = await server.opened('short-night');
    script.watchSays({ kind: 'closed', sleepMs: 1_500 });
    await script.called('watchPosition', 2);
    expect(await timers(handle)).toContain(1);
    await handle.terminate();
  });

  test.concurrent('ends when the position changes, also before the sleep has begun', async () => {
    const said = gate();
    const { script, handle } = await closed('changed', said.passed);
    await script.called('watchPosition');
    await handle.signal(changedSignal);
    said.open();
    await script.called('watchPosition', 2);
    script.watchSays({ kind: 'closed', sleepMs: NIGHT_MS });
    await asleep(handle);
    await handle.signal(changedSignal);
    await script.called('watchPosition', 3);
    await handle.terminate();
  });

  test.concurrent('does not hold up an exit that waits for the market: a message ends its sleep too', async () => {
    const { script, handle } = await server.opened('exit-asleep');
    script.on('prepareOrder', async (_, nth, standard) =>
      nth === 2 ? { kind: 'later', notBefore: NOW + NIGHT_MS, reason: 'the market is closed' } : await standard(),
    );
    script.on('waitUntil', async (_, nth) => (nth === 1 ? { sleepMs: 1_500 } : { sleepMs: NIGHT_MS }));
    await handle.signal(closeSignal, { requestId: 'first' });
    await asleep(handle);
    expect(script.count('waitUntil')).toBe(2);
    expect(await page(handle)).toContain('**EXITING.** It is being closed. It waits: the market is closed.');
    await handle.signal(closeSignal, { requestId: 'second', urgency: 'IMMEDIATE' });
    await handle.result();
    expect(script.outcomes.get('second')).toMatchObject({ result: 'CLOSED' });
  });
});

describe('sessions', () => {
  test.concurrent('a run continues as new when its session ends, with pause state, request ids and step', async () => {
    const { script, handle } = await server.opened('session', { combos: 4 });
    await handle.executeUpdate(reduceUpdate, { args: [{ requestId: 'half', ratio: 0.5 }] });
    await script.until(() => script.outcomes.has('half'), 'the reduction');
    await handle.executeUpdate(pauseUpdate, { args: [{ requestId: 'p' }] });
    await script.until(() => script.inputs('watchPosition').at(-1)?.paused === true, 'a paused watch');
    const watches = script.count('watchPosition');
    script.watchSays({ kind: 'session-end' });
    await script.called('watchPosition', watches + 1);

    const next = server.client.workflow.getHandle(positionWorkflowId('session'));
    expect(script.inputs('watchPosition').at(-1)).toEqual({
      positionId: 'session',
      paused: true,
      observed: {},
      maySleep: true,
      renew: true,
    });
    expect(await next.query(statusQuery)).toMatchObject({ paused: true, step: 2, stage: 'WATCHING' });
    expect(await next.executeUpdate(reduceUpdate, { args: [{ requestId: 'half', ratio: 0.5 }] })).toMatchObject({
      joined: true,
    });
    await next.signal(closeSignal, { requestId: 'all' });
    expect(await next.result()).toMatchObject({ status: 'CLOSED' });
    expect(script.inputs('placeOrder').map(({ orderRef }) => orderRef)).toEqual([
      'LW|session|1|combo|1',
      'LW|session|2|combo|1',
      'LW|session|3|combo|1',
    ]);
    // The second run took the position up; it did not open it again.
    expect(script.count('recordOpening')).toBe(1);
    expect(await runs(handle, 'session')).toHaveLength(2);
  });

  test.concurrent('a close that arrives as the session ends is never lost, in whichever run', async () => {
    const race = async (round: number) => {
      const { script, handle } = await server.opened(`race-${round}`);
      script.watchSays({ kind: 'session-end' });
      await server.client.workflow
        .getHandle(positionWorkflowId(script.positionId))
        .signal(closeSignal, { requestId: 'out' });
      expect(await handle.result()).toMatchObject({ status: 'CLOSED' });
      expect(script.outcomes.get('out')).toMatchObject({ result: 'CLOSED' });
      expect(script.inputs('placeOrder')).toHaveLength(2);
    };
    await Promise.all([0, 1, 2, 3, 4].map(race));
  });

  test.concurrent('a run that continues as new has nothing scheduled and every order settled', async () => {
    const { script, handle } = await server.opened('clean');
    script.watchSays({ kind: 'session-end' });
    await script.called('watchPosition', 2);
    const first = server.client.workflow.getHandle(positionWorkflowId('clean'), handle.firstExecutionRunId);
    const events = (await first.fetchHistory()).events ?? [];
    const scheduled = events
      .filter((event) => event.activityTaskScheduledEventAttributes)
      .map((event) => event.eventId);
    const completed = events.map((event) => event.activityTaskCompletedEventAttributes?.scheduledEventId);
    expect(scheduled.length).toBeGreaterThan(4);
    for (const id of scheduled) expect(completed.map(String)).toContain(String(id));
    await server.client.workflow.getHandle(positionWorkflowId('clean')).terminate();
  });

  test.concurrent('a session that ends while an exit works does not end the run before the exit', async () => {
    const { script, handle } = await server.opened('busy');
    const follow = gate();
    script.on('followOrder', async (_, nth, standard) => {
      if (nth === 2) await follow.passed();
      return await standard();
    });
    // The watch of this session does not notice that it should end, and reports the session's end meanwhile.
    script.on('endWait', () => undefined);
    await handle.signal(closeSignal, { requestId: 'out' });
    await script.called('followOrder', 2);
    script.watchSays({ kind: 'session-end' });
    expect(await handle.query(statusQuery)).toMatchObject({ stage: 'EXITING', working: 'LW|busy|2|combo|1' });
    follow.open();
    await handle.result();
    expect(await runs(handle, 'busy')).toHaveLength(1);
  });
});

describe('watches', () => {
  test.concurrent('a rule closes the position and is recorded as the reason', async () => {
    const { script, handle } = await server.opened('rule');
    script.watchSays(decided(ruleCommand('CLOSE', 'take_profit')));
    expect(await handle.result()).toMatchObject({ status: 'CLOSED', rule: 'take_profit' });
    expect(script.count('settleRequest')).toBe(0);
  });

  test.concurrent('a position that is flat without our doing is closed in the record and sends nothing', async () => {
    const { script, handle } = await server.opened('flat');
    script.openCombos = 0;
    script.watchSays({ kind: 'flat', reason: 'nothing is held any more' });
    expect(await handle.result()).toMatchObject({ status: 'CLOSED', rule: 'closed_outside' });
    expect(script.inputs('placeOrder')).toHaveLength(1);
  });

  test.concurrent('a failed watch raises an alert and pauses; a close is still served', async () => {
    const script = server.desk.position('watch-fails');
    script.on('watchPosition', async (_, nth, standard) => {
      if (nth === 1) throw ApplicationFailure.nonRetryable('a bug in a rule', 'INVARIANT_BROKEN');
      return await standard();
    });
    const handle = await server.start(script);
    await script.called('setAttention');
    expect(script.inputs('setAttention')[0]).toMatchObject({ code: 'INVARIANT_BROKEN' });
    expect(script.inputs('setAttention')[0]?.reason).toMatch(/watch failed.*a bug in a rule/);
    // No second watch before the pause is over: a failing watch must not fill the history.
    expect(script.count('watchPosition')).toBe(1);
    await handle.signal(closeSignal, { requestId: 'out' });
    expect(await handle.result()).toMatchObject({ status: 'CLOSED' });
  });

  test.concurrent('a message is served although the watch did not notice that it should end', async () => {
    const { script, handle } = await server.opened('deaf', { combos: 4 });
    // The worker died: the end of the first wait reached no process.
    script.on('endWait', async (_, nth, standard) => (nth === 1 ? undefined : await standard()));
    await handle.signal(pauseSignal, { requestId: 'p' });
    await script.called('endWait');
    await handle.signal(closeSignal, { requestId: 'out' });
    expect(await handle.result()).toMatchObject({ status: 'CLOSED' });
  });

  test.concurrent('a decision that a watch made while it was asked to end is not lost', async () => {
    const { script, handle } = await server.opened('meanwhile', { combos: 4 });
    script.on('endWait', async (_, nth, standard) => {
      if (nth > 1) return await standard();
      script.watchSays(decided(ruleCommand('CLOSE', 'stop_loss')));
    });
    await handle.signal(reduceSignal, { requestId: 'half', ratio: 0.5 });
    expect(await handle.result()).toMatchObject({ status: 'CLOSED', rule: 'stop_loss' });
    expect(script.outcomes.get('half')).toMatchObject({ filledCombos: 2 });
  });
});

describe('resumed after a total crash', () => {
  test.concurrent('orders of an earlier run are settled and cancelled before anything is sent', async () => {
    const script = server.desk.position('revived');
    script.openCombos = 2;
    script.openedCombos = 2;
    const left = 'LW|revived|3|combo|1';
    script.on('readPosition', (_, nth) =>
      script.summary({ lastStep: 3, unsettled: nth === 1 ? [left] : [], openedCombos: 2 }),
    );
    script.on('cancelOrder', () => ({ filled: 0, remaining: 2, settled: true, state: 'CANCELLED', reason: 'gone' }));
    const handle = await server.start(script);
    await script.called('watchPosition');
    expect(script.calls.map(({ name }) => name)).toEqual([
      'readPosition',
      'resolveOrder',
      'cancelOrder',
      'recordOpening',
      'watchPosition',
    ]);
    await handle.signal(closeSignal, { requestId: 'out' });
    await handle.result();
    expect(script.inputs('placeOrder').map(({ orderRef }) => orderRef)).toEqual(['LW|revived|4|combo|1']);
  });
});
