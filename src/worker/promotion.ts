/**
 * The build of this process becomes the current version, to which workflow tasks go, once it holds the broker session and its code replays
 * every open run. A build that cannot carry on a run leaves the tasks to the current one, and says so by an alert.
 */
import type { Client } from '@temporalio/client';
import type { ReplayWorkerOptions } from '@temporalio/worker';
import { DEPLOYMENT } from '../contract/deployment.js';
import { REPLAY_FAILED } from '../domain/alert.js';
import { messageOf } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { currentBuild, makeCurrent } from '../outbound/temporal-deployment.js';
import type { Store } from '../store/api.js';
import { pause } from './await-part.js';
import { type ReplayFailure, replayOpenRuns } from './replay.js';

/** Wall time. The server knows a version shortly after its first poll. */
const UNKNOWN_MS = 100;
const AWAY_MS = 5_000;
/** A run that does not fit may end by itself. The alert is raised again after this time, wall ms. */
const AGAIN_MS = 60_000;
const REPEAT_MS = 900_000;
/** Runs that the alert names. */
const NAMED = 3;

export interface PromotionParts {
  readonly client: Client;
  readonly store: Pick<Store, 'alerts'>;
  readonly log: Log;
  readonly buildId: string;
  readonly code: Pick<ReplayWorkerOptions, 'workflowBundle' | 'sinks'>;
  /** A person takes the responsibility for runs that do not replay. */
  readonly skipReplay: boolean;
}

/** Resolves when this build is current, or `stop` is aborted. Never throws: what fails is tried again. */
export async function promote(parts: PromotionParts, stop: AbortSignal): Promise<void> {
  let raisedAt = Number.NEGATIVE_INFINITY;
  let saidAt = Number.NEGATIVE_INFINITY;
  while (!stop.aborted) {
    try {
      const refused = await step(parts, stop);
      if (refused === undefined) return;
      if (performance.now() - raisedAt >= REPEAT_MS) {
        await refuse(parts, refused);
        raisedAt = performance.now();
      }
      await pause(AGAIN_MS, stop);
    } catch (error) {
      if (stop.aborted) return;
      if (performance.now() - saidAt >= AGAIN_MS) {
        saidAt = performance.now();
        parts.log('warn', 'this build could not be made the current version', { error: messageOf(error) });
      }
      await pause(AWAY_MS, stop);
    }
  }
}

interface Refused {
  readonly current: string | undefined;
  readonly replayed: number;
  readonly failures: readonly ReplayFailure[];
}

/** Undefined: this build is current. */
async function step(parts: PromotionParts, stop: AbortSignal): Promise<Refused | undefined> {
  const { client, store, log, buildId, code, skipReplay } = parts;
  const current = await currentBuild(client, DEPLOYMENT);
  if (current !== buildId) {
    if (!skipReplay) {
      const { replayed, failures } = await replayOpenRuns(client, buildId, code);
      if (failures.length > 0) return { current, replayed, failures };
    }
    while (!(await makeCurrent(client, DEPLOYMENT, buildId))) {
      stop.throwIfAborted();
      await pause(UNKNOWN_MS, stop);
    }
    log('info', 'workflow tasks go to this build', { buildId, before: current ?? 'none', replayed: !skipReplay });
  }
  await store.alerts.end({ rule: REPLAY_FAILED }, Date.now());
  return undefined;
}

async function refuse(
  { store, log, buildId }: PromotionParts,
  { current, replayed, failures }: Refused,
): Promise<void> {
  const runs = failures
    .slice(0, NAMED)
    .map(({ workflowId, eventId, event, reason }) => `${workflowId}, event ${eventId}, ${event}: ${reason}`);
  const more = failures.length > NAMED ? ` (and ${failures.length - NAMED} more)` : '';
  const before = current === undefined ? 'the release before' : `the build ${current}`;
  const message = `The build ${buildId} cannot carry on ${failures.length} of ${replayed} open runs, so workflow tasks are left to ${before}. Rules are evaluated, but unless a worker of ${before} runs, no exit starts: start it again. \`legwork replay\` names every run. ${runs.join('; ')}${more}.`;
  log('error', message);
  await store.alerts.raise({
    ...{ type: 'CRITICAL', severity: 'IMMEDIATE', title: 'New code does not fit open runs', message },
    ...{ rule: REPLAY_FAILED, metadata: {}, createdAt: Date.now() },
  });
}
