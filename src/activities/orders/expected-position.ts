/** Whether the account holds of a contract what the ledger says, or will say once one of our orders has been recorded. */
import { setTimeout } from 'node:timers/promises';
import type { PositionChange } from '../../broker/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { OrderTracker } from './tracker.js';

/** A position may be reported a moment before the execution that changed it. */
const LOOKS = 4;
const GAP_MS = 100;

export async function isExpectedPosition(
  { deps, tracker }: { readonly deps: Pick<BrokerDeps, 'store'>; readonly tracker: OrderTracker },
  { conId, quantity }: PositionChange,
): Promise<boolean> {
  const { fills, ownShares, executions } = deps.store;
  for (let look = 1; ; look++) {
    await tracker.drained();
    const [open, own] = await Promise.all([fills.openQuantities(), ownShares.get(conId)]);
    if ((open.get(conId) ?? 0) + (own?.quantity ?? 0) === quantity) return true;
    if (look === LOOKS) break;
    await setTimeout(GAP_MS);
  }
  const rows = await executions.get_open_strategies();
  const ours = rows.flatMap((row) => [row.underlyingConId, ...row.legs.map(({ contract }) => contract.conId)]);
  return !ours.includes(conId);
}
