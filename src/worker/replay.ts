/** Whether the installed workflow code can carry on the open runs: it is run against their histories, and nothing is changed. */
import type { Client, HistoryAndWorkflowId } from '@temporalio/client';
import { type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import { DEPLOYMENT } from '../contract/deployment.js';
import { WORKFLOW_QUEUE } from '../contract/task-queues.js';
import { within } from '../outbound/deadline.js';
import { receivedRuns } from '../outbound/temporal-deployment.js';

export interface ReplayFailure {
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  /** The first event that this code does not lead to; 0 when the history could not be read up to one. */
  readonly eventId: number;
  /** Its type, as the Web UI names it. */
  readonly event: string;
  readonly reason: string;
}

export interface ReplayReport {
  readonly replayed: number;
  readonly failures: readonly ReplayFailure[];
}

type Code = Pick<ReplayWorkerOptions, 'workflowBundle' | 'sinks'>;
type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type Run = Pick<ReplayFailure, 'workflowId' | 'runId' | 'workflowType'> & { readonly history: History };

/** Histories that are fetched at once. */
const AT_ONCE = 8;
/** Wall time for one history, its download included. */
const HISTORY_MS = 60_000;
/** The index of open runs lags behind by moments. */
const CLOSED = /^WorkflowExecution(?:Completed|Failed|TimedOut|Canceled|Terminated|ContinuedAsNew)$/;
/** A run without a completed workflow task has recorded nothing yet. */
const isFirstStep = (event: NonNullable<History['events']>[number]) =>
  event.workflowTaskCompletedEventAttributes != null;

/** Every open run that a worker of this build would get: not those that are pinned to another one. Throws the library's error when the server does not answer. */
export async function replayOpenRuns(client: Client, buildId: string, code: Code): Promise<ReplayReport> {
  const failed: { readonly run: Run; readonly error: Error }[] = [];
  // A workflow id has one open run at most.
  const runs = new Map<string, Run>();
  let replayed = 0;
  const histories = async function* () {
    for await (const run of openRuns(client, buildId)) {
      runs.set(run.workflowId, run);
      yield run;
    }
  };
  for await (const { workflowId, error } of results(code, histories())) {
    const run = runs.get(workflowId);
    runs.delete(workflowId);
    replayed += 1;
    if (run !== undefined && error !== undefined) failed.push({ run, error });
  }
  const failures: ReplayFailure[] = [];
  for (const { run, error } of failed) failures.push(await located(run, error, code));
  return { replayed, failures };
}

async function* openRuns(client: Client, buildId: string): AsyncGenerator<Run> {
  const listed: Omit<Run, 'history'>[] = [];
  for await (const { workflowId, runId, type } of client.workflow.list({
    query: receivedRuns(WORKFLOW_QUEUE, { deployment: DEPLOYMENT, buildId }),
  }))
    listed.push({ workflowId, runId, workflowType: type });
  for (let next = listed.splice(0, AT_ONCE); next.length > 0; next = listed.splice(0, AT_ONCE)) {
    const fetched = next.map(async (run) => {
      const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
      return { ...run, history };
    });
    for (const run of await Promise.all(fetched)) {
      const { events } = run.history;
      if (events?.some(isFirstStep) && !CLOSED.test(typeOf(events.at(-1) ?? {}))) yield run;
    }
  }
}

/** A replay that gives no result in time throws DeadlineExceeded. */
async function* results(code: Code, histories: AsyncIterable<HistoryAndWorkflowId> | Iterable<HistoryAndWorkflowId>) {
  const replaying = Worker.runReplayHistories(code, histories);
  for (;;) {
    const next = await within(HISTORY_MS, () => replaying.next());
    if (next.done) return;
    yield next.value;
  }
}

/** The library does not say which event it was: the shortest beginning of the history that fails ends with it. */
async function located({ history, ...run }: Run, error: Error, code: Code): Promise<ReplayFailure> {
  const events = history.events ?? [];
  let good = events.findIndex(isFirstStep);
  let bad = events.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const beginning = { workflowId: run.workflowId, history: { events: events.slice(0, middle) } };
    const { value } = await results(code, [beginning]).next();
    if (value?.error === undefined) good = middle;
    else bad = middle;
  }
  const event = events[bad - 1] ?? {};
  return { ...run, eventId: Number(event.eventId ?? 0), event: typeOf(event), reason: reasonOf(error) };
}

/** `activityTaskScheduledEventAttributes` is the event ActivityTaskScheduled. */
function typeOf(event: object): string {
  const [attributes = ''] = Object.entries(event).flatMap(([key, value]) =>
    key.endsWith('EventAttributes') && value != null ? [key] : [],
  );
  const name = attributes.replace(/EventAttributes$/, '');
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** The sentence inside the library's dump of the failure. */
function reasonOf({ message }: Error): string {
  const [, said = message] = /message: "((?:[^"\\]|\\.)*)"/.exec(message) ?? [];
  return said.replaceAll('\\"', '"').replace(/^\[TMPRL\d+\] (?:Nondeterminism error: )?/, '');
}
