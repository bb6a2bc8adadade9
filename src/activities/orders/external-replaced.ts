/** Contracts that a corporate action has replaced by others. */

import type { BrokerPosition } from '../../broker/api.js';
import { OPEN_ALERTS } from '../../domain/alert.js';
import { replaceAlert } from '../context/replace-alert.js';
import type { ExternalChangeParts, Held } from './external-change.js';

/** Rule of the alert, and cause of attention. */
const REPLACED_RULE = 'contract_replaced';

/**
 * Whether the broker shows other options of the symbol in place of ours (same expiry, right and side, in no position), or has done so: a
 * corporate action has replaced them. We do not guess their value, so nothing is imported until a person has resolved or dismissed the
 * alert.
 */
export async function wasReplaced(
  parts: ExternalChangeParts,
  held: Held,
  positions: readonly BrokerPosition[],
): Promise<boolean> {
  const { store } = parts.deps;
  const { contract, holders } = held;
  const known = new Set(
    (await store.executions.get_open_strategies()).flatMap(({ legs }) => legs.map((leg) => leg.contract.conId)),
  );
  const foreign = positions.filter(
    ({ secType, conId, symbol, expiry }) =>
      secType === 'OPT' && !known.has(conId) && symbol === contract.symbol && expiry === contract.expiry,
  );
  const side = Math.sign(holders[0]?.quantity ?? 0);
  const isReplaced = foreign.some(({ right, quantity }) => right === contract.right && Math.sign(quantity) === side);
  let replaced = isReplaced;
  for (const { positionId, row } of holders) {
    const isOpen = (await store.alerts.list({ statuses: OPEN_ALERTS, rule: REPLACED_RULE, positionId })).length > 0;
    replaced ||= isOpen;
    if (!isReplaced) {
      // A person has resolved or dismissed the alert.
      if (!isOpen && row.attentionReasons[REPLACED_RULE] !== undefined) await setReason(parts, positionId, null);
      continue;
    }
    const names = foreign.map((one) => `${one.quantity} ${one.right} ${one.strike} (contract ${one.conId})`);
    const message = `Options of ${contract.symbol} ${contract.expiry} are gone, and the account holds ${names.join(', ')} of that expiry instead, as after a corporate action. The position is not settled, and Legwork sends no order for the new contracts. Close them at the broker, then resolve this alert.`;
    await setReason(parts, positionId, message);
    await replaceAlert(store, {
      ...{ type: 'CRITICAL', severity: 'IMMEDIATE', title: 'Contracts were replaced', message, rule: REPLACED_RULE },
      ...{ symbol: contract.symbol, positionId, createdAt: parts.deps.broker.clock.now() },
    });
  }
  return replaced;
}

/** Whether that was ever found for the position, whatever a person has made of the alert. */
export async function wasEverReplaced(
  { deps }: ExternalChangeParts,
  holder: { readonly positionId: string },
): Promise<boolean> {
  const { positionId } = holder;
  return (await deps.store.alerts.list({ rule: REPLACED_RULE, positionId })).length > 0;
}

/** The watch ends where that is news: the run of the position shows it. */
async function setReason(parts: ExternalChangeParts, positionId: string, reason: string | null): Promise<void> {
  const changed = await parts.deps.store.executions.setAttention(positionId, { [REPLACED_RULE]: reason });
  if (changed) parts.waits.changed(positionId, 'the reasons for attention changed');
}
