/** The next step of a walk, as a modify of the one live order. */
import type { OrderSpec, Repricing } from '../../contract/activities.js';
import type { Micros } from '../../domain/money.js';
import { BY_PERSON, isCancelledByUser } from '../../domain/order/cancelled-by-user.js';
import type { OrderPayload } from '../../domain/order/order.js';
import type { WalkState } from '../../domain/order/walk.js';
import { tradingStateAllows } from '../../domain/risk/trading-state.js';
import type { IntentRow, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existing, existingIntent } from '../context/existing.js';
import type { SessionCalendar } from '../market/session-calendar.js';
import { ageOf, alertIfUnfilled } from './exit-alert.js';
import { lastResortOf } from './last-resort.js';
import { marketHours } from './market-closed.js';
import { type Decided, decidedNow, isUnwritten, type ModifyDeps, modifyOrder, refusedLate } from './modify.js';
import { type Net, readNet } from './net-quote.js';
import { alertIfUnwanted } from './no-bid-alert.js';
import { whyCancelled } from './over-close.js';
import { limitOf, until } from './prepare.js';
import { isEnded, readProgress } from './progress.js';
import { waitUntilUsable } from './session.js';
import type { OrderTracker } from './tracker.js';
import { anchoredLimit, checkPrice, driftTooFar, paceOf, readIncrement } from './walk-pricing.js';

type Deps = ModifyDeps & Pick<BrokerDeps, 'settings' | 'stepped'>;

const SESSION_WAIT_MS = 8_000;
const BLOCKED_RETRY_MS = 10_000;

export interface RepriceParts {
  readonly deps: Deps;
  readonly tracker: OrderTracker;
  readonly calendar: SessionCalendar;
}

interface Input {
  readonly orderRef: string;
  readonly spec: OrderSpec;
  readonly walk: WalkState;
}

/** After a change from outside an opening ends, and an exit is placed again for what is left. */
async function endedOutside(deps: Deps, intent: IntentRow, walk: WalkState): Promise<Repricing | undefined> {
  // A person asked to cancel it, and the process died before the cancel was sent.
  if (isCancelledByUser(intent)) return { kind: 'exhausted', reason: BY_PERSON };
  const reason = await whyCancelled(deps, intent);
  if (reason === undefined) return undefined;
  return intent.purpose === 'OPEN' ? { kind: 'exhausted', reason } : { kind: 'replace', walk, reason };
}

export async function repriceOrder({ deps, tracker, calendar }: RepriceParts, input: Input): Promise<Repricing> {
  const { store, broker } = deps;
  // Everything decided here holds for this session only: in another one the order may be filled and its id reused.
  const decided = decidedNow(deps);
  await tracker.drained();
  const intent = await existingIntent(store, input.orderRef);
  const row = await existing(store, input.spec.positionId);
  if (isEnded(intent)) return { kind: 'settled' };
  if (intent.state !== 'WORKING') return { kind: 'unknown', reason: intent.reason ?? `the order is ${intent.state}` };
  const { walk } = input;
  const ended = await endedOutside(deps, intent, walk);
  if (ended !== undefined) return ended;
  const now = broker.clock.now();
  const age = ageOf(deps, input.spec, row, now);
  const spec = age === undefined ? input.spec : { ...input.spec, urgency: age.urgency };
  if (now >= walk.endsAt) return { kind: 'exhausted', reason: 'the order was not filled in its time' };
  const trading = await store.trading.state();
  if (!tradingStateAllows(trading.state, spec.purpose, spec.by === 'person' && spec.overrideHalt)) {
    return { kind: 'exhausted', reason: `trading is ${trading.state}: ${trading.reason}` };
  }
  // A price left standing overnight would be live at the next open, wherever the market opens.
  const market = await marketHours(calendar, intent.payload.legs, now);
  if (market.closed) return { kind: 'exhausted', reason: market.closed.reason };
  if (givesUpRest(deps, spec)) {
    const { filled, remaining } = await readProgress(store, intent);
    if (filled > 0)
      return {
        kind: 'exhausted',
        reason: `${filled} filled; the other ${remaining} are cancelled (orders.unfilledRemainder)`,
      };
  }
  const stays = (stepEndsAt: number): Repricing => ({ kind: 'repriced', walk: until({ ...walk, stepEndsAt }, age) });
  const rest = stays(now + BLOCKED_RETRY_MS);
  const isUsable = await waitUntilUsable(broker, SESSION_WAIT_MS);
  const isFixed = spec.pricing.kind === 'limit';
  const net =
    isUsable && (!isFixed || age !== undefined)
      ? (await readNet(deps, intent.payload.legs, spec.purpose, true)).net
      : undefined;
  const resort = await lastResortOf(deps, spec, row, age);
  if (age !== undefined) {
    await alertIfUnfilled(deps, row, { spec, age, resort, payload: intent.payload, ...(net && { net }) });
  }
  if (isFixed) return stays(walk.endsAt);
  if (intent.payload.orderType === 'MKT') return rest;
  if (resort !== undefined) {
    return { kind: 'replace', walk, reason: `it has not filled for ${age?.minutes} trading minutes` };
  }
  const { early } = walk;
  if (early !== undefined && now < early.until && early.urgency === spec.urgency) return stays(early.until);
  if (!isUsable || broker.state().modifyBlocked || net === undefined) return rest;
  const moved = driftTooFar(deps, spec, row, walk, net);
  if (moved !== undefined) return { kind: 'exhausted', reason: moved };
  const increment = await readIncrement(deps, intent.payload.legs, net.mid);
  // Reading the legs took time, so the step begins now.
  const from = broker.clock.now();
  const next = until(nextWalk(deps, spec, row, walk, net, increment, from), age);
  if (checkPrice(deps, spec, row, next.limit, net) !== undefined) return rest;
  if (isAtItsEnd(deps, spec, walk, next)) await alertIfUnwanted(deps, intent, net);
  return await take(deps, tracker, {
    intent,
    spec,
    walk: next,
    from,
    before: walk,
    decided,
    closesAt: market.closesAt,
  });
}

/** Whether an opening that has filled in part keeps that part and stops. */
function givesUpRest(deps: Deps, { purpose, role }: OrderSpec): boolean {
  return purpose === 'OPEN' && role === 'combo' && deps.settings().orders.unfilledRemainder === 'cancel';
}

function nextWalk(
  deps: Deps,
  spec: OrderSpec,
  row: PositionRow,
  walk: WalkState,
  net: Net,
  increment: Micros,
  now: number,
): WalkState {
  const pace = paceOf(deps, spec.urgency);
  const stepEndsAt = now + pace.stepSeconds * 1000;
  const stepNo = walk.stepNo + 1;
  if (spec.purpose === 'REDUCE') {
    const limit = anchoredLimit(deps, spec, row, { net, increment, step: stepNo });
    // At natural, in a market that does not move, there is nothing to change every few seconds.
    const still = stepNo > pace.steps && limit === walk.limit;
    const seconds = still ? Math.min(60, pace.stepSeconds * 2 ** Math.min(6, stepNo - pace.steps)) : pace.stepSeconds;
    return {
      ...walk,
      stepNo: still || stepNo <= pace.steps ? stepNo : pace.steps,
      stepEndsAt: now + seconds * 1000,
      limit,
    };
  }
  const [limit, ...limits] = walk.limits;
  // At its worst price the entry works on until its time is over.
  if (limit === undefined) return { ...walk, stepNo, stepEndsAt: walk.endsAt };
  return { ...walk, stepNo, stepEndsAt, limit, limits };
}

/** The first step at which an exit has nothing left to concede. */
function isAtItsEnd(deps: Deps, spec: OrderSpec, walk: WalkState, next: WalkState): boolean {
  return next.limit === walk.limit && next.stepNo === paceOf(deps, spec.urgency).steps + 1;
}

interface Step {
  readonly intent: IntentRow;
  readonly spec: OrderSpec;
  readonly walk: WalkState;
  /** Market time at which the step was decided. */
  readonly from: number;
  /** Where the walk stands when the step cannot be taken. */
  readonly before: WalkState;
  readonly decided: Decided;
  readonly closesAt: number;
}

async function take(deps: Deps, tracker: OrderTracker, step: Step): Promise<Repricing> {
  const { intent, spec, walk, before, decided, closesAt } = step;
  // IB lets only price and size of an order change; its time is fixed when it is placed.
  const payload: OrderPayload = { ...intent.payload, limitPrice: limitOf(intent.payload.legs, walk.limit) };
  const late = await refusedLate(deps, tracker, intent);
  if (late !== undefined) return replaced(deps, spec, walk, late.reason);
  const isStored = payload.limitPrice === intent.payload.limitPrice;
  if (isStored && !isUnwritten(deps, tracker, intent)) return { kind: 'repriced', walk };
  const overrideHalt = spec.by === 'person' && spec.overrideHalt;
  const modified = await modifyOrder(deps, tracker, { intent, payload, overrideHalt, closesAt, ...decided });
  switch (modified.kind) {
    case 'taken':
      return { kind: 'repriced', walk: begun(deps, walk, step.from) };
    case 'refused':
      return replaced(deps, spec, walk, modified.reason);
    case 'again':
    case 'out-of-reach':
      return { kind: 'repriced', walk: rested(deps, before) };
    default:
      return modified;
  }
}

/** The step by cancel and replace. */
function replaced(deps: Deps, spec: OrderSpec, walk: WalkState, reason: string): Repricing {
  return {
    kind: 'replace',
    walk: successorOf(deps, spec, walk),
    reason,
    ...(givesUpRest(deps, spec) && { endsOnFill: true }),
  };
}

/** The step as it begins with the broker's acknowledgement, which may have taken seconds. */
function begun({ broker }: Pick<BrokerDeps, 'broker'>, walk: WalkState, decidedAt: number): WalkState {
  const late = Math.max(0, broker.clock.now() - decidedAt);
  return { ...walk, stepEndsAt: Math.min(walk.endsAt, walk.stepEndsAt + late) };
}

/**
 * Where a replacement continues: at the refused step, which begins when it is placed. An urgent exit continues at natural, since the
 * replacement has taken its time.
 */
function successorOf(deps: Deps, { purpose, urgency }: OrderSpec, walk: WalkState): WalkState {
  const { steps } = paceOf(deps, urgency);
  const urgent = purpose === 'REDUCE' && (urgency === 'HIGH' || urgency === 'IMMEDIATE');
  return { ...walk, stepNo: urgent ? Math.max(walk.stepNo, steps) : walk.stepNo, stepEndsAt: deps.broker.clock.now() };
}

/** The step again in a little while. */
function rested(deps: Deps, walk: WalkState): WalkState {
  return { ...walk, stepEndsAt: deps.broker.clock.now() + BLOCKED_RETRY_MS };
}
