/** What no order of ours does to a position: a person trades its legs in TWS, a short leg is assigned, the broker liquidates a leg. */
import type { PositionRow } from 'legwork';
import type { Arena } from './arena.js';
import type { OutsideChange } from './happened.js';
import type { OutsideTerms } from './kinds.js';
import { persist } from './retry.js';

const DO_MS = 30_000;
const SHARES_PER_CONTRACT = 100;

type Leg = PositionRow['legs'][number];
type Way = 'manualTrade' | 'liquidate' | 'assign';

/** Does it to what the position holds now; nothing happens to one that holds nothing. */
export async function changeOutside(
  arena: Arena,
  name: OutsideChange['name'],
  { leg: number, share }: OutsideTerms = { leg: 0, share: 1 },
  positionId: string,
): Promise<void> {
  const row = await persist('read the position', DO_MS, () => arena.client.execution(positionId));
  const open = row.legs.filter(({ openQuantity }) => openQuantity !== 0);
  const eligible = name === 'assign' ? open.filter(({ openQuantity }) => openQuantity < 0) : open;
  const one = eligible[number % Math.max(1, eligible.length)];
  if (one === undefined || row.status === 'CLOSED' || row.status === 'FAILED') return;
  const change: OutsideChange = { name, positionId, at: Date.now() };
  const part = (leg: Leg) => Math.sign(leg.openQuantity) * Math.max(1, Math.floor(Math.abs(leg.openQuantity) * share));
  if (name === 'assign') await reduceTo(arena, row, one, part(one), 'assign');
  else if (name === 'liquidate') await reduceTo(arena, row, one, part(one), 'liquidate');
  else if (name === 'hand-leg') await reduceTo(arena, row, one, one.openQuantity, 'manualTrade');
  else {
    // Half of the combos, or all of them: of one combo there is no half.
    const combos = name === 'hand-part' ? Math.max(1, Math.floor(row.openCombos / 2)) : row.openCombos;
    for (const leg of open) {
      const whole = name === 'hand-close' ? leg.openQuantity : Math.sign(leg.openQuantity) * combos * leg.ratio;
      await reduceTo(arena, row, leg, whole, 'manualTrade');
    }
  }
  arena.happened.outside.push(change);
}

/**
 * Takes so many contracts (signed as held) of a leg away. The gateway may be killed between doing it and its answer, so what is held is
 * looked at before each try.
 */
async function reduceTo(
  arena: Arena,
  { underlyingConId }: PositionRow,
  { contract }: Leg,
  away: number,
  way: Way,
): Promise<void> {
  const { gateway, happened } = arena;
  const { conId } = contract;
  const held = async () => (await gateway.positions()).find((one) => one.contract.conId === conId)?.quantity ?? 0;
  const target = (await persist('look', DO_MS, held)) - away;
  await persist(`${way} of ${conId}`, DO_MS, async () => {
    const left = (await held()) - target;
    // Ours may have closed it meanwhile.
    if (left === 0 || Math.sign(left) !== Math.sign(away)) return;
    if (way === 'manualTrade') await gateway.fault({ kind: 'manualTrade', conId, quantity: -left });
    else await gateway.fault({ kind: way, conId, quantity: Math.abs(left) });
  });
  if (way !== 'assign') return;
  const { now: at } = await persist('read the clock', DO_MS, () => gateway.status());
  const shares = away * SHARES_PER_CONTRACT * (contract.right === 'CALL' ? 1 : -1);
  happened.moves.push({ conId, quantity: -away, at }, { conId: underlyingConId, quantity: shares, at });
}
