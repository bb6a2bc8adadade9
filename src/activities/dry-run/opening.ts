/** What opening a plan would send now: the opening order and the children of its bracket, or one order per leg. */

import type { OrderSpec } from '../../contract/activities.js';
import type { DraftOrder, DryRun, Pricing } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { type OrderRole, orderRefOf } from '../../domain/ids.js';
import { type EntryMode, openingLegs } from '../../domain/order/legs.js';
import { ocaGroupOf } from '../../domain/order/oca-group.js';
import { INITIAL_MEMORY } from '../../domain/rules/memory.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { entryNetOf } from '../orders/bracket.js';
import { draftOrder } from '../orders/prepare.js';
import {
  type ProtectionParts,
  protectionFor,
  protectivePayload,
  protectiveRoles,
} from '../orders/protection-orders.js';
import { checkDraft, type DraftParts, sentence } from './draft-checks.js';
import { joined, NOTHING, runOf } from './join.js';

export interface OpeningDraftParts extends DraftParts, ProtectionParts {
  readonly deps: DraftParts['deps'] & Pick<BrokerDeps, 'stepped'>;
}

const CALLER = { by: 'entry', overrideHalt: false } as const;

/** The order of the combination, or the orders of its legs. */
interface Unit {
  readonly step: number;
  readonly role: OrderRole;
  readonly units: number;
}

export interface Opening {
  readonly positionId: string;
  readonly plan: StrategyPlan;
  readonly pricing: Pricing;
  /** The mode the entry was approved with; `auto` means a combination that the broker is known to take. */
  readonly mode?: EntryMode;
}

export async function previewOpening(parts: OpeningDraftParts, opening: Opening): Promise<DryRun> {
  const { positionId, plan, pricing } = opening;
  const row = rowOf(positionId, plan, parts);
  let run: DryRun = { ...NOTHING, ok: true };
  for (const { step, role, units } of unitsOf(opening)) {
    const spec: OrderSpec = {
      ...{ positionId, step, role, attempt: 1, purpose: 'OPEN', combos: units },
      ...{ pricing: role === 'combo' ? pricing : { kind: 'walk' }, urgency: 'NORMAL', ...CALLER },
    };
    const drafted = await draftOrder(parts.deps, parts.calendar, spec, row);
    if (drafted.kind !== 'drafted') {
      const code = drafted.kind === 'refused' ? drafted.code : 'RISK_REFUSED';
      return joined(run, { ...NOTHING, code, reasons: [sentence(drafted.reason)] });
    }
    const order = { orderRef: orderRefOf(spec), payload: drafted.payload };
    const checked = await checkDraft(parts, { ...order, gone: [], afterAnother: step > 1 }, CALLER);
    const children = role === 'combo' ? await childrenOf(parts, row, order) : [];
    run = joined(run, runOf(checked, [order, ...children]));
  }
  return run;
}

/** Leg by leg, each order has its own step and there are no protective orders. */
function unitsOf({ plan, mode }: Opening): readonly Unit[] {
  if (mode !== 'legs') return [{ step: 1, role: 'combo', units: plan.quantity }];
  const legs = plan.legs.map(({ action, ratio }, index) => ({ legNo: index + 1, action, ratio }));
  return openingLegs(legs, plan.quantity).map(({ legNo, contracts }, index) => ({
    step: index + 1,
    role: `leg${legNo}`,
    units: contracts,
  }));
}

async function childrenOf(
  parts: OpeningDraftParts,
  row: PositionRow,
  parent: DraftOrder,
): Promise<readonly DraftOrder[]> {
  const protection = protectionFor(parts, row);
  if (!protection.bracket) return [];
  const { positionId } = row;
  const entryNet = entryNetOf(parent);
  const ocaGroup = ocaGroupOf(positionId, 1);
  const drafts: DraftOrder[] = [];
  for (const role of protectiveRoles(protection, row, entryNet)) {
    const { quantity } = parent.payload;
    const payload = await protectivePayload(parts, row, { role, step: 1, quantity, entryNet, ocaGroup });
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
function rowOf(positionId: string, plan: StrategyPlan, { deps }: OpeningDraftParts): PositionRow {
  const { symbol, underlyingConId, strategyType, structure, quantity, multiplier, width, expiry, maxLoss } = plan;
  return {
    ...{ positionId, symbol, underlyingConId, strategyType, structure, quantity, multiplier, width, expiry, plan },
    account: deps.account(),
    status: 'PENDING',
    legs: plan.legs.map((leg, index) => ({ ...leg, legNo: index + 1, status: 'PENDING', openQuantity: 0 })),
    openedCombos: 0,
    openCombos: 0,
    shares: 0,
    workflowId: `position-${positionId}`,
    commissions: 0,
    attention: false,
    attentionReasons: {},
    paused: false,
    memory: INITIAL_MEMORY,
    lastStep: 0,
    createdAt: deps.broker.clock.now(),
    ...defined({ maxLoss }),
  };
}
