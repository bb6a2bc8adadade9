/** legwork signal: evaluates the entry signal and does nothing else. */
import type { Command } from 'commander';
import { statusOfCode } from '../../client/outcome.js';
import { checksText } from '../check-list.js';
import { type Cli, define, textOption } from '../define.js';
import { answerOf, readWaitOptions } from '../progress.js';
import { readSignalAsk } from './entry-request.js';

export function registerSignal(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'signal <symbol> <strategy>',
      about: 'Evaluate the entry signal: every check with its value and bound. Nothing is entered.',
      examples: ['legwork signal SPY iron-condor'],
      exits: [3, 4],
    },
    async (context, args, options) => {
      const ask = readSignalAsk(args, textOption(options, 'id'));
      const wait = readWaitOptions(options);
      return context.withClient(async (client) =>
        answerOf(context, client, await client.signal(ask), wait, (verdict) => {
          const { paint } = context;
          const refused = verdict.kind === 'refused' ? verdict : undefined;
          context.answer({ symbol: ask.symbol, strategy: ask.strategyType, ...verdict }, () =>
            [
              checksText(verdict.checks, paint),
              '',
              refused === undefined
                ? paint.good(`Accepted: ${ask.symbol} may be entered.`)
                : paint.bad(`Refused (${refused.code}): ${refused.reasons.join(' ')}`),
            ].join('\n'),
          );
          return refused === undefined ? 0 : statusOfCode(refused.code, 3);
        }),
      );
    },
    (command) => {
      command
        .option('--id <id>', 'id of the request; a repeated id evaluates once')
        .option('--timeout <seconds>', 'stop waiting after this long');
    },
  );
}
