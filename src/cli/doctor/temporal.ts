/** Temporal: whether it answers, namespace, retention, search attributes, and the pollers of our queues. */

import type { Connections, TemporalConnection } from '../../client/connections.js';
import type { Endpoints } from '../../client/endpoints.js';
import { SAVED_VIEWS, viewUrl } from '../../contract/saved-views.js';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.js';
import { missingAttributes } from '../../outbound/temporal.js';
import { BROKER_LEASE } from '../../store/leases.js';
import { workersOf } from '../pollers.js';
import { attempt, type Finding, fail, ok, warn } from './finding.js';

/** Closed runs are kept this long, so that a month's positions can be inspected. */
const RETENTION_HOURS_MIN = 720;

export async function examineTemporal(links: Connections, uiUrl: string | undefined): Promise<readonly Finding[]> {
  const opened = await attempt(() => links.temporal());
  if ('error' in opened) {
    return [fail('temporal', opened.error.message, 'Start the server, set TEMPORAL_ADDRESS, or start `legwork up`.')];
  }
  const link = opened.value;
  const described = await attempt(() => describe(link));
  if ('error' in described) {
    return [
      fail('temporal', described.error.message, `Create the namespace ${link.namespace}, or set TEMPORAL_NAMESPACE.`),
    ];
  }
  const { version, retentionHours } = described.value;
  return [
    ok('temporal', `server ${version} at ${link.address}, namespace ${link.namespace}`),
    retentionHours >= RETENTION_HOURS_MIN
      ? ok('retention', `${retentionHours} h`)
      : warn(
          'retention',
          `${retentionHours} h: closed runs vanish after that`,
          `temporal operator namespace update --retention ${RETENTION_HOURS_MIN}h ${link.namespace}`,
        ),
    await examineAttributes(link),
    ...views(link, uiUrl),
  ];
}

/** The lists that people open; without the address of a Web UI, the filter to paste there. */
function views({ namespace }: TemporalConnection, uiUrl: string | undefined): readonly Finding[] {
  return SAVED_VIEWS.map((view) =>
    ok('web ui', `${view.name}: ${uiUrl === undefined ? view.query : viewUrl(uiUrl, namespace, view)}`),
  );
}

/** A position sets them only while all are registered, so that a missing one holds up nothing. */
async function examineAttributes({ client, namespace }: TemporalConnection): Promise<Finding> {
  const wanted = SEARCH_ATTRIBUTES.map(({ name }) => name);
  const asked = await attempt(() => missingAttributes(client.connection, namespace, wanted));
  if ('error' in asked) {
    const text = `the server does not list them (${asked.error.message}): positions work without them`;
    return warn(
      'search attributes',
      text,
      'Permit the worker to list them. Until then filters by Legwork* find nothing in the Web UI.',
    );
  }
  if (asked.value.length === 0) return ok('search attributes', 'registered');
  const create = asked.value.map((name) => `--name ${name} --type ${typeOf(name)}`).join(' ');
  return warn(
    'search attributes',
    `not registered: ${asked.value.join(', ')}; positions work without any of them`,
    `A worker registers them within 15 s where the server permits it; else run \`temporal operator search-attribute create ${create} --namespace ${namespace}\`.`,
  );
}

function typeOf(attribute: string): string {
  const type = SEARCH_ATTRIBUTES.find(({ name }) => name === attribute)?.type ?? 'KEYWORD';
  return `${type.slice(0, 1)}${type.slice(1).toLowerCase()}`;
}

async function describe({
  client,
  namespace,
}: TemporalConnection): Promise<{ version: string; retentionHours: number }> {
  const { workflowService } = client.connection;
  const [info, described] = await Promise.all([
    workflowService.getSystemInfo({}),
    workflowService.describeNamespace({ namespace }),
  ]);
  const seconds = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  return { version: info.serverVersion ?? 'unknown', retentionHours: Math.round(seconds / 3600) };
}

async function isSessionHeld(links: Connections): Promise<boolean> {
  const read = await attempt(async () => (await links.store()).leases.current(BROKER_LEASE));
  return 'value' in read && read.value !== undefined && !read.value.expired;
}

export async function examineWorkers(links: Connections, { accountAlias }: Endpoints): Promise<readonly Finding[]> {
  const asked = await attempt(async () => workersOf(await links.temporal(), accountAlias));
  if ('error' in asked) return [];
  const { workflows, orders, watches } = asked.value;
  if (workflows === 0) return [fail('worker', 'no worker polls', 'Start one: `legwork worker`.')];
  if ((orders === 0 || watches === 0) && (await isSessionHeld(links))) {
    const full = orders === 0 ? 'orders' : 'watches';
    return [
      fail(
        'worker',
        `a worker holds the broker session of ${accountAlias}, but takes no more ${full}: it has just started, or all of its slots are in use`,
        'Check again in a minute. If it lasts, raise watch.positionsMax and restart the worker, or close positions.',
      ),
    ];
  }
  if (orders === 0 || watches === 0) {
    return [
      fail(
        'worker',
        `pollers: ${workflows} of workflows, but nobody holds the broker session of ${accountAlias}`,
        "See the worker's log: the broker, the live guard or the lease keeps it from the session.",
      ),
    ];
  }
  return [
    ok('worker', `pollers: ${workflows} of workflows, ${orders} of orders, ${watches} of watches (${accountAlias})`),
  ];
}
