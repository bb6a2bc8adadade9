/** The current workflow code replays every recorded history; and the check itself is shown to be able to fail. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { wireName } from '../../src/contract/activity-names.js';
import { cancelOpeningSignal, exitSettledSignal, openingSettledSignal } from '../../src/contract/messages.js';
import * as workflows from '../../src/workflows/index.js';
import { bundledOnce } from '../workflows/support/bundled.js';
import { ORDERS_ACTIVITIES, STORE_ACTIVITIES, WATCH_ACTIVITIES } from '../workflows/support/desk.js';
import { quiet } from '../workflows/support/server.js';
import { fromJson, type History, type Recording, readRecordings, recordedScenarios, toJson } from './recordings.js';
import { SCENARIOS } from './scenarios.js';

quiet();
const workflowBundle = await bundledOnce();
const tracedBundle = await bundledOnce('traced');
// Without it the native runtime keeps the process alive.
afterAll(() => Runtime.instance().shutdown());

/** Nobody takes the spans of a replay. */
const sinks = { exporter: { export: { fn: () => undefined } } };

/** Replays all and returns the error of each that failed, by name: one failure hides no other. */
async function replay(recordings: readonly Recording[], bundle = workflowBundle): Promise<ReadonlyMap<string, Error>> {
  const failures = new Map<string, Error>();
  const histories = recordings.map(({ scenario, file, history }) => ({ workflowId: `${scenario}/${file}`, history }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle, sinks }, histories)) {
    if (error !== undefined) failures.set(workflowId, error);
  }
  return failures;
}

/** The same history, with one kind of activity renamed wherever it was scheduled. */
function tampered(history: History, from: string, to: string): History {
  const text = JSON.stringify(toJson(history));
  const changed = text.replaceAll(new RegExp(`("activityType":\\s*\\{\\s*"name":\\s*)"${from}"`, 'g'), `$1"${to}"`);
  if (changed === text) throw new Error(`the history schedules no ${from}`);
  return fromJson(JSON.parse(changed));
}

test('every scenario is recorded, and every recording has its scenario', () => {
  expect(recordedScenarios()).toEqual(Object.keys(SCENARIOS).sort());
});

test('every workflow is recorded', () => {
  const recorded = new Set(
    readRecordings().map(
      ({ history }) => history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name,
    ),
  );
  for (const name of Object.keys(workflows)) expect([...recorded]).toContain(name);
});

/** Activities, signals and updates that a history has, by their names on the wire. */
function namesIn(history: History): readonly string[] {
  return (history.events ?? []).flatMap((event) => {
    const { name: update } = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input ?? {};
    const { signalName } = event.workflowExecutionSignaledEventAttributes ?? {};
    const { name: activity } = event.activityTaskScheduledEventAttributes?.activityType ?? {};
    return [
      update && `update ${update}`,
      signalName && `signal ${signalName}`,
      activity && `activity ${activity}`,
    ].filter((one): one is string => Boolean(one));
  });
}

test('every activity and every message is in some recorded history', () => {
  const recorded = new Set(readRecordings().flatMap(({ history }) => namesIn(history)));
  const activities = [...ORDERS_ACTIVITIES, ...WATCH_ACTIVITIES, ...STORE_ACTIVITIES].map(wireName);
  const ofPeople = ['close', 'reduce', 'roll', 'pause', 'resume', 'updateRules'];
  const ofWorkflows = [openingSettledSignal, cancelOpeningSignal, exitSettledSignal].map(({ name }) => name);
  const expected = [
    ...activities.map((name) => `activity ${name}`),
    ...ofPeople.flatMap((name) => [`signal ${name}`, `update ${name}`]),
    ...ofWorkflows.map((name) => `signal ${name}`),
  ];
  expect(expected.filter((one) => !recorded.has(one))).toEqual([]);
});

test('no recorded run was cut short', () => {
  for (const { scenario, file, history } of readRecordings()) {
    const last = history.events?.at(-1);
    const ended =
      last?.workflowExecutionCompletedEventAttributes ?? last?.workflowExecutionContinuedAsNewEventAttributes;
    expect({ scenario, file, ended: ended != null }).toEqual({ scenario, file, ended: true });
  }
});

test('every recorded history replays with the workflow code of today', async () => {
  const failures = await replay(readRecordings());
  expect([...failures].map(([name, error]) => `${name}: ${error.message}`)).toEqual([]);
});

test('every recorded history replays where a worker exports traces', async () => {
  const failures = await replay(readRecordings(), tracedBundle);
  expect([...failures].map(([name, error]) => `${name}: ${error.message}`)).toEqual([]);
});

test('a tampered history fails to replay', async () => {
  const placing = readRecordings().filter(({ file }) => file === 'position-hold-close');
  expect(placing).toHaveLength(1);
  const failures = await replay(
    placing.map((one) => ({ ...one, history: tampered(one.history, 'placeOrder', 'cancelOrder') })),
  );
  expect([...failures.values()][0]).toBeInstanceOf(DeterminismViolationError);
});

test('an empty set of histories is an error', () => {
  const empty = mkdtempSync(join(tmpdir(), 'legwork-replay-'));
  try {
    expect(() => readRecordings(empty)).toThrow(/no history is recorded/);
  } finally {
    rmSync(empty, { recursive: true });
  }
});
