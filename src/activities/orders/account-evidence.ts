/**
 * The account as evidence about an order that no list shows. After midnight the broker's lists of executions and completed
 * orders are empty, so an order that filled before is in none of them; its fill is in the account.
 */
import type { BrokerPosition } from '../../broker/api.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

/**
 * `agrees`: the account holds on every leg what the ledger says, so nothing of the order filled. `busy`: another order on these
 * contracts may explain a difference; poll again. Otherwise the sentence that names the difference.
 */
export async function compareWithAccount(
  { store }: Pick<BrokerDeps, 'store'>,
  intent: IntentRow,
  positions: readonly BrokerPosition[],
): Promise<'agrees' | 'busy' | { readonly difference: string }> {
  const ledger = await store.fills.openQuantities();
  const contracts = intent.payload.legs.map((leg) => leg.contract.conId);
  const different = contracts.filter((conId) => heldOf(positions, conId) !== (ledger.get(conId) ?? 0));
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

function heldOf(positions: readonly BrokerPosition[], conId: number): number {
  return positions.filter((row) => row.conId === conId).reduce((sum, { quantity }) => sum + quantity, 0);
}
