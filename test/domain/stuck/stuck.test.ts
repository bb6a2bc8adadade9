/** What counts as stuck, as tables: runs, activities, queues, and the age of a position's last evaluation. */
import { describe, expect, it } from '@jest/globals';
import { oldEvaluation, storedEveryMs } from '../../../src/domain/stuck/evaluation.js';
import { perAlert } from '../../../src/domain/stuck/finding.js';
import {
  type PendingActivity,
  type RunState,
  stuckBuild,
  stuckQueue,
  stuckRun,
  UNVERSIONED,
} from '../../../src/domain/stuck/runs.js';
import { option } from '../../store/support.js';

const NOW = Date.parse('2026-03-02T18:00:00Z');
const OPEN = Date.parse('2026-03-02T14:30:00Z');
const MINUTE = 60_000;

const run = (more: Partial<RunState>): RunState => ({
  workflowId: 'w',
  runId: 'r',
  isPaused: false,
  pending: [],
  ...more,
});
const activity = (more: Partial<PendingActivity>): PendingActivity => ({
  ...{ activityId: '3', name: 'watchPosition', attempt: 1, isPaused: false },
  ...more,
});

describe('a run', () => {
  const failed = { failure: 'Cannot read x' };
  const table: readonly (readonly [string, RunState, string | undefined, RegExp?])[] = [
    ['that goes on', run({ pending: [activity({ startedAt: NOW })] }), undefined],
    ['of other code', run({ problem: 'NonDeterministicError' }), 'workflow_stuck', /start the previous version/],
    ['without its attributes', run({ problem: 'BadSearchAttributes' }), 'workflow_stuck', /Register/],
    ['that is paused', run({ isPaused: true }), 'paused_outside', /temporal workflow unpause --workflow-id w/],
    ['with a paused activity', run({ pending: [activity({ isPaused: true })] }), 'paused_outside', /--activity-id 3/],
    ['at the ninth failure', run({ pending: [activity({ attempt: 9, ...failed })] }), undefined],
    ['at the tenth', run({ pending: [activity({ attempt: 10, ...failed })] }), 'activity_failing', /Cannot read x/],
    [
      'at the tenth, just begun',
      run({ pending: [activity({ attempt: 10, ...failed, startedAt: NOW - MINUTE })] }),
      'activity_failing',
    ],
    [
      'that runs since',
      run({ pending: [activity({ attempt: 10, ...failed, startedAt: NOW - MINUTE - 1 })] }),
      undefined,
    ],
    [
      'at the tenth for want of the broker',
      run({ pending: [activity({ attempt: 10, ...failed, failureCode: 'BROKER_UNREACHABLE' })] }),
      undefined,
    ],
    ['pinned to a build that is there', run({ pinnedTo: 'legwork:2' }), undefined],
    ['pinned to one that is not', run({ pinnedTo: 'legwork:1' }), 'build_not_polled', /legwork:1/],
  ];
  it.each(table)('%s', (_what, state, rule, ...[message]) => {
    const found = stuckRun(state, 'p', { builds: ['legwork:2'], isBrokerAway: true, wallNow: NOW });
    expect(found.map((one) => one.rule)).toEqual(rule === undefined ? [] : [rule]);
    if (message) expect(found[0]).toMatchObject({ positionId: 'p', message: expect.stringMatching(message) });
  });
});

it('a queue: tasks that wait for 45 s, while a worker holds the session', () => {
  const queue = (waitingMs: number) => ({ name: 'broker-main-watch', waiting: 3, waitingMs, builds: [] });
  expect(stuckQueue(queue(44_999), true)).toBeUndefined();
  expect(stuckQueue(queue(45_000), false)).toBeUndefined();
  expect(stuckQueue(queue(45_000), true)?.message).toMatch(/^3 tasks .* 45 s.*watch\.positionsMax/);
});

it.each([
  ['a worker of the current build', 'legwork:2', ['legwork:1', 'legwork:2'], undefined],
  [
    'only workers of another build',
    'legwork:2',
    ['legwork:1'],
    /go to the build legwork:2, .* only legwork:1: no rule/,
  ],
  ['only unversioned workers', 'legwork:2', [UNVERSIONED], /go to the build legwork:2, .* only unversioned: no rule/],
  ['no current build, and workers without one', undefined, [UNVERSIONED], undefined],
  ['no current build, and workers with one', undefined, ['legwork:1'], /go to the build unversioned/],
  ['no worker at all, which is said elsewhere', 'legwork:2', [], undefined],
])('the build that gets the workflow tasks: %s', (_what, current, polling, message) => {
  const found = stuckBuild(current, polling);
  if (message === undefined) expect(found).toEqual([]);
  else expect(found).toMatchObject([{ rule: 'build_not_polled', message: expect.stringMatching(message) }]);
});

describe('the last evaluation', () => {
  const leg = {
    legNo: 1,
    status: 'FILLED',
    openQuantity: -2,
    action: 'SELL',
    ratio: 1,
    contract: option(101, 640),
  } as const;
  const position = (more: object = {}) => ({
    ...{ positionId: 'p', status: 'FILLED' as const, paused: false, openedCombos: 2, shares: 0, openingEndedAt: OPEN },
    ...{ legs: [leg], ...more },
  });
  const table: readonly (readonly [string, object, number | undefined, number, number, boolean])[] = [
    ['two minutes ago', {}, NOW - 2 * MINUTE, 30_000, NOW, false],
    ['longer ago', {}, NOW - 2 * MINUTE - 1, 30_000, NOW, true],
    ['within three rare snapshots', {}, NOW - 3 * MINUTE, MINUTE, NOW, false],
    ['beyond them', {}, NOW - 3 * MINUTE - 1, MINUTE, NOW, true],
    ['never, long after its opening', {}, undefined, 30_000, NOW, true],
    ['never, just opened', { openingEndedAt: NOW - MINUTE }, undefined, 30_000, NOW, false],
    ['yesterday, two minutes after the bell', {}, OPEN - 3_600_000, 30_000, OPEN + 2 * MINUTE, false],
    ['yesterday, later', {}, OPEN - 3_600_000, 30_000, OPEN + 2 * MINUTE + 1, true],
    ['at the close, in the evening', {}, NOW, 30_000, Date.parse('2026-03-02T22:00:00Z'), false],
    ['on Friday, on Saturday', {}, NOW, 30_000, Date.parse('2026-03-07T18:00:00Z'), false],
    ['long ago, paused by a person', { paused: true }, undefined, 30_000, NOW, false],
    ['long ago, an exit works', { status: 'EXITING' }, undefined, 30_000, NOW, false],
    ['long ago, its opening works', { openingEndedAt: undefined }, undefined, 30_000, NOW, false],
    ['before it expired, the next morning', {}, NOW, 30_000, Date.parse('2026-04-20T15:00:00Z'), false],
    ['on its last day', {}, NOW, 30_000, Date.parse('2026-04-17T15:00:00Z'), true],
    ['long ago, reversed', { legs: [{ ...leg, openQuantity: 2 }] }, undefined, 30_000, NOW, false],
  ];
  it.each(table)('%s', (_what, more, evaluatedAt, everyMs, now, old) => {
    const found = oldEvaluation(position(more) as Parameters<typeof oldEvaluation>[0], evaluatedAt, everyMs, now);
    expect(found?.rule).toBe(old ? 'not_watched' : undefined);
  });

  it('is stored once a snapshot, or once a poll where those are rarer', () => {
    expect(storedEveryMs({ mode: 'stream', snapshotSeconds: 30, intervalSeconds: 300 })).toBe(30_000);
    expect(storedEveryMs({ mode: 'poll', snapshotSeconds: 30, intervalSeconds: 300 })).toBe(300_000);
  });
});

it('causes that concern no position are one alert', () => {
  const of = (cause: string, positionId?: string) => ({
    ...{ rule: 'workflow_stuck' as const, message: `${cause}.`, cause, afterMs: 0 },
    ...(positionId && { positionId }),
  });
  expect(perAlert([of('a'), of('b', 'p'), of('c')]).map(({ message }) => message)).toEqual(['a. c.', 'b.']);
});
