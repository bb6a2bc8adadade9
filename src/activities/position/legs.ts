/** An opening that is worked leg by leg: the next order from the ledger, and whether a position was opened so. */
import type { LegsPlan, PositionActivities } from '../../contract/activities.js';
import { legOfRole } from '../../domain/ids.js';
import { type LegTry, nextLegStep } from '../../domain/order/legs.js';
import { isResting } from '../../domain/order/protection.js';
import { isTakenAway } from '../../domain/order/taken-away.js';
import type { ExecutionRow, IntentRow, Store } from '../../store/api.js';
import type { BrokerParts } from '../parts.js';

type Input = Parameters<PositionActivities['planLegs']>[0];

export async function planLegs(parts: BrokerParts, input: Input): Promise<LegsPlan> {
  const { tracker, deps } = parts;
  const { positionId } = input;
  await tracker.drained();
  const row = await tracker.projectNow(positionId);
  const walked = input.resumed ? row.legs.map(({ legNo }): LegTry => ({ legNo, how: 'walk' })) : [];
  const next = nextLegStep({
    legs: row.legs.map(({ legNo, action, ratio, openQuantity }) => ({
      legNo,
      action,
      ratio,
      held: Math.max(0, action === 'BUY' ? openQuantity : -openQuantity),
    })),
    quantity: row.quantity,
    tried: [...walked, ...input.tried, ...(await cancelledByPerson(deps.store, positionId))],
    onPartial: input.onPartial ?? deps.settings().orders.legs.onPartial,
  });
  if (next.kind === 'done') return { kind: 'done' };
  const step = await deps.store.executions.raiseStep(positionId, input.step);
  const { legNo, contracts } = next;
  // Nothing is at stake before the first fill; from then on every second is.
  const urgency = row.legs.some((leg) => leg.openQuantity !== 0) ? 'HIGH' : 'NORMAL';
  const common = { kind: 'order', step, legNo, contracts, urgency } as const;
  return next.kind === 'open'
    ? { ...common, role: `leg${legNo}`, purpose: 'OPEN', how: next.how }
    : { ...common, role: `unwind${legNo}`, purpose: 'REDUCE', how: 'unwind' };
}

/** A leg that a person took away is not worked on to its cap either: what filled is taken back to whole combos. */
async function cancelledByPerson({ intents }: Store, positionId: string): Promise<readonly LegTry[]> {
  const all = await intents.list({ positionId });
  return all
    .filter((intent) => intent.purpose === 'OPEN' && isTakenAway(intent))
    .flatMap(({ role }) => {
      const legNo = legOfRole(role);
      return legNo === undefined ? [] : (['walk', 'complete'] as const).map((how): LegTry => ({ legNo, how }));
    });
}

/** Whether any opening order of the position was for one leg of several: the broker did not take it as a combination. */
export async function wasOpenedByLegs(store: Store, row: ExecutionRow): Promise<boolean> {
  if (row.legs.length < 2) return false;
  return (await store.intents.list({ positionId: row.positionId })).some(opensLeg);
}

/**
 * Whether the opening leg by leg has come to no end yet: something is held of it, not all, and nothing was ever sent to close the
 * position. What an exit has left half closed must not be completed again. Nothing rests for such a position: a stop or a target is
 * what a bracket has left behind that the broker did not take.
 */
export async function isOpeningByLegs(store: Store, row: ExecutionRow): Promise<boolean> {
  const held = row.legs.some((leg) => leg.openQuantity !== 0);
  if (row.legs.length < 2 || !held || row.status !== 'PARTIAL') return false;
  const intents = await store.intents.list({ positionId: row.positionId });
  return intents.some(opensLeg) && !intents.some(closesPosition);
}

function closesPosition({ purpose, role }: IntentRow): boolean {
  return purpose === 'REDUCE' && !role.startsWith('unwind') && !isResting(role);
}

function opensLeg({ purpose, role }: IntentRow): boolean {
  return purpose === 'OPEN' && role.startsWith('leg');
}
