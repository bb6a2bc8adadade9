/** The trading state: one row, read before every opening order. */
import { invariant } from '../domain/errors.js';
import type { TradingState } from '../domain/risk/trading-state.js';
import type { Database } from './pool.js';
import { timestamp } from './rows.js';

export interface Trading {
  state(): Promise<{ readonly state: TradingState; readonly reason: string; readonly by: string; readonly at: number }>;
  set(state: TradingState, reason: string, by: string, at: number): Promise<void>;
}

export function tradingIn(db: Database): Trading {
  return {
    async state() {
      const row = await db.row<{ state: TradingState; reason: string; by: string; at: number }>(
        'SELECT state, reason, set_by AS "by", at FROM trading_state',
      );
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
  };
}
