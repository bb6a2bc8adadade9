/**
 * What an exit does when its combination has filled at no urgency: a market order on it where allowed, then its legs one by one,
 * shorts bought back first.
 */
import type { OrderSpec } from '../../contract/activities.js';
import type { OrderRole } from '../../domain/ids.js';
import type { OrderPayload } from '../../domain/order/order.js';
import type { ExitAge } from '../../domain/rules/exit-age.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';

type Deps = Pick<BrokerDeps, 'settings' | 'store'>;

export type LastResort = 'market' | 'legs';

/** Undefined while the exit is too young, and when neither way is allowed. */
export async function lastResortOf(
  deps: Deps,
  { positionId, step, role, purpose }: Pick<OrderSpec, 'positionId' | 'step' | 'role' | 'purpose'>,
  { plan, mode }: Pick<PositionRow, 'plan' | 'mode'>,
  age: ExitAge | undefined,
): Promise<LastResort | undefined> {
  const isCombination = role === 'combo' && purpose === 'REDUCE' && plan.legs.length > 1;
  if (!age?.lastResort || !isCombination) return undefined;
  const { allowComboMarket, exitAge } = deps.settings().orders;
  const mayGoByLegs = exitAge.lastResort === 'legs' && mode !== 'combo';
  if (!allowComboMarket) return mayGoByLegs ? 'legs' : undefined;
  if (!mayGoByLegs) return 'market';
  const attempts = await deps.store.intents.attempts(positionId, step, role);
  return attempts.some(({ payload }) => payload.orderType === 'MKT') ? 'legs' : 'market';
}

/**
 * What an exit at its last resort does, for its alert: the order at work, or what follows it. Where neither way is allowed it stays as it
 * is, and the sentence says why.
 */
export function lastResortText(
  { settings }: Pick<BrokerDeps, 'settings'>,
  role: OrderRole,
  { plan, mode }: Pick<PositionRow, 'plan' | 'mode'>,
  {
    resort,
    payload,
  }: { readonly resort?: LastResort | undefined; readonly payload?: Pick<OrderPayload, 'orderType'> | undefined },
): string {
  if (role === 'shares') return 'It stays at natural, within orders.sharesCollarPct: shares have no last resort.';
  if (plan.legs.length === 1) return 'It stays at natural: a single leg has no last resort.';
  if (role !== 'combo') return 'It is at its last resort, leg by leg.';
  if (payload?.orderType === 'MKT') return 'It is at its last resort, a market order on the combination.';
  if (resort === 'market') return 'Its last resort comes next: a market order on the combination.';
  if (resort === 'legs') return 'Its last resort comes next: leg by leg, shorts bought back first.';
  const why =
    settings().orders.exitAge.lastResort === 'legs' && mode === 'combo'
      ? 'the position was opened with mode combo'
      : 'orders.exitAge.lastResort is wait';
  return `It stays at natural as one combination: ${why}, so there is no last resort.`;
}

/** Whether the order leaves as a true market order: on a combination, where the settings allow it. */
export function isMarketOrder(
  { settings }: Pick<BrokerDeps, 'settings'>,
  { pricing, role }: Pick<OrderSpec, 'pricing' | 'role'>,
  { plan }: Pick<PositionRow, 'plan'>,
  resort: LastResort | undefined,
): boolean {
  const isAsked = pricing.kind === 'market' || resort === 'market';
  return isAsked && role === 'combo' && plan.legs.length > 1 && settings().orders.allowComboMarket;
}
