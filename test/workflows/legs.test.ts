/** When the broker does not take a combination: what the runs do with the rest of one. */
import { afterAll, expect, test } from '@jest/globals';
import { positionWorkflowId } from '../../src/contract/workflow-ids.js';
import { NOW, type Script } from './support/desk.js';
import { startServer } from './support/server.js';

// Concurrent tests begin before any beforeAll, so the server is started here.
const server = await startServer();
afterAll(() => server.stop());

const NOT_TAKEN = { kind: 'rejected', reaction: 'legs', code: 201, reason: 'no such combination' } as const;
const NOT_NOW = { kind: 'later', notBefore: NOW, reason: 'not now' } as const;

/** Two legs in the order of closing, the second of ratio two. */
const legsOf = (combos: number) => [
  { role: 'leg2', contracts: combos } as const,
  { role: 'leg1', contracts: 2 * combos } as const,
];

/** The order ends with so many filled; nothing of it is booked at the desk. */
const settledWith = (script: Script, orderRef: string, filled: number) => {
  const remaining = script.orderOf(orderRef).combos - filled;
  return {
    kind: 'settled',
    progress: { filled, remaining, settled: true, state: 'CANCELLED', reason: 'it is over' },
  } as const;
};

test.concurrent('a reduction that began as a combination closes only its rest leg by leg', async () => {
  const { script, handle } = await server.opened('reduce-legs', { combos: 4 });
  let half = false;
  // At every look half of what is open: more than what is left to do.
  script.on('planExit', ({ step, byLegs }) => ({
    ...{ kind: 'exit', combos: 2, closesAll: false, step },
    ...(byLegs && { whole: true, legs: legsOf(2) }),
  }));
  // The combination fills by half; of its rest the broker says that it takes no such combination.
  script.on('followOrder', ({ orderRef }) => {
    const { role, combos } = script.orderOf(orderRef);
    half = true;
    return settledWith(script, orderRef, role === 'combo' ? 1 : combos);
  });
  script.on('prepareOrder', async (spec, _, standard) => (spec.attempt > 1 ? NOT_NOW : await standard()));
  script.on('placeOrder', ({ orderRef }) =>
    half && script.orderOf(orderRef).role === 'combo' ? NOT_TAKEN : { kind: 'live' },
  );
  expect(await server.exit('reduce-legs', 'REDUCE', { ratio: 0.5 })).toMatchObject({
    result: 'REDUCED',
    filledCombos: 2,
  });
  const legOrders = script.inputs('prepareOrder').filter(({ role }) => role.startsWith('leg'));
  expect(legOrders.map(({ role, combos }) => [role, combos])).toEqual([
    ['leg2', 1],
    ['leg1', 2],
  ]);
  await handle.terminate();
});

test.concurrent('a roll opens as much as was closed, also when the last leg had to be closed as a rest', async () => {
  const { script, handle } = await server.opened('roll-legs', { combos: 2 });
  server.desk.position('roll-legs-next', { combos: 2 });
  script.on('planExit', ({ step }, nth) =>
    nth === 1
      ? { kind: 'exit', combos: 2, closesAll: true, step, whole: true, legs: legsOf(2) }
      : { kind: 'exit', combos: 0, closesAll: true, step, legs: [{ role: 'leg1', contracts: 1 }] },
  );
  let worked = 0;
  script.on('followOrder', ({ orderRef }) => {
    worked += 1;
    // The second leg ends with a rest.
    return settledWith(script, orderRef, script.orderOf(orderRef).combos - Number(worked === 2));
  });
  script.on('prepareOrder', async (spec, _, standard) => (spec.attempt > 1 ? NOT_NOW : await standard()));
  script.on('recordExit', (_, nth) => script.summary({ flat: nth > 1, openCombos: 0 }));
  expect(await server.exit('roll-legs', 'ROLL')).toMatchObject({ result: 'ROLLED', filledCombos: 2 });
  expect(script.inputs('buildRoll')[0]?.combos).toBe(2);
  await handle.result();
  await server.client.workflow.getHandle(positionWorkflowId('roll-legs-next')).terminate();
});

test.concurrent('children of a refused bracket are settled before the first leg is sent', async () => {
  const script = server.desk.position('bracket-legs');
  const child = 'LW|bracket-legs|1|stop|1';
  let unheard = true;
  script.on('readPosition', () => script.summary({ protective: true, bracket: true }));
  script.on('planBracket', () => [child]);
  script.on('placeBracketOrder', () => NOT_TAKEN);
  script.on('planProtection', () => (unheard ? { kind: 'settle', orderRef: child } : { kind: 'none' }));
  script.on('resolveOrder', () => {
    unheard = false;
    return { kind: 'absent' };
  });
  const handle = await server.start(script);
  await script.called('planLegs');
  const names = script.calls.map(({ name }) => name);
  expect(script.inputs('planProtection')[0]).toMatchObject({ remove: true });
  expect(script.inputs('resolveOrder')).toEqual([{ orderRef: child }]);
  expect(names.indexOf('resolveOrder')).toBeLessThan(names.indexOf('planLegs'));
  await handle.terminate();
});

test.concurrent('a leg that had to wait is decided again: one that a person cancelled meanwhile is not placed again', async () => {
  const script = server.desk.position('waiting-legs');
  const leg = { role: 'leg1', legNo: 1, purpose: 'OPEN', contracts: 2, how: 'walk', urgency: 'NORMAL' } as const;
  let waited = false;
  script.on('planLegs', ({ step }) => (waited ? { kind: 'done' } : { kind: 'order', step, ...leg }));
  script.on('prepareOrder', () => NOT_NOW);
  script.on('waitUntil', () => {
    waited = true;
    return true;
  });
  const handle = await server.start(script, { mode: 'legs' });
  await script.called('recordOpening');
  expect(script.inputs('planLegs')).toHaveLength(2);
  expect(script.inputs('planLegs')[1]?.tried).toEqual([]);
  expect(script.inputs('prepareOrder')).toHaveLength(1);
  await handle.terminate();
});

test.concurrent('it waits once; a leg that still has no market counts as tried', async () => {
  const script = server.desk.position('waiting-twice');
  const leg = { role: 'leg1', legNo: 1, purpose: 'OPEN', contracts: 2, how: 'walk', urgency: 'NORMAL' } as const;
  script.on('planLegs', ({ step, tried }) => (tried.length > 0 ? { kind: 'done' } : { kind: 'order', step, ...leg }));
  script.on('prepareOrder', () => NOT_NOW);
  const handle = await server.start(script, { mode: 'legs' });
  await script.called('recordOpening');
  expect(script.inputs('planLegs').map(({ tried }) => tried)).toEqual([[], [], [{ legNo: 1, how: 'walk' }]]);
  expect(script.inputs('prepareOrder').map(({ step }) => step)).toEqual([1, 2]);
  await handle.terminate();
});

test.concurrent('an entry at market works its legs at market; an unwinding order walks', async () => {
  const script = server.desk.position('market-legs');
  const leg = { legNo: 1, contracts: 2, urgency: 'HIGH' } as const;
  const plans = [
    { ...leg, role: 'leg1', purpose: 'OPEN', how: 'walk' },
    { ...leg, role: 'leg2', legNo: 2, purpose: 'OPEN', how: 'complete' },
    { ...leg, role: 'unwind1', purpose: 'REDUCE', how: 'unwind' },
  ] as const;
  script.on('planLegs', ({ step }, nth) => {
    const plan = plans[nth - 1];
    return plan === undefined ? { kind: 'done' } : { kind: 'order', step, ...plan };
  });
  const handle = await server.start(script, { mode: 'legs', pricing: { kind: 'market' } });
  await script.called('recordOpening');
  expect(script.inputs('prepareOrder').map(({ role, pricing }) => [role, pricing.kind])).toEqual([
    ['leg1', 'market'],
    ['leg2', 'market'],
    ['unwind1', 'walk'],
  ]);
  await handle.terminate();
});

test.concurrent('a cancelled entry opens no further leg, and what it holds is unwound', async () => {
  const script = server.desk.position('cancelled-legs');
  const leg = { legNo: 1, contracts: 2, urgency: 'HIGH' } as const;
  const plans = [
    { ...leg, role: 'leg1', purpose: 'OPEN', how: 'walk' },
    { ...leg, role: 'leg2', legNo: 2, purpose: 'OPEN', how: 'walk' },
    { ...leg, role: 'unwind1', purpose: 'REDUCE', how: 'unwind' },
  ] as const;
  script.on('planLegs', ({ step }, nth) => {
    const plan = plans[nth - 1];
    return plan === undefined ? { kind: 'done' } : { kind: 'order', step, ...plan };
  });
  script.on('prepareOrder', async (_, _nth, standard) => {
    script.openCombos = 2;
    return await standard();
  });
  // The first leg fills; the second rests until the message ends its step.
  script.on('followOrder', async ({ orderRef }, nth, standard) => {
    if (nth !== 2) return await standard();
    await script.untilEnded();
    const { combos } = script.orderOf(orderRef);
    return { kind: 'ended', progress: { filled: 0, remaining: combos, settled: false, state: 'WORKING', reason: '' } };
  });
  const handle = await server.start(script, { mode: 'legs' });
  await script.called('followOrder', 2);
  await handle.signal('_cancelOpening', { reason: 'its entry was cancelled' });
  await script.called('recordOpening');
  expect(script.inputs('prepareOrder').map(({ role }) => role)).toEqual(['leg1', 'leg2', 'unwind1']);
  expect(script.count('placeOrder')).toBe(3);
  expect(script.inputs('planLegs').map(({ resumed, onPartial }) => [resumed, onPartial])).toEqual([
    [false, undefined],
    [false, undefined],
    [true, 'unwind'],
    [true, 'unwind'],
  ]);
  await handle.terminate();
});
