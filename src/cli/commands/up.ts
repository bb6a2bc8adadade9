/** legwork up, worker and watchdog: run the stack, one worker, or the watchdog that notices when no worker runs. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { resolveEndpoints } from '../../client/endpoints.js';
import { defined } from '../../domain/defined.js';
import { parsePositive, parseWhole } from '../arguments.js';
import { type Cli, type Context, define, textOption } from '../define.js';

export function registerUp(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'up',
      about:
        'Run everything on this machine: Temporal with its Web UI, Postgres, a simulated gateway and a worker, until Ctrl-C. ' +
        'A server named by TEMPORAL_ADDRESS, DATABASE_URL or IB_HOST/IB_PORT is used instead of starting one.',
      examples: ['legwork up', 'DATABASE_URL=postgres://me@localhost/legwork legwork up'],
      exits: [4],
    },
    async (context, _args, options) => {
      checkConfiguration(context);
      const scenario = textOption(options, 'scenario');
      const start = textOption(options, 'start');
      const gateway = {
        seed: parseWhole('seed', textOption(options, 'seed') ?? '1', 0, 2_147_483_647),
        speed: parsePositive('speed', textOption(options, 'speed') ?? '1'),
        ...defined({ scenario, start }),
      };
      const { runUp } = await import('../../stack/up.js');
      return runUp({ ...gateway, skipReplay: options.skipReplay === true });
    },
    (command) => {
      command
        .option('--seed <n>', "seed of the simulated gateway's market", '1')
        .option('--speed <factor>', 'market seconds a wall second', '1')
        .option('--scenario <name>', 'a shipped scenario or a YAML file; see gateway --list')
        .option('--start <time>', 'market time at the start, ISO 8601 with zone, or `now`');
      skipReplayOption(command);
    },
  );
  defineWorker(cli, program);
  define(
    cli,
    program,
    {
      usage: 'watchdog',
      about:
        'Run a watchdog until Ctrl-C: it alerts through the webhook (alerts.webhookUrl) when positions are open and no worker has ' +
        'watched them for two minutes, or the database does not answer. Run it on a different machine from the worker.',
      examples: ['LEGWORK_WEBHOOK_URL=https://hooks.example/abc legwork watchdog'],
      exits: [4],
    },
    async (context) => {
      checkConfiguration(context);
      const { runWatchdog } = await import('../../worker/watchdog.js');
      return runWatchdog();
    },
  );
}

function defineWorker(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'worker',
      about: 'Run a worker until Ctrl-C. The first one holds the broker session; others stand by and take over.',
      examples: ['IB_PORT=7497 legwork worker'],
      exits: [3, 4],
    },
    async (context, _args, options) => {
      checkConfiguration(context);
      const { runWorker } = await import('../../worker/main.js');
      return runWorker({ skipReplay: options.skipReplay === true, workflowsOnly: options.workflowsOnly === true });
    },
    (command) => {
      skipReplayOption(command);
      command.option(
        '--workflows-only',
        'carry on the runs that are pinned to this version, without a broker session, until there are none',
      );
    },
  );
}

function skipReplayOption(command: Command): void {
  command.option('--skip-replay', 'take over the open runs although they may not replay with this version');
}

/**
 * A wrong configuration is reported before anything starts. The parts read the same file, which is named in their environment.
 */
function checkConfiguration({ target }: Context): void {
  resolveEndpoints(target);
  if (target.file !== undefined) process.env.LEGWORK_CONFIG = resolve(target.cwd, target.file);
}
