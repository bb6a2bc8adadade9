/** legwork settle: settles expired legs by a known price or by the broker's Flex statement. */
import type { Command } from 'commander';
import type { SettledLine, SettleInput } from '../../contract/requests.js';
import { InvalidInput } from '../../domain/errors.js';
import { type Cli, type Context, define, textOption } from '../define.js';
import { answerOf, readWaitOptions } from '../progress.js';

export function registerSettle(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'settle [id]',
      about:
        "Settle expired legs by the broker's Flex statement, or by the price of the underlying; estimates are corrected.",
      examples: ['legwork settle spx-ic-20260302-a1b2c3 --price 6712.50'],
      exits: [3, 4],
    },
    async (context, [id], options) => {
      const settle = await inputOf(id, textOption(options, 'price'), textOption(options, 'flex'));
      return context.withClient(async (client) =>
        answerOf(context, client, await client.settle(settle), readWaitOptions(options), (lines) => {
          context.answer({ legs: lines }, () => linesText(context, lines));
          return lines.length === 0 || lines.some(({ outcome }) => outcome === 'refused') ? 3 : 0;
        }),
      );
    },
    (command) => {
      command
        .option('--price <dollars>', 'price of the underlying at the settlement of the position')
        .option('--flex <file>', 'Flex statement with the section of exercises, assignments and expirations')
        .option('--no-wait', 'send the request and return')
        .option('--timeout <seconds>', 'stop waiting after this long');
    },
  );
}

async function inputOf(
  id: string | undefined,
  price: string | undefined,
  flex: string | undefined,
): Promise<SettleInput> {
  if (flex !== undefined) {
    if (id !== undefined || price !== undefined) {
      throw new InvalidInput('--flex', flex, 'a statement alone: it names its positions itself');
    }
    // Only this command needs the XML parser, so only it loads it.
    const { readFlexStatement } = await import('../flex-statement.js');
    return { kind: 'statement', rows: readFlexStatement(flex) };
  }
  if (id === undefined || price === undefined) {
    throw new InvalidInput('settle', [id, price].join(' ').trim(), 'a position id with --price, or --flex with a file');
  }
  return { kind: 'price', positionId: id, price };
}

function linesText({ paint }: Context, lines: readonly SettledLine[]): string {
  if (lines.length === 0) return 'No position holds, or held, a contract of the statement.';
  return lines
    .map(({ positionId, legNo, contract, outcome, text }) => {
      const shade = outcome === 'refused' ? paint.bad : paint.good;
      return `${positionId} leg ${legNo} (${contract}): ${shade(outcome)}: ${text}`;
    })
    .join('\n');
}
