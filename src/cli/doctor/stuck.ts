/** What is stuck now, by the same checks as the alerts of worker and watchdog, without their patience. */
import type { Connections } from '../../client/connections.js';
import type { Endpoints } from '../../client/endpoints.js';
import { DEPLOYMENT } from '../../contract/deployment.js';
import { ordersQueue, WORKFLOW_QUEUE, watchQueue } from '../../contract/task-queues.js';
import { storedEveryMs } from '../../domain/stuck/evaluation.js';
import { perAlert, STUCK } from '../../domain/stuck/finding.js';
import { temporalFindings } from '../../outbound/temporal-runs.js';
import { openPositions } from '../../store/stuck-positions.js';
import { attempt, type Finding, fail, ok, warn } from './finding.js';

export async function examineStuck(links: Connections, target: Endpoints): Promise<readonly Finding[]> {
  const { loaded, accountAlias } = target;
  const opened = await attempt(async () => openPositions(await links.store(), storedEveryMs(loaded.settings.watch)));
  // The lines about Postgres and Temporal say why they cannot be asked.
  if ('error' in opened) return [];
  const { rows, entryWorkflowIds, isHeld, isBrokerAway, old } = opened.value;
  const linked = await attempt(() => links.temporal());
  if ('error' in linked) return [];
  const asked = await attempt(() =>
    temporalFindings(linked.value.client, {
      workflowQueue: WORKFLOW_QUEUE,
      brokerQueues: [ordersQueue(accountAlias), watchQueue(accountAlias)],
      deployment: DEPLOYMENT,
      positions: new Map(rows.map(({ workflowId, positionId }) => [workflowId, positionId])),
      workflowIds: [...entryWorkflowIds, ...rows.map(({ workflowId }) => workflowId)],
      isHeld,
      isBrokerAway,
      wallNow: Date.now(),
    }),
  );
  if ('error' in asked) return [warn('stuck', asked.error.message, 'Whether a run is stuck could not be read.')];
  const known = new Set(asked.value.map(({ positionId }) => positionId));
  const found = perAlert([...asked.value, ...old.filter(({ positionId }) => !known.has(positionId))]);
  if (found.length === 0) return [ok('stuck', `nothing; ${rows.length} positions are open`)];
  return found.map(({ rule, message }) =>
    fail('stuck', `${STUCK[rule]}: ${message}`, `docs/runbook.md, "Something is stuck": ${rule}`, 1),
  );
}
