/** Summaries of session days: one a day, kept for good, and the alert that brings it to the channels. */
import type { AlertMessage } from '../domain/alert.js';
import type { DaySummary } from '../domain/summary/day-summary.js';
import { alertsIn } from './alerts.js';
import { type Database, inTransaction } from './pool.js';
import { json } from './rows.js';

const RULE = 'day_summary';

export interface DaySummaries {
  /**
   * Stores the summary of its day and raises its alert, both or neither; the alert of the day before ends. False, and nothing is done, when
   * the day has one. `alert` undefined: no channel gets it.
   */
  save(
    summary: DaySummary,
    alert:
      | (Pick<AlertMessage, 'severity' | 'title' | 'message'> & { readonly channels: readonly string[] })
      | undefined,
  ): Promise<boolean>;
  /** The one of `day`, YYYYMMDD, else the newest. */
  get(day?: string): Promise<DaySummary | undefined>;
}

export function daySummariesIn(db: Database): DaySummaries {
  return {
    save(summary, alert) {
      return db.transaction(async (queries) => {
        const saved = await queries.changed(
          'INSERT INTO day_summaries (day, summary) VALUES ($1, $2) ON CONFLICT DO NOTHING',
          [summary.day, json(summary)],
        );
        if (saved === 0) return false;
        const alerts = alertsIn(inTransaction(queries));
        await alerts.end({ rule: RULE }, summary.at);
        if (alert === undefined) return true;
        const { channels, ...words } = alert;
        const metadata = { day: summary.day, reportTo: channels };
        await alerts.raise({ type: 'INFO', ...words, rule: RULE, metadata, createdAt: summary.at });
        return true;
      });
    },

    async get(day) {
      const row = await db.row<{ readonly summary: DaySummary }>(
        'SELECT summary FROM day_summaries WHERE $1::text IS NULL OR day = $1 ORDER BY day DESC LIMIT 1',
        [day ?? null],
      );
      return row?.summary;
    },
  };
}
