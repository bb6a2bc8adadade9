/** How an execution and its legs are read: one statement, so that both come from the same instant. */
import type { LegAction } from '../domain/option.js';
import type { EntryMode, OnPartial } from '../domain/order/legs.js';
import type { ExecutionStatus, LegStatus } from '../domain/position/status.js';
import type { DecisionAction } from '../domain/rules/decision.js';
import type { RuleMemory } from '../domain/rules/input.js';
import type { StrategyPlan, StrategyType, Structure } from '../domain/strategy/strategy.js';
import type { ExecutionRow, LegRow } from './api.js';
import { micros, type Numeric, present, requiredMicros } from './rows.js';

/** Money of the legs is cast to text: as JSON numbers it would pass through doubles. */
export const SELECT_EXECUTION = `
  SELECT e.*, (
    SELECT jsonb_agg(jsonb_build_object(
      'leg_no', l.leg_no, 'con_id', l.con_id, 'symbol', l.symbol, 'option_right', l.option_right,
      'strike', l.strike::text, 'expiry', l.expiry, 'trading_class', l.trading_class, 'multiplier', l.multiplier,
      'last_trade_ms', round(extract(epoch FROM l.last_trade_at) * 1000), 'exercise_style', l.exercise_style,
      'action', l.action, 'ratio', l.ratio, 'status', l.status, 'open_quantity', l.open_quantity,
      'open_price', l.open_price::text, 'close_price', l.close_price::text) ORDER BY l.leg_no)
    FROM legs l WHERE l.position_id = e.position_id) AS legs
  FROM executions e`;

interface RawLeg {
  readonly leg_no: number;
  readonly con_id: number;
  readonly symbol: string;
  readonly option_right: 'CALL' | 'PUT';
  readonly strike: Numeric;
  readonly expiry: string;
  readonly trading_class: string;
  readonly multiplier: number;
  readonly last_trade_ms: number;
  readonly exercise_style: 'american' | 'european';
  readonly action: LegAction;
  readonly ratio: number;
  readonly status: LegStatus;
  readonly open_quantity: number;
  readonly open_price: Numeric | null;
  readonly close_price: Numeric | null;
}

export interface RawExecution {
  readonly position_id: string;
  readonly account: string;
  readonly symbol: string;
  readonly underlying_con_id: number;
  readonly strategy_type: StrategyType;
  readonly structure: Structure;
  readonly status: ExecutionStatus;
  readonly legs: readonly RawLeg[] | null;
  readonly quantity: number;
  readonly multiplier: number;
  readonly opened_combos: number;
  readonly open_combos: number;
  readonly entry_net: Numeric | null;
  readonly exit_net: Numeric | null;
  readonly max_loss: Numeric | null;
  readonly width: Numeric;
  readonly expiry: string;
  readonly plan: StrategyPlan;
  readonly workflow_id: string;
  readonly mode: EntryMode | null;
  readonly on_partial: OnPartial | null;
  readonly entry_workflow_id: string | null;
  readonly rolled_from: string | null;
  readonly rolled_to: string | null;
  readonly exit_rule: string | null;
  readonly exit_action: DecisionAction | null;
  readonly fail_reason: string | null;
  readonly realized_pnl: Numeric | null;
  readonly commissions: Numeric;
  readonly attention: boolean;
  readonly attention_reason: string | null;
  readonly paused: boolean;
  readonly memory: RuleMemory;
  readonly last_step: number;
  readonly created_at: number;
  readonly fill_time: number | null;
  readonly close_time: number | null;
}

/** The API's row of what SELECT_EXECUTION returns. */
export function toExecution(raw: RawExecution): ExecutionRow {
  return {
    positionId: raw.position_id,
    account: raw.account,
    symbol: raw.symbol,
    underlyingConId: raw.underlying_con_id,
    strategyType: raw.strategy_type,
    structure: raw.structure,
    status: raw.status,
    legs: (raw.legs ?? []).map(toLeg),
    quantity: raw.quantity,
    multiplier: raw.multiplier,
    openedCombos: raw.opened_combos,
    openCombos: raw.open_combos,
    width: requiredMicros(raw.width),
    expiry: raw.expiry,
    plan: raw.plan,
    workflowId: raw.workflow_id,
    commissions: requiredMicros(raw.commissions),
    attention: raw.attention,
    paused: raw.paused,
    memory: raw.memory,
    lastStep: raw.last_step,
    createdAt: raw.created_at,
    ...present({
      entryNet: micros(raw.entry_net),
      exitNet: micros(raw.exit_net),
      maxLoss: micros(raw.max_loss),
      mode: raw.mode,
      onPartial: raw.on_partial,
      entryWorkflowId: raw.entry_workflow_id,
      rolledFrom: raw.rolled_from,
      rolledTo: raw.rolled_to,
      exitRule: raw.exit_rule,
      exitAction: raw.exit_action,
      failReason: raw.fail_reason,
      realizedPnl: micros(raw.realized_pnl),
      attentionReason: raw.attention_reason,
      fillTime: raw.fill_time,
      closeTime: raw.close_time,
    }),
  };
}

function toLeg(raw: RawLeg): LegRow {
  return {
    legNo: raw.leg_no,
    contract: {
      conId: raw.con_id,
      symbol: raw.symbol,
      right: raw.option_right,
      strike: Number(raw.strike),
      expiry: raw.expiry,
      tradingClass: raw.trading_class,
      multiplier: raw.multiplier,
      lastTradeAt: raw.last_trade_ms,
      style: raw.exercise_style,
    },
    action: raw.action,
    ratio: raw.ratio,
    status: raw.status,
    openQuantity: raw.open_quantity,
    ...present({ openPrice: micros(raw.open_price), closePrice: micros(raw.close_price) }),
  };
}
