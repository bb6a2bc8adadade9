/** An opening that is worked leg by leg: the next order from the ledger. */
import type { LegsPlan, PositionActivities } from '../../contract/activities.js';
import { legOfRole } from '../../domain/ids.js';
import { isCancelledByUser } from '../../domain/order/cancelled-by-user.js';
import { type LegTry, nextLegStep } from '../../domain/order/legs.js';
import type { Store } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { OrderTracker } from '../orders/tracker.js';

export interface LegsParts {
  readonly deps: Pick<BrokerDeps, 'settings' | 'store'>;
  readonly tracker: OrderTracker;
}

type Input = Parameters<PositionActivities['planLegs']>[0];

export async function planLegs(parts: LegsParts, input: Input): Promise<LegsPlan> {
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
  // Nothing is at stake before the first fill; from then on every second counts.
  const urgency = row.legs.some((leg) => leg.openQuantity !== 0) ? 'HIGH' : 'NORMAL';
  const common = { kind: 'order', step, legNo, contracts, urgency } as const;
  return next.kind === 'open'
    ? { ...common, role: `leg${legNo}`, purpose: 'OPEN', how: next.how }
    : { ...common, role: `unwind${legNo}`, purpose: 'REDUCE', how: 'unwind' };
}

/** A leg that a person cancelled is not worked to its cap either: the filled part is unwound to whole combos. */
async function cancelledByPerson({ intents }: Store, positionId: string): Promise<readonly LegTry[]> {
  const all = await intents.list({ positionId });
  return all
    .filter((intent) => intent.purpose === 'OPEN' && isCancelledByUser(intent))
    .flatMap(({ role }) => {
      const legNo = legOfRole(role);
      return legNo === undefined ? [] : (['walk', 'complete'] as const).map((how): LegTry => ({ legNo, how }));
    });
}
