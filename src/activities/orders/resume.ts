/** The walk of an order whose intent is stored, but whose preparing step never answered: a worker died in between. */
import type { OrderSpec, WalkState } from '../../contract/activities.js';
import type { Micros } from '../../domain/money.js';
import type { ExecutionRow, IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../deps.js';
import { readNet } from './net.js';
import { firstWalk, paceOf, readIncrement } from './pricing.js';
import { assertUsable } from './session.js';

const DAY_MS = 86_400_000;

/** Goes on from the stored price. An exit is anchored anew at every step; an opening needs its further prices. */
export async function resumedWalk(
  deps: BrokerDeps,
  spec: OrderSpec,
  row: ExecutionRow,
  intent: IntentRow,
): Promise<WalkState> {
  const { payload } = intent;
  const price = payload.limitPrice ?? 0;
  const limit = payload.legs.length === 1 && payload.legs[0]?.action === 'SELL' ? -price : price;
  const goodTill = payload.goodTill ?? intent.validUntil;
  const endsAt = spec.purpose === 'OPEN' ? goodTill : intent.createdAt + DAY_MS;
  const stepEndsAt = intent.createdAt + paceOf(deps, spec.urgency).stepSeconds * 1000;
  const limits = await pricesBeyond(deps, spec, row, intent, limit);
  return { stepNo: 1, stepEndsAt, endsAt, limits, startMid: limit, limit };
}

/** What the walk of an opening would still offer, by the market of this moment; none when that shows no price. */
async function pricesBeyond(
  deps: BrokerDeps,
  spec: OrderSpec,
  row: ExecutionRow,
  { payload: { legs } }: IntentRow,
  limit: Micros,
): Promise<readonly Micros[]> {
  if (spec.purpose !== 'OPEN' || spec.pricing.kind !== 'walk') return [];
  await assertUsable(deps.broker);
  const net = await readNet(deps, legs, spec.purpose);
  if (net === undefined) return [];
  const increment = await readIncrement(deps, legs, net.mid);
  const walk = firstWalk(deps, spec, row, net, increment, deps.broker.clock.now());
  return 'refused' in walk ? [] : [walk.limit, ...walk.limits].filter((one) => one > limit);
}
