/** legwork close: close a position. */
import type { Command } from 'commander';
import { type Cli, define } from '../define.js';
import { addExitOptions, exitPosition } from './exit-command.js';

export function registerClose(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'close <id>',
      about: 'Close a position and wait until it is flat. An already closed position counts as success.',
      examples: [
        'legwork close spy-ic-20260302-a1b2c3 --urgency immediate',
        'legwork close spy-ic-20260302-a1b2c3 --dry-run',
      ],
      exits: [3, 4, 5],
    },
    (context, [id], options) => exitPosition(context, id, options, { action: 'CLOSE' }),
    addExitOptions,
  );
}
