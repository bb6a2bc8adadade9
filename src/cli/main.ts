/** The `legwork` command: reads its arguments, runs one command, and ends with an exit status. */
import { Command, CommanderError } from 'commander';
import { version } from '../config/version.js';
import { registerCommands } from './commands/index.js';
import type { Cli } from './define.js';
import { failureOf } from './failure.js';
import { type Io, processIo } from './io.js';

/**
 * Runs one command. `argv` excludes node and the script. Never throws: a failure is one sentence on stderr, with --json
 * also `{"error":{"code","message"}}` on stdout, and the status of its code.
 */
export async function run(argv: readonly string[], io: Io = processIo()): Promise<number> {
  const cli: Cli = { io, exitStatus: 0 };
  const program = new Command('legwork')
    .description('Multi-leg option positions at Interactive Brokers as durable workflows.')
    .version(version(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(true)
    .showSuggestionAfterError(true)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getOutHasColors: () => false,
    });
  registerCommands(cli, program);
  if (argv.length === 0) {
    io.stdout.write(program.helpInformation());
    return 2;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return cli.exitStatus;
  } catch (error) {
    return report(error, argv, io);
  }
}

function report(error: unknown, argv: readonly string[], io: Io): number {
  if (error instanceof CommanderError && isHelp(error)) {
    if (error.exitCode === 0) return 0;
    io.stderr.write(`A subcommand is missing: see \`legwork ${argv[0] ?? ''} --help\`.\n`);
    return 2;
  }
  const { code, message, exitStatus } =
    error instanceof CommanderError
      ? { code: 'INVALID_INPUT', message: usageSentence(error.message), exitStatus: 2 }
      : failureOf(error);
  io.stderr.write(`${message}\n`);
  if (argv.includes('--json')) io.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  return exitStatus;
}

function isHelp(error: CommanderError): boolean {
  return ['commander.helpDisplayed', 'commander.help', 'commander.version'].includes(error.code);
}

/** `error: unknown command 'x'\n(Did you mean y?)` -> `Unknown command 'x' (did you mean y?).` */
function usageSentence(message: string): string {
  const text = message
    .replace(/^error:\s*/, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace('(Did you', '(did you')
    .replace('. Expected', '; expected')
    .trim();
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
