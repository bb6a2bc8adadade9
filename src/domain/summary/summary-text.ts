/** A day's summary in words, for the alert channels and the command. */
import { easternClock } from 'market-time';
import { formatMoney, type Micros } from '../money.js';
import { type ComingDividend, type ComingEnd, type DaySummary, type PositionDay, totalsOf } from './day-summary.js';
import type { GreeksOfDay } from './greeks-of-day.js';

/** Lines. At most `most` positions, those with the largest results; the rest are counted. */
export function summaryText(summary: DaySummary, most = Number.POSITIVE_INFINITY): string {
  const { positions, trading, alerts } = summary;
  const open = positions.filter(isOpen);
  const closed = positions.filter((one) => !isOpen(one));
  const totals = totalsOf(positions);
  const partly =
    totals.withoutGreeks === 0 ? '' : ` (${totals.withoutGreeks} of ${positions.length} positions have none)`;
  return [
    `P&L of the day: ${money(totals.result)} (realised ${money(totals.realized)}, unrealised ${money(totals.unrealizedChange)}).`,
    ...(totals.withoutGreeks < positions.length ? [`By Greeks: ${greeksText(totals.greeks)}${partly}.`] : []),
    open.length === 0 ? 'No open positions.' : `Open positions: ${open.length}.`,
    ...listed(open, most),
    ...(closed.length === 0 ? [] : [`Closed today: ${closed.length}.`]),
    ...listed(closed, most),
    accountText(summary),
    `Trading state: ${trading.state}${trading.state === 'ACTIVE' || trading.reason === '' ? '' : `, ${trading.reason}`}.`,
    alerts.length === 0 ? 'No open alerts.' : `Open alerts: ${alerts.length}. See legwork alerts.`,
    ...alerts.slice(0, most).map(({ severity, title, positionId, symbol }) => {
      return `- ${severity} ${title}${(positionId ?? symbol) === undefined ? '' : ` (${positionId ?? symbol})`}`;
    }),
    ...nextText(summary),
  ].join('\n');
}

/** `2026-03-02`. */
export function dashed(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

/** Cents: shares of a combo's Greeks have no use for more. */
function money(micros: Micros): string {
  return formatMoney(Math.round(micros / 10_000) * 10_000 + 0);
}

/** `16:15`, in New York. */
const clock = (at: number) => easternClock(at).slice(0, 5);

const isOpen = ({ openCombos, shares, status }: PositionDay) =>
  openCombos > 0 || shares !== 0 || (status !== 'CLOSED' && status !== 'FAILED');

function listed(positions: readonly PositionDay[], most: number): readonly string[] {
  const sorted = [...positions].sort((a, b) => Math.abs(b.result) - Math.abs(a.result));
  const rest = sorted.length - Math.min(sorted.length, most);
  return [
    ...sorted.slice(0, most).map(positionText),
    ...(rest === 0 ? [] : [`- and ${rest} more, see legwork summary`]),
  ];
}

function positionText(one: PositionDay): string {
  const held = [
    ...(one.openCombos === 0 ? [] : [`${one.openCombos} open`]),
    ...(one.shares === 0 ? [] : [`${one.shares} shares`]),
    ...(one.paused ? ['paused'] : []),
  ];
  const what = `- ${one.positionId} ${one.symbol} ${one.title}, ${[one.status, ...held].join(', ')}`;
  const split = `realised ${money(one.realized)}, unrealised ${money(one.unrealizedChange)}`;
  const greeks = one.greeks === undefined ? 'no Greeks stored' : greeksText(one.greeks);
  const attention = one.attention === undefined ? '' : `. Attention: ${one.attention}`;
  return `${what}: ${money(one.result)} (${split}; ${greeks})${attention}`;
}

function greeksText({ delta, gamma, theta, vega, residual }: GreeksOfDay): string {
  return `delta ${money(delta)}, gamma ${money(gamma)}, theta ${money(theta)}, vega ${money(vega)}, residual ${money(residual)}`;
}

function accountText({ account, at }: DaySummary): string {
  if (account === undefined) return 'Account: unknown, the broker did not answer.';
  const { netLiquidation, availableFunds, buyingPower, maintMargin } = account;
  return `Account at ${clock(at)} New York: net liquidation ${money(netLiquidation)}, available funds ${money(availableFunds)}, buying power ${money(buyingPower)}, maintenance margin ${money(maintMargin)}.`;
}

function nextText({ next, at }: DaySummary): readonly string[] {
  const { ends, dividends, dividendsUnknown } = next;
  return [
    `Next session: ${dashed(next.day)}, ${clock(next.open)} to ${clock(next.close)} New York${next.isEarlyClose ? ', early close' : ''}.`,
    ...(ends.length === 0 ? ['Nothing expires.'] : ends.map(endText(at))),
    ...dividends.map(dividendText),
    ...(dividendsUnknown.length === 0 ? [] : [`Dividends are unknown for ${dividendsUnknown.join(', ')}.`]),
  ];
}

function endText(at: number): (end: ComingEnd) => string {
  return ({ positionId, contract, quantity, expiry, lastTradeAt, deadlineAt }) => {
    const flat = deadlineAt === undefined ? '' : `, to be flat by ${clock(deadlineAt)}`;
    const trade = lastTradeAt <= at ? 'trading is over' : `last trade ${clock(lastTradeAt)}${flat}`;
    return `- ${positionId}: ${quantity} ${contract} expires ${dashed(expiry)}, ${trade}`;
  };
}

function dividendText({ symbol, exDate, amount, shortCalls }: ComingDividend): string {
  const short =
    shortCalls.length === 0 ? '' : `; short calls may be assigned the evening before: ${shortCalls.join(', ')}`;
  return `- ${symbol} ex-dividend ${dashed(exDate)}, ${formatMoney(amount)} a share${short}`;
}
