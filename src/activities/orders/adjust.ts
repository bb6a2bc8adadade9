/**
 * The prices of what rests follow from what the opening has brought. A bracket's children leave with those of its first limit; the
 * walk may fill elsewhere, and a fill may be corrected. Such an order is changed in place, by the rule that prices one placed after
 * the fills.
 *
 * The change is committed before it is written, as every one. What the broker shows decides whether it is written again after a
 * death in between; within one session it is written once.
 */
import { Context } from '@temporalio/activity';
import type { Adjustment } from '../../contract/activities.js';
import { LegworkError } from '../../domain/errors.js';
import { errorClass } from '../../domain/order/errorcodes.js';
import type { OrderPayload } from '../../domain/order/order.js';
import { isResting } from '../../domain/order/protection.js';
import { tradingStateAllows } from '../../domain/risk/trading-state.js';
import type { ExecutionRow, IntentRow } from '../../store/api.js';
import type { BrokerParts } from '../parts.js';
import { existing } from '../position/opening.js';
import { lookFor } from './look-for.js';
import { decidedNow, isUnwritten, modifyOrder } from './modify.js';
import { payloadHash } from './payload-hash.js';
import { pricesOf, samePrices, withPrices } from './prices.js';
import { groupOf, restingPayload } from './protection-orders.js';
import { waitUntilUsable } from './session.js';
import type { OrderTracker, TrackedOrder } from './tracker.js';

const SESSION_WAIT_MS = 8_000;
const ANSWER_MS = 3_000;
const REST_MS = 10_000;

/** The order with the prices that it should have; undefined when it has them, or the structure has none for it any more. */
export async function adjusted(
  parts: BrokerParts,
  row: ExecutionRow,
  intent: IntentRow,
): Promise<OrderPayload | undefined> {
  const { role, step, payload } = intent;
  if (!isResting(role) || row.entryNet === undefined) return undefined;
  const { quantity, ocaGroup = groupOf(row.positionId, step) } = payload;
  const fresh = await restingPayload(parts, row, { role, step, quantity, entryNet: row.entryNet, ocaGroup });
  if (typeof fresh === 'string' || fresh.orderType !== payload.orderType) return undefined;
  const asMeant = samePrices(pricesOf(fresh), pricesOf(payload));
  if (asMeant && !isUnwritten(parts.deps, parts.tracker, intent)) return undefined;
  const { limitPrice, stopPrice, conditions } = fresh;
  return {
    ...payload,
    ...(limitPrice !== undefined && { limitPrice }),
    ...(stopPrice !== undefined && { stopPrice }),
    ...(conditions && { conditions }),
  };
}

export async function adjustResting(
  parts: BrokerParts,
  { positionId, orderRef }: { readonly positionId: string; readonly orderRef: string },
): Promise<Adjustment> {
  const { deps, tracker } = parts;
  const { store, broker } = deps;
  const later = (): Adjustment => ({ kind: 'later', at: broker.clock.now() + REST_MS });
  if (!(await waitUntilUsable(broker, SESSION_WAIT_MS, Context.current().cancellationSignal))) return later();
  if (broker.state().modifyBlocked) return later();
  // Whatever is decided here is decided about this session.
  const decided = decidedNow(deps);
  await tracker.drained();
  const intent = await store.intents.get(orderRef);
  if (intent === undefined) throw new LegworkError('NOT_FOUND', `No intent ${orderRef} is stored.`);
  // Planned anew, whatever became of it.
  if (intent.state !== 'ACKED') return { kind: 'done' };
  const payload = await adjusted(parts, await existing(parts, positionId), intent);
  if (payload === undefined) return { kind: 'done' };
  const trading = await store.trading.state();
  if (!tradingStateAllows(trading.state, 'REDUCE', false)) {
    return { kind: 'kept', reason: `trading is ${trading.state}: ${trading.reason}` };
  }
  const errors = tracker.get(orderRef)?.errors.length ?? 0;
  const modified = await modifyOrder(deps, tracker, { intent, payload, overrideHalt: false, ...decided });
  if (modified.kind === 'again') return later();
  if (modified.kind !== 'written') return { kind: 'done' };
  await shown(parts, intent, payload, errors);
  const [answer] = answersAfter(tracker, orderRef, errors);
  // Filled meanwhile, or not there: only the broker's own lists tell how it stands.
  if (answer !== undefined && errorClass(answer.code) !== 'rejection') await lookFor(deps, tracker, orderRef);
  if (answer === undefined || isShown(tracker, orderRef, payload)) return { kind: 'done' };
  if (!(await storeAsShown(parts, intent, payload))) return { kind: 'done' };
  return { kind: 'kept', reason: `The broker refused the change (${answer.code}): ${answer.text}` };
}

/** Errors that answer the change; a warning about an order that lives does not. */
function answersAfter(tracker: OrderTracker, orderRef: string, known: number): TrackedOrder['errors'] {
  const errors = tracker.get(orderRef)?.errors.slice(known) ?? [];
  return errors.filter(({ code }) => ['rejection', 'ambiguous', 'cancel'].includes(errorClass(code)));
}

/** A refused change leaves the order as it was: what is stored says what the broker shows. False when the order is over. */
async function storeAsShown(
  { deps, tracker }: BrokerParts,
  intent: IntentRow,
  refused: OrderPayload,
): Promise<boolean> {
  const { orderRef } = intent;
  const order = tracker.get(orderRef)?.order;
  const payload = order === undefined ? intent.payload : withPrices(intent.payload, order);
  return await deps.store.intents.replacePayload(orderRef, {
    payload,
    payloadHash: payloadHash(payload),
    replaces: payloadHash(refused),
    token: deps.lease.token,
    at: deps.broker.clock.now(),
  });
}

function isShown(tracker: OrderTracker, orderRef: string, payload: OrderPayload): boolean {
  const order = tracker.get(orderRef)?.order;
  return order !== undefined && samePrices(order, pricesOf(payload));
}

/** Waits until the broker shows the order so, or says something against it. */
async function shown(
  { deps, tracker }: BrokerParts,
  { orderRef, positionId }: IntentRow,
  payload: OrderPayload,
  errors: number,
): Promise<void> {
  const { clock } = deps.broker;
  const answered = new AbortController();
  const isAnswered = () => isShown(tracker, orderRef, payload) || answersAfter(tracker, orderRef, errors).length > 0;
  const off = tracker.onChange(orderRef, () => isAnswered() && answered.abort());
  const timer = setTimeout(() => answered.abort(), ANSWER_MS);
  // The exchange takes market time for it, which a stepped clock grants only to who waits for it.
  if (!isAnswered()) await clock.wait(clock.now() + ANSWER_MS, positionId, answered.signal).catch(() => undefined);
  clearTimeout(timer);
  off();
  await tracker.drained();
}
