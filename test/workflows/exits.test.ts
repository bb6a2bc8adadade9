/** Exits requested from outside, rolls, and close-all. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { closeSignal, statusQuery } from '../../src/contract/messages.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { closeAllWorkflowId, positionWorkflowId } from '../../src/contract/workflow-ids.js';
import type { closeAllWorkflow } from '../../src/workflows/close-all.js';
import type { monitorWorkflow } from '../../src/workflows/monitor.js';
import { gate } from './support/gate.js';
import { ALIAS, decided, ruleCommand } from './support/requests.js';
import { startServer } from './support/server.js';

// Concurrent tests begin before any beforeAll, so the server is started here.
const server = await startServer();
afterAll(() => server.stop());

describe('the exit workflow', () => {
  test.concurrent('closes and answers with the result', async () => {
    const { script, handle } = await server.opened('plain');
    expect(await server.exit('plain', 'CLOSE')).toMatchObject({ result: 'CLOSED', filledCombos: 2, openCombos: 0 });
    expect(await handle.result()).toMatchObject({ rule: 'manual_close' });
    // The request is recorded before it is passed on.
    const names = script.calls.map(({ name }) => name);
    expect(names.indexOf('openRequest')).toBeLessThan(names.indexOf('planExit'));
  });

  test.concurrent('reduces by the ratio and leaves the position watched', async () => {
    const { script, handle } = await server.opened('half', { combos: 4 });
    expect(await server.exit('half', 'REDUCE', { ratio: 0.5 })).toMatchObject({
      result: 'REDUCED',
      filledCombos: 2,
      openCombos: 2,
    });
    await script.called('watchPosition', 2);
    expect(await handle.query(statusQuery)).toMatchObject({ stage: 'WATCHING', working: null });
    await handle.terminate();
  });

  test.concurrent('requests nothing with HOLD, and answers for closed and missing positions', async () => {
    const closed = server.desk.position('closed');
    closed.openedCombos = 2;
    server.desk.position('missing');
    server.desk.position('held').openCombos = 2;
    expect(await server.exit('held', 'HOLD')).toMatchObject({ result: 'NO_ACTION', openCombos: 2 });
    expect(await server.exit('closed', 'CLOSE')).toMatchObject({ result: 'ALREADY_CLOSED' });
    expect(await server.exit('missing', 'CLOSE')).toMatchObject({ result: 'FAILED', code: 'NOT_FOUND' });
    expect(closed.count('openRequest')).toBe(0);
  });

  test.concurrent('an open position without a run is revived first', async () => {
    const script = server.desk.position('orphan');
    script.openCombos = 2;
    script.openedCombos = 2;
    script.on('revivePosition', async () => {
      await server.start(script);
    });
    expect(await server.exit('orphan', 'CLOSE')).toMatchObject({ result: 'CLOSED', filledCombos: 2 });
    expect(script.count('revivePosition')).toBe(1);
    // It was never opened a second time.
    expect(script.inputs('prepareOrder').map(({ purpose }) => purpose)).toEqual(['REDUCE']);
  });

  test.concurrent('a refusal by a limit comes back with its code, and the position stays with attention', async () => {
    const { script, handle } = await server.opened('refused');
    script.on('prepareOrder', () => ({ kind: 'refused', code: 'TRADING_HALTED', reason: 'trading is halted' }));
    expect(await server.exit('refused', 'CLOSE')).toMatchObject({
      result: 'REFUSED',
      code: 'TRADING_HALTED',
      openCombos: 2,
    });
    expect(script.inputs('setAttention')).toEqual([
      {
        positionId: 'refused',
        reason: 'trading is halted',
        reasons: { exit: 'trading is halted' },
        code: 'TRADING_HALTED',
      },
    ]);
    expect((await handle.query(statusQuery)).attention).toBe('trading is halted');
    await handle.terminate();
  });

  test.concurrent('a limit price of a person that does not fill ends the exit, not the position', async () => {
    const { script, handle } = await server.opened('limit');
    script.on('followOrder', () => ({
      kind: 'step-ended',
      progress: { filled: 0, remaining: 2, settled: false, state: 'SUBMITTED', reason: 'working' },
    }));
    script.on('repriceOrder', () => ({ kind: 'exhausted', reason: 'its time is over' }));
    expect(await server.exit('limit', 'CLOSE', { pricing: { kind: 'limit', price: '0.40' } })).toMatchObject({
      result: 'FAILED',
      code: 'NOT_FILLED',
      openCombos: 2,
    });
    await handle.terminate();
  });
});

describe('rolls', () => {
  test.concurrent('closes, opens the next position and answers with its id', async () => {
    const { script, handle } = await server.opened('roll');
    const next = server.desk.position('roll-next', { combos: 2 });
    expect(await server.exit('roll', 'ROLL', { dte: 45 })).toMatchObject({ result: 'ROLLED', rolledTo: 'roll-next' });
    expect(await handle.result()).toMatchObject({ status: 'CLOSED', rule: 'manual_roll' });
    await next.called('watchPosition');
    expect(script.inputs('buildRoll')[0]?.command.dte).toBe(45);
    expect(next.openCombos).toBe(2);
    await server.client.workflow.getHandle(positionWorkflowId('roll-next')).terminate();
  });

  test.concurrent('a next position that does not open: closed, with that answer and an alert', async () => {
    const { script, handle } = await server.opened('roll-fails');
    const next = server.desk.position('roll-fails-next');
    next.on('placeOrder', () => ({ kind: 'rejected', reaction: 'stop', code: 201, reason: 'margin' }));
    const outcome = await server.exit('roll-fails', 'ROLL');
    expect(outcome).toMatchObject({ result: 'CLOSED', code: 'BROKER_REFUSED', openCombos: 0 });
    expect(outcome.reason).toMatch(/roll-fails-next did not open: margin/);
    expect(outcome.rolledTo).toBeUndefined();
    expect(await handle.result()).toMatchObject({ status: 'CLOSED' });
    expect(script.inputs('setAttention').at(-1)).toMatchObject({ code: 'BROKER_REFUSED' });
  });

  test.concurrent('a person closes while a rule rolls: the close overtakes it, and nothing is opened', async () => {
    const { script, handle } = await server.opened('roll-overtaken', { combos: 4 });
    const closing = gate();
    script.on('followOrder', async ({ orderRef }, nth, standard) => {
      if (nth !== 2) return await standard();
      await closing.passed();
      return { kind: 'ended', progress: { ...script.progress(orderRef, 1), settled: false, state: 'SUBMITTED' } };
    });
    script.on('cancelOrder', ({ orderRef }) => ({ ...script.progress(orderRef, 0), filled: 1, remaining: 3 }));
    script.watchSays(decided(ruleCommand('ROLL', 'dte_roll', { dte: 45 })));
    await script.called('followOrder', 2);
    const asked = server.exit('roll-overtaken', 'CLOSE');
    await script.called('endWait');
    closing.open();
    expect(await asked).toMatchObject({ result: 'CLOSED', openCombos: 0 });
    expect(await handle.result()).toMatchObject({ status: 'CLOSED', rule: 'manual_close' });
    expect(script.count('buildRoll')).toBe(0);
  });

  test.concurrent('a person closes while the successor opens: the successor is closed too', async () => {
    const { script, handle } = await server.opened('roll-given-up');
    const next = server.desk.position('roll-given-up-next', { combos: 2 });
    const opening = gate();
    next.on('followOrder', async (_, nth, standard) => {
      if (nth > 1) return await standard();
      await opening.passed();
      return { kind: 'ended', progress: { filled: 0, remaining: 2, settled: false, state: 'SUBMITTED', reason: '' } };
    });
    const rolled = server.exit('roll-given-up', 'ROLL');
    await next.called('followOrder');
    await handle.signal(closeSignal, { requestId: 'out' });
    await next.called('endWait');
    // The row is closed, and a person's close is passed on all the same.
    script.on('lookUpPosition', () => ({ state: 'closed', openCombos: 0, isRolling: true }));
    const late = server.exit('roll-given-up', 'CLOSE', { requestId: 'late' });
    const waits = async () => (await handle.query(statusQuery)).queue.some(({ requestId }) => requestId === 'late');
    while (!(await waits()));
    opening.open();
    expect(await rolled).toMatchObject({ result: 'CLOSED', reason: 'Closed but not rolled: a close was requested.' });
    expect(await handle.result()).toMatchObject({ status: 'CLOSED' });
    const said = {
      result: 'ALREADY_CLOSED',
      reason: 'The position is already closed. Its roll into roll-given-up-next did not open.',
    };
    expect(script.outcomes.get('out')).toMatchObject(said);
    expect(await late).toMatchObject(said);
    const successor = server.client.workflow.getHandle(positionWorkflowId('roll-given-up-next'));
    expect(await successor.result()).toMatchObject({ status: 'NOT_OPENED' });
    expect(next.outcomes.get('out-next')).toMatchObject({ result: 'ALREADY_CLOSED' });
    // No alert is raised: the result is as requested.
    expect(script.count('setAttention')).toBe(0);
  });

  test.concurrent("a rule's roll opens nothing when no strategy can be built", async () => {
    const { script, handle } = await server.opened('roll-refused');
    script.on('buildRoll', () => ({
      kind: 'refused',
      code: 'NO_SUITABLE_CONTRACT',
      reasons: ['no expiry fits'],
      checks: [],
    }));
    script.watchSays(decided(ruleCommand('ROLL', 'dte_roll', { dte: 45 })));
    expect(await handle.result()).toMatchObject({ status: 'CLOSED', rule: 'dte_roll' });
    expect(script.inputs('setAttention').at(-1)).toMatchObject({ code: 'NO_SUITABLE_CONTRACT' });
  });

  test.concurrent('nothing is opened while combos of the old position are left', async () => {
    const { script, handle } = await server.opened('roll-stuck');
    script.on('prepareOrder', () => ({ kind: 'refused', code: 'RISK_REFUSED', reason: 'would cross zero' }));
    expect(await server.exit('roll-stuck', 'ROLL')).toMatchObject({ result: 'REFUSED', openCombos: 2 });
    expect(script.count('buildRoll')).toBe(0);
    await handle.terminate();
  });
});

describe('all positions', () => {
  test.concurrent('close-all closes every position of the symbol; one failure hides no other', async () => {
    const one = await server.opened('qqq-1', { symbol: 'QQQ' });
    const bad = await server.opened('qqq-2', { symbol: 'QQQ' });
    const three = await server.opened('qqq-3', { symbol: 'QQQ' });
    const other = await server.opened('iwm-1', { symbol: 'IWM' });
    bad.script.on('lookUpPosition', () => {
      throw ApplicationFailure.nonRetryable('a row that cannot be read', 'INVARIANT_BROKEN');
    });
    const { outcomes } = await server.client.workflow.execute<typeof closeAllWorkflow>('closeAllWorkflow', {
      workflowId: closeAllWorkflowId('all'),
      taskQueue: WORKFLOW_QUEUE,
      args: [{ accountAlias: ALIAS, requestId: 'all', symbol: 'QQQ' }],
    });
    expect(Object.fromEntries(outcomes.map(({ positionId, result }) => [positionId, result]))).toEqual({
      'qqq-1': 'CLOSED',
      'qqq-2': 'FAILED',
      'qqq-3': 'CLOSED',
    });
    expect(await one.handle.result()).toMatchObject({ rule: 'manual_close_all' });
    await three.handle.result();
    expect(other.script.openCombos).toBe(2);
    await Promise.all([bad.handle.terminate(), other.handle.terminate()]);
  });

  test.concurrent('monitor reports every position, and why one cannot be evaluated', async () => {
    const good = server.desk.position('dia-1', { symbol: 'DIA' });
    const bad = server.desk.position('dia-2', { symbol: 'DIA' });
    good.openCombos = 1;
    bad.openCombos = 1;
    bad.on('evaluatePosition', () => {
      throw ApplicationFailure.nonRetryable('no prices', 'INVARIANT_BROKEN');
    });
    const evaluations = await server.client.workflow.execute<typeof monitorWorkflow>('monitorWorkflow', {
      workflowId: 'monitor-dia',
      taskQueue: WORKFLOW_QUEUE,
      args: [{ accountAlias: ALIAS }],
    });
    const of = (id: string) => evaluations.find(({ positionId }) => positionId === id);
    expect(of('dia-1')).toHaveProperty('decision');
    expect(of('dia-2')).toEqual({ positionId: 'dia-2', failed: 'no prices' });
  });
});
