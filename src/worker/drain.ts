/** A worker for the runs that are pinned to its build: it ends by itself once there are none and another build is current. */
import type { Client } from '@temporalio/client';
import { DEPLOYMENT } from '../contract/deployment.js';
import { WORKFLOW_QUEUE } from '../contract/task-queues.js';
import { messageOf } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { currentBuild, pinnedRuns } from '../outbound/temporal-deployment.js';
import { pause } from './await-part.js';

/** Wall time between two counts. */
const POLL_MS = 10_000;
/** The index of runs lags behind by moments: none must be found this many times in a row. */
const TIMES = 2;

/** Resolves when nothing is left to carry on, or `stop` is aborted. */
export async function untilDrained(
  { client, buildId, log }: { readonly client: Client; readonly buildId: string; readonly log: Log },
  stop: AbortSignal,
): Promise<void> {
  for (let none = 0; none < TIMES; ) {
    await pause(POLL_MS, stop);
    if (stop.aborted) return;
    try {
      const query = pinnedRuns(WORKFLOW_QUEUE, { deployment: DEPLOYMENT, buildId });
      const [current, { count }] = await Promise.all([currentBuild(client, DEPLOYMENT), client.workflow.count(query)]);
      none = current === buildId || count > 0 ? 0 : none + 1;
    } catch (error) {
      none = 0;
      log('warn', 'the runs of this build could not be counted', { error: messageOf(error) });
    }
  }
  log('info', 'no run needs this build any more: this worker ends', { buildId });
}
