/** What opening a plan would send now: the opening order, and the children of its bracket. */
import type { DraftOrder, DryRun, Pricing } from '../../contract/requests.js';
import { orderRefOf } from '../../domain/ids.js';
import { INITIAL_MEMORY } from '../../domain/rules/memory.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';
import type { ExecutionRow } from '../../store/api.js';
import { entryNetOf } from '../orders/bracket.js';
import { drawUp } from '../orders/prepare.js';
import { groupOf, protectionFor, restingPayload, wantedRoles } from '../orders/protection-orders.js';
import type { BrokerParts } from '../parts.js';
import { judgeDraft, sentence } from './judge.js';

const CALLER = { by: 'entry', overrideHalt: false } as const;

export async function previewOpening(
  parts: BrokerParts,
  positionId: string,
  plan: StrategyPlan,
  pricing: Pricing,
): Promise<DryRun> {
  const row = rowOf(positionId, plan, parts);
  const spec = {
    ...({ positionId, step: 1, role: 'combo', attempt: 1, purpose: 'OPEN' } as const),
    combos: plan.quantity,
    pricing,
    urgency: 'NORMAL' as const,
    ...CALLER,
  };
  const drawn = await drawUp(parts.deps, parts.calendar, spec, row);
  if (drawn.kind !== 'drawn') {
    const code = drawn.kind === 'refused' ? drawn.code : 'RISK_REFUSED';
    return { ok: false, code, reasons: [sentence(drawn.reason)], checks: [], orders: [], cancels: [] };
  }
  const orderRef = orderRefOf(spec);
  const parent = { orderRef, payload: drawn.payload };
  const { checks, code, whatIf } = await judgeDraft(parts, { ...parent, gone: [] }, CALLER);
  const reasons = checks.filter(({ passed }) => !passed).map(({ text }) => text);
  const children = await childrenOf(parts, row, parent);
  return {
    ...{ ok: code === undefined, reasons, checks, orders: [parent, ...children], cancels: [] },
    ...(code && { code }),
    ...(whatIf && { whatIf }),
  };
}

async function childrenOf(parts: BrokerParts, row: ExecutionRow, parent: DraftOrder): Promise<readonly DraftOrder[]> {
  const protection = protectionFor(parts, row);
  if (!protection.bracket) return [];
  const { positionId } = row;
  const entryNet = entryNetOf(parent);
  const ocaGroup = groupOf(positionId, 1);
  const drafts: DraftOrder[] = [];
  for (const role of wantedRoles(protection, row, entryNet)) {
    const { quantity } = parent.payload;
    const payload = await restingPayload(parts, row, { role, step: 1, quantity, entryNet, ocaGroup });
    if (typeof payload === 'string') continue;
    drafts.push({
      orderRef: orderRefOf({ positionId, step: 1, role, attempt: 1 }),
      payload,
      parentRef: parent.orderRef,
    });
  }
  return drafts;
}

/** The position as it would be stored before its first order. */
function rowOf(positionId: string, plan: StrategyPlan, { deps }: BrokerParts): ExecutionRow {
  const { symbol, underlyingConId, strategyType, structure, quantity, multiplier, width, expiry, maxLoss } = plan;
  return {
    ...{ positionId, symbol, underlyingConId, strategyType, structure, quantity, multiplier, width, expiry, plan },
    account: deps.account(),
    status: 'PENDING',
    legs: plan.legs.map((leg, index) => ({ ...leg, legNo: index + 1, status: 'PENDING', openQuantity: 0 })),
    openedCombos: 0,
    openCombos: 0,
    workflowId: `position-${positionId}`,
    commissions: 0,
    attention: false,
    paused: false,
    memory: INITIAL_MEMORY,
    lastStep: 0,
    createdAt: deps.broker.clock.now(),
    ...(maxLoss !== undefined && { maxLoss }),
  };
}
