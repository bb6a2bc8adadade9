/** Alerts on their way to the outside. */
import { type AlertRow, type RawAlert, toAlert } from './alerts.js';
import type { Database } from './pool.js';

/** Alerts on their way to the outside. Wall time of the database. */
export interface Deliveries {
  /**
   * Active alerts that were never delivered, or raised again since they were delivered longer than `repeatMs` ago, and those that were
   * over before they could be delivered; what cannot wait first, then the oldest. Without those of `except`.
   */
  due(repeatMs: number, limit: number, except?: readonly string[]): Promise<readonly AlertRow[]>;
  /** The alert was delivered with this count. */
  done(alertId: string, count: number): Promise<void>;
}

export function deliveriesIn(db: Database): Deliveries {
  return {
    async due(repeatMs, limit, except = []) {
      const rows = await db.rows<RawAlert>(
        `SELECT a.* FROM alerts a LEFT JOIN alert_deliveries d USING (alert_id)
         WHERE a.alert_id <> ALL ($3) AND ((a.status = 'ACTIVE' AND (d.alert_id IS NULL
             OR (a.count > d.count AND d.delivered_at < clock_timestamp() - $1::double precision * interval '1 ms')))
           OR (a.status IN ('ACKNOWLEDGED', 'RESOLVED') AND d.alert_id IS NULL
             AND a.created_at > (SELECT min(delivered_at) FROM alert_deliveries)))
         ORDER BY a.severity <> 'IMMEDIATE', a.created_at, a.alert_id LIMIT $2`,
        [repeatMs, limit, except],
      );
      return rows.map(toAlert);
    },

    async done(alertId, count) {
      await db.rows(
        `INSERT INTO alert_deliveries AS d (alert_id, count) VALUES ($1, $2)
         ON CONFLICT (alert_id) DO UPDATE SET count = GREATEST(d.count, EXCLUDED.count), delivered_at = clock_timestamp()`,
        [alertId, count],
      );
    },
  };
}
