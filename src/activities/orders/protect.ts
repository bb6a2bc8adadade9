/** The protective order of a position: what should rest at the broker, against what does. */
import type { ProtectionPlan } from '../../contract/activities.js';
import { orderRefOf } from '../../domain/ids.js';
import { opposite } from '../../domain/option.js';
import type { OrderPayload } from '../../domain/order/order.js';
import { protectiveStop } from '../../domain/order/protective.js';
import { brokenRest } from '../../domain/position/broken.js';
import { payoffOf } from '../../domain/strategy/payoff.js';
import type { ExecutionRow, IntentRow } from '../../store/api.js';
import type { BrokerParts } from '../parts.js';
import { existing } from '../position/opening.js';
import { isOver } from '../position/summary.js';
import { payloadHash } from './payload-hash.js';
import { readIncrement } from './pricing.js';
import { readProgress } from './progress.js';

const VALID_MS = 60_000;

/** `remove`: nothing may rest, an exit is about to be worked. */
export async function planProtection(
  parts: BrokerParts,
  input: { readonly positionId: string; readonly step: number; readonly remove: boolean },
): Promise<ProtectionPlan> {
  const { deps, tracker, calendar } = parts;
  const { store, broker } = deps;
  await tracker.drained();
  const row = await existing(parts, input.positionId);
  const resting = (await store.intents.unsettled(row.positionId)).find((intent) => intent.role === 'stop');
  const quantity = input.remove ? 0 : wantedCombos(parts, row);
  if (resting !== undefined) return await judgeResting(parts, resting, quantity);
  if (quantity === 0) return { kind: 'none' };
  const now = broker.clock.now();
  const contracts = row.plan.legs.map((leg) => leg.contract);
  const session = await calendar.of(contracts, now);
  if (!session.isOpen) return { kind: 'later', at: session.nextOpen };
  const payload = await payloadOf(parts, row, input.step, quantity);
  if (payload === undefined) return { kind: 'none' };
  const orderRef = orderRefOf({ positionId: row.positionId, step: input.step, role: 'stop', attempt: 1 });
  await store.executions.raiseStep(row.positionId, input.step);
  await store.intents.plan(
    {
      orderRef,
      positionId: row.positionId,
      step: input.step,
      role: 'stop',
      attempt: 1,
      purpose: 'REDUCE',
      payload,
      payloadHash: payloadHash(payload),
      validUntil: now + VALID_MS,
    },
    now,
  );
  return { kind: 'place', orderRef, step: input.step };
}

/** Combos that should be protected: all that are open of a credit structure that is whole. */
function wantedCombos({ deps }: BrokerParts, row: ExecutionRow): number {
  if (deps.settings().orders.protective.kind === 'off' || isOver(row) || (row.entryNet ?? 0) <= 0) return 0;
  if (row.legs.length < 2 || brokenRest(row.legs, row.openCombos) !== undefined) return 0;
  return row.openCombos;
}

async function judgeResting({ deps }: BrokerParts, resting: IntentRow, quantity: number): Promise<ProtectionPlan> {
  const { orderRef, state } = resting;
  if (state === 'SENDING' || state === 'UNKNOWN' || state === 'PARKED') return { kind: 'settle', orderRef };
  const { remaining } = await readProgress(deps.store, resting);
  if (state === 'ACKED' && quantity > 0 && remaining === quantity) return { kind: 'keep', orderRef };
  return { kind: 'remove', orderRef };
}

async function payloadOf(
  parts: BrokerParts,
  row: ExecutionRow,
  step: number,
  quantity: number,
): Promise<OrderPayload | undefined> {
  const { deps } = parts;
  const { loss, room } = deps.settings().orders.protective;
  const legs = row.plan.legs.map(({ contract, action, ratio }) => ({ contract, ratio, action: opposite(action) }));
  const credit = row.entryNet ?? 0;
  const increment = await readIncrement(deps, legs, credit);
  const { maxLoss: width } = payoffOf(row.plan.legs, 0);
  const prices = protectiveStop({ credit, loss, room, increment, ...(width !== undefined && width > 0 && { width }) });
  if (prices === undefined) return undefined;
  return {
    positionId: row.positionId,
    step,
    role: 'stop',
    purpose: 'REDUCE',
    symbol: row.symbol,
    legs,
    quantity,
    orderType: 'STP LMT',
    stopPrice: prices.stop,
    limitPrice: prices.limit,
    tif: 'GTC',
    ocaGroup: `LW-${row.positionId}`,
  };
}
