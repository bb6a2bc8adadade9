/** The over-close check: what reduces must never cross zero, by our ledger and by the account, working orders included. */
import { reducible } from '../../domain/order/guards.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../deps.js';
import { filledCombos } from './progress.js';

/** A sentence naming the contract when the order would close more than is held; undefined when it may go. */
export async function checkOverClose(deps: BrokerDeps, intent: IntentRow): Promise<string | undefined> {
  const { store, broker } = deps;
  const [ledger, positions, unsettled] = await Promise.all([
    store.fills.openQuantities(),
    broker.positions(),
    store.intents.unsettled(),
  ]);
  const contracts = new Set(intent.payload.legs.map((leg) => leg.contract.conId));
  const others = await Promise.all(
    unsettled
      .filter((other) => other.purpose === 'REDUCE' && other.orderRef !== intent.orderRef && other.state !== 'PLANNED')
      .filter((other) => other.payload.legs.some((leg) => contracts.has(leg.contract.conId)))
      .map(async ({ orderRef, payload }) => {
        const filled = filledCombos(payload, await store.fills.ofOrder(orderRef));
        return { payload, rest: Math.max(0, payload.quantity - filled) };
      }),
  );
  for (const leg of intent.payload.legs) {
    const { conId } = leg.contract;
    const working = others
      .flatMap((other) =>
        other.payload.legs
          .filter((one) => one.contract.conId === conId && one.action === leg.action)
          .map((one) => one.ratio * other.rest),
      )
      .reduce((sum, quantity) => sum + quantity, 0);
    const held = positions.complete ? (positions.rows.find((row) => row.conId === conId)?.quantity ?? 0) : undefined;
    const refusal = reducible({
      conId,
      action: leg.action,
      quantity: leg.ratio * intent.payload.quantity,
      ledger: ledger.get(conId) ?? 0,
      ...(held !== undefined && { account: held }),
      working,
    });
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
