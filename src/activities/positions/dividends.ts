/** Dividends of assigned shares, by a person or by the broker's statement, into the ledgers of the positions that held them. */
import { parseDay } from 'market-time';
import type { SettledLine, SettleInput } from '../../contract/requests.js';
import { InvalidInput } from '../../domain/errors.js';
import { formatMoney, parseMoney } from '../../domain/money.js';
import type { Fill } from '../../domain/order/fill.js';
import {
  bookedDividend,
  type DividendStep,
  dividendStep,
  opensAt,
  type SaidDividend,
  sharesAtExDate,
} from '../../domain/position/dividend.js';
import type { FlexDividend } from '../../domain/position/flex-dividends.js';
import { dividendMoney } from '../../domain/position/ledger.js';
import type { PositionRow } from '../../store/api.js';
import { existing } from '../context/existing.js';
import { type ExternalChangeParts, NO_ORDER, takeChanges } from '../orders/external-change.js';

const WHO = { person: 'by a person', flex: "by the broker's statement" } as const;

/** Throws NOT_FOUND for an unknown position, INVALID_INPUT for an amount or a day that cannot be. */
export async function settleDividend(
  parts: ExternalChangeParts,
  { positionId, amount: text, exDate }: SettleInput & { readonly kind: 'dividend' },
): Promise<readonly SettledLine[]> {
  const amount = parseMoney(text);
  if (amount < 0) {
    throw new InvalidInput(
      '--dividend',
      text,
      'dollars per share, above zero also for shares held short; 0 undoes one',
    );
  }
  const exDay = parseDay(exDate);
  if (exDay === undefined || opensAt(exDay) > parts.deps.broker.clock.now()) {
    throw new InvalidInput('--ex-date', exDate, 'a day that has begun, such as 2026-03-20');
  }
  const row = await existing(parts.deps.store, positionId);
  const line = await takeDividend(parts, row, { positionId, exDate, amount, evidence: 'person' });
  return [line ?? lineOf(row, 'refused', 0, `it held no shares of ${row.symbol} at the open of ${exDate}`)];
}

/** Positions that held no shares at the ex-date have no line. */
export async function settleDividends(
  parts: ExternalChangeParts,
  dividends: readonly FlexDividend[],
): Promise<readonly SettledLine[]> {
  const lines: SettledLine[] = [];
  for (const dividend of dividends) {
    for (const row of await parts.deps.store.executions.withShares(dividend.conId)) {
      if (row.account !== dividend.account) continue;
      const line = await settleRead(parts, row, dividend);
      if (line !== undefined) lines.push(line);
    }
  }
  return lines;
}

async function settleRead(
  parts: ExternalChangeParts,
  row: PositionRow,
  { exDate, amount, reversed, unread }: FlexDividend,
): Promise<SettledLine | undefined> {
  const { positionId } = row;
  if (amount !== undefined) {
    return await takeDividend(parts, row, { positionId, exDate, amount, reversed, evidence: 'flex' });
  }
  if (reversed === undefined) {
    return lineOf(row, 'refused', 0, `a dividend of the statement cannot be read (${unread ?? ''}); use --dividend`);
  }
  const { shares, booked } = await knownOf(parts, row, exDate);
  if (booked === undefined && shares === 0) return undefined;
  const price = booked?.change.price ?? 0;
  if (price === 0)
    return lineOf(row, 'agrees', 0, 'nothing of a dividend that the statement takes back is in the ledger');
  const day = exDate.replace(/^(....)(..)(..)$/, '$1-$2-$3');
  const text = `the statement takes back ${formatMoney(reversed)} per share of the dividend with ex-date ${exDate}, and the ledger has ${formatMoney(price)}; if nothing is paid, undo it with \`legwork settle ${positionId} --dividend 0 --ex-date ${day}\``;
  return lineOf(row, 'refused', 0, text);
}

/** The shares that a dividend counts, signed, and its entry in the ledger. */
async function knownOf({ deps: { store } }: ExternalChangeParts, { positionId, plan }: PositionRow, exDate: string) {
  const changes = await store.externalChanges.ofPosition(positionId);
  const fills = await store.fills.ofPosition(positionId);
  const shares = sharesAtExDate(plan, fills, changes, parseDay(exDate) ?? Number.NaN);
  return { shares, booked: bookedDividend({ positionId, exDate }, changes, fills) };
}

/** Undefined: it held no shares. */
async function takeDividend(
  parts: ExternalChangeParts,
  row: PositionRow,
  said: SaidDividend,
): Promise<SettledLine | undefined> {
  const { shares, booked } = await knownOf(parts, row, said.exDate);
  if (shares === 0 && booked === undefined) return undefined;
  const step = dividendStep(said, shares, booked);
  if (step.kind === 'refused') return lineOf(row, 'refused', 0, step.reason);
  if (step.kind === 'agrees') {
    // The process may have died between the import and the fold.
    await parts.tracker.projectNow(row.positionId);
    return lineOf(
      row,
      'agrees',
      0,
      said.amount === 0 ? 'no dividend of this ex-date is in the ledger' : 'this dividend is in the ledger already',
    );
  }
  const isReceived = shares === 0 ? booked?.fill?.side === 'SELL' : shares > 0;
  const fill: Fill = {
    ...{ ...NO_ORDER, execId: step.execId, account: row.account, conId: row.underlyingConId, secType: 'CASH' as const },
    ...{ side: isReceived ? ('SELL' as const) : ('BUY' as const), quantity: Math.abs(shares), price: said.amount },
    at: opensAt(parseDay(said.exDate) ?? Number.NaN),
  };
  const text = textOf(row.symbol, said.exDate, fill, step);
  const { evidence, before } = step;
  const change = { legNo: 0, kind: 'dividend' as const, shares: 0, evidence, estimated: false, text };
  await takeChanges(parts, [{ row, fills: [fill], change }]);
  return lineOf(row, before === undefined ? 'settled' : 'corrected', 0, text);
}

function textOf(
  symbol: string,
  exDate: string,
  fill: Fill,
  { before, evidence }: DividendStep & { readonly kind: 'take' },
): string {
  const what = `Dividend of ${symbol} with ex-date ${exDate}`;
  const earlier = before && `${formatMoney(before.price)} per share on ${before.quantity} shares`;
  if (fill.price === 0 && earlier !== undefined) return `${what} undone, ${WHO[evidence]}: ${earlier}.`;
  const money = formatMoney(Math.abs(dividendMoney([fill])));
  const parts = [
    `${what}: ${formatMoney(fill.price)} per share`,
    `${fill.side === 'SELL' ? 'received' : 'owed'} on ${fill.quantity} shares, ${money} in all, ${WHO[evidence]}`,
    ...(earlier === undefined ? [] : [`instead of ${earlier}`]),
  ];
  return `${parts.join(', ')}.`;
}

function lineOf({ positionId, symbol }: PositionRow, outcome: SettledLine['outcome'], contracts: number, text: string) {
  return { positionId, legNo: 0, contract: `shares of ${symbol}`, outcome, contracts, text };
}
