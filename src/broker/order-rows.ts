/** Maps the broker's reports of orders (openOrder, orderStatus, completedOrder) to BrokerOrder. */

import { type Contract, type Order, type OrderState, PriceCondition } from '@stoqey/ib';
import { defined } from '../domain/defined.js';
import { fromNumber } from '../domain/money.js';
import type { BrokerOrder, BrokerOrderStatus } from './api.js';

const STATUSES: ReadonlySet<string> = new Set<BrokerOrderStatus>([
  'ApiPending',
  'PendingSubmit',
  'PreSubmitted',
  'Submitted',
  'PendingCancel',
  'Cancelled',
  'ApiCancelled',
  'Filled',
  'Inactive',
]);

/** An unknown status becomes Unknown, which proves nothing. */
function statusOf(text: string | undefined): BrokerOrderStatus {
  return text !== undefined && STATUSES.has(text) ? (text as BrokerOrderStatus) : 'Unknown';
}

/** The contents of orderStatus, apart from the order itself. */
export interface StatusRow {
  readonly status: BrokerOrderStatus;
  readonly filled: number;
  readonly remaining: number;
  readonly permId: number;
  readonly clientId: number;
  readonly whyHeld?: string;
}

/** An order from its full description; the filled quantity is known only from elsewhere. */
export function orderRow(
  orderId: number,
  contract: Contract,
  order: Order,
  state: OrderState,
  filled: number,
): BrokerOrder {
  const combo = String(contract.secType) === 'BAG';
  // A filled order that has completed comes with a total of 0 and its quantity as the filled one.
  const quantity = order.totalQuantity || order.filledQuantity || 0;
  const { lmtPrice, auxPrice } = order;
  const conditions = (order.conditions ?? []).filter((one) => one instanceof PriceCondition);
  const text = state.completedStatus || state.warningText || undefined;
  const done = statusOf(state.status) === 'Filled' ? Math.max(filled, quantity) : filled;
  return {
    orderId,
    clientId: order.clientId ?? 0,
    permId: order.permId ?? 0,
    orderRef: order.orderRef ?? '',
    account: order.account ?? '',
    status: statusOf(state.status),
    conId: combo ? 0 : (contract.conId ?? 0),
    legs: (contract.comboLegs ?? []).map(({ conId = 0, ratio = 1, action }) => ({
      conId,
      ratio,
      action: sideOf(action),
    })),
    action: sideOf(order.action),
    orderType: String(order.orderType),
    quantity,
    filled: done,
    remaining: Math.max(0, quantity - done),
    ...(String(order.orderType).includes('LMT') && lmtPrice !== undefined && { limitPrice: fromNumber(lmtPrice) }),
    ...(String(order.orderType).includes('STP') && auxPrice !== undefined && { stopPrice: fromNumber(auxPrice) }),
    ...(order.parentId !== undefined && order.parentId > 0 && { parentId: order.parentId }),
    ...(conditions.length > 0 && { conditionPrices: conditions.map(({ price }) => fromNumber(price)) }),
    ...defined({ text }),
  };
}

/** The contents of one orderStatus; what it leaves out is 0. */
export function statusRow(
  status: string | undefined,
  {
    filled,
    remaining,
    permId,
    clientId,
    whyHeld,
  }: { [Key in Exclude<keyof StatusRow, 'status'>]: StatusRow[Key] | undefined },
): StatusRow {
  const counts = { filled: filled ?? 0, remaining: remaining ?? 0, permId: permId ?? 0, clientId: clientId ?? 0 };
  return { status: statusOf(status), ...counts, ...(whyHeld && { whyHeld }) };
}

/** The order with a later status. A count of fills never goes down. */
export function withStatus(order: BrokerOrder, row: StatusRow): BrokerOrder {
  const filled = Math.max(order.filled, row.filled);
  return {
    ...order,
    status: row.status,
    permId: row.permId > 0 ? row.permId : order.permId,
    filled,
    remaining: filled === row.filled ? row.remaining : Math.max(0, order.quantity - filled),
    ...defined({ whyHeld: row.whyHeld }),
  };
}

/** `BUY`, `BOT` and the like; everything else sells. */
export function sideOf(text: string | undefined): 'BUY' | 'SELL' {
  const upper = (text ?? '').toUpperCase();
  return upper === 'BUY' || upper === 'BOT' || upper === 'SLONG' ? 'BUY' : 'SELL';
}
