/**
 * A working order: from its first price until no part of it is live at the broker.
 *
 * 1. The intent is committed before anything is sent; the attempt number is counted here, so it is part of history.
 * 2. A failed or timed-out place activity proves nothing: the order is settled by evidence, never sent again blindly.
 * 3. Only a proof (absent everywhere, or rejected) leads to another attempt.
 * 4. An order whose change the broker refuses is cancelled, settled and placed again with what is left: never two at once.
 * 5. Whatever ends the walk, the order is cancelled and settled before this function returns.
 * All order steps run where a cancellation of the workflow cannot reach them.
 */
import { ActivityFailure, CancellationScope, log } from '@temporalio/workflow';
import type { BrokerRefusal, FollowResult, OrderSpec, Placement, Progress } from '../contract/activities.js';
import type { ExitCommand } from '../contract/requests.js';
import { formatMoney } from '../domain/money.js';
import type { WalkState } from '../domain/order/walk.js';
import { URGENCY_RANK, type Urgency } from '../domain/rules/decision.js';
import type { ExitOrigin } from '../domain/rules/exit-age.js';
import type { Proxies } from './proxies.js';

export type WorkOutcome =
  | { readonly kind: 'done'; readonly filled: number; readonly remaining: number; readonly reason: string }
  | { readonly kind: 'later'; readonly notBefore: number; readonly reason: string }
  /** `byLegs`: the broker takes no such combination; nothing of it was filled. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string; readonly byLegs?: true }
  | { readonly kind: 'nothing'; readonly reason: string };

/** An order that evidence does not settle. */
export interface Parking {
  /** A person must decide, and attention is raised. */
  onParked(reason: string): Promise<void>;
  /** It is settled: the attention is over. */
  onSettled(): Promise<void>;
}

/** What a working order needs from its position while it works. */
export interface WorkControl extends Parking {
  /** Present urgency: rises when people or rules request more. */
  urgency(): Urgency;
  /** A rule's decision found while following; the position decides what follows from it. */
  onDecision(command: ExitCommand): void;
  /** Why the order must be cancelled now, if it must. */
  cancelReason(): string | undefined;
  /** Reference of the working order, with its price and step for people. */
  onWorking(orderRef: string | null, text: string): void;
  /** References of the committed children that are placed with the order as a bracket; absent: it is placed alone. */
  children?(order: OrderSpec, orderRef: string): Promise<readonly string[]>;
  /** The purpose of the exit, by which it ages; absent for an opening. */
  exit?(): ExitOrigin | undefined;
}

/** Attempts that end without a fill. Replacements and orders whose time was over do not count: each made progress. */
const ATTEMPTS_MAX = 20;

type Spec = Omit<OrderSpec, 'attempt' | 'walk' | 'urgency' | 'exit'>;

/** Works one order to its end. Returns values only; an outage shows as waiting, not as failure. */
export function workOrder(proxies: Proxies, spec: Spec, control: WorkControl): Promise<WorkOutcome> {
  return CancellationScope.nonCancellable(async () => {
    try {
      return await attemptUntilSettled(proxies, spec, control);
    } finally {
      control.onWorking(null, '');
    }
  });
}

async function attemptUntilSettled(proxies: Proxies, spec: Spec, control: WorkControl): Promise<WorkOutcome> {
  let walk: WalkState | undefined;
  let filled = 0;
  let tries = 0;
  for (let attempt = 1; tries < ATTEMPTS_MAX; attempt++) {
    tries += 1;
    const order: OrderSpec = {
      ...spec,
      combos: spec.combos - filled,
      attempt,
      ...presentOf(control),
      ...(walk && { walk }),
    };
    // An order that would be cancelled at once is not sent.
    const early = control.cancelReason();
    if (early !== undefined) return done(filled, spec.combos, early);
    const prepared = await proxies.orders.prepareOrder(order, summaryOf(order));
    // Worked to the end of its time, which is an outcome of its own.
    const isOver = prepared.kind === 'nothing' && prepared.over === true;
    if (prepared.kind !== 'ready') {
      return filled > 0 || isOver ? done(filled, spec.combos, prepared.reason) : prepared;
    }
    walk = prepared.walk;
    control.onWorking(prepared.orderRef, summaryOf(order, walk));

    const asked = control.cancelReason();
    if (asked !== undefined) {
      const unsent = await cancel(proxies, prepared.orderRef, walk, asked);
      return done(filled + unsent.progress.filled, spec.combos, unsent.reason);
    }
    const children = await control.children?.(order, prepared.orderRef);
    const summary = summaryOf(order, walk);
    const placed = await placeOnce(proxies, order, prepared.orderRef, control, {
      summary,
      ...(children && { children }),
    });
    if (placed.kind === 'absent' || placed.kind === 'expired') continue;
    if (placed.kind === 'refused') return filled > 0 ? done(filled, spec.combos, placed.reason) : placed;
    if (placed.kind !== 'live') {
      const outcome = afterRefusal(placed, filled, spec.combos);
      if (outcome === undefined) continue;
      return outcome;
    }
    if (placed.stepEndsAt !== undefined) walk = { ...walk, stepEndsAt: placed.stepEndsAt };

    const end = await follow(proxies, order, prepared.orderRef, walk, control);
    filled += end.progress.filled;
    walk = end.walk;
    if (filled >= spec.combos) return done(filled, spec.combos, end.reason);
    if (end.kind === 'ended') return done(filled, spec.combos, end.reason);
    if (end.kind === 'turned-down') {
      const outcome = afterRefusal(end.refusal, filled, spec.combos);
      if (outcome !== undefined) return outcome;
    }
    if (end.kind === 'replaced') tries -= 1;
  }
  return done(filled, spec.combos, `The order ended ${ATTEMPTS_MAX} times without filling.`);
}

/** The order at its present step, for the page of the run: `BUY 4 at 3.78, step 3, HIGH`; a net that is received is a sale. */
function summaryOf({ purpose, combos, urgency }: OrderSpec, walk?: WalkState): string {
  if (walk === undefined) return `${purpose} ${combos}, ${urgency}`;
  const { limit, stepNo } = walk;
  return `${limit < 0 ? 'SELL' : 'BUY'} ${combos} at ${formatMoney(Math.abs(limit))}, step ${stepNo}, ${urgency}`;
}

/** Values that may change while an order works. */
function presentOf(control: WorkControl): Pick<OrderSpec, 'urgency' | 'exit'> {
  const exit = control.exit?.();
  return { urgency: control.urgency(), ...(exit && { exit }) };
}

/** The outcome when the broker has refused the order; undefined to try again. */
function afterRefusal(refusal: BrokerRefusal, filled: number, combos: number): WorkOutcome | undefined {
  if (refusal.kind === 'rejected' && refusal.reaction === 'again') return undefined;
  if (filled > 0) return done(filled, combos, refusal.reason);
  if (refusal.kind === 'later') return refusal;
  const { reaction, reason } = refusal;
  return { kind: 'refused', code: 'BROKER_REFUSED', reason, ...(reaction === 'legs' && { byLegs: true }) };
}

type Placed = Exclude<Placement, { kind: 'unknown' }> | { readonly kind: 'absent' };

/** One send. An activity that failed or timed out may have written: evidence decides. */
export async function placeOnce(
  proxies: Proxies,
  order: Pick<OrderSpec, 'by' | 'overrideHalt'>,
  orderRef: string,
  control: Parking,
  { children = [], summary }: { readonly children?: readonly string[]; readonly summary?: string } = {},
): Promise<Placed> {
  let placed: Placement;
  const { by, overrideHalt } = order;
  try {
    placed =
      children.length === 0
        ? await proxies.place.placeOrder({ orderRef, by, overrideHalt }, summary)
        : await proxies.place.placeBracketOrder({ orderRef, children, by, overrideHalt }, summary);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn('place activity did not answer; settling by evidence', { orderRef });
    placed = { kind: 'unknown', reason: 'the placing step did not answer' };
  }
  return placed.kind === 'unknown' ? await settle(proxies, orderRef, control) : placed;
}

/** Settles an unknown order; a person decides where evidence does not suffice. */
export async function settle(
  proxies: Proxies,
  orderRef: string,
  control: Parking,
): Promise<{ readonly kind: 'live' | 'absent' }> {
  for (;;) {
    const resolved = await proxies.settle.resolveOrder({ orderRef }, orderRef);
    if (resolved.kind !== 'parked') {
      await control.onSettled();
      return resolved;
    }
    await control.onParked(resolved.reason);
  }
}

type Followed = {
  readonly progress: Progress;
  readonly walk: WalkState;
  readonly reason: string;
} & (
  | { readonly kind: 'ended' }
  /** An exit whose order died with some quantity remaining. */
  | { readonly kind: 'again' }
  /** The same, at the end of its own time, or cancelled because the broker accepts no change of it. */
  | { readonly kind: 'replaced' }
  | { readonly kind: 'turned-down'; readonly refusal: BrokerRefusal }
);

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
    const asked = control.cancelReason();
    if (asked !== undefined) return cancel(proxies, orderRef, walk, asked);
    const { positionId, purpose } = order;
    const seen = await proxies.waits.followOrder(
      { positionId, orderRef, until: walk.stepEndsAt, purpose, urgency, heard },
      summaryOf({ ...order, urgency }, walk),
    );
    if (seen.kind === 'decision') {
      heard.push(seen.command.rule);
      control.onDecision(seen.command);
    }
    if (seen.kind === 'settled') return afterSettled(order, seen, walk);
    if (seen.kind === 'unknown') {
      await settle(proxies, orderRef, control);
      continue;
    }
    const reason = control.cancelReason();
    if (reason !== undefined) return cancel(proxies, orderRef, walk, reason);
    const raised = URGENCY_RANK[control.urgency()] < URGENCY_RANK[urgency];
    if (seen.kind !== 'step-ended' && !raised) continue;
    urgency = control.urgency();
    const spec = { ...order, ...presentOf(control) };
    const next = await proxies.orders.repriceOrder({ orderRef, spec, walk }, summaryOf(spec, walk));
    if (next.kind === 'repriced') {
      walk = next.walk;
      control.onWorking(orderRef, summaryOf(spec, walk));
    }
    if (next.kind === 'exhausted') return cancel(proxies, orderRef, walk, next.reason);
    if (next.kind === 'replace') {
      const taken = await cancel(proxies, orderRef, next.walk, next.reason);
      const { filled: part, remaining } = taken.progress;
      const isOver = remaining === 0 || (next.endsOnFill === true && part > 0);
      return isOver ? taken : { ...taken, kind: 'replaced' };
    }
    if (next.kind === 'unknown') await settle(proxies, orderRef, control);
  }
}

/**
 * An exit whose order died at the broker with quantity remaining goes on with that; an opening keeps what it has. An order
 * proved never to have been at the broker is placed again, as at its placing: nothing has come of it.
 */
function afterSettled(
  { purpose }: OrderSpec,
  { progress }: FollowResult & { kind: 'settled' },
  walk: WalkState,
): Followed {
  const { remaining, timedOut, refusal, reason } = progress;
  const common = { progress, walk, reason };
  if (remaining > 0 && refusal !== undefined) return { ...common, kind: 'turned-down', refusal };
  const isAbsent = progress.state === 'EXPIRED' && progress.filled === 0;
  if (remaining === 0 || (purpose !== 'REDUCE' && !isAbsent)) return { ...common, kind: 'ended' };
  return { ...common, kind: timedOut ? 'replaced' : 'again' };
}

async function cancel(proxies: Proxies, orderRef: string, walk: WalkState, reason: string): Promise<Followed> {
  const progress = await proxies.settle.cancelOrder({ orderRef, reason });
  return { kind: 'ended', progress, walk, reason: progress.remaining > 0 ? reason : progress.reason };
}

function done(filled: number, combos: number, reason: string): WorkOutcome {
  return { kind: 'done', filled, remaining: combos - filled, reason };
}
