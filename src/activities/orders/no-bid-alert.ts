/** Nobody bids for what an exit has left to sell: said, since the position stays open for as long as that lasts. */
import { formatMoney } from '../../domain/money.js';
import { contractName } from '../../domain/order/order.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { Net } from './net-quote.js';

/** Alerts about an order that sells one option without a bid, which therefore brings nothing at natural; ignores every other order. */
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
    message: `${what}: offered at ${formatMoney(payload.limitPrice ?? 0)} until somebody takes it, or until it expires.`,
    rule: 'nobody_bids',
    symbol: payload.symbol,
    positionId,
    metadata: { orderRef },
    createdAt: broker.clock.now(),
  });
}
