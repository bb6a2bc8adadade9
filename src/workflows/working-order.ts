/**
 * A working order: from the first price to the moment nothing of it is live at the broker.
 *
 * 1. The intent is committed before anything is sent; the attempt number is counted here, so it is part of history.
 * 2. A failed or timed-out place activity proves nothing: the order is settled by evidence, never sent again blindly.
 * 3. Only a proof (absent everywhere, or rejected) leads to another attempt.
 * 4. Whatever ends the walk, the order is cancelled and settled before this function returns.
 * All order steps run where a cancellation of the workflow cannot reach them.
 */
import { ActivityFailure, CancellationScope, log } from '@temporalio/workflow';
import type { FollowResult, OrderSpec, Placement, Progress } from '../contract/activities.js';
import type { ExitCommand } from '../contract/requests.js';
import type { WalkState } from '../domain/order/walk.js';
import { URGENCY_RANK, type Urgency } from '../domain/rules/decision.js';
import type { Proxies } from './proxies.js';

export type WorkOutcome =
  | { readonly kind: 'done'; readonly filled: number; readonly remaining: number; readonly reason: string }
  | { readonly kind: 'later'; readonly notBefore: number; readonly reason: string }
  /** `byLegs`: the broker takes no such combination; nothing of it was filled. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string; readonly byLegs?: true }
  | { readonly kind: 'nothing'; readonly reason: string };

/** What the position tells a working order while it works. */
export interface WorkControl {
  /** Present urgency: rises while people or rules ask for more. */
  urgency(): Urgency;
  /** A rule's wish found while following; the position decides what it means. */
  onDecision(command: ExitCommand): void;
  /** Why the order must be withdrawn now, if it must. */
  withdraw(): string | undefined;
  /** Order reference now working, for people to see. */
  onWorking(orderRef: string | null): void;
  /** References of the children that the order is placed with as a bracket, committed; absent: it is placed alone. */
  children?(order: OrderSpec, orderRef: string): Promise<readonly string[]>;
  /** Evidence cannot settle the order: a person must decide, and is told so. */
  onParked(reason: string): Promise<void>;
}

const ATTEMPTS_MAX = 20;

type Spec = Omit<OrderSpec, 'attempt' | 'walk' | 'urgency'>;

/** Works one order to its end. Returns values only; an outage shows as waiting, not as failure. */
export function workOrder(proxies: Proxies, spec: Spec, control: WorkControl): Promise<WorkOutcome> {
  return CancellationScope.nonCancellable(async () => {
    try {
      return await attemptUntilSettled(proxies, spec, control);
    } finally {
      control.onWorking(null);
    }
  });
}

async function attemptUntilSettled(proxies: Proxies, spec: Spec, control: WorkControl): Promise<WorkOutcome> {
  let walk: WalkState | undefined;
  let filled = 0;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const order: OrderSpec = {
      ...spec,
      combos: spec.combos - filled,
      attempt,
      urgency: control.urgency(),
      ...(walk && { walk }),
    };
    // Nothing is sent for the sake of withdrawing it.
    const early = control.withdraw();
    if (early !== undefined) return done(filled, spec.combos, early);
    const prepared = await proxies.orders.prepareOrder(order);
    if (prepared.kind !== 'ready') return filled > 0 ? done(filled, spec.combos, prepared.reason) : prepared;
    walk = prepared.walk;
    control.onWorking(prepared.orderRef);

    const asked = control.withdraw();
    if (asked !== undefined) {
      const unsent = await withdraw(proxies, prepared.orderRef, walk, asked);
      return done(filled + unsent.progress.filled, spec.combos, unsent.reason);
    }
    const children = await control.children?.(order, prepared.orderRef);
    const placed = await placeOnce(proxies, order, prepared.orderRef, control, children);
    if (placed.kind === 'absent' || placed.kind === 'expired') continue;
    if (placed.kind === 'later' || placed.kind === 'refused')
      return filled > 0 ? done(filled, spec.combos, placed.reason) : placed;
    if (placed.kind === 'rejected') {
      if (placed.reaction === 'again') continue;
      return filled > 0
        ? done(filled, spec.combos, placed.reason)
        : {
            kind: 'refused',
            code: 'BROKER_REFUSED',
            reason: placed.reason,
            ...(placed.reaction === 'legs' && { byLegs: true }),
          };
    }

    const end = await follow(proxies, order, prepared.orderRef, walk, control);
    filled += end.progress.filled;
    walk = end.walk;
    if (end.kind === 'ended' || filled >= spec.combos) return done(filled, spec.combos, end.reason);
  }
  return done(filled, spec.combos, `The order ended ${ATTEMPTS_MAX} times without filling.`);
}

type Placed = Exclude<Placement, { kind: 'unknown' }> | { readonly kind: 'absent' };

/** One send. An activity that failed or timed out may have written: evidence decides. */
export async function placeOnce(
  proxies: Proxies,
  order: Pick<OrderSpec, 'by' | 'overrideHalt'>,
  orderRef: string,
  control: Pick<WorkControl, 'onParked'>,
  children: readonly string[] = [],
): Promise<Placed> {
  let placed: Placement;
  const { by, overrideHalt } = order;
  try {
    placed =
      children.length === 0
        ? await proxies.place.placeOrder({ orderRef, by, overrideHalt })
        : await proxies.place.placeBracketOrder({ orderRef, children, by, overrideHalt });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn('place activity did not answer; settling by evidence', { orderRef });
    placed = { kind: 'unknown', reason: 'the placing step did not answer' };
  }
  return placed.kind === 'unknown' ? await settle(proxies, orderRef, control) : placed;
}

/** Settles an unknown order, through a person's decision where evidence does not suffice. */
export async function settle(
  proxies: Proxies,
  orderRef: string,
  control: Pick<WorkControl, 'onParked'>,
): Promise<{ readonly kind: 'live' | 'absent' }> {
  for (;;) {
    const resolved = await proxies.settle.resolveOrder({ orderRef });
    if (resolved.kind !== 'parked') return resolved;
    await control.onParked(resolved.reason);
  }
}

interface Followed {
  /** `again`: an exit whose order died with a rest. */
  readonly kind: 'ended' | 'again';
  readonly progress: Progress;
  readonly walk: WalkState;
  readonly reason: string;
}

/** Follows the live order through its steps until it is settled. */
async function follow(
  proxies: Proxies,
  order: OrderSpec,
  orderRef: string,
  first: WalkState,
  control: WorkControl,
): Promise<Followed> {
  let walk = first;
  let urgency = order.urgency;
  const heard: string[] = [];
  for (;;) {
    // A message may have come while nobody waited.
    const asked = control.withdraw();
    if (asked !== undefined) return withdraw(proxies, orderRef, walk, asked);
    const seen = await proxies.watch.followOrder({
      positionId: order.positionId,
      orderRef,
      until: walk.stepEndsAt,
      purpose: order.purpose,
      urgency,
      heard,
    });
    if (seen.kind === 'decision') {
      heard.push(seen.command.rule);
      control.onDecision(seen.command);
    }
    if (seen.kind === 'settled') return afterSettled(order, seen, walk);
    if (seen.kind === 'unknown') {
      await settle(proxies, orderRef, control);
      continue;
    }
    const withdrawal = control.withdraw();
    if (withdrawal !== undefined) return withdraw(proxies, orderRef, walk, withdrawal);
    const raised = URGENCY_RANK[control.urgency()] < URGENCY_RANK[urgency];
    if (seen.kind !== 'step-ended' && !raised) continue;
    urgency = control.urgency();
    const next = await proxies.orders.repriceOrder({ orderRef, spec: { ...order, urgency }, walk });
    if (next.kind === 'repriced') walk = next.walk;
    if (next.kind === 'exhausted') return withdraw(proxies, orderRef, walk, next.reason);
    if (next.kind === 'unknown') await settle(proxies, orderRef, control);
  }
}

/** An exit whose order died at the broker with a rest goes on with the rest; an opening keeps what it has. */
function afterSettled(order: OrderSpec, seen: FollowResult & { kind: 'settled' }, walk: WalkState): Followed {
  const again = order.purpose === 'REDUCE' && seen.progress.remaining > 0;
  return { kind: again ? 'again' : 'ended', progress: seen.progress, walk, reason: seen.progress.reason };
}

async function withdraw(proxies: Proxies, orderRef: string, walk: WalkState, reason: string): Promise<Followed> {
  const progress = await proxies.settle.cancelOrder({ orderRef, reason });
  return { kind: 'ended', progress, walk, reason: progress.remaining > 0 ? reason : progress.reason };
}

function done(filled: number, combos: number, reason: string): WorkOutcome {
  return { kind: 'done', filled, remaining: combos - filled, reason };
}
