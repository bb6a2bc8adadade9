/**
 * Orders that can be reached from here: those that the broker shows under their original ids. IB lists an order that it cannot
 * bind to its client (another TWS user, a gateway whose settings were not kept) with id 0 or a negative one. A change under its
 * old id would be a new order beside it, and a cancel is answered that there is no such order.
 */

import type { BrokerOrder } from '../../broker/api.js';
import { OPEN_ALERTS } from '../../domain/alert.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

const RULE = 'order_out_of_reach';

type Sent = Pick<IntentRow, 'orderId' | 'clientId'>;

/** `clientId`: that of the session. Only the client that placed an order may change it. */
export function isReachable(sent: Sent, shown: BrokerOrder, clientId: number): boolean {
  const isOwn = shown.clientId === sent.clientId && shown.clientId === clientId;
  return isOwn && shown.orderId > 0 && shown.orderId === sent.orderId;
}

/** A sentence for a person: which order, where it is, and what to do. */
export function outOfReach({ orderRef, payload }: IntentRow, shown: BrokerOrder): string {
  return (
    `${orderRef} (${payload.quantity} ${payload.symbol}, permId ${shown.permId}) works at the broker under order id ` +
    `${shown.orderId} of client ${shown.clientId}, which Legwork can neither change nor cancel. Cancel it in TWS or the ` +
    'client portal if it should not fill; nothing is placed beside it.'
  );
}

export async function alertOutOfReach(
  { store, broker }: Pick<BrokerDeps, 'broker' | 'store'>,
  intent: IntentRow,
  shown: BrokerOrder,
): Promise<void> {
  const { orderRef, positionId, payload } = intent;
  await store.alerts.raise({
    type: 'CRITICAL',
    severity: 'IMMEDIATE',
    title: 'Order cannot be changed or cancelled from here',
    message: outOfReach(intent, shown),
    rule: RULE,
    symbol: payload.symbol,
    positionId,
    metadata: { orderRef, permId: shown.permId },
    createdAt: broker.clock.now(),
  });
}

/** The order has ended, or can be reached again; the alert about another order of the position stays. */
export async function endOutOfReach(
  { store, broker }: Pick<BrokerDeps, 'broker' | 'store'>,
  { positionId, orderRef }: IntentRow,
): Promise<void> {
  const open = await store.alerts.list({ statuses: OPEN_ALERTS, rule: RULE, positionId });
  if (open.some(({ metadata }) => metadata.orderRef === orderRef))
    await store.alerts.end({ rule: RULE, positionId }, broker.clock.now());
}
