/** The alert about a leg without a bid: the position stays open as long as an exit cannot sell it. */
import { formatMoney } from '../../domain/money.js';
import { contractName } from '../../domain/order/order.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { Net } from './net-quote.js';

/** Raises an alert when the order sells one option that has no bid, so that natural brings nothing; ignores all other orders. */
export async function alertIfUnwanted(
  { store, broker }: Pick<BrokerDeps, 'broker' | 'store'>,
  intent: IntentRow,
  net: Net,
): Promise<void> {
  const { orderRef, positionId, purpose, payload } = intent;
  const [leg, ...more] = payload.legs;
  if (purpose !== 'REDUCE' || leg?.action !== 'SELL' || more.length > 0 || net.natural !== 0) return;
  const what = `${payload.quantity} ${contractName(leg.contract)}`;
  await store.alerts.raise({
    type: 'INFO',
    severity: 'NORMAL',
    title: 'No bid for the remaining leg',
    message: `${what}: offered at ${formatMoney(payload.limitPrice ?? 0)} until it trades or expires. Close it by hand, or leave it.`,
    rule: 'nobody_bids',
    symbol: payload.symbol,
    positionId,
    metadata: { orderRef },
    createdAt: broker.clock.now(),
  });
}
