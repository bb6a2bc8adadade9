/**
 * Changes that the broker reported as executions: trades of a person or of its own, and options that left at their value.
 */
import { formatMoney } from '../../domain/money.js';
import type { Fill } from '../../domain/order/fill.js';
import { contractName } from '../../domain/order/order.js';
import { partOf } from '../../domain/position/effective-fills.js';
import type { ChangeKind } from '../../domain/position/external-change.js';
import type { Correction, ExternalFill } from '../../domain/position/external-fills.js';
import { isExpired } from '../../domain/position/settlement.js';
import type { PositionRow } from '../../store/api.js';
import type { Change, Held } from './external-change.js';
import type { SharesOf } from './external-shares.js';

/**
 * An option that leaves at zero, beside a trade in its shares at the strike, was not traded: it was assigned or exercised.
 */
function sharesAtStrike({ contract }: Held, { fill }: ExternalFill, foreign: readonly Fill[]): Fill | undefined {
  if (fill.price !== 0) return undefined;
  const side = (fill.side === 'BUY') === (contract.right === 'PUT') ? 'BUY' : 'SELL';
  return foreign.find(
    (one) =>
      one.secType === 'STK' &&
      one.side === side &&
      one.quantity === fill.quantity * contract.multiplier &&
      one.price === Math.round(contract.strike * 1_000_000),
  );
}

/** Each is decided on what those before it have left to its position. */
export function changesOfExecutions(
  held: Held,
  external: readonly ExternalFill[],
  foreign: readonly Fill[],
  now: number,
): readonly Change[] {
  const open = new Map(held.holders.map(({ positionId, quantity }) => [positionId, quantity]));
  return external.map((one) => {
    const { positionId, fill } = one;
    const from = open.get(positionId) ?? 0;
    open.set(positionId, from + (fill.side === 'BUY' ? fill.quantity : -fill.quantity));
    return { ...changeOf(held, one, foreign, now), from };
  });
}

/** What kind of event an execution of an option was. */
function changeOf(held: Held, external: ExternalFill, foreign: readonly Fill[], now: number): Change {
  const { contract, holders } = held;
  const { fill, positionId } = external;
  const holder = holders.find((one) => one.positionId === positionId);
  if (holder === undefined) throw new RangeError(`${positionId} does not hold ${contract.conId}`);
  const { row } = holder;
  const legNo = row.legs.find((leg) => leg.contract.conId === contract.conId)?.legNo ?? 0;
  const common = { legNo, evidence: 'execution', estimated: false } as const;
  const what = `${fill.side} ${fill.quantity} ${contractName(contract)} at ${formatMoney(fill.price)}`;
  const stock = sharesAtStrike(held, external, foreign);
  if (stock !== undefined) {
    const shares = stock.side === 'BUY' ? stock.quantity : -stock.quantity;
    const kind = fill.side === 'BUY' ? ('assigned' as const) : ('exercised' as const);
    const text = `${fill.quantity} ${contractName(contract)} ${fill.quantity === 1 ? 'was' : 'were'} ${kind}; the broker reported ${shares} shares of ${contract.symbol} at ${formatMoney(stock.price)}.`;
    return { row, fills: [fill, stock], change: { ...common, kind, shares, text }, critical: true };
  }
  if (isExpired(contract, now) && !fill.liquidation && fill.at >= contract.lastTradeAt) {
    const kind = fill.price === 0 ? ('expired' as const) : ('settled' as const);
    return { row, fills: [fill], change: { ...common, kind, shares: 0, text: `The broker settled ${what}.` } };
  }
  const kind = fill.liquidation ? ('liquidated' as const) : ('traded' as const);
  const who = fill.liquidation ? 'Liquidated by the broker:' : 'Traded outside Legwork:';
  return { row, fills: [fill], change: { ...common, kind, shares: 0, text: `${who} ${what}.` } };
}

/** Shares of positions that somebody else closed; the oldest position comes first. */
export function sharesTraded({ symbol, holders, traded }: SharesOf): readonly Change[] {
  const rest = new Map(holders.map(({ row, quantity }) => [row.positionId, Math.abs(quantity)]));
  return traded.flatMap((fill): readonly Change[] => {
    let left = fill.quantity;
    return holders.flatMap(({ row }): readonly Change[] => {
      const free = rest.get(row.positionId) ?? 0;
      const quantity = Math.min(left, free);
      if (quantity === 0) return [];
      rest.set(row.positionId, free - quantity);
      const isWhole = quantity === fill.quantity;
      left -= quantity;
      // One trade that closes the shares of several positions is recorded in parts.
      const part: Fill = isWhole ? fill : { ...fill, quantity, execId: partOf(fill.execId, row.positionId) };
      const who = fill.liquidation ? 'Liquidated by the broker:' : 'Traded outside Legwork:';
      const text = `${who} ${fill.side} ${quantity} shares of ${symbol} at ${formatMoney(fill.price)}.`;
      const kind = fill.liquidation ? ('liquidated' as const) : ('traded' as const);
      const change = { legNo: 0, kind, shares: 0, evidence: 'execution', estimated: false, text } as const;
      return [{ row, fills: [part], change }];
    });
  });
}

/** The broker's correction of an execution that is in the ledger of a position, closed ones included. */
export function correctionOf(row: PositionRow, { before, now }: Correction, kind: ChangeKind): Change {
  const leg = row.legs.find(({ contract }) => contract.conId === now.conId);
  const what = leg === undefined ? `shares of ${row.symbol}` : contractName(leg.contract);
  const trade = `${before.side} ${before.quantity} ${what} at ${formatMoney(before.price)}`;
  const text =
    now.quantity === 0
      ? `The broker cancelled the trade ${trade}.`
      : `The broker corrected ${trade} to ${now.quantity} at ${formatMoney(now.price)}.`;
  const change = { legNo: leg?.legNo ?? 0, kind, shares: 0, evidence: 'execution', estimated: false, text } as const;
  return { row, fills: [now], change };
}
