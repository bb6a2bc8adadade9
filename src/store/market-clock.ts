/** One row: the market's time, and when by the database's clock it was read. */
import type { Database } from './pool.js';
import { timestamp } from './rows.js';

export interface MarketClockNotes {
  /** Records market time `at`, epoch ms, as read now. */
  note(at: number): Promise<void>;
  /** The market's time now: the last record plus the wall time since; undefined without a record. */
  estimate(): Promise<number | undefined>;
}

export function marketClockIn(db: Database): MarketClockNotes {
  return {
    async note(at) {
      await db.changed(
        `INSERT INTO market_clock (market_at, noted_at) VALUES ($1, clock_timestamp())
         ON CONFLICT (one) DO UPDATE SET market_at = EXCLUDED.market_at, noted_at = EXCLUDED.noted_at`,
        [timestamp(at)],
      );
    },

    async estimate() {
      const row = await db.row<{ at: number }>(
        'SELECT market_at + (clock_timestamp() - noted_at) AS at FROM market_clock',
      );
      return row?.at;
    },
  };
}
