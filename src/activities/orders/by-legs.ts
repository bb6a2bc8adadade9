/** Whether a position was opened leg by leg, and whether that opening has finished; read from its orders. */
import { isProtective } from '../../domain/order/protection.js';
import type { IntentRow, PositionRow, Store } from '../../store/api.js';

/** Whether any opening order of the position was for a single leg, so that it was not opened as a combination. */
export async function wasOpenedByLegs(store: Store, row: PositionRow): Promise<boolean> {
  if (row.legs.length < 2) return false;
  return (await store.intents.list({ positionId: row.positionId })).some(opensLeg);
}

/**
 * Whether an opening leg by leg is unfinished: part of the position is held, but not all, and nothing was ever sent to close it. A
 * position that an exit has half closed must not be completed again. Such a position has no protective orders; a stop or a target
 * can only be left over from a bracket that the broker did not take.
 */
export async function isOpeningByLegs(store: Store, row: PositionRow): Promise<boolean> {
  const held = row.legs.some((leg) => leg.openQuantity !== 0);
  if (row.legs.length < 2 || !held || row.status !== 'PARTIAL') return false;
  const intents = await store.intents.list({ positionId: row.positionId });
  return intents.some(opensLeg) && !intents.some(closesPosition);
}

function closesPosition({ purpose, role }: IntentRow): boolean {
  return purpose === 'REDUCE' && !role.startsWith('unwind') && !isProtective(role);
}

function opensLeg({ purpose, role }: IntentRow): boolean {
  return purpose === 'OPEN' && role.startsWith('leg');
}
