/** The options of the command, and how they are read. */
import type { Command } from 'commander';
import type { GatewayOptions } from '../options.js';

type Options = Readonly<Record<string, unknown>>;

/** Bad input: the field, the value as typed, and what is allowed. */
export class BadOption extends Error {
  constructor(
    readonly field: string,
    readonly value: unknown,
    readonly allowed: string,
  ) {
    super(`${field}: ${JSON.stringify(value)} is not allowed; expected ${allowed}.`);
  }
}

/** Adds the options of the gateway to a command of commander. */
export function addOptions(command: Command): Command {
  return command
    .option(
      '--host <address>',
      'address to listen on; default 127.0.0.1. Who reaches it can trade, so keep it there or in a network of containers',
    )
    .option('--port <port>', 'TWS API port; 0: any free one', '4002')
    .option('--control-port <port>', 'port of the HTTP control interface; 0: any free one')
    .option('--seed <n>', 'seed of the market', '1')
    .option('--speed <factor>', 'market seconds per wall second; default 1, with --compare 10')
    .option('--stepped', 'time moves only through the control interface')
    .option('--scenario <name>', 'a shipped scenario or a YAML file', 'calm')
    .option('--journal <file>', 'write every message sent and received, one JSON object per line')
    .option('--start <time>', "market time at the start, ISO 8601 with zone, or `now`; default: the scenario's")
    .option('--state <file>', 'keep positions, cash and the clock in this file across restarts')
    .option('--account <codes>', 'accounts that the gateway manages, separated by commas', 'DU1000000')
    .option('--compare <capture>', 'send the requests of a capture, report where the answers differ, and end')
    .option('--list', 'list the shipped scenarios and the faults, and end');
}

/** Maps commander's options to those of the gateway. Throws BadOption. */
export function readOptions(options: Options): GatewayOptions {
  const stepped = options.stepped === true;
  const control = textOf(options, 'controlPort');
  if (stepped && control === undefined) {
    throw new BadOption('--stepped', 'without --control-port', 'a control port, since nothing else can move the clock');
  }
  const [journal, start, state, host] = ['journal', 'start', 'state', 'host'].map((name) => textOf(options, name));
  const speed = textOf(options, 'speed') ?? (textOf(options, 'compare') === undefined ? '1' : '10');
  return {
    port: wholeNumber('port', textOf(options, 'port') ?? '4002', 65_535),
    seed: wholeNumber('seed', textOf(options, 'seed') ?? '1', 2_147_483_647),
    speed: positiveNumber('speed', speed),
    scenario: textOf(options, 'scenario') ?? 'calm',
    stepped,
    accounts: (textOf(options, 'account') ?? '').split(',').filter((account) => account !== ''),
    ...(control !== undefined && { controlPort: wholeNumber('control port', control, 65_535) }),
    ...(host !== undefined && { host }),
    ...(journal !== undefined && { journal }),
    ...(start !== undefined && { start }),
    ...(state !== undefined && { state }),
  };
}

/** A text option, or undefined. */
export function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

function wholeNumber(field: string, text: string, most: number): number {
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw new BadOption(field, text, `a whole number from 0 to ${most}`);
  return value;
}

function positiveNumber(field: string, text: string): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : 0;
  if (!(value > 0)) throw new BadOption(field, text, 'a number above 0');
  return value;
}
