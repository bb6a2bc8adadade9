/**
 * The scenarios whose histories are recorded: one for each path through the workflows. A scenario drives the real
 * workflows on a real server with a scripted desk and names every run whose history is kept.
 */
import type { LegsPlan } from '../../src/contract/activities.js';
import {
  changedSignal,
  closeSignal,
  pauseSignal,
  reduceSignal,
  resumeSignal,
  rollSignal,
} from '../../src/contract/messages.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import {
  closeAllWorkflowId,
  entryWorkflowId,
  exitWorkflowId,
  positionWorkflowId,
} from '../../src/contract/workflow-ids.js';
import type { OpeningReport } from '../../src/domain/position/opening-report.js';
import type { cancelOrderWorkflow } from '../../src/workflows/cancel-order.js';
import type { closeAllWorkflow } from '../../src/workflows/close-all.js';
import type { entryWorkflow } from '../../src/workflows/entry.js';
import type { exitWorkflow } from '../../src/workflows/exit.js';
import { NOW, type Script } from '../workflows/support/desk.js';
import { ALIAS, decided, entryInput, exitInput, ruleCommand } from '../workflows/support/requests.js';
import type { TestServer } from '../workflows/support/server.js';
import { COMMAND_SCENARIOS } from './command-scenarios.js';

/** A run to keep: the first run of a workflow id, or the one named. */
export interface RecordedRun {
  readonly workflowId: string;
  readonly runId?: string;
  /** Name of the file; the workflow id unless one id has several runs. */
  readonly file?: string;
}

export type Scenario = (server: TestServer) => Promise<readonly RecordedRun[]>;

async function opened(server: TestServer, id: string, combos = 2) {
  const script = server.desk.position(id, { combos });
  const handle = await server.start(script);
  await script.called('watchPosition');
  return { script, handle };
}

function entryOf(server: TestServer, script: Script) {
  const entryId = `entry-${script.positionId}`;
  server.desk.entry(entryId, script);
  return server.client.workflow.execute<typeof entryWorkflow>('entryWorkflow', {
    workflowId: entryWorkflowId(entryId),
    taskQueue: WORKFLOW_QUEUE,
    args: [entryInput(entryId)],
  });
}

function entryRun(script: Script): RecordedRun {
  return { workflowId: entryWorkflowId(`entry-${script.positionId}`) };
}

function run(script: Script): RecordedRun {
  return { workflowId: positionWorkflowId(script.positionId) };
}

/** Entered, held, closed by a person's message. */
const entryHoldClose: Scenario = async (server) => {
  const script = server.desk.position('hold-close');
  await entryOf(server, script);
  await script.called('watchPosition');
  const position = server.client.workflow.getHandle(positionWorkflowId('hold-close'));
  await position.signal(closeSignal, { requestId: 'close-1' });
  await position.result();
  return [entryRun(script), run(script)];
};

/** The signal refuses: no position is started. */
const rejectedEntry: Scenario = async (server) => {
  const script = server.desk.position('signal-refused');
  script.on('evaluateSignal', () => ({
    kind: 'refused',
    code: 'SIGNAL_REFUSED',
    reasons: ['IV rank 31 lies between 25 and 50.'],
    checks: [],
  }));
  await entryOf(server, script);
  return [entryRun(script)];
};

/** The broker refuses the opening order for good. */
const rejectedOpening: Scenario = async (server) => {
  const script = server.desk.position('opening-refused');
  script.on('placeOrder', () => ({ kind: 'rejected', reaction: 'stop', code: 201, reason: 'margin' }));
  await entryOf(server, script);
  await server.client.workflow.getHandle(positionWorkflowId('opening-refused')).result();
  return [entryRun(script), run(script)];
};

/** The broker takes no combination: two legs are bought and sold one after the other, and closed so. */
const legByLeg: Scenario = async (server) => {
  const script = server.desk.position('by-legs');
  script.on('placeOrder', ({ orderRef }) =>
    orderRef.includes('|combo|')
      ? { kind: 'rejected', reaction: 'legs', code: 321, reason: 'no combination' }
      : { kind: 'live' },
  );
  scriptLegs(script, [
    { legNo: 1, role: 'leg1', purpose: 'OPEN', how: 'walk' },
    { legNo: 2, role: 'leg2', purpose: 'OPEN', how: 'walk' },
  ]);
  // Only the last leg makes a combo of the position.
  script.on('followOrder', async ({ orderRef }, _nth, standard) =>
    orderRef.includes('|leg1|') ? { kind: 'settled', progress: filled(2) } : await standard(),
  );
  script.on('planExit', async (_input, nth, standard) => {
    const plan = await standard();
    const legs = [
      { role: 'leg1', contracts: 2 },
      { role: 'leg2', contracts: 2 },
    ] as const;
    return plan.kind === 'exit' && nth > 0 ? { ...plan, whole: true, legs } : plan;
  });
  await entryOf(server, script);
  await script.called('watchPosition');
  const position = server.client.workflow.getHandle(positionWorkflowId('by-legs'));
  await position.signal(closeSignal, { requestId: 'close-1' });
  await position.result();
  return [entryRun(script), run(script)];
};

/** One leg fills, the other does not: the filled leg is closed again and the position is over. */
const legsUnwound: Scenario = async (server) => {
  const script = server.desk.position('unwound');
  scriptLegs(script, [
    { legNo: 1, role: 'leg1', purpose: 'OPEN', how: 'walk' },
    { legNo: 2, role: 'leg2', purpose: 'OPEN', how: 'walk' },
    { legNo: 1, role: 'unwind1', purpose: 'REDUCE', how: 'unwind' },
  ]);
  script.on('approveEntry', () => ({
    kind: 'approved',
    positionId: 'unwound',
    title: 'unwound',
    checks: [],
    mode: 'legs',
  }));
  script.on('followOrder', ({ orderRef }) => ({
    kind: 'settled',
    progress: orderRef.includes('|leg2|') ? { ...filled(0), remaining: 2, state: 'CANCELLED' } : filled(2),
  }));
  script.on('prepareOrder', async (_spec, _nth, standard) => {
    script.openCombos = 1; // The desk reduces only what is held.
    const prepared = await standard();
    script.openCombos = 0;
    return prepared;
  });
  script.on('recordOpening', () => script.summary({ flat: true, opening: TAKEN_BACK }));
  await entryOf(server, script);
  await server.client.workflow.getHandle(positionWorkflowId('unwound')).result();
  return [entryRun(script), run(script)];
};

/** The first leg was bought and sold again, the second never sold. */
const TAKEN_BACK: OpeningReport = {
  byLegs: true,
  plannedCombos: 2,
  openCombos: 0,
  beyond: 0,
  legs: [
    { legNo: 1, action: 'BUY', planned: 2, opened: 2, closed: 2, held: 0, openPrice: 1_200_000, closePrice: 1_150_000 },
    { legNo: 2, action: 'SELL', planned: 2, opened: 0, closed: 0, held: 0 },
  ],
  realizedPnl: -12_600_000,
};

const filled = (count: number) => ({ filled: count, remaining: 0, settled: true, state: 'FILLED', reason: 'filled' });

/** The orders of an opening leg by leg, one after the other. */
function scriptLegs(
  script: Script,
  orders: readonly Pick<LegsPlan & { kind: 'order' }, 'legNo' | 'role' | 'purpose' | 'how'>[],
): void {
  script.on('planLegs', ({ step }, nth) => {
    const order = orders[nth - 1];
    if (order === undefined) return { kind: 'done' };
    return { kind: 'order', step, contracts: 2, urgency: 'HIGH', ...order };
  });
}

/** Half closed, paused, then closed; while paused, a rule's decision is ignored. */
const reduceThenClose: Scenario = async (server) => {
  const { script, handle } = await opened(server, 'reduce-close', 4);
  await handle.signal(reduceSignal, { requestId: 'reduce-1', ratio: 0.5 });
  await script.until(() => script.outcomes.has('reduce-1'), 'the reduction');
  await handle.signal(pauseSignal, { requestId: 'pause-1' });
  await script.until(() => script.inputs('watchPosition').at(-1)?.paused === true, 'a paused watch');
  await handle.signal(closeSignal, { requestId: 'close-1', urgency: 'IMMEDIATE' });
  await handle.result();
  return [run(script)];
};

/** A rule's decision closes the position. */
const ruleCloses: Scenario = async (server) => {
  const { script, handle } = await opened(server, 'rule-close');
  script.watchSays(decided(ruleCommand('CLOSE', 'take_profit')));
  await handle.result();
  return [run(script)];
};

/** Rolled into a new position, which is then closed. */
const roll: Scenario = async (server) => {
  const { script, handle } = await opened(server, 'roll');
  const next = server.desk.position('roll-next');
  await handle.signal(rollSignal, { requestId: 'roll-1', dte: 45 });
  await handle.result();
  await next.called('watchPosition');
  const successor = server.client.workflow.getHandle(positionWorkflowId('roll-next'));
  await successor.signal(closeSignal, { requestId: 'close-1' });
  await successor.result();
  return [run(script), run(next)];
};

/** An exit asked from outside, by its own workflow. */
const exitFromOutside: Scenario = async (server) => {
  const { script, handle } = await opened(server, 'exit-outside');
  await server.client.workflow.execute<typeof exitWorkflow>('exitWorkflow', {
    workflowId: exitWorkflowId('exit-1'),
    taskQueue: WORKFLOW_QUEUE,
    args: [exitInput('exit-outside', 'exit-1', 'CLOSE')],
  });
  await handle.result();
  return [run(script), { workflowId: exitWorkflowId('exit-1') }];
};

/** Two positions closed by one request. */
const closeAll: Scenario = async (server) => {
  const first = server.desk.position('all-1', { symbol: 'QQQ' });
  const second = server.desk.position('all-2', { symbol: 'QQQ' });
  const handles = [await server.start(first), await server.start(second)];
  await Promise.all([first.called('watchPosition'), second.called('watchPosition')]);
  await server.client.workflow.execute<typeof closeAllWorkflow>('closeAllWorkflow', {
    workflowId: closeAllWorkflowId('all'),
    taskQueue: WORKFLOW_QUEUE,
    args: [{ accountAlias: ALIAS, requestId: 'all', symbol: 'QQQ' }],
  });
  await Promise.all(handles.map((handle) => handle.result()));
  return [
    { workflowId: closeAllWorkflowId('all') },
    { workflowId: exitWorkflowId('all-all-1') },
    run(first),
    run(second),
  ];
};

/** A session ends; the next run takes the position up and closes it. */
const nextSession: Scenario = async (server) => {
  const { script, handle } = await opened(server, 'two-sessions');
  script.watchSays({ kind: 'session-end' });
  await script.called('watchPosition', 2);
  const second = server.client.workflow.getHandle(positionWorkflowId('two-sessions'));
  await second.signal(closeSignal, { requestId: 'close-1' });
  await second.result();
  const { runId } = await second.describe();
  return [
    { ...run(script), runId: handle.firstExecutionRunId, file: 'position-two-sessions-run-1' },
    { ...run(script), runId, file: 'position-two-sessions-run-2' },
  ];
};

/** The opening order's outcome is unknown, parked, and decided by a person; its exit is refused once, then fills. */
const parkedOrder: Scenario = async (server) => {
  const script = server.desk.position('parked');
  script.on('placeOrder', async (_, nth, standard) => {
    if (nth === 1) throw new Error('the process died somewhere around the write');
    if (nth === 2) return { kind: 'rejected', reaction: 'again', code: 201, reason: 'too far from the market' };
    return await standard();
  });
  script.on('resolveOrder', async (_, nth, standard) =>
    nth === 1 ? { kind: 'parked', reason: 'two live orders under one prefix' } : await standard(),
  );
  const handle = await server.start(script);
  await script.called('watchPosition');
  await handle.signal(closeSignal, { requestId: 'close-1' });
  await handle.result();
  return [run(script)];
};

/** A walk in steps, repriced twice, cancelled at its worst price with a part filled; the part is then closed. */
const walkedAndCancelled: Scenario = async (server) => {
  const script = server.desk.position('walked');
  script.on('followOrder', async (_, nth, standard) =>
    nth > 3
      ? await standard()
      : { kind: 'step-ended', progress: { filled: 0, remaining: 2, settled: false, state: 'WORKING', reason: '' } },
  );
  script.on('repriceOrder', async (_, nth, standard) =>
    nth < 3 ? await standard() : { kind: 'exhausted', reason: 'the worst price was reached' },
  );
  script.on('cancelOrder', ({ orderRef }) => script.progress(orderRef, 1));
  const handle = await server.start(script);
  await script.called('watchPosition');
  await handle.signal(closeSignal, { requestId: 'close-1' });
  await handle.result();
  return [run(script)];
};

/**
 * Opened as a bracket whose first try is rejected; its children are removed and planned again, a stop is placed after the fills and
 * its target refused; every protective order is cancelled before the close.
 */
const bracketAndProtection: Scenario = async (server) => {
  const script = server.desk.position('bracket');
  const stop = 'LW|bracket|2|stop|1';
  const resting = { protective: true, bracket: true } as const;
  for (const name of ['readPosition', 'recordOpening', 'recordExit'] as const) {
    script.on(name, async () => script.summary(resting));
  }
  script.on('planBracket', () => ['LW|bracket|1|stop|1', 'LW|bracket|1|target|1']);
  script.on('placeBracketOrder', async (_, nth, standard) =>
    nth === 1 ? { kind: 'rejected', reaction: 'again', code: 201, reason: 'too far from the market' } : standard(),
  );
  let stopped = false;
  script.on('planProtection', ({ remove, step, skip = [] }) => {
    if (remove && stopped) {
      stopped = false;
      return { kind: 'remove', orderRef: stop };
    }
    if (remove) return { kind: 'none' };
    if (!stopped) {
      stopped = true;
      return { kind: 'place', orderRef: stop, step, role: 'stop' };
    }
    if (!skip.includes('target')) return { kind: 'place', orderRef: 'LW|bracket|3|target|1', step, role: 'target' };
    return { kind: 'keep', orderRef: stop };
  });
  script.on('placeOrder', async ({ orderRef }, _, standard) =>
    orderRef.includes('|target|') ? { kind: 'refused', code: 'RISK_REFUSED', reason: 'more than is free' } : standard(),
  );
  script.on('cancelOrder', ({ orderRef, reason }) => ({
    ...{ filled: 0, remaining: 2, settled: true, state: 'CANCELLED' },
    reason: `${orderRef}: ${reason}`,
  }));
  const handle = await server.start(script);
  await script.called('watchPosition');
  await handle.signal(closeSignal, { requestId: 'close-1' });
  await handle.result();
  return [run(script)];
};

/** A person cancels one order. */
const orderCancelled: Scenario = async (server) => {
  server.desk.position('cancelled');
  const workflowId = 'cancel-recorded';
  await server.client.workflow.execute<typeof cancelOrderWorkflow>('cancelOrderWorkflow', {
    workflowId,
    taskQueue: WORKFLOW_QUEUE,
    args: [{ accountAlias: ALIAS, orderRef: 'LW|cancelled|1|combo|1', dryRun: false }],
  });
  return [{ workflowId }];
};

/** Signals that the release before `answer-messages` dropped in silence, recorded with that one: they are dropped in the replay, too. */
const droppedMessages: Scenario = async (server) => {
  const { script, handle } = await opened(server, 'dropped');
  const position = server.client.workflow.getHandle(positionWorkflowId('dropped'));
  await position.signal('reduce', { requestId: 'reduce-1', ratio: 7 });
  await position.signal('pause');
  await position.query('status');
  await position.signal('updateRules', { requestId: 'rules-1' });
  await script.called('watchPosition', 2);
  await position.signal('close', { requestId: 'close-1' });
  await handle.result();
  return [run(script)];
};

/** Messages as people send them: a wrong name, the least input, a second click, updates. */
const peoplesMessages: Scenario = async (server) => {
  const { script, handle } = await opened(server, 'people', 4);
  const position = server.client.workflow.getHandle(positionWorkflowId('people'));
  await position.signal('Close');
  await script.called('setAttention');
  await position.signal('reduce');
  await script.until(() => script.outcomes.size === 1, 'the reduction');
  await position.executeUpdate('reduce', { args: [{ ratio: '0.5' }] as unknown as [] });
  await position.executeUpdate('pause');
  await position.executeUpdate('resume');
  await position.executeUpdate('updateRules');
  await script.called('setPaused', 2);
  await position.signal('close');
  await handle.result();
  return [run(script)];
};

/** Cancelled while its order rests, and one whose position was terminated after the fill: the position's next run answers. */
const cancelledEntry: Scenario = async (server) => {
  const script = server.desk.position('entry-cancelled');
  script.on('followOrder', async ({ orderRef }) => {
    await script.untilEnded();
    const { combos } = script.orderOf(orderRef);
    return { kind: 'ended', progress: { filled: 0, remaining: combos, settled: false, state: 'WORKING', reason: '' } };
  });
  const result = entryOf(server, script);
  await script.called('followOrder');
  await server.client.workflow.getHandle(entryWorkflowId(`entry-${script.positionId}`)).cancel();
  await result;
  await server.client.workflow.getHandle(positionWorkflowId(script.positionId)).result();
  return [entryRun(script), run(script)];
};

const revivedAfterFill: Scenario = async (server) => {
  const script = server.desk.position('revived');
  script.openCombos = 2;
  script.openedCombos = 2;
  const carried = { queue: [], paused: false, recentRequestIds: [], step: 1, opened: true, abandoned: [] };
  const handle = await server.start(script, { entryWorkflowId: 'entry-that-is-over', carried });
  await script.called('watchPosition');
  await handle.signal(closeSignal, { requestId: 'close-1' });
  await handle.result();
  return [run(script)];
};

/** An exit by rule is refused and rests; one of a person, by an update, waits for the market. */
const refusedThenLater: Scenario = async (server) => {
  const { script, handle } = await opened(server, 'refused-later');
  script.on('prepareOrder', async (_, nth, standard) => {
    if (nth === 2) return { kind: 'refused', code: 'TRADING_HALTED', reason: 'trading is halted' };
    return nth === 3 ? { kind: 'later', notBefore: NOW + 3_600_000, reason: 'the market is closed' } : await standard();
  });
  script.watchSays(decided(ruleCommand('CLOSE', 'take_profit')));
  await script.called('waitUntil');
  await handle.signal(resumeSignal, { requestId: 'resume-1' });
  await script.called('setPaused');
  await server.client.workflow.getHandle(positionWorkflowId('refused-later')).executeUpdate('close');
  await handle.result();
  return [run(script)];
};

/** A protective order whose prices follow the fills; the position is then rolled by an update. */
const adjustedThenRolled: Scenario = async (server) => {
  const script = server.desk.position('adjusted');
  const next = server.desk.position('adjusted-next');
  const stop = 'LW|adjusted|1|stop|1';
  for (const name of ['readPosition', 'recordOpening', 'recordExit'] as const) {
    script.on(name, async () => script.summary({ protective: true }));
  }
  script.on('planProtection', ({ remove }, nth) => {
    if (remove) return { kind: 'none' };
    return nth === 1 ? { kind: 'adjust', orderRef: stop, role: 'stop' } : { kind: 'keep', orderRef: stop };
  });
  const handle = await server.start(script);
  await script.called('watchPosition');
  const position = server.client.workflow.getHandle(positionWorkflowId('adjusted'));
  await position.executeUpdate('roll', { args: [{ dte: 60 }] as unknown as [] });
  await handle.result();
  await next.called('watchPosition');
  const successor = server.client.workflow.getHandle(positionWorkflowId('adjusted-next'));
  await successor.signal(closeSignal, { requestId: 'close-1' });
  await successor.result();
  return [run(script)];
};

/** A closed session is slept in a timer, which a change of the position and later a person's close end; the close sleeps until the market opens. */
const night: Scenario = async (server) => {
  const { script, handle } = await opened(server, 'night');
  script.watchSays({ kind: 'closed', sleepMs: 17 * 3_600_000 });
  const asleep = async (timers: number) => {
    const started = async () =>
      (await handle.fetchHistory()).events?.filter(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
    while (((await started())?.length ?? 0) < timers) await new Promise((resolve) => setImmediate(resolve));
  };
  await asleep(1);
  await handle.signal(changedSignal);
  await script.called('watchPosition', 2);
  script.watchSays({ kind: 'closed', sleepMs: 17 * 3_600_000 });
  await asleep(2);
  script.on('prepareOrder', async (_, nth, standard) =>
    nth === 2 ? { kind: 'later', notBefore: NOW + 3_600_000, reason: 'the market is closed' } : await standard(),
  );
  script.on('waitUntil', (_, nth) => (nth === 1 ? { sleepMs: 1_000 } : true));
  await handle.signal(closeSignal, { requestId: 'night-close' });
  await handle.result();
  return [run(script)];
};

/** As production starts it: an entry's position shows its search attributes over a session's end, an attention and an exit. */
const searchAttributes: Scenario = async (server) => {
  server.desk.hasAttributes = async () => true;
  const script = server.desk.position('attributes');
  await entryOf(server, script);
  await script.called('watchPosition');
  const position = server.client.workflow.getHandle(positionWorkflowId('attributes'));
  const { runId } = await position.describe();
  script.watchSays({ kind: 'session-end' });
  await script.called('watchPosition', 2);
  await position.signal('Close');
  await script.called('setAttention');
  await position.signal(closeSignal, { requestId: 'attributes-close' });
  await position.result();
  const { workflowId } = run(script);
  server.desk.hasAttributes = async () => false;
  return [{ workflowId, runId, file: 'position-attributes-first' }, run(script)];
};

/** By name, which is the folder of its histories. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'entry-hold-close': entryHoldClose,
  'rejected-entry': rejectedEntry,
  'rejected-opening': rejectedOpening,
  'leg-by-leg': legByLeg,
  'legs-unwound': legsUnwound,
  'reduce-then-close': reduceThenClose,
  'rule-closes': ruleCloses,
  roll,
  'exit-from-outside': exitFromOutside,
  'close-all': closeAll,
  'next-session': nextSession,
  'parked-order': parkedOrder,
  'walked-and-cancelled': walkedAndCancelled,
  'bracket-and-protection': bracketAndProtection,
  'order-cancelled': orderCancelled,
  'dropped-messages': droppedMessages,
  'peoples-messages': peoplesMessages,
  'cancelled-entry': cancelledEntry,
  'revived-after-fill': revivedAfterFill,
  'search-attributes': searchAttributes,
  'refused-then-later': refusedThenLater,
  'adjusted-then-rolled': adjustedThenRolled,
  night,
  ...COMMAND_SCENARIOS,
};
