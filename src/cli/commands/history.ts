/** legwork history: closed positions, and their results by strategy, rule and month. */
import type { Command } from 'commander';
import { InvalidInput } from '../../domain/errors.js';
import { strategyTitle } from '../../domain/strategy/names.js';
import { parseSymbol, parseWhole } from '../arguments.js';
import { type ClosedPosition, readClosed, type Total, totalsBy } from '../closed-positions.js';
import { csv } from '../csv.js';
import { type Cli, define, textOption } from '../define.js';
import { ABSENT, date, money, number, time } from '../format.js';
import { type Paint, table } from '../paint.js';

export function registerHistory(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'history [symbol]',
      about:
        'List closed positions, the last closed first, with days held, chain of rolls, P&L and slippage against mid, and totals by strategy, rule and month.',
      examples: ['legwork history', 'legwork history SPY --limit 500 --csv'],
      exits: [4],
    },
    async (context, [symbol], options) => {
      const limit = parseWhole('limit', textOption(options, 'limit') ?? '100', 1, 10_000);
      if (options.csv === true && context.json) throw new InvalidInput('csv', 'with --json', 'one of --csv and --json');
      const filter = { limit, ...(symbol !== undefined && { symbol: parseSymbol(symbol) }) };
      return context.withClient(async (client) => {
        const closed = await readClosed(await client.store(), filter);
        context.answer({ positions: closed.map(closedJson), totals: totalsJson(closed) }, () =>
          options.csv === true ? csvOf(closed) : textOf(closed, context.paint),
        );
        return 0;
      });
    },
    (command) => {
      command
        .option('--limit <n>', 'maximum number of positions', '100')
        .option('--csv', 'print the positions as comma-separated values, prices per share');
    },
  );
}

const SUMS = {
  strategy: ({ row }: ClosedPosition) => strategyTitle(row.strategyType),
  rule: ({ row }: ClosedPosition) => row.exitRule ?? 'unknown',
  month: ({ month }: ClosedPosition) => month,
} as const;

function closedJson({ row, days, chain, slippage, month }: ClosedPosition) {
  const amount = (value: number | undefined) => (value === undefined ? null : money(value));
  return {
    positionId: row.positionId,
    symbol: row.symbol,
    strategy: row.strategyType,
    combos: row.openedCombos,
    filledAt: row.fillTime === undefined ? null : time(row.fillTime),
    closedAt: row.closeTime === undefined ? null : time(row.closeTime),
    days: Number(days.toFixed(3)),
    month,
    entryNet: amount(row.entryNet),
    exitNet: amount(row.exitNet),
    realizedPnl: amount(row.realizedPnl),
    commissions: money(row.commissions),
    slippage: amount(slippage),
    exitRule: row.exitRule ?? null,
    exitAction: row.exitAction ?? null,
    chain,
  };
}

function totalJson({ key, positions, winners, ...sums }: Total) {
  const { realizedPnl, commissions, slippage } = sums;
  const amounts = { realizedPnl: money(realizedPnl), commissions: money(commissions), slippage: money(slippage) };
  return { key, positions, winners, ...amounts };
}

function totalsJson(closed: readonly ClosedPosition[]) {
  const [all] = totalsBy(closed, () => 'all');
  return {
    all: all === undefined ? null : totalJson(all),
    ...Object.fromEntries(
      Object.entries(SUMS).map(([name, keyOf]) => [name, totalsBy(closed, keyOf).map(totalJson)] as const),
    ),
  };
}

function csvOf(closed: readonly ClosedPosition[]): string {
  const rows = closed.map(closedJson);
  const [first] = rows;
  const head = Object.keys(first ?? closedJson(NONE));
  return csv(
    head,
    rows.map(({ chain, ...row }) => [...Object.values(row), chain.join(' ')]),
  );
}

/** The columns of a list without rows. */
const NONE = { row: { commissions: 0 }, days: 0, chain: [], month: '' } as unknown as ClosedPosition;

function textOf(closed: readonly ClosedPosition[], paint: Paint): string {
  if (closed.length === 0) return 'No closed positions.';
  const shade = (value: number | undefined) =>
    value === undefined || value === 0 ? money(value) : value > 0 ? paint.good(money(value)) : paint.bad(money(value));
  const list = table(
    paint,
    ['ID', 'STRATEGY', 'CLOSED', '>DAYS', '>COMBOS', '>ENTRY', '>EXIT', '>P&L', '>COSTS', '>SLIPPAGE', 'RULE', 'ROLL'],
    closed.map(({ row, days, chain, slippage }) => [
      row.positionId,
      `${row.symbol} ${strategyTitle(row.strategyType)}`,
      row.closeTime === undefined ? ABSENT : date(time(row.closeTime).slice(0, 10).replaceAll('-', '')),
      number(days, 1),
      String(row.openedCombos),
      money(row.entryNet),
      money(row.exitNet),
      shade(row.realizedPnl),
      money(row.commissions),
      money(slippage),
      row.exitRule ?? ABSENT,
      chain.length === 1 ? ABSENT : `${chain.indexOf(row.positionId) + 1} of ${chain.length}, from ${chain[0]}`,
    ]),
  );
  const byKey = Object.entries(SUMS).map(([name, keyOf]) => [`BY ${name.toUpperCase()}`, keyOf] as const);
  const sums = [...byKey, ['TOTAL', () => ''] as const].map(([heading, keyOf]) =>
    table(
      paint,
      [heading, '>POSITIONS', '>WINNERS', '>P&L', '>COSTS', '>SLIPPAGE'],
      totalsBy(closed, keyOf).map(({ key, positions, winners, realizedPnl, commissions, slippage }) => [
        ...[key, String(positions), String(winners)],
        ...[shade(realizedPnl), money(commissions), money(slippage)],
      ]),
    ),
  );
  return [list, ...sums].join('\n\n');
}
