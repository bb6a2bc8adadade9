/** legwork settle: settles expired legs and dividends by what a person knows or by the broker's Flex statement. */
import type { Command } from 'commander';
import type { SettledLine, SettleInput } from '../../contract/requests.js';
import { InvalidInput } from '../../domain/errors.js';
import { parseMoney } from '../../domain/money.js';
import { parseDate, parseWhole } from '../arguments.js';
import { type Cli, type Context, define, textOption } from '../define.js';
import { answerOf, readWaitOptions } from '../progress.js';

export function registerSettle(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'settle [id]',
      about:
        "Settle expired legs, legs closed elsewhere, and dividends of assigned shares by the broker's Flex statement or by what you know; estimates are corrected.",
      examples: [
        'legwork settle spx-ic-20260302-a1b2c3 --price 6712.50',
        'legwork settle spy-ic-20260302-a1b2c3 --leg 1 --price 0.35',
        'legwork settle spy-ic-20260302-a1b2c3 --dividend 1.802 --ex-date 2026-03-20',
      ],
      exits: [3, 4],
    },
    async (context, [id], options) => {
      const wait = readWaitOptions(options);
      const settle = await inputOf(id, {
        price: textOption(options, 'price'),
        leg: textOption(options, 'leg'),
        flex: textOption(options, 'flex'),
        dividend: textOption(options, 'dividend'),
        exDate: textOption(options, 'exDate'),
      });
      return context.withClient(async (client) =>
        answerOf(context, client, await client.settle(settle), wait, (lines) => {
          context.answer({ legs: lines }, () => linesText(context, lines));
          return lines.length === 0 || lines.some(({ outcome }) => outcome === 'refused') ? 3 : 0;
        }),
      );
    },
    (command) => {
      command
        .option(
          '--price <dollars>',
          'price of the underlying at the settlement of the position; with --leg, of that leg per share',
        )
        .option('--leg <number>', 'a leg that is gone from the account, at the price at which it was closed there')
        .option(
          '--flex <file>',
          'Flex statement with the sections of exercises, assignments and expirations, and of dividend accruals',
        )
        .option(
          '--dividend <dollars>',
          'dividend per share on the shares that the position held at the ex-date; 0 undoes one',
        )
        .option('--ex-date <date>', 'ex-date of the dividend, YYYY-MM-DD')
        .option('--no-wait', 'send the request and return')
        .option('--timeout <seconds>', 'stop waiting after this long');
    },
  );
}

interface Said {
  readonly price: string | undefined;
  readonly leg: string | undefined;
  readonly flex: string | undefined;
  readonly dividend: string | undefined;
  readonly exDate: string | undefined;
}

async function inputOf(id: string | undefined, { price, leg, flex, dividend, exDate }: Said): Promise<SettleInput> {
  for (const amount of [price, dividend]) if (amount !== undefined) parseMoney(amount);
  if (flex !== undefined) {
    if ([id, price, leg, dividend, exDate].some((given) => given !== undefined)) {
      throw new InvalidInput('--flex', flex, 'a statement alone: it names its positions itself');
    }
    // Only this command needs the XML parser, so only it loads it.
    const { readFlexStatement } = await import('../flex-statement.js');
    return { kind: 'statement', ...readFlexStatement(flex) };
  }
  if (id !== undefined && price === undefined && leg === undefined && dividend !== undefined && exDate !== undefined) {
    return { kind: 'dividend', positionId: id, amount: dividend, exDate: parseDate('--ex-date', exDate) };
  }
  if (id === undefined || price === undefined || dividend !== undefined || exDate !== undefined) {
    const given = [id, price, leg, dividend, exDate].filter((one) => one !== undefined).join(' ');
    const allowed =
      'a position id with --price, with --leg and --price, or with --dividend and --ex-date; or --flex with a file';
    throw new InvalidInput('settle', given, allowed);
  }
  const legNo = leg === undefined ? {} : { legNo: parseWhole('--leg', leg, 1, 100) };
  return { kind: 'price', positionId: id, price, ...legNo };
}

function linesText({ paint }: Context, lines: readonly SettledLine[]): string {
  if (lines.length === 0) return 'No position has held a contract or shares of the statement.';
  return lines
    .map(({ positionId, legNo, contract, outcome, text }) => {
      const shade = outcome === 'refused' ? paint.bad : paint.good;
      const what = legNo === 0 ? contract : `leg ${legNo} (${contract})`;
      return `${positionId} ${what}: ${shade(outcome)}: ${text}`;
    })
    .join('\n');
}
