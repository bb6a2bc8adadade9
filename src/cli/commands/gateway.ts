/** legwork gateway: the simulated IB Gateway by itself, for any client of the TWS API. */
import type { Command } from 'commander';
import { addOptions, BadOption } from 'ib-gateway/options';
import { InvalidInput } from '../../domain/errors.js';
import { type Cli, define } from '../define.js';

export function registerGateway(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'gateway',
      about: 'Run the simulated IB Gateway until Ctrl-C. It speaks the TWS API, so any client library can connect.',
      examples: [
        'legwork gateway --port 4002 --seed 7 --speed 60',
        'legwork gateway --list',
        'legwork gateway --compare check.jsonl',
      ],
    },
    async ({ io, answer }, _args, options) => {
      const { runGateway } = await import('ib-gateway/command');
      try {
        return await runGateway(options, { cwd: io.cwd, answer, interruption: () => io.interruption() });
      } catch (error) {
        if (error instanceof BadOption) throw new InvalidInput(error.field, error.value, error.allowed);
        throw error;
      }
    },
    (command) => addOptions(command),
  );
}
