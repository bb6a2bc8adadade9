/** Strategy executions: one row a position from its first order to flat, changed in place. */
import type { ExecutionRow, Executions } from './api.js';
import { type RawExecution, SELECT_EXECUTION, toExecution } from './execution-rows.js';
import { insertExecution, positionNotFound, writeLedger } from './execution-writes.js';
import type { Database } from './pool.js';
import { json, timestamp } from './rows.js';

const OPEN = "e.status NOT IN ('CLOSED', 'FAILED')";

/** The repository over the given database; a position that is not stored is NOT_FOUND in every write. */
export function executionsIn(db: Database): Executions {
  /** Runs an UPDATE of one execution; `$1` is the position. */
  const update = async (positionId: string, assignments: string, values: readonly unknown[]) => {
    const changed = await db.changed(`UPDATE executions SET ${assignments} WHERE position_id = $1`, [
      positionId,
      ...values,
    ]);
    if (changed === 0) throw positionNotFound(positionId);
  };
  const select = async (rest: string, values: readonly unknown[]): Promise<readonly ExecutionRow[]> =>
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

    // The first time of filling and closing stays when a step is repeated; a position revived by a late fill is not closed.
    update_execution_status(positionId, status, at, more = {}) {
      return update(
        positionId,
        `status = $2,
         fill_time = CASE WHEN $2 = 'FILLED' THEN COALESCE(fill_time, $3) ELSE fill_time END,
         close_time = CASE WHEN $2 = 'CLOSED' THEN COALESCE(close_time, $3) END,
         exit_rule = COALESCE($4, exit_rule), exit_action = COALESCE($5, exit_action),
         fail_reason = COALESCE($6, fail_reason), rolled_to = COALESCE($7, rolled_to)`,
        [
          status,
          timestamp(at),
          more.exitRule ?? null,
          more.exitAction ?? null,
          more.failReason ?? null,
          more.rolledTo ?? null,
        ],
      );
    },

    applyLedger(positionId, state, at) {
      return db.transaction((queries) => writeLedger(queries, positionId, state, at));
    },

    setAttention(positionId, attention, reason) {
      return update(positionId, 'attention = $2, attention_reason = $3', [attention, reason ?? null]);
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
      if (row === undefined) throw positionNotFound(positionId);
      return row.last_step;
    },

    closedSince(at) {
      return select("WHERE e.status = 'CLOSED' AND e.close_time >= $1 ORDER BY e.close_time, e.position_id", [
        timestamp(at),
      ]);
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
