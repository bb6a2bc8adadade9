/** legwork positions: the open positions. */
import type { Command } from 'commander';
import { parseSymbol, parseWhole } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { type PositionFilter, positionsJson, positionsText, readPositions } from '../position-table.js';

export function registerPositions(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'positions [symbol]',
      about: 'List the open positions with their last snapshot. Prices are per share; a credit is positive.',
      examples: ['legwork positions', 'legwork positions SPY --all --json'],
      exits: [4],
    },
    async (context, [symbol], options) => {
      const limit = textOption(options, 'limit') ?? (options.all === true ? '50' : undefined);
      const filter: PositionFilter = {
        ...(symbol !== undefined && { symbol: parseSymbol(symbol) }),
        ...(options.all === true && { all: true }),
        ...(limit !== undefined && { limit: parseWhole('limit', limit, 1, 1000) }),
      };
      return context.withClient(async (client) => {
        const views = await readPositions(await client.store(), filter);
        context.answer(positionsJson(views), () => positionsText(views, context.paint));
        return 0;
      });
    },
    (command) => {
      command
        .option('--all', 'closed positions too, latest first')
        .option('--limit <n>', 'maximum number of positions; default all that are open, with --all 50');
    },
  );
}
