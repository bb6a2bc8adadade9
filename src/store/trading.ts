/** The trading state: one row, read before every opening order. */
import { invariant } from '../domain/errors.js';
import type { Trading, TradingState } from './api.js';
import type { Database } from './pool.js';
import { timestamp } from './rows.js';

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
