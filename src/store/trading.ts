/** The trading state: one row, read before every opening order; and all earlier states. */
import { invariant } from '../domain/errors.js';
import type { TradingState } from '../domain/risk/trading-state.js';
import type { Queries } from './pool.js';
import { timestamp } from './rows.js';

/** A state with who set it, why, and when. */
interface TradingStateRow {
  readonly state: TradingState;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
}

export interface Trading {
  state(): Promise<TradingStateRow>;
  set(state: TradingState, reason: string, by: string, at: number): Promise<void>;
  /** Latest first, beginning with the present one. */
  history(limit: number): Promise<readonly TradingStateRow[]>;
}

export function tradingIn(db: Queries): Trading {
  return {
    async state() {
      const row = await db.row<TradingStateRow>('SELECT state, reason, set_by AS "by", at FROM trading_state');
      invariant(row !== undefined, 'The trading state has no row: run the migrations.');
      return row;
    },

    async set(state, reason, by, at) {
      const changed = await db.changed('UPDATE trading_state SET state = $1, reason = $2, set_by = $3, at = $4', [
        state,
        reason,
        by,
        timestamp(at),
      ]);
      invariant(changed === 1, 'The trading state has no row: run the migrations.');
    },

    history(limit) {
      return db.rows<TradingStateRow>(
        'SELECT state, reason, set_by AS "by", at FROM trading_states ORDER BY id DESC LIMIT $1',
        [limit],
      );
    },
  };
}
