/** Reads an execution with its legs in one statement, so that both come from the same instant. */
import { defined } from '../domain/defined.js';
import type { Micros } from '../domain/money.js';
import type { EntryMode, OnPartial } from '../domain/order/legs.js';
import { type AttentionReasons, storedReasons } from '../domain/position/attention.js';
import type { ExecutionStatus } from '../domain/position/status.js';
import type { DecisionAction } from '../domain/rules/decision.js';
import type { RuleMemory } from '../domain/rules/input.js';
import type { StrategyPlan, StrategyType, Structure } from '../domain/strategy/strategy.js';
import { LEGS_OF_EXECUTION, type LegRow, type RawLeg, toLeg } from './legs.js';
import { micros, type Numeric, requiredMicros } from './rows.js';

/** A strategy execution: one position from its first order to flat. */
export interface PositionRow {
  readonly positionId: string;
  readonly account: string;
  readonly symbol: string;
  readonly underlyingConId: number;
  readonly strategyType: StrategyType;
  readonly structure: Structure;
  readonly status: ExecutionStatus;
  readonly legs: readonly LegRow[];
  readonly quantity: number;
  readonly multiplier: number;
  readonly openedCombos: number;
  readonly openCombos: number;
  /** Shares of the underlying that came by an assignment or an exercise, signed. */
  readonly shares: number;
  /** Per share of a combo, credit positive. */
  readonly entryNet?: Micros;
  /** Average net debit of the closing fills (what was paid per combo; negative: received). */
  readonly exitNet?: Micros;
  readonly maxLoss?: Micros;
  readonly width: Micros;
  readonly expiry: string;
  readonly plan: StrategyPlan;
  readonly workflowId: string;
  /** How its orders go to the broker, as approved; absent: as configured. */
  readonly mode?: EntryMode;
  /** What happens when only some legs fill; absent: as configured. */
  readonly onPartial?: OnPartial;
  readonly entryWorkflowId?: string;
  readonly rolledFrom?: string;
  readonly rolledTo?: string;
  readonly exitRule?: string;
  readonly exitAction?: DecisionAction;
  readonly failReason?: string;
  readonly realizedPnl?: Micros;
  readonly commissions: Micros;
  readonly attention: boolean;
  /** The reasons as people read them. */
  readonly attentionReason?: string;
  readonly attentionReasons: AttentionReasons;
  readonly paused: boolean;
  readonly memory: RuleMemory;
  /** Highest step number ever used; a revived run continues from it. */
  readonly lastStep: number;
  readonly createdAt: number;
  readonly fillTime?: number;
  readonly closeTime?: number;
  /** When its opening ended; absent: it may still fill. */
  readonly openingEndedAt?: number;
  /** A person overrode the entry signal. */
  readonly ignoresSignal?: true;
}

export const SELECT_EXECUTION = `
  SELECT e.*, ${LEGS_OF_EXECUTION} AS legs
  FROM executions e`;

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
  readonly shares: number;
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
  readonly attention_reasons: AttentionReasons;
  readonly paused: boolean;
  readonly memory: RuleMemory;
  readonly last_step: number;
  readonly created_at: number;
  readonly fill_time: number | null;
  readonly close_time: number | null;
  readonly opening_ended_at: number | null;
  readonly ignores_signal: boolean;
}

/** The reasons for attention in a row. */
export function reasonsIn(
  raw: Pick<RawExecution, 'attention' | 'attention_reason' | 'attention_reasons'>,
): AttentionReasons {
  const { attention, attention_reason, attention_reasons: reasons } = raw;
  return storedReasons({ attention, reason: attention_reason ?? undefined, reasons });
}

/** The API's row of a result of SELECT_EXECUTION. */
export function toExecution(raw: RawExecution): PositionRow {
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
    shares: raw.shares,
    width: requiredMicros(raw.width),
    expiry: raw.expiry,
    plan: raw.plan,
    workflowId: raw.workflow_id,
    commissions: requiredMicros(raw.commissions),
    attention: raw.attention,
    attentionReasons: reasonsIn(raw),
    paused: raw.paused,
    memory: raw.memory,
    lastStep: raw.last_step,
    createdAt: raw.created_at,
    ...defined({
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
      openingEndedAt: raw.opening_ended_at,
    }),
    ...(raw.ignores_signal && { ignoresSignal: true as const }),
  };
}
