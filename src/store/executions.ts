/** Strategy executions: one row per position from its first order to flat, changed in place. */
import { invariant, notFound } from '../domain/errors.js';
import type { Fill } from '../domain/order/fill.js';
import { attentionText, withReasons } from '../domain/position/attention.js';
import type { FoldedPosition } from '../domain/position/ledger.js';
import type { ExecutionStatus } from '../domain/position/status.js';
import type { DecisionAction } from '../domain/rules/decision.js';
import type { RuleMemory } from '../domain/rules/input.js';
import { INITIAL_MEMORY } from '../domain/rules/memory.js';
import type { StrategyPlan } from '../domain/strategy/strategy.js';
import { type PositionRow, type RawExecution, reasonsIn, SELECT_EXECUTION, toExecution } from './execution-rows.js';
import { fillsIn } from './fills.js';
import { insertLeg, writeLeg } from './legs.js';
import { type Database, inTransaction, type Queries } from './pool.js';
import { canonicalJson, json, numeric, timestamp } from './rows.js';

export type NewExecution = Pick<
  PositionRow,
  | 'positionId'
  | 'account'
  | 'plan'
  | 'workflowId'
  | 'mode'
  | 'onPartial'
  | 'entryWorkflowId'
  | 'rolledFrom'
  | 'createdAt'
> & {
  /** A person overrode the entry signal. */
  readonly ignoresSignal?: boolean;
};

/** The stored result of the fold over the ledger. */
type LedgerState = Omit<FoldedPosition, 'cash' | 'flat' | 'unbalanced'>;

export interface Executions {
  /** Inserts. The same position with the same plan again is a no-op; another plan throws INVARIANT_BROKEN. */
  save_execution(execution: NewExecution): Promise<void>;
  get_execution(positionId: string): Promise<PositionRow | undefined>;
  /** Everything not CLOSED and not FAILED, oldest first. */
  get_open_strategies(symbol?: string): Promise<readonly PositionRow[]>;
  /** Underlyings of every position ever stored, in order. */
  symbols(): Promise<readonly string[]>;
  /** CLOSED sets close_time, FILLED sets fill_time; `at` is market time. */
  update_execution_status(
    positionId: string,
    status: ExecutionStatus,
    at: number,
    more?: {
      readonly exitRule?: string;
      readonly exitAction?: DecisionAction;
      readonly failReason?: string;
      readonly rolledTo?: string;
      /** Nothing more of its opening can fill. */
      readonly openingEnded?: boolean;
    },
  ): Promise<void>;
  /**
   * Folds the position's fills and writes the result: quantities and prices of combos and legs, P&L, commissions. The row is locked
   * meanwhile: a process that was suspended between reading and writing would overwrite a newer fold.
   */
  applyLedger<State extends LedgerState>(
    positionId: string,
    fold: (fills: readonly Fill[]) => State,
    at: number,
  ): Promise<State>;
  /** Sets the reason of each cause named, or ends it with null; other causes stand. Whether anything changed. */
  setAttention(positionId: string, changes: Parameters<typeof withReasons>[1]): Promise<boolean>;
  setPaused(positionId: string, paused: boolean): Promise<void>;
  saveMemory(positionId: string, memory: RuleMemory): Promise<void>;
  /** Stores and returns max(stored, step). */
  raiseStep(positionId: string, step: number): Promise<number>;
  /** Positions that have a leg in this contract, closed ones included, oldest first. */
  holding(conId: number): Promise<readonly PositionRow[]>;
  /** Positions to which an assignment or an exercise brought shares of this contract, closed ones included, oldest first. */
  withShares(conId: number): Promise<readonly PositionRow[]>;
  /** Closed at this market time or later, whenever they were opened. */
  closedSince(at: number): Promise<readonly PositionRow[]>;
  /** Closed by a roll that has not saved its successor, or gave it up; latest first, at most 20. */
  halfRolled(symbol?: string): Promise<readonly PositionRow[]>;
  /** Latest first. */
  list(filter: {
    readonly symbol?: string;
    readonly open?: boolean;
    readonly limit?: number;
  }): Promise<readonly PositionRow[]>;
}

const OPEN = "e.status NOT IN ('CLOSED', 'FAILED')";

/** The repository over the given database; every write to a position that is not stored throws NOT_FOUND. */
export function executionsIn(db: Database): Executions {
  /** Runs an UPDATE of one execution; `$1` is the position. */
  const update = async (positionId: string, assignments: string, values: readonly unknown[]) => {
    const changed = await db.changed(`UPDATE executions SET ${assignments} WHERE position_id = $1`, [
      positionId,
      ...values,
    ]);
    if (changed === 0) throw notFound('position', positionId);
  };
  const select = async (rest: string, values: readonly unknown[]): Promise<readonly PositionRow[]> =>
    (await db.rows<RawExecution>(`${SELECT_EXECUTION} ${rest}`, values)).map(toExecution);

  return {
    save_execution(execution) {
      return db.transaction((queries) => insertExecution(queries, execution));
    },

    async get_execution(positionId) {
      return (await select('WHERE e.position_id = $1', [positionId]))[0];
    },

    get_open_strategies(symbol) {
      return select(`WHERE ${OPEN} AND ($1::text IS NULL OR e.symbol = $1) ORDER BY e.created_at, e.position_id`, [
        symbol ?? null,
      ]);
    },

    async symbols() {
      const rows = await db.rows<{ symbol: string }>('SELECT DISTINCT symbol FROM executions ORDER BY symbol');
      return rows.map(({ symbol }) => symbol);
    },

    // The first fill and close times stay when a step is repeated; a position revived by a late fill is not closed.
    update_execution_status(positionId, status, at, more = {}) {
      return update(
        positionId,
        `status = $2,
         fill_time = CASE WHEN $2 = 'FILLED' THEN COALESCE(fill_time, $3) ELSE fill_time END,
         close_time = CASE WHEN $2 = 'CLOSED' THEN COALESCE(close_time, $3) END,
         exit_rule = COALESCE($4, exit_rule), exit_action = COALESCE($5, exit_action),
         fail_reason = COALESCE($6, fail_reason), rolled_to = COALESCE($7, rolled_to),
         opening_ended_at = CASE WHEN $8 THEN COALESCE(opening_ended_at, $3) ELSE opening_ended_at END`,
        [
          status,
          timestamp(at),
          more.exitRule ?? null,
          more.exitAction ?? null,
          more.failReason ?? null,
          more.rolledTo ?? null,
          more.openingEnded ?? false,
        ],
      );
    },

    applyLedger(positionId, fold, at) {
      return db.transaction(async (queries) => {
        await queries.rows('SELECT 1 FROM executions WHERE position_id = $1 FOR NO KEY UPDATE', [positionId]);
        const state = fold(await fillsIn(inTransaction(queries)).ofPosition(positionId));
        await writeLedger(queries, positionId, state, at);
        return state;
      });
    },

    setAttention(positionId, changes) {
      return db.transaction(async (queries) => {
        const [raw] = await queries.rows<Parameters<typeof reasonsIn>[0]>(
          `SELECT attention, attention_reason, attention_reasons FROM executions WHERE position_id = $1
           FOR NO KEY UPDATE`,
          [positionId],
        );
        if (raw === undefined) throw notFound('position', positionId);
        const before = reasonsIn(raw);
        const after = withReasons(before, changes);
        if (canonicalJson(before) === canonicalJson(after)) return false;
        const text = attentionText(after);
        await queries.rows(
          `UPDATE executions SET attention = $2, attention_reason = $3, attention_reasons = $4 WHERE position_id = $1`,
          [positionId, text !== undefined, text ?? null, json(after)],
        );
        return true;
      });
    },

    setPaused(positionId, paused) {
      return update(positionId, 'paused = $2', [paused]);
    },

    saveMemory(positionId, memory) {
      return update(positionId, 'memory = $2', [json(memory)]);
    },

    async raiseStep(positionId, step) {
      const row = await db.row<{ last_step: number }>(
        'UPDATE executions SET last_step = GREATEST(last_step, $2) WHERE position_id = $1 RETURNING last_step',
        [positionId, step],
      );
      if (row === undefined) throw notFound('position', positionId);
      return row.last_step;
    },

    holding(conId) {
      return select(
        'WHERE EXISTS (SELECT 1 FROM legs WHERE legs.position_id = e.position_id AND legs.con_id = $1) ORDER BY e.created_at, e.position_id',
        [conId],
      );
    },

    withShares(conId) {
      return select(
        `WHERE e.underlying_con_id = $1 AND EXISTS (
           SELECT FROM external_changes c WHERE c.position_id = e.position_id AND c.shares <> 0)
         ORDER BY e.created_at, e.position_id`,
        [conId],
      );
    },

    closedSince(at) {
      return select("WHERE e.status = 'CLOSED' AND e.close_time >= $1 ORDER BY e.close_time, e.position_id", [
        timestamp(at),
      ]);
    },

    halfRolled(symbol) {
      return select(
        `WHERE e.status = 'CLOSED' AND e.exit_action = 'ROLL' AND e.rolled_to IS NULL
           AND ($1::text IS NULL OR e.symbol = $1) ORDER BY e.close_time DESC, e.position_id LIMIT 20`,
        [symbol ?? null],
      );
    },

    list({ symbol, open, limit }) {
      return select(
        `WHERE ($1::text IS NULL OR e.symbol = $1) AND ($2::boolean IS NULL OR (${OPEN}) = $2)
         ORDER BY e.created_at DESC, e.position_id DESC LIMIT $3`,
        [symbol ?? null, open ?? null, limit ?? null],
      );
    },
  };
}

/** Inserts a PENDING execution with its legs. The same plan again changes nothing; another plan throws INVARIANT_BROKEN. */
async function insertExecution(queries: Queries, execution: NewExecution): Promise<void> {
  const { positionId, plan } = execution;
  const inserted = await queries.changed(
    `INSERT INTO executions (position_id, account, symbol, underlying_con_id, strategy_type, structure, status, quantity,
       multiplier, max_loss, width, expiry, plan, workflow_id, entry_workflow_id, rolled_from, memory, created_at, mode, on_partial, ignores_signal)
     VALUES ($1, $2, $3, $4, $5, $6, 'PENDING', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
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
      json(INITIAL_MEMORY),
      timestamp(execution.createdAt),
      execution.mode ?? null,
      execution.onPartial ?? null,
      execution.ignoresSignal ?? false,
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

/** Overwrites quantities, prices, P&L and commissions; a value absent from the fold becomes absent in the row. */
async function writeLedger(queries: Queries, positionId: string, state: LedgerState, at: number): Promise<void> {
  const changed = await queries.changed(
    `UPDATE executions SET opened_combos = $2, open_combos = $3, entry_net = $4, exit_net = $5, realized_pnl = $6,
       commissions = $7, ledger_at = $8, shares = $9
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
      state.shares,
    ],
  );
  if (changed === 0) throw notFound('position', positionId);
  for (const leg of state.legs) await writeLeg(queries, positionId, leg);
}
