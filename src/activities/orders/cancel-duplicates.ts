/**
 * Two orders that work under one name: the broker took an order that was proved absent, or made two of one. Both are
 * cancelled, their fills until then are kept, and the step goes on from what is held.
 */
import { Context } from '@temporalio/activity';
import type { BrokerOrder } from '../../broker/api.js';
import { orderRefPrefix } from '../../domain/ids.js';
import { NOT_WORKING_STATUSES } from '../../domain/order/evidence.js';
import type { IntentRow } from '../../store/api.js';
import { assertStaying, type BrokerDeps } from '../context/deps.js';
import { readOrderLists } from './find-order.js';
import { waitUntilUsable } from './session.js';
import type { OrderTracker } from './tracker.js';

const POLL_MS = 1_000;
const PATIENCE_MS = 5_000;
/** Complete polls after which a person is asked: an order that still works then may belong to another client. */
const LOOKS_ALONE = 15;
/** Consecutive complete polls that show none. */
const QUIET_LOOKS = 2;

/** Their alerts end once none of the orders is live. */
const TWO_LIVE = 'two_live_orders';
const BY_HAND = 'cancel_by_hand';

/** Returns once none is live, however long that takes: the step must not go on beside a live order of its own name. */
export async function cancelDuplicates(
  deps: Pick<BrokerDeps, 'broker' | 'log' | 'stopping' | 'store'>,
  tracker: OrderTracker,
  intent: IntentRow,
  why: string,
): Promise<void> {
  const { broker } = deps;
  const prefix = orderRefPrefix(intent);
  await alertDuplicates(deps, intent, TWO_LIVE, `${why}; they are being cancelled.`);
  let quiet = 0;
  for (let looks = 0; ; ) {
    Context.current().cancellationSignal.throwIfAborted();
    assertStaying(deps);
    if (!(await waitUntilUsable(broker, PATIENCE_MS, Context.current().cancellationSignal))) continue;
    const { open, completed, executions, complete } = await readOrderLists(broker);
    const ours = <T extends { readonly orderRef: string }>(rows: readonly T[]) =>
      rows.filter(({ orderRef }) => orderRef.startsWith(prefix));
    const live = ours(open.rows).filter(({ status }) => !NOT_WORKING_STATUSES.has(status));
    quiet = complete && live.length === 0 ? quiet + 1 : 0;
    if (quiet === QUIET_LOOKS) {
      // Nothing moves any more: only now may a dead order be read as the end of the intent.
      await tracker.ingest(ours(completed.rows), ours(executions.rows));
      for (const rule of [TWO_LIVE, BY_HAND]) {
        await deps.store.alerts.end({ rule, positionId: intent.positionId }, broker.clock.now());
      }
      return;
    }
    for (const order of live) cancel(deps, order);
    if (complete) looks += 1;
    if (looks === LOOKS_ALONE && live.length > 0)
      await alertDuplicates(deps, intent, BY_HAND, `${why}; ${cancelByHand(live)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function cancelByHand(live: readonly BrokerOrder[]): string {
  const names = live.map(({ permId, clientId }) => `permId ${permId} of client ${clientId}`).join(', ');
  return `those still working could not be cancelled from here. Cancel them at the broker: ${names}.`;
}

/** Only the client that placed an order may cancel it. */
function cancel(
  { broker, log }: Pick<BrokerDeps, 'broker' | 'log'>,
  { orderId, clientId, orderRef }: BrokerOrder,
): void {
  const { epoch, clientId: own } = broker.state();
  if (clientId !== own || orderId <= 0) return;
  try {
    broker.orders.cancel(orderId, epoch);
  } catch (error) {
    log('warn', 'one of two orders could not be cancelled yet', { orderRef, orderId, error: String(error) });
  }
}

async function alertDuplicates(
  { store, broker }: Pick<BrokerDeps, 'broker' | 'store'>,
  intent: IntentRow,
  rule: string,
  message: string,
): Promise<void> {
  await store.alerts.raise({
    type: 'CRITICAL',
    severity: 'IMMEDIATE',
    title: 'Duplicate live orders under one reference',
    message,
    rule,
    symbol: intent.payload.symbol,
    positionId: intent.positionId,
    metadata: { orderRef: intent.orderRef },
    createdAt: broker.clock.now(),
  });
}
