/** The protective orders of a position: compares those that should work with those that do, one step at a time. */
import type { PositionActivities, ProtectionPlan, ProtectiveRole } from '../../contract/activities.js';
import { orderRefOf } from '../../domain/ids.js';
import { isEndedByBroker } from '../../domain/order/ended-by-broker.js';
import { ocaGroupOf } from '../../domain/order/oca-group.js';
import { hasProtection, isProtective } from '../../domain/order/protection.js';
import { isBroken } from '../../domain/position/broken.js';
import { isExpired } from '../../domain/position/settlement.js';
import { isFlat } from '../../domain/position/status.js';
import type { IntentRow, PositionRow } from '../../store/api.js';
import { existing } from '../context/existing.js';
import { type AdjustParts, adjusted } from './adjust-protection.js';
import { wasOpenedByLegs } from './by-legs.js';
import { withoutCancelledByUser } from './cancel-by-user.js';
import { endInactiveAlert } from './inactive-orders.js';
import { marketHours } from './market-closed.js';
import { payloadHash } from './payload-hash.js';
import { filledCombos, isBetweenLegs } from './progress.js';
import { protectionFor, protectivePayload, protectiveRoles } from './protection-orders.js';
import { alertUnprotected } from './protective-alerts.js';

const VALID_MS = 60_000;
/** Orders of one role that the broker may end by itself within this market time before no further one is placed. */
const ENDED_MAX = 3;
const ENDED_WITHIN_MS = 3_600_000;

type Input = Parameters<PositionActivities['planProtection']>[0];

/** A working protective order, with its fills. */
interface LiveProtection {
  readonly intent: IntentRow;
  readonly role: ProtectiveRole;
  readonly filled: number;
  readonly remaining: number;
  readonly betweenLegs: boolean;
}

export async function planProtection(parts: AdjustParts, input: Input): Promise<ProtectionPlan> {
  await parts.tracker.drained();
  const row = await existing(parts.deps.store, input.positionId);
  const resting = await readLiveProtection(parts, row.positionId);
  const doubtful = resting.find(({ intent }) => ['SENDING', 'UNKNOWN', 'PARKED'].includes(intent.state));
  if (doubtful !== undefined) return { kind: 'settle', orderRef: doubtful.intent.orderRef };
  // Executions of the combo's other legs are still to come; the last one triggers this again.
  const arriving = input.remove ? undefined : resting.find(({ betweenLegs }) => betweenLegs);
  if (arriving !== undefined) return { kind: 'keep', orderRef: arriving.intent.orderRef };
  const quantity = input.remove ? 0 : await protectable(parts, row);
  const roles = quantity === 0 ? [] : await rolesNow(parts, row, resting);
  const staying = resting.filter((one) => roles.includes(one.role) && stays(parts, row, one, quantity, roles));
  const leaving = resting.find((one) => !staying.includes(one));
  if (leaving !== undefined) return { kind: 'remove', orderRef: leaving.intent.orderRef };
  const present = new Set(staying.map(({ role }) => role));
  const missing = roles.filter((role) => !present.has(role) && input.skip?.includes(role) !== true);
  const group = staying[0]?.intent.payload.ocaGroup;
  const placed =
    missing.length === 0 ? undefined : await planMissing(parts, row, { ...input, quantity, missing, group });
  const [kept] = staying;
  if (placed !== undefined) return placed;
  const areAtWork = staying.every(({ intent }) => !parts.tracker.isInactive(intent.orderRef));
  if (areAtWork && roles.every((role) => present.has(role))) await endInactiveAlert(parts.deps, row.positionId);
  const mispriced = await findMispriced(parts, row, staying, input.skip);
  if (mispriced !== undefined) return mispriced;
  return kept === undefined ? { kind: 'none' } : { kind: 'keep', orderRef: kept.intent.orderRef };
}

async function readLiveProtection({ deps }: AdjustParts, positionId: string): Promise<readonly LiveProtection[]> {
  const unsettled = await deps.store.intents.unsettled(positionId);
  const found: LiveProtection[] = [];
  for (const intent of unsettled) {
    const { role } = intent;
    if (!isProtective(role)) continue;
    const fills = await deps.store.fills.ofOrder(intent.orderRef);
    const filled = filledCombos(intent.payload, fills);
    const remaining = Math.max(0, intent.payload.quantity - filled);
    found.push({ intent, role, filled, remaining, betweenLegs: isBetweenLegs(intent.payload, fills) });
  }
  return found;
}

/**
 * Combos that should be protected: all open ones of a balanced structure. A position that was opened leg by leg is closed so, and has
 * no combination that could be protected: an alert is raised instead.
 */
async function protectable(parts: AdjustParts, row: PositionRow): Promise<number> {
  if (!hasProtection(protectionFor(parts, row)) || isFlat(row) || row.entryNet === undefined) return 0;
  if (isBroken(row) || hasExpired(parts, row)) return 0;
  if (!(await wasOpenedByLegs(parts.deps.store, row))) return row.openCombos;
  for (const role of protectiveRoles(protectionFor(parts, row), row, row.entryNet)) {
    await alertUnprotected(
      parts.deps,
      row,
      role,
      'the position was opened leg by leg, and only a combination can be protected at the broker',
    );
  }
  return 0;
}

/** A combination trades no more once one of its legs does not; the watch then waits for its settlement. */
function hasExpired({ deps: { broker } }: AdjustParts, { legs }: PositionRow): boolean {
  const now = broker.clock.now();
  return legs.some(({ contract, openQuantity }) => openQuantity !== 0 && isExpired(contract, now));
}

/**
 * A stop that has begun to fill is at work: the broker has cancelled its target, and no new one belongs beside it. An order that a
 * person cancelled stays cancelled.
 */
async function rolesNow(
  parts: AdjustParts,
  row: PositionRow,
  resting: readonly LiveProtection[],
): Promise<readonly ProtectiveRole[]> {
  const atWork = resting.some(({ role, filled }) => role === 'stop' && filled > 0);
  const wanted = atWork ? (['stop'] as const) : protectiveRoles(protectionFor(parts, row), row, row.entryNet ?? 0);
  const standing = await withoutCancelledByUser(parts.deps.store, row.positionId, wanted);
  return await withoutEndedByBroker(parts, row, standing);
}

/** What the broker ends again and again is left out for a while, and a person is told: each placing would only be ended in turn. */
async function withoutEndedByBroker(
  { deps }: AdjustParts,
  row: PositionRow,
  roles: readonly ProtectiveRole[],
): Promise<readonly ProtectiveRole[]> {
  if (roles.length === 0) return roles;
  const since = deps.broker.clock.now() - ENDED_WITHIN_MS;
  const ended = (await deps.store.intents.list({ positionId: row.positionId })).filter(
    (intent) => isEndedByBroker(intent) && intent.updatedAt >= since,
  );
  const kept: ProtectiveRole[] = [];
  for (const role of roles) {
    const last = ended.filter((intent) => intent.role === role);
    if (last.length < ENDED_MAX) kept.push(role);
    else {
      const why = `the broker ended the last ${last.length} within an hour (${last[0]?.reason ?? ''})`;
      await alertUnprotected(deps, row, role, why);
    }
  }
  return kept;
}

/**
 * Whether a protective order has the size of the open position and a configured role. A target that fills in part makes the broker
 * cancel or shrink its stop: both are then placed again, in a group without fills.
 */
function stays(
  parts: AdjustParts,
  row: PositionRow,
  { intent, role, filled, remaining }: LiveProtection,
  quantity: number,
  roles: readonly ProtectiveRole[],
): boolean {
  if (intent.state !== 'WORKING' || remaining !== quantity) return false;
  if (role === 'target') return filled === 0 || !roles.includes('stop');
  const kind = intent.payload.conditions === undefined ? 'combo' : 'underlying';
  return kind === protectionFor(parts, row).kind;
}

/** An order that has begun to fill keeps its price: it is at work. */
async function findMispriced(
  parts: AdjustParts,
  row: PositionRow,
  staying: readonly LiveProtection[],
  skip: readonly ProtectiveRole[] = [],
): Promise<ProtectionPlan | undefined> {
  for (const { intent, role, filled } of staying) {
    if (filled > 0 || skip.includes(role) || (await adjusted(parts, row, intent)) === undefined) continue;
    return { kind: 'adjust', orderRef: intent.orderRef, role };
  }
  return undefined;
}

interface Missing extends Input {
  readonly quantity: number;
  readonly missing: readonly ProtectiveRole[];
  /** OCA group of the orders that work already. */
  readonly group: string | undefined;
}

/** Commits the intent of the first missing order; undefined when none of them has a price. */
async function planMissing(parts: AdjustParts, row: PositionRow, wanted: Missing): Promise<ProtectionPlan | undefined> {
  const { store, broker } = parts.deps;
  const { positionId } = row;
  const { step, quantity, missing } = wanted;
  const now = broker.clock.now();
  const market = await marketHours(parts.calendar, row.plan.legs, now);
  if (market.closed) return { kind: 'later', at: market.closed.notBefore };
  for (const role of missing) {
    const ocaGroup = wanted.group ?? ocaGroupOf(positionId, step);
    const payload = await protectivePayload(parts, row, {
      role,
      step,
      quantity,
      entryNet: row.entryNet ?? 0,
      ocaGroup,
    });
    if (typeof payload === 'string') {
      await alertUnprotected(parts.deps, row, role, payload);
      continue;
    }
    const orderRef = orderRefOf({ positionId, step, role, attempt: 1 });
    await store.executions.raiseStep(positionId, step);
    await store.intents.plan(
      {
        ...{ orderRef, positionId, step, role, attempt: 1, purpose: 'REDUCE', payload },
        payloadHash: payloadHash(payload),
        validUntil: now + VALID_MS,
      },
      now,
    );
    return { kind: 'place', orderRef, step, role };
  }
  return undefined;
}
