/** Alerts about protective orders: one has filled, or one cannot be placed. */
import type { ProtectiveRole } from '../../contract/activities.js';
import { parseOrderRef } from '../../domain/ids.js';
import { isProtective, PROTECTIVE_NAMES } from '../../domain/order/protection.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

/** Rule under which the exit of such an order is recorded. */
export const PROTECTIVE_RULES: Readonly<Record<ProtectiveRole, string>> = {
  stop: 'protective_stop',
  target: 'profit_target',
};

/** Raised at the first fill of a protective order; later fills count the alert up. */
export async function alertProtectiveFill(
  { store, broker }: Pick<BrokerDeps, 'broker' | 'store'>,
  orderRef: string,
): Promise<void> {
  const parts = parseOrderRef(orderRef);
  if (parts === undefined || !isProtective(parts.role)) return;
  const { role, positionId } = parts;
  const row = await store.executions.get_execution(positionId);
  await store.alerts.raise({
    type: role === 'stop' ? 'WARNING' : 'INFO',
    severity: role === 'stop' ? 'HIGH' : 'NORMAL',
    title: role === 'stop' ? 'Protective order filled' : 'Profit target filled',
    message: `${orderRef} has filled, in part or in full; ${row?.openCombos ?? 0} combos remain open.`,
    rule: PROTECTIVE_RULES[role],
    ...(row && { symbol: row.symbol }),
    positionId,
    metadata: { orderRef },
    createdAt: broker.clock.now(),
  });
}

/** A configured protective order has no price on this structure: the rules watch the position without it. */
export async function alertUnprotected(
  { store, broker }: Pick<BrokerDeps, 'broker' | 'store'>,
  { positionId, symbol }: PositionRow,
  role: ProtectiveRole,
  why: string,
): Promise<void> {
  const what = PROTECTIVE_NAMES[role];
  await store.alerts.raise({
    type: 'WARNING',
    severity: 'NORMAL',
    title: `No ${what} in place at the broker`,
    message: `The ${what} was not placed: ${why}. Only the rules protect the position, while a worker runs.`,
    rule: `no_${role}`,
    symbol,
    positionId,
    createdAt: broker.clock.now(),
  });
}
