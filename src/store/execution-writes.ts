/** The two writes of an execution that span its legs: its birth, and what the fold over the ledger says. */
import { invariant, LegworkError } from '../domain/errors.js';
import type { RuleMemory } from '../domain/rules/input.js';
import type { StrategyPlan } from '../domain/strategy/strategy.js';
import type { LedgerProjection, NewExecution } from './api.js';
import type { Queries } from './pool.js';
import { canonicalJson, json, numeric, timestamp } from './rows.js';

const NOTHING_REMEMBERED: RuleMemory = { peakProfitPct: 0, partialTakeProfitDone: false };

/** Inserts a PENDING execution with its legs; the same plan again changes nothing, another throws INVARIANT_BROKEN. */
export async function insertExecution(queries: Queries, execution: NewExecution): Promise<void> {
  const { positionId, plan } = execution;
  const inserted = await queries.changed(
    `INSERT INTO executions (position_id, account, symbol, underlying_con_id, strategy_type, structure, status, quantity,
       multiplier, max_loss, width, expiry, plan, workflow_id, entry_workflow_id, rolled_from, memory, created_at, mode, on_partial)
     VALUES ($1, $2, $3, $4, $5, $6, 'PENDING', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
     ON CONFLICT (position_id) DO NOTHING`,
    [
      positionId,
      execution.account,
      plan.symbol,
      plan.underlyingConId,
      plan.strategyType,
      plan.structure,
      plan.quantity,
      plan.multiplier,
      numeric(plan.maxLoss),
      numeric(plan.width),
      plan.expiry,
      json(plan),
      execution.workflowId,
      execution.entryWorkflowId ?? null,
      execution.rolledFrom ?? null,
      json(NOTHING_REMEMBERED),
      timestamp(execution.createdAt),
      execution.mode ?? null,
      execution.onPartial ?? null,
    ],
  );
  if (inserted === 0) return await assertSamePlan(queries, positionId, plan);
  for (const [index, leg] of plan.legs.entries()) await insertLeg(queries, positionId, index + 1, leg);
}

async function assertSamePlan(queries: Queries, positionId: string, plan: StrategyPlan): Promise<void> {
  const stored = await queries.row<{ plan: StrategyPlan }>('SELECT plan FROM executions WHERE position_id = $1', [
    positionId,
  ]);
  invariant(
    stored !== undefined && canonicalJson(stored.plan) === canonicalJson(plan),
    `The position ${positionId} is already stored with another plan.`,
  );
}

async function insertLeg(
  queries: Queries,
  positionId: string,
  legNo: number,
  leg: StrategyPlan['legs'][number],
): Promise<void> {
  const { contract } = leg;
  await queries.changed(
    `INSERT INTO legs (position_id, leg_no, con_id, symbol, option_right, strike, expiry, trading_class, multiplier,
       last_trade_at, exercise_style, action, ratio, status)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'PENDING')`,
    [
      positionId,
      legNo,
      contract.conId,
      contract.symbol,
      contract.right,
      String(contract.strike),
      contract.expiry,
      contract.tradingClass,
      contract.multiplier,
      timestamp(contract.lastTradeAt),
      contract.style,
      leg.action,
      leg.ratio,
    ],
  );
}

/** Overwrites quantities, prices, P&L and commissions; a value absent from the fold becomes absent in the row. */
export async function writeLedger(
  queries: Queries,
  positionId: string,
  state: LedgerProjection,
  at: number,
): Promise<void> {
  const changed = await queries.changed(
    `UPDATE executions SET opened_combos = $2, open_combos = $3, entry_net = $4, exit_net = $5, realized_pnl = $6,
       commissions = $7, ledger_at = $8
     WHERE position_id = $1`,
    [
      positionId,
      state.openedCombos,
      state.openCombos,
      numeric(state.entryNet),
      numeric(state.exitNet),
      numeric(state.realizedPnl),
      numeric(state.commissions),
      timestamp(at),
    ],
  );
  if (changed === 0) throw positionNotFound(positionId);
  for (const leg of state.legs) {
    const found = await queries.changed(
      `UPDATE legs SET status = $3, open_quantity = $4, open_price = $5, close_price = $6
       WHERE position_id = $1 AND leg_no = $2`,
      [positionId, leg.legNo, leg.status, leg.openQuantity, numeric(leg.openPrice), numeric(leg.closePrice)],
    );
    invariant(found === 1, `The position ${positionId} has no leg ${leg.legNo}.`);
  }
}

/** The error of a write to a position that is not stored. */
export function positionNotFound(positionId: string): LegworkError {
  return new LegworkError('NOT_FOUND', `No position has the id ${positionId}.`, { positionId });
}
