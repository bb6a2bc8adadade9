/**
 * The account as evidence about an order that no list shows. After midnight the broker's lists of executions and completed
 * orders are empty, so an order that filled before is in none of them; its fill is in the account.
 */
import type { BrokerPosition } from '../../broker/api.js';
import { parseOrderRef } from '../../domain/ids.js';
import type { Fill } from '../../domain/order/fill.js';
import { separateCorrections } from '../../domain/position/external-fills.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

/** What the broker says at one moment, each answer complete. */
interface AccountLook {
  readonly positions: readonly BrokerPosition[];
  readonly executions: readonly Fill[];
}

/**
 * `agrees`: the account holds on every leg what the ledger says, but for trades of somebody else that are still to be imported, so
 * nothing of the order filled. `busy`: another order on these contracts may explain a difference; poll again. Otherwise the sentence
 * that names the difference.
 */
export async function compareWithAccount(
  { store }: Pick<BrokerDeps, 'store'>,
  intent: IntentRow,
  { positions, executions }: AccountLook,
): Promise<'agrees' | 'busy' | { readonly difference: string }> {
  const [ledger, theirs] = await Promise.all([store.fills.openQuantities(), tradedOutside(store, intent, executions)]);
  const contracts = intent.payload.legs.map((leg) => leg.contract.conId);
  const different = contracts.filter(
    (conId) => heldOf(positions, conId) !== (ledger.get(conId) ?? 0) + (theirs.get(conId) ?? 0),
  );
  if (different.length === 0) return 'agrees';
  const others = (await store.intents.unsettled()).filter(
    (other) =>
      other.orderRef !== intent.orderRef &&
      other.state !== 'PLANNED' &&
      other.payload.legs.some((leg) => different.includes(leg.contract.conId)),
  );
  if (others.length > 0) return 'busy';
  const named = different.map(
    (conId) => `${conId}: account ${heldOf(positions, conId)}, ledger ${ledger.get(conId) ?? 0}`,
  );
  return {
    difference: `The broker shows no such order, but account and ledger differ in its legs (contract ${named.join('; contract ')}).`,
  };
}

/** Contracts, signed, that executions without a name of ours moved and no ledger has yet. None of the order itself counts. */
async function tradedOutside(
  { fills }: BrokerDeps['store'],
  { orderId, permId = 0 }: IntentRow,
  executions: readonly Fill[],
): Promise<ReadonlyMap<number, number>> {
  const foreign = executions.filter(
    (fill) =>
      parseOrderRef(fill.orderRef) === undefined &&
      fill.orderId !== orderId &&
      (permId === 0 || fill.permId !== permId),
  );
  const { fresh } = separateCorrections(foreign, await fills.ofExecutions(foreign.map(({ execId }) => execId)));
  const moved = new Map<number, number>();
  for (const { conId, side, quantity, secType } of fresh) {
    if (secType !== 'OPT' && secType !== 'STK') continue;
    moved.set(conId, (moved.get(conId) ?? 0) + (side === 'BUY' ? quantity : -quantity));
  }
  return moved;
}

function heldOf(positions: readonly BrokerPosition[], conId: number): number {
  return positions.filter((row) => row.conId === conId).reduce((sum, { quantity }) => sum + quantity, 0);
}
