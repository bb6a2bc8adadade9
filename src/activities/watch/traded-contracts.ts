/** What of a position still trades, and when the account is looked at for what has expired. */
import type { OrderContract } from '../../domain/order/order.js';
import { isExpired, nextSettlementLook } from '../../domain/position/settlement.js';
import type { PositionRow } from '../../store/api.js';

/**
 * The tradable contracts of a position: the legs that it holds, or all of them before its first fill; shares when no leg trades
 * any more.
 */
export function tradedContracts(row: PositionRow, now: number): readonly OrderContract[] {
  const held = row.legs.filter(({ openQuantity }) => openQuantity !== 0);
  if (held.length === 0 && row.shares === 0) return row.plan.legs.map(({ contract }) => contract);
  const trading = held.filter(({ contract }) => !isExpired(contract, now)).map(({ contract }) => contract);
  if (trading.length > 0 || row.shares === 0) return trading;
  return [{ secType: 'STK', conId: row.underlyingConId, symbol: row.symbol }];
}

/** Market time of the next check of the account for what has expired. */
export function nextLook(row: PositionRow, now: number): number {
  const held = row.legs.filter(({ openQuantity }) => openQuantity !== 0);
  return Math.min(...held.map(({ contract }) => nextSettlementLook(contract, now)));
}
