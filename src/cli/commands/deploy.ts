/** legwork deploy status: the builds that the server knows, which one gets the workflow tasks, and what still needs an older one. */
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { DEPLOYMENT } from '../../contract/deployment.js';
import { WORKFLOW_QUEUE } from '../../contract/task-queues.js';
import { pinnedRuns, versionsOf } from '../../outbound/temporal-deployment.js';
import { buildsPolling } from '../../outbound/temporal-runs.js';
import { type Cli, define } from '../define.js';
import { table } from '../paint.js';

interface BuildState {
  readonly buildId: string;
  readonly status: string;
  /** Open runs that only its workers may carry on. */
  readonly pinnedRuns: number;
  readonly workers: number;
}

export function registerDeploy(cli: Cli, program: Command): void {
  const deploy = program.command('deploy').description('Inspect the builds of the workflow code.');
  define(
    cli,
    deploy,
    {
      usage: 'status',
      about:
        'Show the builds that the server knows: which one gets the workflow tasks, the open runs that are pinned to it, and its workers.',
      examples: ['legwork deploy status', 'legwork deploy status --json'],
      exits: [4],
    },
    async (context) =>
      context.withClient(async (client) => {
        const { client: temporal } = await client.links.temporal();
        const { installedBuild } = await import('../../worker/bundle.js');
        const [installed, builds] = await Promise.all([installedBuild(), buildsOf(temporal)]);
        context.answer({ installed, builds }, () =>
          [
            builds.length === 0
              ? 'The server knows no build yet: a worker makes its own known.'
              : table(
                  context.paint,
                  ['BUILD', 'STATUS', '>PINNED RUNS', '>WORKERS'],
                  builds.map((one) => [one.buildId, one.status, String(one.pinnedRuns), String(one.workers)]),
                ),
            `installed here: ${installed}`,
          ].join('\n'),
        );
        return 0;
      }),
  );
}

async function buildsOf(client: Client): Promise<readonly BuildState[]> {
  const [versions, polling] = await Promise.all([
    versionsOf(client, DEPLOYMENT),
    buildsPolling(client, WORKFLOW_QUEUE, Date.now()),
  ]);
  return await Promise.all(
    versions.map(async ({ buildId, status }) => {
      const { count } = await client.workflow.count(pinnedRuns(WORKFLOW_QUEUE, { deployment: DEPLOYMENT, buildId }));
      const workers = polling.filter((one) => one === `${DEPLOYMENT}:${buildId}`).length;
      return { buildId, status, pinnedRuns: count, workers };
    }),
  );
}
