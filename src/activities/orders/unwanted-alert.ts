/** Nobody bids for what an exit has left to sell: said, since the position stays open for as long as that lasts. */
import { formatMoney } from '../../domain/money.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../deps.js';
import type { Net } from './net.js';

/** Whether the order sells one option for which there is no bid: at natural it brings nothing. */
export function isUnwanted({ purpose, payload }: Pick<IntentRow, 'purpose' | 'payload'>, net: Net): boolean {
  const [leg, ...more] = payload.legs;
  return purpose === 'REDUCE' && more.length === 0 && leg?.action === 'SELL' && net.natural === 0;
}

export async function tellUnwanted({ store, broker }: BrokerDeps, intent: IntentRow): Promise<void> {
  const { orderRef, positionId, payload } = intent;
  const { contract } = payload.legs[0] ?? {};
  if (contract === undefined) return;
  const what = `${payload.quantity} ${contract.symbol} ${contract.expiry} ${contract.strike} ${contract.right}`;
  await store.alerts.raise({
    type: 'INFO',
    severity: 'NORMAL',
    title: 'Nobody bids for what is left',
    message: `${what}: offered at ${formatMoney(payload.limitPrice ?? 0)} until somebody takes it, or until it expires.`,
    rule: 'nobody_bids',
    symbol: payload.symbol,
    positionId,
    metadata: { orderRef },
    createdAt: broker.clock.now(),
  });
}
