/** Market quality, risk gate and the broker's estimate. An approval saves the position as PENDING. */

import { marketDate } from 'market-time';
import type { ApprovalVerdict, Refusal } from '../../contract/activities.js';
import type { Check, EntryRequest } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { checkQuality, NET_OF_LEGS } from '../../domain/entry/quality.js';
import { staysOpen } from '../../domain/entry/stays-open.js';
import { LegworkError } from '../../domain/errors.js';
import { positionIdOf } from '../../domain/ids.js';
import type { Micros } from '../../domain/money.js';
import { positionMode } from '../../domain/order/legs.js';
import { previewLimit } from '../../domain/order/net-bounds.js';
import type { OrderPayload } from '../../domain/order/order.js';
import { classifyRefusal } from '../../domain/order/refusal.js';
import { strategyCode } from '../../domain/strategy/names.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';
import type { NewExecution } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { InTurn } from '../context/in-turn.js';
import { readIncrement } from '../orders/walk-pricing.js';
import { type CompareParts, unsettledDifferences } from '../positions/reconcile-now.js';
import { titleOf } from '../positions/title.js';
import { checkLimits, type LimitParts, type Margin } from './limits.js';
import { orRefusal, refused } from './refusal.js';

export interface ApprovalParts extends CompareParts, LimitParts {
  readonly deps: Pick<BrokerDeps, 'account' | 'broker' | 'log' | 'meters' | 'processId' | 'settings' | 'store'>;
  /** Entries are checked against their limits one after another, each with the earlier ones already stored. */
  readonly approvals: InTurn;
}

/** Longest wait for a first quote: on a line that has just opened, or on a busy machine. */
const QUOTE_WAIT_MS = 10_000;

export interface Approval {
  readonly request: EntryRequest;
  readonly plan: StrategyPlan;
  readonly workflowId: string;
  readonly rolledFrom?: string;
}

export function approveEntry(parts: ApprovalParts, input: Approval): Promise<ApprovalVerdict> {
  return orRefusal(async (): Promise<ApprovalVerdict> => {
    const { request, plan } = input;
    const { broker, settings } = parts.deps;
    const before = await approvedBefore(parts, input);
    if (before !== undefined) return before;
    const now = broker.clock.now();
    const positionId = positionIdOf(plan.symbol, strategyCode(plan.strategyType), marketDate(now), request.entryId);
    const quality = await evaluateQuality(parts, plan);
    const bad = quality.filter((check) => !check.passed);
    // An entry that ignores the signal still needs a real price.
    const unpriced = bad.filter(({ name }) => name === NET_OF_LEGS);
    if (unpriced.length > 0) return refusedBy('RISK_REFUSED', unpriced, quality);
    if (bad.length > 0 && !request.ignoreSignal) {
      return refusedBy('SIGNAL_REFUSED', bad, quality);
    }
    const differences = await unsettledDifferences(parts, plan.symbol);
    if (differences.length > 0) return refused('RISK_REFUSED', differences, quality);
    const isLimited = request.pricing.kind === 'limit';
    const asked = positionMode(request.mode ?? settings().orders.mode, plan.legs.length, isLimited);
    const margin = await whatIf(parts, plan, asked !== 'combo' && !isLimited);
    if ('kind' in margin) return { ...margin, checks: quality };
    const mode = margin.notTaken ? 'legs' : asked;
    const onPartial = request.onPartial ?? settings().orders.legs.onPartial;
    // Two concurrent entries would each find room for one, so the next is checked once this one is stored.
    return await parts.approvals.run(async (): Promise<ApprovalVerdict> => {
      const { checks, refusal } = await checkLimits(parts, input, { positionId, margin, quality });
      if (refusal !== undefined) return refusal;
      const { initMarginChange: initMargin } = margin;
      const priced = { ...input, plan: { ...plan, ...defined({ initMargin }) } };
      if (!request.dryRun) await save(parts, priced, { positionId, mode, onPartial, createdAt: now });
      return { kind: 'approved', positionId, title: titleOf(plan), checks, mode, onPartial };
    });
  });
}

/** The approval of an entry that was approved already: the step is repeated, or its workflow was reset. */
async function approvedBefore(
  { deps: { store } }: ApprovalParts,
  { request, rolledFrom }: Approval,
): Promise<ApprovalVerdict | undefined> {
  if (rolledFrom !== undefined || request.dryRun) return undefined;
  const { positionId } = (await store.entries.get(request.entryId)) ?? {};
  const row = positionId === undefined ? undefined : await store.executions.get_execution(positionId);
  if (row === undefined) return undefined;
  const { mode, onPartial } = row;
  return {
    kind: 'approved',
    positionId: row.positionId,
    title: titleOf(row.plan),
    checks: [],
    ...defined({ mode, onPartial }),
  };
}

function refusedBy(code: 'SIGNAL_REFUSED' | 'RISK_REFUSED', bad: readonly Check[], checks: readonly Check[]): Refusal {
  return refused(
    code,
    bad.map((check) => check.text),
    checks,
  );
}

async function evaluateQuality(parts: ApprovalParts, plan: StrategyPlan): Promise<readonly Check[]> {
  const { broker, settings } = parts.deps;
  const quotes = await broker.quotes.snapshot(
    plan.legs.map(({ contract }) => ({
      conId: contract.conId,
      symbol: contract.symbol,
      secType: 'OPT' as const,
      exchange: 'SMART',
    })),
    QUOTE_WAIT_MS,
  );
  const legs = plan.legs.map(({ contract }) => {
    const quote = quotes.get(contract.conId);
    return {
      label: `${contract.right} ${contract.strike}`,
      ...defined({ bid: quote?.bid, ask: quote?.ask, openInterest: quote?.openInterest }),
    };
  });
  const { entry, rules } = settings();
  return [...checkQuality({ plan, legs }, entry), staysOpen(plan, rules, broker.clock.now())];
}

/**
 * The broker's estimate. An order that it would reject is refused here; without an estimate the other checks decide. A combination
 * that the broker does not take has no estimate: if it may be worked leg by leg, its maximum loss serves as its margin.
 */
async function whatIf(parts: ApprovalParts, plan: StrategyPlan, mayGoByLegs: boolean): Promise<Margin | Refusal> {
  const { broker, account, log } = parts.deps;
  try {
    const increment = await readIncrement(parts.deps, plan.legs, plan.netNatural);
    const { initMarginChange, warning } = await broker.orders.whatIf(payloadOf(plan, increment), account());
    if (initMarginChange !== undefined) return { initMarginChange };
    return { reason: warning ?? 'the answer has no figures.' };
  } catch (error) {
    if (!(error instanceof LegworkError)) throw error;
    if (error.code === 'BROKER_REFUSED') {
      const { kind } = classifyRefusal(Number(error.details.ibCode), error.message);
      if (kind !== 'form' || !mayGoByLegs) return refused('BROKER_REFUSED', [error.message]);
      log('info', 'the broker does not accept this combination; it is worked leg by leg', { error: error.message });
      return { notTaken: true, ...(plan.maxLoss !== undefined && { initMarginChange: plan.maxLoss * plan.quantity }) };
    }
    log('warn', 'the broker gave no estimate', { error: error.message });
    return { reason: error.message };
  }
}

function payloadOf(plan: StrategyPlan, increment: Micros): OrderPayload {
  return {
    positionId: 'what-if',
    step: 0,
    role: 'combo',
    purpose: 'OPEN',
    symbol: plan.symbol,
    legs: plan.legs,
    quantity: plan.quantity,
    orderType: 'LMT',
    limitPrice: previewLimit(plan, increment),
    tif: 'DAY',
  };
}

/** From here on the stepped clock waits for the position and no longer for its entry. */
async function save(
  parts: ApprovalParts,
  input: Approval,
  approved: Pick<NewExecution, 'positionId' | 'mode' | 'onPartial' | 'createdAt'>,
): Promise<void> {
  const { store, broker, account, meters } = parts.deps;
  const { request, plan, workflowId, rolledFrom } = input;
  const { positionId, createdAt } = approved;
  meters.decided(positionId);
  broker.clock.join(positionId);
  await store.executions.save_execution({
    ...approved,
    account: account(),
    plan,
    workflowId: `position-${positionId}`,
    entryWorkflowId: workflowId,
    ignoresSignal: request.ignoreSignal,
    ...defined({ rolledFrom }),
  });
  if (rolledFrom !== undefined) return;
  const entry = await store.entries.get(request.entryId);
  if (entry !== undefined) await store.entries.save({ ...entry, status: 'OPENING', positionId, updatedAt: createdAt });
  broker.clock.leave(request.entryId);
}
