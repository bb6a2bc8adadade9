/** legwork gateway: the simulated IB Gateway by itself, for any client of the TWS API. */
import type { Command } from 'commander';
import { InvalidInput } from '../../../domain/errors.js';
import type { GatewayHandle, GatewayOptions } from '../../../gateway/index.js';
import { parsePositive, parseWhole } from '../arguments.js';
import { type Cli, type Context, define, textOption } from '../define.js';
import { table } from '../paint.js';
import { compare } from './compare.js';

type Options = Readonly<Record<string, unknown>>;

export function registerGateway(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'gateway',
      about:
        'Run the simulated IB Gateway until Ctrl-C. It speaks the TWS API, so that any client library connects to it.',
      examples: [
        'legwork gateway --port 4002 --seed 7 --speed 60',
        'legwork gateway --list',
        'legwork gateway --compare check.jsonl',
      ],
    },
    async (context, _args, options) => {
      if (options.list === true) return await list(context);
      const wanted = readOptions(options);
      const capture = textOption(options, 'compare');
      if (capture !== undefined) return await compare(context, capture, wanted);
      const { startGateway } = await import('../../../gateway/index.js');
      return await serve(context, await startOrExplain(() => startGateway(wanted), wanted), wanted);
    },
    (command) => {
      command
        .option('--port <port>', 'TWS API port; 0: any free one', '4002')
        .option('--control-port <port>', 'port of the HTTP control interface; 0: any free one')
        .option('--seed <n>', 'seed of the market', '1')
        .option('--speed <factor>', 'market seconds a wall second; default 1, with --compare 10')
        .option('--stepped', 'time moves only by the control interface')
        .option('--scenario <name>', 'a shipped scenario or a YAML file', 'calm')
        .option('--journal <file>', 'write every message both ways, one JSON object a line')
        .option('--start <time>', "market time at the start, ISO 8601 with zone, or `now`; default: the scenario's")
        .option('--state <file>', 'keep positions, cash and the clock in this file over restarts')
        .option('--account <codes>', 'accounts that the gateway manages, separated by commas', 'DU1000000')
        .option('--compare <capture>', 'send the requests of a capture, say where the answers differ, and end')
        .option('--list', 'list the shipped scenarios and the faults, and end');
    },
  );
}

/** What `--scenario` may name, and what scenarios and the control interface may let happen. */
async function list(context: Context): Promise<number> {
  const { listFaults, listScenarios } = await import('../../../gateway/index.js');
  const scenarios = listScenarios();
  const faults = listFaults();
  const rows = (entries: typeof scenarios): string[][] => entries.map(({ name, about }) => [name, about]);
  context.answer({ scenarios, faults }, () =>
    [
      table(context.paint, ['SCENARIO', ''], rows(scenarios)),
      table(context.paint, ['FAULT', ''], rows(faults)),
      'docs/gateway.md has the parameters of faults and what a scenario file may say.',
    ].join('\n\n'),
  );
  return 0;
}

function readOptions(options: Options): GatewayOptions & { readonly state?: string } {
  const stepped = options.stepped === true;
  const control = textOption(options, 'controlPort');
  if (stepped && control === undefined) {
    throw new InvalidInput('--stepped', 'without --control-port', 'a control port: nothing else can move the clock');
  }
  const journal = textOption(options, 'journal');
  const start = textOption(options, 'start');
  const state = textOption(options, 'state');
  const accounts = (textOption(options, 'account') ?? '').split(',').filter((account) => account !== '');
  return {
    port: parseWhole('port', textOption(options, 'port') ?? '4002', 0, 65_535),
    seed: parseWhole('seed', textOption(options, 'seed') ?? '1', 0, 2_147_483_647),
    speed: parsePositive(
      'speed',
      textOption(options, 'speed') ?? (textOption(options, 'compare') === undefined ? '1' : '10'),
    ),
    scenario: textOption(options, 'scenario') ?? 'calm',
    stepped,
    accounts,
    ...(control !== undefined && { controlPort: parseWhole('control port', control, 0, 65_535) }),
    ...(journal !== undefined && { journal }),
    ...(start !== undefined && { start }),
    ...(state !== undefined && { state }),
  };
}

/** The gateway knows nothing of our errors: what it refuses is bad input here. */
async function startOrExplain(start: () => Promise<GatewayHandle>, wanted: GatewayOptions): Promise<GatewayHandle> {
  try {
    return await start();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      throw new InvalidInput('port', wanted.port, `a port that may be listened on (${String(code)})`);
    }
    if (error instanceof RangeError || (error instanceof Error && error.name === 'ZodError') || code === 'ENOENT') {
      const [first = ''] = (error instanceof Error ? error.message : '').split('\n');
      throw new InvalidInput('gateway', wanted.scenario, `a scenario, a start and a state that can be read (${first})`);
    }
    throw error;
  }
}

async function serve(context: Context, gateway: GatewayHandle, { stepped, scenario }: GatewayOptions): Promise<number> {
  const { host, port, controlPort } = gateway;
  const stop = context.io.interruption();
  context.answer(
    { host, port, controlPort: controlPort ?? null, marketTime: new Date(gateway.now()).toISOString(), scenario },
    () =>
      [
        `Simulated gateway (${scenario ?? ''}) at ${host}:${port}, market time ${new Date(gateway.now()).toISOString()}.`,
        ...(controlPort === undefined ? [] : [`Control interface at http://${host}:${controlPort}/status.`]),
        stepped ? 'Time moves only by POST /advance. Ctrl-C ends it.' : 'Ctrl-C ends it.',
      ].join('\n'),
  );
  if (!stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  await gateway.close();
  return 0;
}
