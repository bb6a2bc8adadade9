/** legwork roll: close a position and open the same strategy at a later expiry. */

import type { Command } from 'commander';
import { defined } from '../../domain/defined.js';
import { parseDte } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { addExitOptions, exitPosition } from './exit-command.js';

export function registerRoll(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'roll <id>',
      about: 'Close a position and open the same strategy at a later expiry.',
      examples: ['legwork roll spy-ic-20260302-a1b2c3 --dte 45', 'legwork roll spy-ic-20260302-a1b2c3 --or-close'],
      exits: [3, 4, 5],
    },
    async (context, [id], options) => {
      const text = textOption(options, 'dte');
      const dte = text === undefined ? undefined : parseDte(text);
      return exitPosition(context, id, options, {
        action: 'ROLL',
        ...defined({ dte }),
        ...(options.orClose === true && { orClose: true }),
      });
    },
    (command) => {
      command.option('--dte <days>', 'days to expiry of the new position; default rules.dteRoll.rollToDte');
      command.option('--or-close', 'close it when nothing fits to roll into; default rules.roll.people');
      addExitOptions(command, 'with --or-close: close even while trading is halted; nothing is opened then');
    },
  );
}
