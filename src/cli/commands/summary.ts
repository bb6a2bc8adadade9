/** legwork summary: what a session day came to, and what the next one brings. */
import type { Command } from 'commander';
import { notFound } from '../../domain/errors.js';
import { type DaySummary, totalsOf } from '../../domain/summary/day-summary.js';
import type { GreeksOfDay } from '../../domain/summary/greeks-of-day.js';
import { dashed, summaryText } from '../../domain/summary/summary-text.js';
import { parseDate } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { money, time } from '../format.js';

export function registerSummary(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'summary',
      about:
        'Show the summary that the worker made after a session: positions, P&L of the day by position and by Greeks, the account, and what the next session brings.',
      examples: ['legwork summary', 'legwork summary --date 2026-03-02 --json'],
      exits: [4],
    },
    async (context, _args, options) => {
      const text = textOption(options, 'date');
      const day = text === undefined ? undefined : parseDate('date', text);
      return context.withClient(async (client) => {
        const summary = await (await client.store()).daySummaries.get(day);
        if (summary === undefined && day !== undefined) throw notFound('summary', dashed(day));
        if (summary === undefined) {
          context.answer(null, 'No summary yet: a worker makes one after the close of each session.');
          return 0;
        }
        context.answer(summaryJson(summary), () => `Day summary of ${dashed(summary.day)}\n${summaryText(summary)}`);
        return 0;
      });
    },
    (command) => {
      command.option('--date <date>', 'day in New York, YYYY-MM-DD; default the latest');
    },
  );
}

function greeksJson(greeks: GreeksOfDay) {
  const { delta, gamma, theta, vega, residual } = greeks;
  return {
    ...{ delta: money(delta), gamma: money(gamma), theta: money(theta), vega: money(vega) },
    residual: money(residual),
  };
}

function summaryJson({ day, at, positions, account, trading, alerts, next }: DaySummary) {
  const { realized, unrealizedChange, result, greeks, withoutGreeks } = totalsOf(positions);
  const amounts = { realized: money(realized), unrealizedChange: money(unrealizedChange), result: money(result) };
  return {
    day: dashed(day),
    at: time(at),
    totals: { ...amounts, greeks: greeksJson(greeks), withoutGreeks },
    positions: positions.map((one) => ({
      ...{ positionId: one.positionId, symbol: one.symbol, strategy: one.title, status: one.status },
      ...{ openCombos: one.openCombos, shares: one.shares, realized: money(one.realized) },
      ...{ unrealizedChange: money(one.unrealizedChange), result: money(one.result) },
      unrealized: one.unrealized === undefined ? null : money(one.unrealized),
      greeks: one.greeks === undefined ? null : greeksJson(one.greeks),
      attention: one.attention ?? null,
      paused: one.paused ?? false,
    })),
    account:
      account === undefined
        ? null
        : Object.fromEntries(Object.entries(account).map(([name, amount]) => [name, money(amount)])),
    trading,
    alerts,
    next: {
      ...{ day: dashed(next.day), open: time(next.open), close: time(next.close), isEarlyClose: next.isEarlyClose },
      ends: next.ends.map(({ expiry, lastTradeAt, deadlineAt, ...end }) => ({
        ...end,
        ...{ expiry: dashed(expiry), lastTradeAt: time(lastTradeAt) },
        deadlineAt: deadlineAt === undefined ? null : time(deadlineAt),
      })),
      dividends: next.dividends.map((one) => ({ ...one, exDate: dashed(one.exDate), amount: money(one.amount) })),
      dividendsUnknown: next.dividendsUnknown,
    },
  };
}
