/** Preparing an order: what to trade, at which price, and the intent committed before anything is sent. */
import type { OrderSpec, PreparedOrder } from '../../contract/activities.js';
import { defined } from '../../domain/defined.js';
import { LegworkError } from '../../domain/errors.js';
import { legOfRole, orderRefOf } from '../../domain/ids.js';
import { formatMoney, type Micros } from '../../domain/money.js';
import { opposite } from '../../domain/option.js';
import { BY_PERSON, isCancelledByUser } from '../../domain/order/cancelled-by-user.js';
import { REQUOTED_MS } from '../../domain/order/net-bounds.js';
import type { OrderLeg, OrderPayload } from '../../domain/order/order.js';
import type { WalkState } from '../../domain/order/walk.js';
import { isBroken } from '../../domain/position/broken.js';
import { holdsAnything } from '../../domain/position/status.js';
import type { ExitAge } from '../../domain/rules/exit-age.js';
import type { IntentRow, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existing } from '../context/existing.js';
import type { SessionCalendar } from '../market/session-calendar.js';
import { ageOf, alertIfUnfilled } from './exit-alert.js';
import { isMarketOrder, type LastResort, lastResortOf } from './last-resort.js';
import { marketHours } from './market-closed.js';
import { type Net, readNet } from './net-quote.js';
import { heldUnits } from './over-close.js';
import { payloadHash } from './payload-hash.js';
import { begunCombos } from './progress.js';
import { assertUsable } from './session.js';
import { againWalk, driftTooFar, firstWalk, readIncrement } from './walk-pricing.js';

type Deps = Pick<BrokerDeps, 'broker' | 'settings' | 'stepped' | 'store'>;

const VALID_MS = 60_000;
const NO_QUOTE_RETRY_MS = 10_000;

export async function prepareOrder(deps: Deps, calendar: SessionCalendar, spec: OrderSpec): Promise<PreparedOrder> {
  const { store, broker } = deps;
  broker.clock.join(spec.positionId);
  const row = await existing(store, spec.positionId);
  const orderRef = orderRefOf(spec);
  await store.executions.raiseStep(spec.positionId, spec.step);
  const known = await store.intents.get(orderRef);
  if (known !== undefined) return ready(known);
  if (await wasCancelledByPerson(deps, spec)) return { kind: 'nothing', reason: BY_PERSON };

  await assertUsable(broker);
  const age = ageOf(deps, spec, row, broker.clock.now());
  const resort = await lastResortOf(deps, spec, row, age);
  if (resort === 'legs') return byLegs(age?.minutes ?? 0);
  const drafted = await draftOrder(
    deps,
    calendar,
    age === undefined ? spec : { ...spec, urgency: age.urgency },
    row,
    resort,
  );
  if (drafted.kind === 'later' && age !== undefined) {
    await alertIfUnfilled(deps, row, { spec, age, resort, reason: drafted.reason });
  }
  if (drafted.kind !== 'drafted') return drafted;
  const { payload, now, net } = drafted;
  // An alert may have fallen due between the end of the former order and this one.
  if (age !== undefined) await alertIfUnfilled(deps, row, { spec, age, resort, payload, net });
  const walk = until(drafted.walk, age);
  // An order that waits here must not be sent with most of its time at the broker used up.
  const validMs = Math.min(VALID_MS, ((payload.goodTill ?? Number.POSITIVE_INFINITY) - now) / 2);
  const stored = await store.intents.plan(
    {
      orderRef,
      positionId: spec.positionId,
      step: spec.step,
      role: spec.role,
      attempt: spec.attempt,
      purpose: spec.purpose,
      payload,
      payloadHash: payloadHash(payload),
      validUntil: now + validMs,
      walk,
    },
    now,
  );
  return ready(stored);
}

/** A step may be repeated after a crash, or run twice at once: the first plan counts, with its later prices. */
function ready({ orderRef, walk }: IntentRow): PreparedOrder {
  if (walk === undefined) throw new LegworkError('INVARIANT_BROKEN', `Order ${orderRef} was planned without a walk.`);
  return { kind: 'ready', orderRef, walk };
}

/** The combination has used up its time. */
function byLegs(minutes: number): PreparedOrder {
  const reason = `The combination has not filled for ${minutes} trading minutes: the exit goes on leg by leg.`;
  return { kind: 'refused', code: 'NOT_FILLED', reason, byLegs: true };
}

/** The step is polled before its end when the age of its exit requires something. */
export function until({ early: _, ...walk }: WalkState, age: ExitAge | undefined): WalkState {
  const { stepEndsAt } = walk;
  if (age === undefined || age.nextAt >= stepEndsAt) return walk;
  return { ...walk, stepEndsAt: age.nextAt, early: { until: stepEndsAt, urgency: age.urgency } };
}

/** An attempt cancelled before its acknowledgement ends like one that never left; no other may follow it. */
async function wasCancelledByPerson({ store }: Pick<BrokerDeps, 'store'>, spec: OrderSpec): Promise<boolean> {
  if (spec.attempt === 1) return false;
  const before = await store.intents.get(orderRefOf({ ...spec, attempt: spec.attempt - 1 }));
  return before !== undefined && isCancelledByUser(before);
}

export type DraftedOrder =
  | {
      readonly kind: 'drafted';
      readonly payload: OrderPayload;
      readonly walk: WalkState;
      readonly net: Net;
      readonly now: number;
    }
  | Exclude<PreparedOrder, { kind: 'ready' }>;

/** The order as it would be sent at current prices, or why not. Writes nothing. */
export async function draftOrder(
  deps: Deps,
  calendar: SessionCalendar,
  spec: OrderSpec,
  row: PositionRow,
  resort?: LastResort,
): Promise<DraftedOrder> {
  const now = deps.broker.clock.now();
  const wanted =
    spec.purpose === 'OPEN' ? await openableUnits(deps, spec) : Math.min(spec.combos, reducibleUnits(row, spec));
  if (wanted <= 0) {
    if (spec.purpose === 'OPEN') return { kind: 'nothing', reason: 'All of it has filled.' };
    // Somebody else closed what this order is for. An exit goes on with the rest of the position.
    const rest = spec.exit !== undefined && holdsAnything(row);
    return { kind: 'nothing', reason: 'The ledger holds nothing to close.', ...(rest && { over: true as const }) };
  }
  if (spec.role === 'combo' && spec.purpose === 'REDUCE' && (await brokeOutside(deps, row))) {
    return {
      kind: 'later',
      notBefore: now,
      reason: 'the position changed outside Legwork: its rest is closed leg by leg',
    };
  }
  const legs = orderLegs(row, spec);
  const market = await marketHours(calendar, legs, now);
  if (market.closed) return { kind: 'later', ...market.closed };
  const [priced, held] = await Promise.all([
    readNet(deps, legs, spec.purpose),
    spec.purpose === 'REDUCE' ? heldUnits(deps, legs) : undefined,
  ]);
  const quantity = Math.min(wanted, held ?? wanted);
  const { net } = priced;
  if (net === undefined) return { kind: 'later', notBefore: now + NO_QUOTE_RETRY_MS, reason: priced.why };
  if (spec.purpose === 'OPEN' && !net.possible) return { kind: 'refused', code: 'RISK_REFUSED', reason: noPrice(net) };
  const increment = await readIncrement(deps, legs, net.mid);
  const walk = walkOf(deps, spec, row, { net, increment, now });
  if ('over' in walk) {
    return { kind: 'nothing', reason: walk.over, ...(spec.purpose === 'REDUCE' && { over: true as const }) };
  }
  if ('refused' in walk) return refused(deps, spec, net, walk.refused);
  const goodTill = goodTillOf(deps, spec, walk, now);
  const limit = isMarketOrder(deps, spec, row, resort) ? undefined : limitOf(legs, walk.limit);
  return { kind: 'drafted', payload: payloadOf(row, spec, { legs, quantity, goodTill }, limit), walk, net, now };
}

/** An exit of whole combos is planned again when a leg has left otherwise. */
async function brokeOutside({ store }: Pick<BrokerDeps, 'store'>, row: PositionRow): Promise<boolean> {
  return isBroken(row) && (await store.externalChanges.ofPosition(row.positionId)).length > 0;
}

function noPrice({ mid }: Net): string {
  const net = `${formatMoney(Math.abs(mid))} to ${mid < 0 ? 'receive' : 'pay'}`;
  return `The legs' quotes give ${net} per share, which they can never be worth together.`;
}

/**
 * Nothing may keep an exit from leaving. A computed price that fails the check does not count, and neither does a net that cannot be
 * real: the exit waits until its legs are quoted again.
 */
function refused(
  { broker }: Pick<BrokerDeps, 'broker'>,
  { purpose, pricing }: OrderSpec,
  net: Net,
  why: string,
): DraftedOrder {
  if (purpose === 'OPEN' || (pricing.kind === 'limit' && net.possible))
    return { kind: 'refused', code: 'RISK_REFUSED', reason: why };
  const reason = net.possible ? why : noPrice(net);
  return { kind: 'later', notBefore: broker.clock.now() + REQUOTED_MS, reason: `no price yet: ${reason}` };
}

/** The first walk, or the same step again for a further attempt; `over` when an opening has no time left or lost its market. */
function walkOf(
  deps: Deps,
  spec: OrderSpec,
  row: PositionRow,
  at: { readonly net: Net; readonly increment: number; readonly now: number },
): WalkState | { readonly refused: string } | { readonly over: string } {
  const { walk } = spec;
  const first = () => firstWalk(deps, spec, row, at.net, at.increment, at.now);
  if (walk === undefined) return first();
  if (isBounded(spec) && at.now >= walk.endsAt) return { over: 'the order was not filled in its time' };
  const moved = driftTooFar(deps, spec, row, walk, at.net);
  if (moved !== undefined) return { over: moved };
  return againWalk(deps, spec, row, walk, at) ?? first();
}

/** Orders with a time limit: openings, what undoes an opening, and a price that a person fixed. Other exits begin again. */
function isBounded({ purpose, pricing, role }: OrderSpec): boolean {
  return purpose === 'OPEN' || pricing.kind === 'limit' || role.startsWith('unwind');
}

/**
 * What is left to open, by the executions of earlier attempts; some may have come after their order ended. If a combo has executed on
 * some legs only, the other executions are on their way.
 */
async function openableUnits(
  { store }: Pick<BrokerDeps, 'store'>,
  { positionId, step, role, attempt, combos }: OrderSpec,
): Promise<number> {
  if (attempt === 1) return combos;
  const [first, ...others] = (await store.intents.attempts(positionId, step, role)).filter(
    (one) => one.attempt < attempt,
  );
  if (first === undefined) return combos;
  let begun = 0;
  for (const { orderRef, payload } of [first, ...others])
    begun += begunCombos(payload, await store.fills.ofOrder(orderRef));
  return Math.min(combos, first.payload.quantity - begun);
}

/** Combos that are open, contracts of the one leg that the order is for, or shares. */
function reducibleUnits(row: PositionRow, spec: OrderSpec): number {
  if (spec.role === 'shares') return Math.abs(row.shares);
  const legNo = legOfRole(spec.role);
  if (legNo === undefined) return row.openCombos;
  return Math.abs(row.legs.find((leg) => leg.legNo === legNo)?.openQuantity ?? 0);
}

/** The position's legs as planned, or each undone; for an order on one leg, that leg in contracts. */
function orderLegs(row: PositionRow, spec: OrderSpec): readonly OrderLeg[] {
  if (spec.role === 'shares') {
    const contract = { secType: 'STK', conId: row.underlyingConId, symbol: row.symbol } as const;
    return [{ contract, action: row.shares > 0 ? 'SELL' : 'BUY', ratio: 1 }];
  }
  const legNo = legOfRole(spec.role);
  const legs = row.plan.legs.map(({ contract, action, ratio }) => ({
    contract,
    ratio,
    action: spec.purpose === 'OPEN' ? action : opposite(action),
  }));
  if (legNo === undefined) return legs;
  return legs.slice(legNo - 1, legNo).map((leg) => ({ ...leg, ratio: 1 }));
}

function payloadOf(
  row: PositionRow,
  spec: OrderSpec,
  order: Pick<OrderPayload, 'legs' | 'quantity'> & { readonly goodTill: number },
  limitPrice: Micros | undefined,
): OrderPayload {
  return {
    positionId: spec.positionId,
    step: spec.step,
    role: spec.role,
    purpose: spec.purpose,
    symbol: row.symbol,
    ...order,
    orderType: limitPrice === undefined ? 'MKT' : 'LMT',
    ...defined({ limitPrice }),
    tif: 'GTD',
  };
}

/** A single contract is bought or sold by its own action, at a positive price. */
export function limitOf(legs: readonly OrderLeg[], limit: number): number {
  return legs.length === 1 ? Math.abs(limit) : limit;
}

/**
 * Every order expires at the broker at a time fixed when it is placed: an entry with its walk, an exit after the longest wait that its
 * urgency allows. So an order without evidence cannot fill later than that. Market time, epoch ms.
 */
function goodTillOf(deps: Deps, { purpose, urgency }: OrderSpec, walk: WalkState, now: number): number {
  if (purpose === 'OPEN') return walk.endsAt;
  const { normal, high, immediate } = deps.settings().orders.exitGoodTill;
  const seconds = urgency === 'IMMEDIATE' ? immediate : urgency === 'HIGH' ? high : normal;
  return Math.min(walk.endsAt, now + seconds * 1000);
}
