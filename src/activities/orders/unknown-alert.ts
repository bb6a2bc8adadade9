/** Nobody knows yet whether an order works at the broker: said at once, and taken back when evidence has settled it. */
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../deps.js';

const RULE = 'unknown_order';

export async function tellUnknown({ store, broker }: BrokerDeps, intent: IntentRow): Promise<void> {
  const { orderRef, positionId, payload, reason } = intent;
  await store.alerts.raise({
    type: 'WARNING',
    severity: 'HIGH',
    title: 'An order is unknown',
    message: `Whether ${orderRef} works at the broker is not known yet (${reason ?? 'no acknowledgement'}); evidence is looked for.`,
    rule: RULE,
    symbol: payload.symbol,
    positionId,
    metadata: { orderRef },
    createdAt: broker.clock.now(),
  });
}

export async function tellSettled({ store, broker }: BrokerDeps, { positionId }: IntentRow): Promise<void> {
  await store.alerts.end({ rule: RULE, positionId }, broker.clock.now());
}
