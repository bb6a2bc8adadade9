/** The one way to define a command: the common options, its example, its exit codes, and how it answers. */
import type { Command } from 'commander';
import { connectClient, type LegworkClient } from '../client/client.js';
import type { EndpointOptions } from '../client/endpoints.js';
import type { Io } from './io.js';
import { type Paint, paintFor } from './paint.js';

export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'failed',
  2: 'bad usage, or no such id or symbol',
  3: 'refused by a rule, a limit or the broker',
  4: 'a part cannot be reached, or the wait timed out',
  5: 'parked: a person must decide',
};

/** State of one invocation, shared by its commands. */
export interface Cli {
  readonly io: Io;
  /** Set by the action that ran. */
  exitStatus: number;
}

/** What an action gets besides its arguments. */
export interface Context {
  readonly io: Io;
  readonly json: boolean;
  readonly paint: Paint;
  readonly target: EndpointOptions;
  /** A line for people; nothing with --json. */
  say(text: string): void;
  /** The answer: the object with --json, else the text. */
  answer(object: unknown, text: string | (() => string)): void;
  /** A line on stderr: progress and warnings. */
  note(text: string): void;
  /** Runs `work` with a client and disconnects afterwards. */
  withClient<T>(work: (client: LegworkClient) => Promise<T>): Promise<T>;
}

export interface Definition {
  /** Name and arguments as commander reads them, such as `close <id>`. */
  readonly usage: string;
  readonly about: string;
  readonly examples: readonly string[];
  /** Exit codes the command can answer with, besides 1 and 2. */
  readonly exits?: readonly number[];
  /** What codes mean here, where that goes beyond their general meaning. */
  readonly meanings?: Readonly<Record<number, string>>;
}

type Options = Readonly<Record<string, unknown>>;
type Action = (context: Context, args: readonly (string | undefined)[], options: Options) => Promise<number>;

/** Adds a command to its parent. `setUp` adds its own options. The action returns the exit status. */
export function define(
  cli: Cli,
  parent: Command,
  definition: Definition,
  action: Action,
  setUp: (command: Command) => void = () => undefined,
): Command {
  const command = parent.command(definition.usage).description(definition.about).allowExcessArguments(false);
  setUp(command);
  command
    .option('--json', 'print one JSON object on stdout instead of text')
    .option('--config <file>', 'configuration file instead of legwork.yaml')
    .addHelpText('after', helpTail(definition))
    .action(async (...received: unknown[]) => {
      const options = command.opts();
      const args = received.slice(0, -2).map((value) => (typeof value === 'string' ? value : undefined));
      cli.exitStatus = await action(contextOf(cli.io, options), args, options);
    });
  return command;
}

function helpTail({ examples, exits = [], meanings = {} }: Definition): string {
  const codes = [...new Set([0, 1, 2, ...exits])]
    .sort()
    .map((code) => `  ${code}  ${meanings[code] ?? EXIT_CODES[code] ?? ''}`);
  return [
    '',
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...examples.map((example) => `  $ ${example}`),
    '',
    'Exit codes:',
    ...codes,
  ].join('\n');
}

function contextOf(io: Io, options: Options): Context {
  const json = options.json === true;
  const target: EndpointOptions = {
    cwd: io.cwd,
    env: io.env,
    ...(typeof options.config === 'string' && { file: options.config }),
  };
  return {
    io,
    json,
    paint: paintFor(io),
    target,
    say: (text) => {
      if (!json) io.stdout.write(`${text}\n`);
    },
    answer: (object, text) => {
      if (json) io.stdout.write(`${JSON.stringify(object, null, 2)}\n`);
      else io.stdout.write(`${typeof text === 'string' ? text : text()}\n`);
    },
    note: (text) => {
      io.stderr.write(`${text}\n`);
    },
    withClient: async (work) => {
      const client = connectClient(target);
      try {
        return await work(client);
      } finally {
        await client.disconnect();
      }
    },
  };
}

/** A text option, or undefined. */
export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Values of a repeatable option. */
export function listOption(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** Collects a repeatable option. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
