/** Workflow runs and task queues that do not go on, from what the Temporal server says about them. */
import { defined } from '../defined.js';
import type { StuckFinding } from './finding.js';

export interface PendingActivity {
  readonly activityId: string;
  readonly name: string;
  /** From 1. */
  readonly attempt: number;
  readonly isPaused: boolean;
  /** Wall time since which the present attempt runs, epoch ms; absent: it waits for its next. */
  readonly startedAt?: number;
  /** How the attempt before failed, and its code of the catalogue. */
  readonly failure?: string;
  readonly failureCode?: string;
}

export interface RunState {
  readonly workflowId: string;
  readonly runId: string;
  /** Why its workflow task fails again and again, in the server's words. */
  readonly problem?: string;
  readonly isPaused: boolean;
  readonly pending: readonly PendingActivity[];
  /** The only build that may continue it, `deployment:build`. */
  readonly pinnedTo?: string;
}

export interface QueueState {
  readonly name: string;
  /** Tasks that no worker has taken, and the wall time for which the oldest has waited, ms. */
  readonly waiting: number;
  readonly waitingMs: number;
  /** Builds whose workers poll it, `deployment:build`, or UNVERSIONED. */
  readonly builds: readonly string[];
}

/** The build of workers without one: those of releases before builds were told apart. */
export const UNVERSIONED = 'unversioned';

/** A workflow task that failed a few times, for a reason that the server does not say yet: a worker that restarts brings that about as well. */
export const UNKNOWN_PROBLEM = 'the server does not say why yet';

/** Wall time in which a build that takes over becomes the current one. */
const TAKEOVER_MS = 30_000;
/** Retries come within 5 s of each other, so that this many pass in some fifteen seconds. */
const ATTEMPTS = 10;
/** Wall time. An attempt that runs for longer does not fail over and over. */
const FAILING_MS = 60_000;
/** Wall time for which a task may wait, and that again in which a worker that has just begun may take it. */
const WAITING_MS = 45_000;

/** What is known beside the run. */
export interface Around {
  /** Builds that a worker runs, `deployment:build`. */
  readonly builds: readonly string[];
  /** The broker session is away, which has an alert of its own. */
  readonly isBrokerAway: boolean;
  /** Wall time, epoch ms. */
  readonly wallNow: number;
}

/** @param positionId of the run; absent for that of an entry or a command */
export function stuckRun(run: RunState, positionId: string | undefined, around: Around): readonly StuckFinding[] {
  const { workflowId, runId, problem, isPaused, pending, pinnedTo } = run;
  const about = defined({ positionId });
  const found: StuckFinding[] = [];
  if (problem !== undefined) {
    const message = `${workflowId} is stuck, since its workflow task fails: ${problem}. No rule and no request acts on it. ${remedyOf(problem)}`;
    const afterMs = problem === UNKNOWN_PROBLEM ? FAILING_MS : 0;
    found.push({ rule: 'workflow_stuck', ...about, message, cause: `stuck ${runId}`, afterMs });
  }
  if (isPaused) {
    const message = `${workflowId} is paused in Temporal: no rule and no request acts on it. Unpause it: \`temporal workflow unpause --workflow-id ${workflowId}\`.`;
    found.push({ rule: 'paused_outside', ...about, message, cause: `paused ${runId}`, afterMs: 0 });
  }
  if (pinnedTo !== undefined && !around.builds.includes(pinnedTo)) {
    const message = `${workflowId} is pinned to the build ${pinnedTo}, which no worker runs: no rule and no request acts on it. Start a worker of that build, or release it to the current build: \`temporal workflow update-options --workflow-id ${workflowId} --versioning-override-behavior auto_upgrade\`.`;
    found.push({ rule: 'build_not_polled', ...about, message, cause: `pinned ${runId}`, afterMs: 0 });
  }
  for (const activity of pending) {
    const finding = stuckActivity(activity, workflowId, around);
    if (finding) found.push({ ...finding, ...about, cause: `${finding.rule} ${runId} ${activity.activityId}` });
  }
  return found;
}

function stuckActivity(
  { activityId, name, attempt, isPaused, startedAt, failure, failureCode }: PendingActivity,
  workflowId: string,
  { isBrokerAway, wallNow }: Around,
): Pick<StuckFinding, 'rule' | 'message' | 'afterMs'> | undefined {
  if (isPaused) {
    const message = `The activity ${name} of ${workflowId} is paused in Temporal: the position waits for it. Unpause it on the run's page, or with \`temporal activity unpause --workflow-id ${workflowId} --activity-id ${activityId}\`.`;
    return { rule: 'paused_outside', message, afterMs: 0 };
  }
  const isSteady = startedAt !== undefined && wallNow - startedAt > FAILING_MS;
  if (attempt < ATTEMPTS || failure === undefined || isSteady) return undefined;
  if (isBrokerAway && failureCode === 'BROKER_UNREACHABLE') return undefined;
  const message = `The activity ${name} of ${workflowId} has failed ${ATTEMPTS} times or more, the last time with: ${failure}. The position waits for it. The worker's log says more. If it needs a fix, install that version: the activity is retried until then.`;
  return { rule: 'activity_failing', message, afterMs: FAILING_MS };
}

function remedyOf(problem: string): string {
  if (/NonDeterministic/i.test(problem))
    return 'The installed code does not match what the run has recorded: stop this worker and start the previous version. If a later version began the run, terminate it: the position gets a new one within a minute.';
  if (/SearchAttributes/i.test(problem)) return 'Register the search attributes that `legwork doctor` names.';
  return "The worker's log and the run's page in the Temporal Web UI say more.";
}

/**
 * Workers poll, but those of the build that gets the workflow tasks have gone.
 *
 * @param current `deployment:build`; absent: tasks go to unversioned workers
 */
export function stuckBuild(current: string | undefined, polling: readonly string[]): readonly StuckFinding[] {
  const build = current ?? UNVERSIONED;
  if (polling.length === 0 || polling.includes(build)) return [];
  const message = `Workflow tasks go to the build ${build}, and no worker of it runs, only ${[...new Set(polling)].join(', ')}: no rule and no request acts on any position. Start a worker of ${build} again. Another build takes over within seconds once it holds the broker session and can carry on every open run: \`legwork replay\` and the alert replay_failed say which it cannot.`;
  return [{ rule: 'build_not_polled', message, cause: `current ${build}`, afterMs: TAKEOVER_MS }];
}

/** @param isHeld whether a worker holds the broker session: without one, tasks wait for it */
export function stuckQueue({ name, waiting, waitingMs }: QueueState, isHeld: boolean): StuckFinding | undefined {
  if (!isHeld || waitingMs < WAITING_MS) return undefined;
  const remedy = name.endsWith('-watch')
    ? 'Raise `watch.positionsMax` and restart the worker, or close positions.'
    : 'Restart the worker if this lasts.';
  const message = `${waiting} tasks of ${name} wait, the oldest for ${Math.round(waitingMs / 1000)} s, although a worker holds the broker session: all of its slots are in use. Meanwhile positions are not watched, or their exits do not start. ${remedy}`;
  return { rule: 'slots_used_up', message, cause: `slots ${name}`, afterMs: WAITING_MS };
}
