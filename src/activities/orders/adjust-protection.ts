/**
 * The prices of protective orders follow from the fills of the opening. A bracket's children leave with prices from its first limit,
 * but the walk may fill elsewhere and a fill may be corrected. Such an order is then replaced in place, by the rule that prices one
 * placed after the fills.
 *
 * Like every change, this one is committed before it is written. If the process dies in between, what the broker shows decides whether
 * it is written again; within one session it is written once.
 */

import { Context } from '@temporalio/activity';
import type { Adjustment } from '../../contract/activities.js';
import { defined } from '../../domain/defined.js';
import { errorClass } from '../../domain/ib-codes.js';
import { ocaGroupOf } from '../../domain/order/oca-group.js';
import type { OrderPayload } from '../../domain/order/order.js';
import { isProtective } from '../../domain/order/protection.js';
import { tradingStateAllows } from '../../domain/risk/trading-state.js';
import type { IntentRow, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existing, existingIntent } from '../context/existing.js';
import type { SessionCalendar } from '../market/session-calendar.js';
import { marketHours } from './market-closed.js';
import { decidedNow, isUnwritten, type ModifyDeps, modifyOrder, refusedLate } from './modify.js';
import { pricesOf, samePrices } from './order-prices.js';
import { payloadHash } from './payload-hash.js';
import { type ProtectionParts, protectivePayload } from './protection-orders.js';
import { waitUntilUsable } from './session.js';
import type { OrderTracker } from './tracker.js';

export interface AdjustParts extends ProtectionParts {
  readonly deps: ModifyDeps & Pick<BrokerDeps, 'settings'>;
  readonly tracker: OrderTracker;
  readonly calendar: SessionCalendar;
}

const SESSION_WAIT_MS = 8_000;
const RETRY_MS = 10_000;

/**
 * The order with the prices that it should have; undefined when it has them already, or when the structure no longer has any for it.
 */
export async function adjusted(
  parts: AdjustParts,
  row: PositionRow,
  intent: IntentRow,
): Promise<OrderPayload | undefined> {
  const { role, step, payload } = intent;
  if (!isProtective(role) || row.entryNet === undefined) return undefined;
  const { quantity, ocaGroup = ocaGroupOf(row.positionId, step) } = payload;
  const fresh = await protectivePayload(parts, row, { role, step, quantity, entryNet: row.entryNet, ocaGroup });
  if (typeof fresh === 'string' || fresh.orderType !== payload.orderType) return undefined;
  const asMeant = samePrices(pricesOf(fresh), pricesOf(payload));
  if (asMeant && !isUnwritten(parts.deps, parts.tracker, intent)) return undefined;
  const { limitPrice, stopPrice, conditions } = fresh;
  return {
    ...payload,
    ...defined({ limitPrice, stopPrice }),
    ...(conditions && { conditions }),
  };
}

export async function adjustProtection(
  parts: AdjustParts,
  { positionId, orderRef }: { readonly positionId: string; readonly orderRef: string },
): Promise<Adjustment> {
  const { deps, tracker, calendar } = parts;
  const { store, broker } = deps;
  const later = (): Adjustment => ({ kind: 'later', at: broker.clock.now() + RETRY_MS });
  if (!(await waitUntilUsable(broker, SESSION_WAIT_MS, Context.current().cancellationSignal))) return later();
  if (broker.state().modifyBlocked) return later();
  // Everything decided here holds for this session only.
  const decided = decidedNow(deps);
  await tracker.drained();
  const intent = await existingIntent(store, orderRef);
  // It is planned again, whatever its result was.
  if (intent.state !== 'WORKING') return { kind: 'done' };
  // A fill may be corrected in the night; what rests is changed when the market opens.
  const market = await marketHours(calendar, intent.payload.legs, broker.clock.now());
  if (market.closed) return { kind: 'later', at: market.closed.notBefore };
  const payload = await adjusted(parts, await existing(parts.deps.store, positionId), intent);
  if (payload === undefined) return { kind: 'done' };
  const trading = await store.trading.state();
  if (!tradingStateAllows(trading.state, 'REDUCE', false)) {
    return { kind: 'kept', reason: `trading is ${trading.state}: ${trading.reason}` };
  }
  const late = await refusedLate(deps, tracker, intent);
  if (late !== undefined && payloadHash(payload) === intent.payloadHash) return refused(late);
  const modified = await modifyOrder(deps, tracker, {
    ...{ intent, payload, overrideHalt: false, closesAt: market.closesAt },
    ...decided,
  });
  switch (modified.kind) {
    case 'again':
      return later();
    case 'out-of-reach':
      return { kind: 'kept', reason: modified.reason };
    case 'refused':
      return refused(modified);
    default:
      return { kind: 'done' };
  }
}

function refused({ code, reason }: { readonly code?: number; readonly reason: string }): Adjustment {
  return { kind: isAboutPrices(code) ? 'kept' : 'replace', reason };
}

/** The broker refuses these prices for a new order too. The earlier prices are better than no protective order. */
function isAboutPrices(code: number | undefined): boolean {
  return code !== undefined && errorClass(code) === 'rejection';
}
