/**
 * Attention on the real server: each cause x a second reason beside it x the next session's run or a revived run x the end of the cause.
 * The list of runs, the page, the status query and what is written for the database say the same throughout. And what else the page says.
 */
import { afterAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { WatchResult } from '../../src/contract/activities.js';
import { SAVED_VIEWS } from '../../src/contract/saved-views.js';
import { ATTRIBUTES_ASKED, ATTRIBUTES_MEMO_KEY } from '../../src/contract/search-attributes.js';
import { WORKFLOW_QUEUE } from '../../src/contract/task-queues.js';
import { positionWorkflowId } from '../../src/contract/workflow-ids.js';
import { type AttentionCause, type AttentionReasons, RUN_CAUSES } from '../../src/domain/position/attention.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import { isWhole } from '../support/whole.js';
import type { Script } from './support/desk.js';
import { gate } from './support/gate.js';
import { decided, positionInput, ruleCommand } from './support/requests.js';
import { startServer } from './support/server.js';

const server = await startServer();
server.desk.hasAttributes = async () => true;

afterAll(async () => {
  await server.stop();
});

const runOf = (id: string) => server.client.workflow.getHandle(positionWorkflowId(id));
const send = (id: string, name: string) => runOf(id).signal(name);

async function start(script: Script, carried?: { readonly reasons: AttentionReasons }): Promise<void> {
  const watches = script.count('watchPosition');
  const common = { queue: [], paused: false, recentRequestIds: [], step: 1, opened: true, abandoned: [] };
  await server.client.workflow.start('positionWorkflow', {
    workflowId: positionWorkflowId(script.positionId),
    taskQueue: WORKFLOW_QUEUE,
    args: [positionInput(script.positionId, carried && { carried: { ...common, ...carried } })],
    memo: { [ATTRIBUTES_MEMO_KEY]: ATTRIBUTES_ASKED },
  });
  await script.called('watchPosition', watches + 1);
}

/** What people see: in the list of runs, on the page, by the query. */
async function seen(id: string) {
  const { attention } = await runOf(id).query<{ attention: string | null }>('status');
  const { currentDetails = '' } = await runOf(id).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  const { searchAttributes } = await runOf(id).describe();
  const page = /\*\*Attention:\*\* (.*)/.exec(currentDetails)?.[1] ?? null;
  return { attention, page, listed: searchAttributes.LegworkAttention?.[0] };
}

async function until(condition: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  for (const end = Date.now() + 20_000 * TIMEOUT_FACTOR; !(await condition()); ) {
    if (Date.now() > end) throw new Error(typeof what === 'string' ? `${what} did not come` : what());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until all of them show these texts and no other. */
async function shows(id: string, ...texts: readonly RegExp[]): Promise<void> {
  let last: unknown;
  const isShown = async () => {
    const { attention, page, listed } = await seen(id);
    last = { attention, page, listed };
    const isEach = KNOWN.every((text) => text.test(attention ?? '') === texts.includes(text));
    return isEach && attention === page && listed === texts.length > 0;
  };
  await until(isShown, () => `${id} shows ${JSON.stringify(last)}, not ${texts.join(' and ')}`);
}

/** What the database has of the run's own causes. */
const written = (script: Script): AttentionReasons => script.inputs('setAttention').at(-1)?.reasons ?? {};

interface Row {
  readonly cause: AttentionCause;
  readonly text: RegExp;
  raise(script: Script): void | Promise<void>;
  end(script: Script): void | Promise<void>;
  /** A watch that ends as it should ends the cause. */
  readonly endsWithWatch?: true;
}

const observed = (reasons: AttentionReasons): WatchResult => ({ kind: 'ended', reason: 'news', observed: reasons });

/** Found by activities: the watch says so, and every summary as well. */
function byActivities(cause: AttentionCause, text: string): Row {
  const say = (script: Script, reasons: AttentionReasons) => {
    script.on('readPosition', () => script.summary({ observed: reasons }));
    script.watchSays(observed(reasons));
  };
  return {
    cause,
    text: new RegExp(text),
    raise: (script) => say(script, { [cause]: text }),
    end: (script) => say(script, {}),
  };
}

/** Its order is refused at each look, until it is kept. */
function protective(role: 'stop' | 'target'): Row {
  const plan = (script: Script, kind: 'place' | 'keep') =>
    script.on('planProtection', ({ step, skip = [], remove }) => {
      const orderRef = `LW|${script.positionId}|${step}|${role}|1`;
      if (remove || skip.includes(role)) return { kind: 'none' };
      return kind === 'place' ? { kind, orderRef, step, role } : { kind, orderRef };
    });
  return {
    cause: role,
    text: new RegExp(`is in place at the broker: no ${role} today`),
    raise: (script) => {
      plan(script, 'place');
      script.on('readPosition', () => script.summary({ protective: true, lastStep: 5 }));
      script.on('placeOrder', () => ({ kind: 'refused', code: 'RISK_REFUSED', reason: `no ${role} today` }));
      script.watchSays({ kind: 'session-end' });
    },
    end: (script) => {
      plan(script, 'keep');
      script.watchSays(NEXT_WATCH);
    },
  };
}

const NEXT_WATCH = { kind: 'ended', reason: 'the next one' } as const;

/** A failure pauses the run for a minute, unless a message comes: one that changes nothing. */
async function goOn(script: Script): Promise<void> {
  script.on('planExit', () => ({ kind: 'nothing', result: 'NO_ACTION', reason: 'nothing is to be done' }));
  await runOf(script.positionId).signal('reduce', { requestId: `on-${script.positionId}`, replyTo: 'nobody' });
}

const TABLE: readonly Row[] = [
  byActivities('cannot_be_judged', 'no live price'),
  byActivities('reversed', 'more was closed than was open'),
  byActivities('contract_replaced', 'a corporate action'),
  {
    cause: 'exit',
    text: /trading is halted/,
    raise: async (script) => {
      script.on('prepareOrder', () => ({ kind: 'refused', code: 'HALTED', reason: 'trading is halted' }));
      await send(script.positionId, 'close');
    },
    // The exit of a rule, which is no message.
    end: (script) => {
      script.on('prepareOrder', (_input, _nth, standard) => standard());
      script.watchSays(decided(ruleCommand('REDUCE', 'take_profit', { ratio: 0.5 })));
    },
  },
  {
    cause: 'watch',
    text: /The watch failed: a bug/,
    raise: async (script) => {
      const failing = script.count('watchPosition') + 1;
      script.on('watchPosition', (_input, nth, standard) => {
        if (nth === failing) throw ApplicationFailure.nonRetryable('a bug', 'INVARIANT_BROKEN');
        return standard();
      });
      script.watchSays(NEXT_WATCH);
      await script.called('setAttention');
      await goOn(script);
    },
    end: (script) => script.watchSays(NEXT_WATCH),
    endsWithWatch: true,
  },
  {
    cause: 'step',
    text: /A step failed: no such/,
    raise: async (script) => {
      script.on('planExit', () => {
        throw ApplicationFailure.nonRetryable('no such thing', 'INVARIANT_BROKEN');
      });
      await runOf(script.positionId).signal('reduce', { requestId: `r-${script.positionId}`, replyTo: 'nobody' });
      await script.called('setAttention');
      await goOn(script);
    },
    end: (script) => script.watchSays({ kind: 'session-end' }),
    endsWithWatch: true,
  },
  protective('stop'),
  protective('target'),
  {
    cause: 'cancel',
    text: /Cancelling the workflow does not close/,
    raise: async ({ positionId }) => void (await runOf(positionId).cancel()),
    end: ({ positionId }) => send(positionId, 'pause'),
  },
  {
    cause: 'message',
    text: /"Close" is not allowed/,
    raise: ({ positionId }) => send(positionId, 'Close'),
    end: ({ positionId }) => send(positionId, 'pause'),
  },
];

const KNOWN = TABLE.map(({ text }) => text);

/** One that ends in another way than the first. */
function secondOf({ cause }: Row): Row {
  const other = cause === 'message' || cause === 'cancel' ? 'reversed' : 'message';
  const row = TABLE.find((one) => one.cause === other);
  if (row === undefined) throw new Error(`no row of ${other}`);
  return row;
}

/** The next run of the position, in either way. */
const NEXT_RUN = {
  'the next session': async (script: Script) => {
    const { runId } = await runOf(script.positionId).describe();
    script.watchSays({ kind: 'session-end' });
    await until(async () => (await runOf(script.positionId).describe()).runId !== runId, 'the next run');
  },
  'a revived run': async (script: Script, isWritten: () => boolean) => {
    await until(() => script.isWatched && isWritten(), 'a watch, and what is shown in the database');
    await runOf(script.positionId).terminate();
    // The watch that its worker still runs.
    await script.standard().endWait({ positionId: script.positionId, reason: 'its run is over' });
    await start(script, { reasons: written(script) });
  },
} as const;

const CASES = TABLE.flatMap((row) =>
  Object.entries(NEXT_RUN).map(([name, next]) => [row.cause, name, row, next] as const),
);

/** Each cause in one of the two ways; in `npm run test:slow` in both. */
const SLICE = CASES.filter((_, index) => isWhole || index % 4 === 0 || index % 4 === 3);

test.concurrent.each(SLICE)(
  '%s, and another reason: both are in %s, and each ends alone',
  async (cause, name, row, next) => {
    const id = `attention-${cause}-${name.replaceAll(' ', '-')}`.replaceAll('_', '-');
    const script = server.desk.position(id);
    const second = secondOf(row);
    await start(script);
    await shows(id);
    await row.raise(script);
    await shows(id, row.text);
    await second.raise(script);
    await shows(id, row.text, second.text);
    // The reasons that activities find are in the database already.
    const own = [row, second].filter((one) => RUN_CAUSES.some((known) => known === one.cause));
    await next(script, () => own.every((one) => written(script)[one.cause] !== undefined));
    if (row.endsWithWatch !== true || name !== 'the next session') {
      await shows(id, row.text, second.text);
      await row.end(script);
    }
    await shows(id, second.text);
    await second.end(script);
    await shows(id);
    await script.until(() => Object.keys(written(script)).length === 0, 'the end in the database');
    await runOf(id).terminate();
  },
);

const pageOf = async (id: string) =>
  (await runOf(id).query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails ?? '';

/** Names of the saved views that list the position. */
async function listedIn(id: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, query } of SAVED_VIEWS)
    for await (const { workflowId } of server.client.workflow.list({ query }))
      if (workflowId === positionWorkflowId(id)) found.push(name);
  return found;
}

test.concurrent('the page follows pause, decision, order and end; the saved views list the position; the result has the money', async () => {
  const id = 'page';
  const script = server.desk.position(id);
  await start(script);
  expect(await pageOf(id)).toMatch(
    /^\*\*WATCHING\.\*\* The rules watch it\.\n\n2 of 2 combos open\n\n.*close it \| `close`/s,
  );
  await until(async () => (await listedIn(id)).join() === 'open positions', 'the list of open positions');
  await send(id, 'pause');
  await until(async () => /^\*\*WATCHING, paused\.\*\* It is paused/.test(await pageOf(id)), 'the pause');
  await send(id, 'Close');
  await until(
    async () => (await listedIn(id)).join() === 'open positions,need a person',
    'the list of those with attention',
  );
  await send(id, 'resume');

  const filled = gate();
  script.on('followOrder', async (_input, _nth, standard) => {
    await filled.passed();
    return await standard();
  });
  script.on('readPosition', () => script.summary({ realizedPnl: 12_340_000, commissions: 5_440_000 }));
  await until(() => script.isWatched, 'the watch');
  script.watchSays(decided(ruleCommand('CLOSE', 'take_profit')));
  await script.called('followOrder', 2);
  const page = await pageOf(id);
  expect(page).toMatch(/^\*\*EXITING\.\*\* It is being closed\./);
  expect(page).toMatch(/Order at work: SELL 2 at 1\.00, step 1, NORMAL \(`LW\|page\|2\|combo\|1`\)/);
  expect(page).toContain('Decided last: take_profit: take_profit fired');
  await until(async () => (await listedIn(id)).includes('exits at work'), 'the list of exits');
  filled.open();
  expect(await runOf(id).result()).toMatchObject({ status: 'CLOSED', realizedPnl: '12.34', commissions: '5.44' });
  const end = await pageOf(id);
  expect(end).toMatch(/^\*\*CLOSED\.\*\* It is over\. Decided last/);
  expect(end).not.toMatch(/Order at work|From here/);
  await until(async () => (await listedIn(id)).join() === 'closed positions', 'the list of closed positions');
});
