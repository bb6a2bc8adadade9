/**
 * The working order: evidence before another send, attempts counted by the workflow, walks, cancels, and the remaining
 * position.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { closeSignal, reduceSignal } from '../../src/contract/messages.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { NOW, type Script } from './support/desk.js';
import { gate } from './support/gate.js';
import { ALIAS, ruleCommand } from './support/requests.js';
import { startServer } from './support/server.js';

// Concurrent tests begin before any beforeAll, so the server is started here.
const server = await startServer();
/** Its first placing step takes ten seconds to time out: begun first, checked last. */
const mute = await startMute();
afterAll(() => server.stop());

async function startMute() {
  const script = server.desk.position('mute');
  script.on('placeOrder', async (_, nth, standard) => {
    // No heartbeat: the server gives this attempt up after the profile's heartbeat timeout.
    if (nth === 1) await Context.current().cancelled;
    return await standard();
  });
  script.on('resolveOrder', () => ({ kind: 'absent' }));
  return { script, handle: await server.start(script) };
}

/** A position that is open and watched. */
function placedRefs(script: Script): string[] {
  return script.inputs('placeOrder').map(({ orderRef }) => orderRef);
}

/** What the Temporal Web UI shows beside the activities of a run, in the order of their names' first call. */
async function summariesOf(handle: WorkflowHandle): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const found = new Map<string, unknown[]>();
  for (const { activityTaskScheduledEventAttributes: scheduled, userMetadata } of (await handle.fetchHistory())
    .events ?? []) {
    if (!scheduled || !userMetadata?.summary) continue;
    const name = scheduled.activityType?.name ?? '';
    found.set(name, [...(found.get(name) ?? []), defaultPayloadConverter.fromPayload(userMetadata.summary)]);
  }
  return found;
}

const stopped = { settled: false, state: 'SUBMITTED', reason: 'working' };

describe('placing', () => {
  test.concurrent('a placing step that failed is settled by evidence, never repeated', async () => {
    const script = server.desk.position('fails');
    script.on('placeOrder', () => {
      throw new Error('the process died somewhere around the write');
    });
    const handle = await server.start(script);
    await script.called('watchPosition');
    expect(script.inputs('resolveOrder')).toEqual([{ orderRef: 'LW|fails|1|combo|1' }]);
    expect(placedRefs(script)).toEqual(['LW|fails|1|combo|1']);
    expect(script.openCombos).toBe(2);
    await handle.terminate();
  });

  test.concurrent('a parked order raises attention and waits for the person', async () => {
    const PREFIX = 'two live orders under one prefix';
    const script = server.desk.position('parked');
    const decision = gate();
    script.on('placeOrder', () => ({ kind: 'unknown', reason: 'no acknowledgement in time' }));
    script.on('resolveOrder', async (_, nth, standard) => {
      if (nth === 1) return { kind: 'parked', reason: PREFIX };
      await decision.passed();
      return await standard();
    });
    const handle = await server.start(script);
    await script.called('resolveOrder', 2);
    expect(script.inputs('setAttention')).toEqual([
      { positionId: 'parked', reason: PREFIX, reasons: { parked: PREFIX }, code: 'PARKED' },
    ]);
    expect(script.count('followOrder')).toBe(0);
    decision.open();
    await script.called('watchPosition');
    expect(script.inputs('setAttention').at(-1)).toEqual({ positionId: 'parked', reason: null, reasons: {} });
    expect(placedRefs(script)).toHaveLength(1);
    await handle.terminate();
  });

  test.concurrent('a retryable rejection counts the attempt and keeps the walk', async () => {
    const script = server.desk.position('again');
    script.on('placeOrder', async (_, nth, standard) =>
      nth < 3
        ? { kind: 'rejected', reaction: 'again', code: 201, reason: 'too far from the market' }
        : await standard(),
    );
    const handle = await server.start(script);
    await script.called('watchPosition');
    expect(placedRefs(script)).toEqual([1, 2, 3].map((attempt) => `LW|again|1|combo|${attempt}`));
    expect(script.inputs('prepareOrder').map((spec) => spec.walk?.stepNo)).toEqual([undefined, 1, 1]);
    await handle.terminate();
  });

  test.concurrent('a final rejection of the opening ends the position as never opened', async () => {
    const script = server.desk.position('rejected');
    script.on('placeOrder', () => ({ kind: 'rejected', reaction: 'stop', code: 201, reason: 'riskless combination' }));
    const handle = await server.start(script);
    expect(await handle.result()).toEqual({
      positionId: 'rejected',
      status: 'NOT_OPENED',
      rule: 'none',
      reason: 'riskless combination',
    });
    expect(script.inputs('recordOpening')).toEqual([
      { positionId: 'rejected', reason: 'riskless combination', code: 'BROKER_REFUSED' },
    ]);
    expect(script.count('leavePosition')).toBe(1);
  });

  test.concurrent('an order whose validity passed unsent is checked again under the next attempt', async () => {
    const script = server.desk.position('expired');
    script.on('placeOrder', async (_, nth, standard) => (nth === 1 ? { kind: 'expired' } : await standard()));
    const handle = await server.start(script);
    await script.called('watchPosition');
    expect(script.inputs('prepareOrder').map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(script.count('resolveOrder')).toBe(0);
    await handle.terminate();
  });
});

describe('following', () => {
  test.concurrent('each ended step modifies the one live order; a walk that is exhausted cancels it', async () => {
    const script = server.desk.position('walk');
    script.on('followOrder', ({ orderRef }) => ({
      kind: 'step-ended',
      progress: { ...stopped, filled: 0, remaining: script.orderOf(orderRef).combos },
    }));
    script.on('repriceOrder', async (_, nth, standard) =>
      nth < 3 ? await standard() : { kind: 'exhausted', reason: 'the worst price was reached' },
    );
    const handle = await server.start(script);
    expect(await handle.result()).toMatchObject({ status: 'NOT_OPENED', reason: 'the worst price was reached' });
    expect(script.inputs('followOrder').map(({ until }) => (until - NOW) / 20_000)).toEqual([1, 2, 3]);
    expect(placedRefs(script)).toHaveLength(1);
    expect(script.count('cancelOrder')).toBe(1);
    const summaries = await summariesOf(handle);
    expect(summaries.get('prepareOrder')).toEqual(['OPEN 2, NORMAL']);
    expect(summaries.get('placeOrder')).toEqual(['SELL 2 at 1.00, step 1, NORMAL']);
    expect(summaries.get('followOrder')).toEqual(
      [1, 2, 3].map((step) => expect.stringContaining(`step ${step}, NORMAL`)),
    );
    expect(summaries.get('cancelOrder')).toEqual(['the worst price was reached']);
  });

  test.concurrent('a summary longer than the server takes is cut; the reason is not', async () => {
    const script = server.desk.position('long-reason');
    const reason = '"€" '.repeat(500);
    script.on('followOrder', () => ({ kind: 'step-ended', progress: { ...stopped, filled: 0, remaining: 2 } }));
    script.on('repriceOrder', () => ({ kind: 'exhausted', reason }));
    const handle = await server.start(script);
    expect(await handle.result()).toMatchObject({ status: 'NOT_OPENED', reason });
    expect((await summariesOf(handle)).get('cancelOrder')).toEqual([reason.slice(0, 100)]);
  });

  test.concurrent('a fill that came while cancelling is a position', async () => {
    const script = server.desk.position('late-fill');
    script.on('followOrder', () => ({ kind: 'step-ended', progress: { ...stopped, filled: 0, remaining: 2 } }));
    script.on('repriceOrder', () => ({ kind: 'exhausted', reason: 'the worst price was reached' }));
    script.on('cancelOrder', ({ orderRef }) => script.progress(orderRef, 1));
    const handle = await server.start(script);
    await script.called('watchPosition');
    expect(script.openCombos).toBe(1);
    await handle.terminate();
  });

  test.concurrent('a live order in doubt is settled before anything else is done to it', async () => {
    const script = server.desk.position('doubt');
    script.on('followOrder', async (_, nth, standard) =>
      nth === 1
        ? { kind: 'unknown', reason: 'the link was lost', progress: { ...stopped, filled: 0, remaining: 2 } }
        : await standard(),
    );
    const handle = await server.start(script);
    await script.called('watchPosition');
    const names = script.calls.map(({ name }) => name);
    expect(names.slice(names.indexOf('placeOrder'))).toEqual([
      'placeOrder',
      'followOrder',
      'resolveOrder',
      'followOrder',
      'recordOpening',
      'watchPosition',
    ]);
    await handle.terminate();
  });

  test.concurrent('an opening that is proved absent while it is followed is placed again, once', async () => {
    const script = server.desk.position('absent-later');
    const absent = {
      settled: true,
      state: 'EXPIRED' as const,
      reason: 'a person decided: absent',
      filled: 0,
      remaining: 2,
    };
    script.on('followOrder', async (_, nth, standard) => {
      if (nth === 1) return { kind: 'unknown', reason: 'the link was lost', progress: { ...absent, settled: false } };
      return nth === 2 ? { kind: 'settled', progress: absent } : await standard();
    });
    script.on('resolveOrder', () => ({ kind: 'absent' }));
    const handle = await server.start(script);
    await script.called('watchPosition');
    expect(placedRefs(script)).toEqual([1, 2].map((attempt) => `LW|absent-later|1|combo|${attempt}`));
    expect(script.openCombos).toBe(2);
    await handle.terminate();
  });

  test.concurrent('an opening that partly filled before it vanished keeps that part', async () => {
    const script = server.desk.position('part-absent');
    script.on('followOrder', ({ orderRef }) => ({
      kind: 'settled',
      progress: { ...script.progress(orderRef, 1), state: 'EXPIRED' },
    }));
    const handle = await server.start(script);
    await script.called('watchPosition');
    expect(placedRefs(script)).toHaveLength(1);
    expect(script.openCombos).toBe(1);
    await handle.terminate();
  });

  test.concurrent('a more urgent request modifies the exit and never adds an order', async () => {
    const { script, handle } = await server.opened('urgent');
    script.on('followOrder', async ({ orderRef }, nth, standard) =>
      nth === 2
        ? {
            kind: 'decision',
            command: ruleCommand('CLOSE', 'stop_loss', { urgency: 'IMMEDIATE' }),
            progress: { ...stopped, filled: 0, remaining: script.orderOf(orderRef).combos },
          }
        : await standard(),
    );
    await handle.signal(closeSignal, { requestId: 'calm', urgency: 'NORMAL' });
    await handle.result();
    expect(script.inputs('repriceOrder').map(({ spec }) => spec.urgency)).toEqual(['IMMEDIATE']);
    expect(placedRefs(script)).toEqual(['LW|urgent|1|combo|1', 'LW|urgent|2|combo|1']);
  });

  test.concurrent('an exit whose order died partly filled goes on with the rest', async () => {
    const { script, handle } = await server.opened('rest', { combos: 5 });
    script.on('followOrder', async ({ orderRef }, nth, standard) =>
      nth === 2 ? { kind: 'settled', progress: script.progress(orderRef, 2) } : await standard(),
    );
    await handle.signal(closeSignal, { requestId: 'all' });
    await handle.result();
    const exits = script.inputs('prepareOrder').filter(({ purpose }) => purpose === 'REDUCE');
    expect(exits.map(({ step, attempt, combos }) => [step, attempt, combos])).toEqual([
      [2, 1, 5],
      [2, 2, 3],
    ]);
    expect(script.outcomes.get('all')).toMatchObject({ result: 'CLOSED', filledCombos: 5 });
  });

  test.concurrent('replacements do not count as attempts: an exit goes on after more of them than attempts are allowed', async () => {
    const REPLACEMENTS = 21;
    const { script, handle } = await server.opened('replaced');
    script.on('followOrder', async (_, nth, standard) =>
      nth <= REPLACEMENTS + 1
        ? { kind: 'step-ended', progress: { ...stopped, filled: 0, remaining: 2 } }
        : await standard(),
    );
    script.on('repriceOrder', ({ walk }, nth) => ({
      kind: 'replace',
      walk: { ...walk, stepNo: nth + 1 },
      reason: 'The broker refused the change (105)',
    }));
    await handle.signal(closeSignal, { requestId: 'all' });
    await handle.result();
    const attempts = Array.from({ length: REPLACEMENTS + 1 }, (_, index) => index + 1);
    expect(placedRefs(script).slice(1)).toEqual(attempts.map((attempt) => `LW|replaced|2|combo|${attempt}`));
    // Each is cancelled before the next is prepared, which continues its walk.
    const names = script.calls.map(({ name }) => name).filter((name) => /^(prepare|cancel)Order$/.test(name));
    expect(names.slice(1)).toEqual([
      ...attempts.slice(1).flatMap(() => ['prepareOrder', 'cancelOrder']),
      'prepareOrder',
    ]);
    const walks = script.inputs('prepareOrder').slice(1);
    expect(walks.map(({ walk }) => walk?.stepNo)).toEqual([undefined, ...attempts.slice(1)]);
    expect(script.outcomes.get('all')).toMatchObject({ result: 'CLOSED', filledCombos: 2 });
    expect(script.count('setAttention')).toBe(0);
  });

  test.concurrent('an exit that may not go yet waits for its market time and is then prepared again', async () => {
    const { script, handle } = await server.opened('closed-market');
    script.on('prepareOrder', async (_, nth, standard) =>
      nth === 2 ? { kind: 'later', notBefore: NOW + 3_600_000, reason: 'the market is closed' } : await standard(),
    );
    await handle.signal(closeSignal, { requestId: 'all' });
    await handle.result();
    expect(script.inputs('waitUntil')).toEqual([
      { positionId: 'closed-market', at: NOW + 3_600_000, reason: 'the market is closed', maySleep: true },
    ]);
    expect(placedRefs(script)).toHaveLength(2);
  });

  test.concurrent('every order of an exit carries its start and purpose', async () => {
    const { script, handle } = await server.opened('aging');
    script.on('planExit', async ({ step }, nth, standard) => {
      const plan = await standard();
      return plan.kind === 'exit' ? { ...plan, step, plannedAt: NOW + nth } : plan;
    });
    script.on('followOrder', async ({ orderRef }, nth, standard) =>
      nth === 2
        ? {
            kind: 'decision',
            command: ruleCommand('CLOSE', 'stop_loss_hard', { urgency: 'IMMEDIATE' }),
            progress: { ...stopped, filled: 0, remaining: script.orderOf(orderRef).combos },
          }
        : nth === 3
          ? { kind: 'settled', progress: { ...script.progress(orderRef, 0), state: 'CANCELLED' } }
          : await standard(),
    );
    script.on('prepareOrder', async (_, nth, standard) =>
      nth === 3 ? { kind: 'refused', code: 'NOT_FILLED', reason: 'its age', byLegs: true } : await standard(),
    );
    await handle.signal(closeSignal, { requestId: 'calm', rule: 'take_profit_full' });
    await handle.result();
    const [opening, first, again] = script.inputs('prepareOrder');
    expect(opening?.exit).toBeUndefined();
    expect(first?.exit).toEqual({ since: NOW + 1, rules: ['take_profit_full'] });
    const both = { since: NOW + 1, rules: ['take_profit_full', 'stop_loss_hard'] };
    expect(script.inputs('repriceOrder')[0]?.spec.exit).toEqual(both);
    expect(again?.exit).toEqual(both);
    // At its last resort it goes on leg by leg, and keeps its age.
    expect(script.inputs('planExit').map(({ byLegs }) => byLegs)).toEqual([undefined, true]);
    expect(script.inputs('prepareOrder').at(-1)?.exit).toEqual(both);
  });

  test.concurrent('an exit that never fills raises an alert, and goes on', async () => {
    const { script, handle } = await server.opened('stuck');
    script.on('repriceOrder', () => ({ kind: 'exhausted', reason: 'nobody bids' }));
    script.on('followOrder', async (_, nth, standard) =>
      nth <= 4 ? { kind: 'step-ended', progress: { ...stopped, filled: 0, remaining: 2 } } : await standard(),
    );
    await handle.signal(closeSignal, { requestId: 'all' });
    await handle.result();
    expect(script.inputs('setAttention').map(({ reason }) => reason)).toEqual([
      'The exit has not filled: nobody bids',
      null,
    ]);
  });
});

describe('messages while an order works', () => {
  test.concurrent('a close while opening cancels the opening first, then closes what was filled', async () => {
    const script = server.desk.position('leave', { combos: 3 });
    const step = gate();
    script.on('followOrder', async (_, nth, standard) => {
      if (nth > 1) return await standard();
      await step.passed();
      return { kind: 'step-ended', progress: { ...stopped, filled: 1, remaining: 2 } };
    });
    script.on('cancelOrder', ({ orderRef }) => script.progress(orderRef, 1));
    const handle = await server.start(script);
    await script.called('followOrder');
    await handle.signal(closeSignal, { requestId: 'out' });
    step.open();
    expect(await handle.result()).toMatchObject({ status: 'CLOSED' });
    expect(script.inputs('cancelOrder')).toEqual([
      { orderRef: 'LW|leave|1|combo|1', reason: 'an exit was requested while opening' },
    ]);
    expect(script.outcomes.get('out')).toMatchObject({ result: 'CLOSED', filledCombos: 1 });
  });

  test.concurrent('an exit request before the order was sent: it is not sent', async () => {
    const script = server.desk.position('unsent', { combos: 3 });
    const step = gate();
    script.on('prepareOrder', async (_, _nth, standard) => {
      const prepared = await standard();
      await step.passed();
      return prepared;
    });
    const handle = await server.start(script);
    await script.called('prepareOrder');
    await handle.signal(closeSignal, { requestId: 'out' });
    step.open();
    expect(await handle.result()).toMatchObject({
      status: 'NOT_OPENED',
      reason: 'an exit was requested while opening',
    });
    expect(script.count('placeOrder')).toBe(0);
    expect(script.inputs('cancelOrder')).toEqual([
      { orderRef: 'LW|unsent|1|combo|1', reason: 'an exit was requested while opening' },
    ]);
    // The requester gets that answer at once, not when somebody looks after the position.
    expect(script.outcomes.get('out')).toMatchObject({
      result: 'ALREADY_CLOSED',
      reason: 'Nothing was opened: an exit was requested while opening.',
    });
  });

  test.concurrent('a close while an order is searched for: proved absent, it is not sent again', async () => {
    const script = server.desk.position('not-again', { combos: 3 });
    const step = gate();
    script.on('placeOrder', () => ({ kind: 'unknown', reason: 'no acknowledgement in time' }));
    script.on('resolveOrder', async () => {
      await step.passed();
      return { kind: 'absent' };
    });
    const handle = await server.start(script);
    await script.called('resolveOrder');
    await handle.signal(closeSignal, { requestId: 'out' });
    step.open();
    expect(await handle.result()).toMatchObject({
      status: 'NOT_OPENED',
      reason: 'an exit was requested while opening',
    });
    expect([script.count('prepareOrder'), script.count('placeOrder')]).toEqual([1, 1]);
  });

  test.concurrent('a waiting decision of a rule is not reported again at every poll', async () => {
    const { script, handle } = await server.opened('told-once', { combos: 4 });
    const roll = ruleCommand('ROLL', 'dte_roll', { urgency: 'HIGH' });
    script.on('followOrder', async ({ orderRef, heard = [] }, nth, standard) => {
      const progress = { ...stopped, filled: 0, remaining: script.orderOf(orderRef).combos };
      return nth > 1 && !heard.includes('dte_roll') ? { kind: 'decision', command: roll, progress } : await standard();
    });
    await handle.signal(reduceSignal, { requestId: 'half', ratio: 0.5 });
    await script.called('settleRequest');
    expect(script.outcomes.get('half')).toMatchObject({ result: 'REDUCED', filledCombos: 2 });
    const told = script.inputs('followOrder').filter(({ orderRef }) => orderRef.includes('|2|'));
    expect(told.map(({ heard }) => heard)).toEqual([[], ['dte_roll']]);
    await handle.terminate();
  });

  test.concurrent('a message ends the step of a working order at once', async () => {
    const script = server.desk.position('at-once', { combos: 3 });
    script.on('followOrder', async ({ orderRef }, nth, standard) => {
      if (nth > 1) return await standard();
      await script.untilEnded();
      return { kind: 'ended', progress: { ...stopped, filled: 0, remaining: script.orderOf(orderRef).combos } };
    });
    script.on('cancelOrder', ({ orderRef }) => script.progress(orderRef, 1));
    const handle = await server.start(script);
    await script.called('followOrder');
    await handle.signal(closeSignal, { requestId: 'out' });
    await script.called('cancelOrder');
    await handle.result();
  });

  test.concurrent('a message ends the rest of an exit that may not go yet', async () => {
    const { script, handle } = await server.opened('rest-ended');
    script.on('prepareOrder', async (_, nth, standard) =>
      nth === 2 ? { kind: 'later', notBefore: NOW + 3_600_000, reason: 'the market is closed' } : await standard(),
    );
    script.on('waitUntil', async () => {
      await script.untilEnded();
      return false;
    });
    await handle.signal(closeSignal, { requestId: 'first' });
    await script.called('waitUntil');
    await handle.signal(closeSignal, { requestId: 'second', urgency: 'IMMEDIATE' });
    await handle.result();
    expect(script.outcomes.get('second')).toMatchObject({ result: 'CLOSED' });
  });
});

test.concurrent('an error that a retry cannot fix leaves the run alive, with attention', async () => {
  const { script, handle } = await server.opened('broken-step');
  script.on('prepareOrder', async (_, nth, standard) => {
    if (nth === 2) throw ApplicationFailure.nonRetryable('a bug in pricing', 'INVARIANT_BROKEN');
    return await standard();
  });
  await handle.signal(closeSignal, { requestId: 'all' });
  await script.called('setAttention');
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await handle.terminate();
});

test.concurrent('a placing step that times out is settled by evidence; proved absent, it is placed as the next attempt', async () => {
  const { script, handle } = mute;
  await script.called('watchPosition');
  expect(script.calls.map(({ name }) => name)).toEqual([
    'readPosition',
    'prepareOrder',
    'placeOrder',
    'resolveOrder',
    'prepareOrder',
    'placeOrder',
    'followOrder',
    'recordOpening',
    'watchPosition',
  ]);
  expect(placedRefs(script)).toEqual(['LW|mute|1|combo|1', 'LW|mute|1|combo|2']);
  await handle.terminate();
});

test.each([
  ['BROKER_UNREACHABLE', 'the gateway is away', 'REFUSED', 'nothing was sent, try again: the gateway is away'],
  ['INVALID_INPUT', '--leg: 9 is not allowed', undefined, '--leg: 9 is not allowed'],
])('an exercise whose step fails with %s is answered', async (code, text, result, reason) => {
  const id = `exercise-${code.toLowerCase().replace('_', '-')}`;
  const { script } = await server.opened(id);
  script.on('exerciseLeg', () => {
    throw ApplicationFailure.create({ message: text, type: code, nonRetryable: code === 'INVALID_INPUT' });
  });
  const exercise = { positionId: id, legNo: 1, contracts: 1, override: false, dryRun: false };
  const asked = server.client.workflow.execute('exerciseWorkflow', {
    workflowId: id,
    taskQueue: WORKFLOW_QUEUE,
    args: [{ accountAlias: ALIAS, exercise }],
  });
  if (result === undefined) await expect(asked).rejects.toMatchObject({ cause: { cause: { message: reason } } });
  else expect(await asked).toEqual({ positionId: id, legNo: 1, contracts: 1, result, reason });
  await script.until(() => script.count('exerciseLeg') === 1, 'one attempt');
});
