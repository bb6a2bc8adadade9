/** A change of our contracts that no order of ours made: which positions held them, how it enters the ledger, and its alert. */
import { externalRefOf } from '../../domain/ids.js';
import type { OptionContract } from '../../domain/option.js';
import type { Fill } from '../../domain/order/fill.js';
import type { Holding } from '../../domain/position/external-fills.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { PositionWaits } from '../context/waits.js';
import type { UnderlyingFeeds } from '../market/underlying-feed.js';
import type { OrderTracker } from './tracker.js';

export interface ExternalChangeParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'store'>;
  readonly feeds: Pick<UnderlyingFeeds, 'underlying'>;
  readonly tracker: OrderTracker;
  readonly waits: PositionWaits;
}

export interface Held {
  readonly contract: OptionContract;
  readonly holders: readonly (Holding & { readonly row: PositionRow })[];
}

/** What an execution has that no order brought about. */
export const NO_ORDER = {
  orderRef: '',
  orderId: 0,
  permId: 0,
  secType: 'OPT',
  liquidation: false,
  commission: 0,
} as const;

export async function importFill(parts: ExternalChangeParts, positionId: string, fill: Fill): Promise<void> {
  await parts.deps.store.fills.append([{ ...fill, orderRef: externalRefOf(positionId) }]);
  await parts.tracker.projectNow(positionId);
  parts.waits.end(positionId, 'the ledger changed without an order of ours');
}

export function nameOf({ symbol, expiry, strike, right }: OptionContract): string {
  return `${symbol} ${expiry} ${strike} ${right}`;
}

export async function alertExternalChange(
  parts: ExternalChangeParts,
  held: Held,
  positionId: string,
  message: string,
  critical = false,
): Promise<void> {
  const { store, broker } = parts.deps;
  await store.alerts.raise({
    type: critical ? 'CRITICAL' : 'WARNING',
    severity: critical ? 'IMMEDIATE' : 'HIGH',
    title: 'Position changed outside Legwork',
    message,
    rule: 'outside_change',
    symbol: held.contract.symbol,
    positionId,
    metadata: { conId: held.contract.conId },
    createdAt: broker.clock.now(),
  });
}
