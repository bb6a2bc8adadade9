/** One row: the market's time, and when by the database's clock it was read. */
import type { Database } from './pool.js';
import { timestamp } from './rows.js';

export interface MarketClockNotes {
  /** Records market time `at`, epoch ms, as read now. */
  note(at: number): Promise<void>;
  /** The market's time now: the last record plus the wall time since; undefined without a record. */
  estimate(): Promise<number | undefined>;
  /** As `estimate`, with the wall time since the last record, ms. */
  reading(): Promise<{ readonly at: number; readonly ageMs: number } | undefined>;
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
      return (await this.reading())?.at;
    },

    async reading() {
      const row = await db.row<{ at: number; noted_at: number; now: number }>(
        `SELECT market_at + (now - noted_at) AS at, noted_at, now
         FROM market_clock CROSS JOIN (SELECT clock_timestamp() AS now) AS wall`,
      );
      return row && { at: row.at, ageMs: row.now - row.noted_at };
    },
  };
}
