/** Dividends of assigned shares, by a person or by the broker's statement, into the ledgers of the positions that held them. */
import { parseDay } from 'market-time';
import type { SettledLine, SettleInput } from '../../contract/requests.js';
import { InvalidInput } from '../../domain/errors.js';
import { formatMoney, parseMoney } from '../../domain/money.js';
import type { Fill } from '../../domain/order/fill.js';
import { dividendStep, opensAt, type SaidDividend, sharesAtExDate } from '../../domain/position/dividend.js';
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
  if (amount <= 0)
    throw new InvalidInput('--dividend', text, 'dollars per share, above zero, also for shares held short');
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
  for (const { account, conId, exDate, amount, unread } of dividends) {
    for (const row of await parts.deps.store.executions.withShares(conId)) {
      if (row.account !== account) continue;
      const { positionId } = row;
      const line =
        amount === undefined
          ? lineOf(row, 'refused', 0, `a dividend of the statement cannot be read (${unread ?? ''}); use --dividend`)
          : await takeDividend(parts, row, { positionId, exDate, amount, evidence: 'flex' });
      if (line !== undefined) lines.push(line);
    }
  }
  return lines;
}

/** Undefined: it held no shares. */
async function takeDividend(
  parts: ExternalChangeParts,
  row: PositionRow,
  said: SaidDividend,
): Promise<SettledLine | undefined> {
  const { store } = parts.deps;
  const { positionId, plan, symbol } = row;
  const exDay = parseDay(said.exDate) ?? Number.NaN;
  const changes = await store.externalChanges.ofPosition(positionId);
  const shares = sharesAtExDate(plan, await store.fills.ofPosition(positionId), changes, exDay);
  if (shares === 0) return undefined;
  const step = dividendStep(said, changes);
  if (step.kind === 'refused') return lineOf(row, 'refused', 0, step.reason);
  if (step.kind === 'agrees') return lineOf(row, 'agrees', 0, 'this dividend is in the ledger already');
  const quantity = Math.abs(shares);
  const fill: Fill = {
    ...{ ...NO_ORDER, execId: step.execId, account: row.account, conId: row.underlyingConId, secType: 'CASH' as const },
    ...{ side: shares > 0 ? ('SELL' as const) : ('BUY' as const), quantity, price: said.amount, at: opensAt(exDay) },
  };
  const money = formatMoney(Math.abs(dividendMoney([fill])));
  const text = [
    `Dividend of ${symbol} with ex-date ${said.exDate}: ${formatMoney(said.amount)} per share`,
    `${shares > 0 ? 'received' : 'owed'} on ${quantity} shares, ${money} in all, ${WHO[said.evidence]}`,
    ...(step.before === undefined ? [] : [`instead of ${formatMoney(step.before.price)} per share`]),
  ].join(', ');
  const { evidence } = said;
  const change = { legNo: 0, kind: 'dividend' as const, shares: 0, evidence, estimated: false, text: `${text}.` };
  await takeChanges(parts, [{ row, fills: [fill], change }]);
  return lineOf(row, step.before === undefined ? 'settled' : 'corrected', 0, change.text);
}

function lineOf({ positionId, symbol }: PositionRow, outcome: SettledLine['outcome'], contracts: number, text: string) {
  return { positionId, legNo: 0, contract: `shares of ${symbol}`, outcome, contracts, text };
}
