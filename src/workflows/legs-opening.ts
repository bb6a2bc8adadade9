/**
 * Opens a position leg by leg, when the broker does not take it as one combination. One order at a time, each an intent with
 * its own step and role. The ledger decides which comes next, so the loop may start over at any moment.
 */

import type { LegsPlan } from '../contract/activities.js';
import { defined } from '../domain/defined.js';
import type { LegTry } from '../domain/order/legs.js';
import type { Position } from './position-state.js';
import { type WorkControl, type WorkOutcome, workOrder } from './working-order.js';

/** Most orders of one opening: every leg walked, completed and unwound, with a margin for outages. */
const ORDERS_MAX = 60;
/** Market time for which a leg waits for its market. */
const SOON_MS = 60_000;

export type LegsOutcome =
  /** Every leg holds exactly whole combos; `unfilled` says in sentences why legs did not fill. */
  | { readonly kind: 'done'; readonly unfilled: readonly string[] }
  | { readonly kind: 'stopped'; readonly reason: string };

/**
 * Works the legs until each holds exactly whole combos, or says why it stopped before. A cancelled entry opens no further leg, and what holds
 * no whole combo is unwound.
 */
export async function openByLegs(position: Position, control: WorkControl, resumed = false): Promise<LegsOutcome> {
  const { positionId, onPartial } = position.input;
  const tried: LegTry[] = [];
  const unfilled = new Map<number, string>();
  const waited = new Set<string>();
  for (let order = 0; order < ORDERS_MAX; order++) {
    const isCancelled = position.openingCancelled !== undefined;
    const stopped = position.queue.size > 0 ? control.cancelReason() : undefined;
    if (stopped !== undefined) return { kind: 'stopped', reason: stopped };
    const plan = await position.proxies.position.planLegs({
      positionId,
      step: position.step + 1,
      tried,
      resumed: resumed || isCancelled,
      ...defined({ onPartial: isCancelled ? 'unwind' : onPartial }),
    });
    if (plan.kind === 'done') return { kind: 'done', unfilled: [...unfilled.values()] };
    position.step = plan.step;
    const outcome = await workLeg(position, plan, control);
    const { how, legNo } = plan;
    const once = `${how} ${legNo}`;
    if (outcome.kind === 'later' && !waited.has(once) && (await waitForMarket(position, outcome))) {
      // The next order is decided again: a person may have cancelled the leg meanwhile.
      waited.add(once);
      continue;
    }
    const isFilled = outcome.kind === 'done' && outcome.remaining === 0;
    if (isFilled && how !== 'unwind') unfilled.delete(legNo);
    if (isFilled) continue;
    if (how !== 'unwind') {
      tried.push({ legNo, how });
      unfilled.set(legNo, `leg ${legNo} did not fill: ${whyOf(outcome)}`);
    } else if (position.queue.size === 0) {
      return { kind: 'stopped', reason: await cannotUnwind(position, legNo, outcome) };
    }
  }
  return { kind: 'stopped', reason: 'the leg-by-leg entry did not finish' };
}

function whyOf(outcome: WorkOutcome): string {
  return outcome.reason === '' ? 'there was no counterparty' : outcome.reason;
}

function workLeg(
  position: Position,
  { role, purpose, contracts, how, urgency }: LegsPlan & { kind: 'order' },
  control: WorkControl,
): Promise<WorkOutcome> {
  return workOrder(
    position.proxies,
    {
      positionId: position.input.positionId,
      step: position.step,
      role,
      purpose,
      combos: contracts,
      // Orders that undo an opening are worked by their own urgency, whatever the entry requested.
      pricing: how === 'unwind' ? { kind: 'walk' } : position.input.pricing,
      by: 'entry',
      overrideHalt: false,
      ...(how === 'complete' && { completes: true }),
    },
    {
      ...control,
      urgency: () => urgency,
      // A cancelled entry ends what opens, not what takes it back.
      ...(how === 'unwind' && { cancelReason: () => (position.queue.size > 0 ? control.cancelReason() : undefined) }),
    },
  );
}

/** Waits where the market shows no price yet, or too many orders were sent; false when that takes too long. */
async function waitForMarket(position: Position, later: WorkOutcome & { kind: 'later' }): Promise<boolean> {
  const { positionId } = position.input;
  const { proxies } = position;
  // An unfinished structure does not wait overnight.
  if (later.notBefore > (await proxies.position.deadlineAfter({ positionId, restMs: SOON_MS }))) return false;
  await proxies.waits.waitUntil({ positionId, at: later.notBefore, reason: later.reason });
  return true;
}

/** The rest is a broken structure: an alert is raised, and the position's watch goes on closing it. */
async function cannotUnwind(position: Position, legNo: number, outcome: WorkOutcome): Promise<string> {
  const reason = `Leg ${legNo} is open on its own and was not closed in time: ${whyOf(outcome)}.`;
  await position.attention.raise('opening', reason, 'NOT_FILLED');
  return reason;
}
