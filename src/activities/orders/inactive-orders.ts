/**
 * Working orders that the broker shows as Inactive without a reason. The reason usually follows at once and ends the order; it may have
 * gone to a process that is dead. After a short time such an order is in doubt: a person is alerted, and evidence decides (inactive.ts).
 */
import { OPEN_ALERTS } from '../../domain/alert.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

/** Wall time that the reason may take. */
const REASON_MS = 5_000;
const RULE = 'order_inactive';

type Deps = Pick<BrokerDeps, 'broker' | 'store'>;

/** The orders under suspicion: `doubt` is called for each that is still here after the time. */
export class InactiveOrders {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly doubt: (orderRef: string) => void) {}

  add(orderRef: string): void {
    if (this.timers.has(orderRef)) return;
    const timer = setTimeout(() => {
      this.timers.delete(orderRef);
      this.doubt(orderRef);
    }, REASON_MS);
    this.timers.set(orderRef, timer);
  }

  remove(orderRef: string): void {
    clearTimeout(this.timers.get(orderRef));
    this.timers.delete(orderRef);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}

/** `canCancel`: false when Legwork cannot end the order; it then places nothing beside it, and a person must. */
export async function alertInactive(
  { store, broker }: Deps,
  { orderRef, positionId, payload }: IntentRow,
  canCancel: boolean,
): Promise<void> {
  const next = canCancel
    ? 'Legwork cancels it and places it again once it is gone for certain. TWS shows why it is Inactive; act there if this alert stays.'
    : 'Legwork cannot cancel it: it is out of reach, or the broker does not answer. Cancel it in TWS or the client portal; Legwork ' +
      'places nothing beside it, and the rules go on.';
  await store.alerts.raise({
    type: 'CRITICAL',
    severity: 'HIGH',
    title: 'The broker has deactivated an order',
    message: `The broker lists ${orderRef} (${payload.quantity} ${payload.symbol}) as Inactive and gave no reason: it does not work. ${next}`,
    rule: RULE,
    symbol: payload.symbol,
    positionId,
    metadata: { orderRef },
    createdAt: broker.clock.now(),
  });
}

/** An order is live in its place, or none is needed any more. `orderRef`: only the alert about that order. */
export async function endInactiveAlert({ store, broker }: Deps, positionId: string, orderRef?: string): Promise<void> {
  const open = await store.alerts.list({ statuses: OPEN_ALERTS, rule: RULE, positionId });
  if (open.some(({ metadata }) => orderRef === undefined || metadata.orderRef === orderRef))
    await store.alerts.end({ rule: RULE, positionId }, broker.clock.now());
}
