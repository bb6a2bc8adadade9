/** legwork reduce: close a share of a position. */
import type { Command } from 'commander';
import { parseRatio } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { addExitOptions, exitPosition } from './exit-command.js';

export function registerReduce(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'reduce <id>',
      about: 'Close a share of the open combos; at least one is closed and at least one stays.',
      examples: ['legwork reduce spy-ic-20260302-a1b2c3 --ratio 0.5'],
      exits: [3, 4, 5],
    },
    async (context, [id], options) => {
      const ratio = parseRatio(textOption(options, 'ratio') ?? '');
      return exitPosition(context, id, options, { action: 'REDUCE', ratio });
    },
    (command) => {
      command.requiredOption('--ratio <share>', 'share of the open combos to close, above 0 and below 1');
      addExitOptions(command);
    },
  );
}
