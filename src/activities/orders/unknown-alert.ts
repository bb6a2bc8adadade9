/** The alert about an order whose state is unknown: raised at once, resolved when evidence has settled it. */
import { easternClock } from 'market-time';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

const RULE = 'unknown_order';

/** `deadFrom`: broker time from which an order without evidence counts as dead, epoch ms. */
export async function alertUnknown(
  { store, broker }: Pick<BrokerDeps, 'broker' | 'store'>,
  intent: IntentRow,
  deadFrom?: number,
): Promise<void> {
  const { orderRef, positionId, payload, reason } = intent;
  const until =
    deadFrom === undefined ? '' : ` If the broker never shows it, it counts as dead from ${easternClock(deadFrom)} on.`;
  await store.alerts.raise({
    type: 'WARNING',
    severity: 'HIGH',
    title: 'Order state unknown',
    message:
      `It is not known whether ${orderRef} is working at the broker (${reason ?? 'no acknowledgement'}). Legwork searches for it and places ` +
      `nothing beside it.${until} If TWS shows its state, decide with legwork orders resolve.`,
    rule: RULE,
    symbol: payload.symbol,
    positionId,
    metadata: { orderRef },
    createdAt: broker.clock.now(),
  });
}

export async function resolveUnknownAlert(
  { store, broker }: Pick<BrokerDeps, 'broker' | 'store'>,
  { positionId }: IntentRow,
): Promise<void> {
  await store.alerts.end({ rule: RULE, positionId }, broker.clock.now());
}
