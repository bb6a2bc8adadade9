/** Deliveries of alerts to the outside, per channel. */
import type { ChannelName } from '../domain/alert.js';
import type { Urgency } from '../domain/rules/decision.js';
import { type AlertRow, type RawAlert, toAlert } from './alerts.js';
import type { Database } from './pool.js';

/** Wall time of the database. */
export interface Deliveries {
  /**
   * Active alerts of these severities that the channel never delivered, or that were raised again after a delivery more than
   * `repeatMs` ago; and alerts that ended before their delivery. The most urgent first, then the oldest. Alerts in `except` are left
   * out.
   */
  due(channel: {
    readonly name: ChannelName;
    readonly severities: readonly Urgency[];
    readonly repeatMs: number;
    readonly limit: number;
    readonly except?: readonly string[];
  }): Promise<readonly AlertRow[]>;
  /** The channel delivered the alert with this count. A report is over once each channel of its `reportTo` has it. */
  done(name: ChannelName, alertId: string, count: number): Promise<void>;
}

export function deliveriesIn(db: Database): Deliveries {
  return {
    async due({ name, severities, repeatMs, limit, except = [] }) {
      const rows = await db.rows<RawAlert>(
        `SELECT a.* FROM alerts a LEFT JOIN channel_deliveries d ON d.alert_id = a.alert_id AND d.channel = $1
         WHERE a.severity = ANY ($2) AND a.alert_id <> ALL ($5) AND ((a.status = 'ACTIVE' AND (d.alert_id IS NULL
             OR (a.count > d.count AND d.delivered_at < clock_timestamp() - $3::double precision * interval '1 ms')))
           OR (a.status IN ('ACKNOWLEDGED', 'RESOLVED') AND d.alert_id IS NULL
             AND a.created_at > (SELECT min(delivered_at) FROM channel_deliveries WHERE channel = $1)))
         ORDER BY a.severity <> 'IMMEDIATE', a.created_at, a.alert_id LIMIT $4`,
        [name, severities, repeatMs, limit, except],
      );
      return rows.map(toAlert);
    },

    async done(name, alertId, count) {
      await db.rows(
        `INSERT INTO channel_deliveries AS d (channel, alert_id, count) VALUES ($1, $2, $3)
         ON CONFLICT (channel, alert_id)
         DO UPDATE SET count = GREATEST(d.count, EXCLUDED.count), delivered_at = clock_timestamp()`,
        [name, alertId, count],
      );
      await db.rows(
        `UPDATE alerts a SET status = 'RESOLVED', resolved_at = last_at
         WHERE alert_id = $1 AND metadata ? 'reportTo' AND status IN ('ACTIVE', 'ACKNOWLEDGED') AND NOT EXISTS (
           SELECT 1 FROM jsonb_array_elements_text(metadata -> 'reportTo') AS wanted (channel) WHERE NOT EXISTS (
             SELECT 1 FROM channel_deliveries d WHERE d.alert_id = a.alert_id AND d.channel = wanted.channel))`,
        [alertId],
      );
    },
  };
}
