/** The least that the opening of a roll must bring for closing and opening together to be a credit. */

import { LegworkError } from '../../domain/errors.js';
import { parseOrderRef } from '../../domain/ids.js';
import { divideRounded, fromNumber, type Micros } from '../../domain/money.js';
import { opposite } from '../../domain/option.js';
import { isProtective } from '../../domain/order/protection.js';
import { effectiveFills } from '../../domain/position/effective-fills.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { readNet } from '../orders/net-quote.js';

interface Parts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'stepped' | 'store'>;
}

/**
 * Net credit per share of a combo; undefined when a roll need not bring one. Closing costs what its fills have paid. Before the
 * first fill it costs what crossing every leg would pay now. Throws DATA_MISSING when the legs show no price.
 */
export async function leastCreditOf(
  { deps }: Parts,
  row: PositionRow,
  { combos, since }: { readonly combos: number; readonly since?: number },
): Promise<Micros | undefined> {
  const { creditOnly, minCredit } = deps.settings().rules.roll;
  if (!creditOnly) return undefined;
  const cost = since === undefined ? await costOfClosing(deps, row) : await paidSince(deps, row, combos, since);
  return cost + fromNumber(minCredit);
}

async function costOfClosing(deps: Parts['deps'], { plan, positionId }: PositionRow): Promise<Micros> {
  const legs = plan.legs.map((leg) => ({ ...leg, action: opposite(leg.action) }));
  const { net } = await readNet(deps, legs, 'REDUCE');
  if (net === undefined)
    throw new LegworkError('DATA_MISSING', `The cost of closing ${positionId} is not known: a leg has no price.`);
  return net.natural;
}

/** Per share of a combo; negative: it was received. */
async function paidSince(
  { store }: Pick<BrokerDeps, 'store'>,
  { positionId }: PositionRow,
  combos: number,
  since: number,
): Promise<Micros> {
  const fills = effectiveFills(await store.fills.ofPosition(positionId)).filter(
    ({ secType, at, orderRef }) =>
      secType !== 'BAG' && secType !== 'CASH' && at >= since - (since % 1000) && !isResting(orderRef),
  );
  const paid = fills.reduce((sum, { side, price, quantity }) => sum + (side === 'BUY' ? 1 : -1) * price * quantity, 0);
  return divideRounded(paid, combos);
}

function isResting(orderRef: string | undefined): boolean {
  const role = parseOrderRef(orderRef ?? '')?.role;
  return role !== undefined && isProtective(role);
}
