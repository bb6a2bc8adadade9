/** The binary `ib-gateway`. */
import { Command, CommanderError } from 'commander';
import { addOptions, BadOption } from './options.js';
import { runGateway } from './run.js';

/** Runs the command; resolves to its exit status: 0 done, 1 failed or different, 2 bad usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = addOptions(new Command('ib-gateway'))
    .description('Run a simulated IB Gateway until Ctrl-C. Any client of the TWS API connects to it.')
    .option('--json', 'one JSON object on stdout instead of text')
    .addHelpText('after', '\nExample:\n  $ ib-gateway --port 4002 --seed 7 --speed 60')
    .allowExcessArguments(false)
    .exitOverride();
  try {
    program.parse(argv, { from: 'user' });
    const options = program.opts();
    return await runGateway(options, {
      cwd: process.cwd(),
      answer: (object, text) =>
        process.stdout.write(`${options.json === true ? JSON.stringify(object, null, 2) : text()}\n`),
      interruption,
    });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof BadOption)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
