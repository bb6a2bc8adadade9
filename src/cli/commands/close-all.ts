/** legwork close-all: close every open position, or those of a symbol. */
import type { Command } from 'commander';
import { statusOfExit } from '../../client/outcome.js';
import type { CloseAllResult } from '../../contract/requests.js';
import { parseRequestId, parseSymbol } from '../arguments.js';
import { type Cli, type Context, define, textOption } from '../define.js';
import { answerOf, readWaitOptions } from '../progress.js';
import { outcomeText } from './exit-command.js';

export function registerCloseAll(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'close-all [symbol]',
      about:
        'Close every open position, or those of one symbol. Each is closed by itself: one failure never stops the rest.',
      examples: ['legwork close-all', 'legwork close-all SPY --no-wait'],
      exits: [3, 4, 5],
    },
    async (context, [symbol], options) => {
      const ask = {
        ...(symbol !== undefined && { symbol: parseSymbol(symbol) }),
        overrideHalt: options.overrideHalt === true,
      };
      const id = textOption(options, 'id');
      const requestId = id === undefined ? undefined : parseRequestId(id);
      const wait = readWaitOptions(options);
      return context.withClient(async (client) =>
        answerOf(context, client, await client.closeAll(ask, requestId), wait, (result) => show(context, result)),
      );
    },
    (command) => {
      command
        .option('--override-halt', 'send even while trading is halted')
        .option('--id <id>', 'id of the request; a repeated id acts once')
        .option('--no-wait', 'send the requests and return')
        .option('--timeout <seconds>', 'stop waiting after this long; the exits continue');
    },
  );
}

/** The worst outcome decides: parked over refused over failed. */
function show(context: Context, result: CloseAllResult): number {
  const { outcomes } = result;
  context.answer(result, () =>
    outcomes.length === 0
      ? 'No open positions.'
      : outcomes.map((outcome) => outcomeText(outcome, context.paint)).join('\n'),
  );
  return outcomes.reduce<number>((worst, outcome) => Math.max(worst, statusOfExit(outcome)), 0);
}
