/** The progress of an order, by its fills alone. */
import type { Progress } from '../../contract/activities.js';
import type { Fill } from '../../domain/order/fill.js';
import type { IntentState } from '../../domain/order/intent-state.js';
import type { OrderPayload } from '../../domain/order/order.js';
import { effectiveFills } from '../../domain/position/ledger.js';
import type { IntentRow, Store } from '../../store/api.js';
import { refusalOf } from './broker-refusal.js';

/** Whole combos that every leg of the order has filled. Summaries of the combination are never counted. */
export function filledCombos(payload: OrderPayload, fills: readonly Fill[]): number {
  return Math.min(...combosPerLeg(payload, fills).map(Math.floor));
}

/** Combos of which at least one leg has filled. */
export function begunCombos(payload: OrderPayload, fills: readonly Fill[]): number {
  return Math.ceil(Math.max(0, ...combosPerLeg(payload, fills)));
}

/** Some legs of a combo are reported and others are to come: the ledger is out of ratio for a moment. */
export function isBetweenLegs(payload: OrderPayload, fills: readonly Fill[]): boolean {
  return new Set(combosPerLeg(payload, fills)).size > 1;
}

function combosPerLeg(payload: OrderPayload, fills: readonly Fill[]): readonly number[] {
  const legFills = effectiveFills(fills).filter((fill) => fill.secType !== 'BAG');
  return payload.legs.map((leg) => {
    const contracts = legFills
      .filter((fill) => fill.conId === leg.contract.conId)
      .reduce((sum, fill) => sum + fill.quantity, 0);
    return contracts / leg.ratio;
  });
}

/** Tolerance between our reading of the broker's clock and the clock itself. */
const CLOCK_SLACK_MS = 1_000;

const ENDED: readonly IntentState[] = ['FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED'];

export function isEnd(state: IntentState): boolean {
  return ENDED.includes(state);
}

export function isEnded({ state }: IntentRow): boolean {
  return isEnd(state);
}

/** Progress of an intent from the ledger and its stored state. */
export async function readProgress(store: Store, intent: IntentRow): Promise<Progress> {
  const filled = filledCombos(intent.payload, await store.fills.ofOrder(intent.orderRef));
  const remaining = Math.max(0, intent.payload.quantity - filled);
  const ended = remaining === 0 ? undefined : await refusalOf(store, intent);
  // At the end of an order's time, a text that is not understood means that end.
  const isUnderstood = ended !== undefined && !(ended.kind === 'rejected' && ended.reaction === 'stop');
  const timedOut = hasTimedOut(intent) && !isUnderstood;
  const refusal = timedOut ? undefined : ended;
  return {
    filled,
    remaining,
    settled: isEnded(intent),
    state: intent.state,
    reason: intent.reason ?? describe(intent, filled),
    ...(timedOut && { timedOut }),
    ...(refusal && { refusal }),
  };
}

function describe(intent: IntentRow, filled: number): string {
  const count = `${filled} of ${intent.payload.quantity} filled`;
  if (intent.state === 'FILLED') return count;
  return `${hasTimedOut(intent) ? 'not filled in its time' : intent.state.toLowerCase()}, ${count}`;
}

/** The broker gives no reason when an order ends by its own time. */
function hasTimedOut({ state, payload, updatedAt }: IntentRow): boolean {
  const { goodTill } = payload;
  return state === 'CANCELLED' && goodTill !== undefined && updatedAt >= goodTill - CLOCK_SLACK_MS;
}
