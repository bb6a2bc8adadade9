/** Alerts: one open alert per condition, counted up while it lasts. Its life is ACTIVE, perhaps ACKNOWLEDGED, then an end. */

import type { AlertMessage, AlertStatus } from '../domain/alert.js';
import { defined } from '../domain/defined.js';
import { InvalidInput, invariant, notFound } from '../domain/errors.js';
import type { Database } from './pool.js';
import { json, timestamp } from './rows.js';

export interface AlertRow extends AlertMessage {
  readonly alertId: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly lastAt: number;
  readonly acknowledgedAt?: number;
  readonly resolvedAt?: number;
}

export interface Alerts {
  /** One open alert per (position, rule): raised again, it counts up instead of repeating. */
  raise(
    alert: Omit<AlertRow, 'alertId' | 'status' | 'count' | 'lastAt' | 'acknowledgedAt' | 'resolvedAt' | 'metadata'> &
      Partial<Pick<AlertRow, 'metadata'>>,
  ): Promise<AlertRow>;
  /**
   * `alertId` may be the beginning of an id, as in lists. Throws NOT_FOUND, or INVALID_INPUT for an ambiguous beginning and for a
   * transition that is not allowed.
   */
  move(alertId: string, status: Exclude<AlertStatus, 'ACTIVE'>, at: number): Promise<AlertRow>;
  /** Resolves the open alert of a condition that is over, even an acknowledged one. Finding none is fine: a person may be quicker. */
  end(condition: Pick<AlertRow, 'rule' | 'symbol' | 'positionId'>, at: number): Promise<void>;
  /** Latest first. */
  list(filter: {
    readonly statuses?: readonly AlertStatus[];
    readonly rule?: string;
    readonly symbol?: string;
    readonly positionId?: string;
    readonly limit?: number;
  }): Promise<readonly AlertRow[]>;
}

export interface RawAlert {
  readonly alert_id: string;
  readonly type: AlertRow['type'];
  readonly severity: AlertRow['severity'];
  readonly status: AlertStatus;
  readonly title: string;
  readonly message: string;
  readonly rule: string;
  readonly symbol: string | null;
  readonly position_id: string | null;
  readonly metadata: AlertRow['metadata'];
  readonly count: number;
  readonly created_at: number;
  readonly last_at: number;
  readonly acknowledged_at: number | null;
  readonly resolved_at: number | null;
}

/** The transitions allowed from each status; end states stay. */
const NEXT: Readonly<Record<AlertStatus, readonly AlertStatus[]>> = {
  ACTIVE: ['ACKNOWLEDGED', 'RESOLVED', 'DISMISSED'],
  ACKNOWLEDGED: ['RESOLVED', 'DISMISSED'],
  RESOLVED: [],
  DISMISSED: [],
};
const STATUSES = Object.keys(NEXT) as AlertStatus[];

/** Raised again, the open alert shows the newest text and numbers, and stays acknowledged if it was. */
const RAISE = `
  INSERT INTO alerts AS a (type, severity, title, message, rule, symbol, position_id, metadata, created_at, last_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
  ON CONFLICT (COALESCE(position_id, symbol, ''), rule) WHERE status IN ('ACTIVE', 'ACKNOWLEDGED')
  DO UPDATE SET count = a.count + 1, last_at = GREATEST(a.last_at, EXCLUDED.last_at), type = EXCLUDED.type,
    severity = EXCLUDED.severity, title = EXCLUDED.title, message = EXCLUDED.message, metadata = EXCLUDED.metadata
  RETURNING *`;

export function alertsIn(db: Database): Alerts {
  return {
    async raise(alert) {
      const raw = await db.row<RawAlert>(RAISE, [
        alert.type,
        alert.severity,
        alert.title,
        alert.message,
        alert.rule,
        alert.symbol ?? null,
        alert.positionId ?? null,
        json(alert.metadata ?? {}),
        timestamp(alert.createdAt),
      ]);
      invariant(raw !== undefined, 'A raised alert has no row.');
      return toAlert(raw);
    },

    async move(alertId, status, at) {
      // Compared as text: a word that is no uuid matches no alert.
      const [stored, ...others] = await db.rows<RawAlert>(
        'SELECT * FROM alerts WHERE starts_with(alert_id::text, $1) LIMIT 2',
        [alertId.toLowerCase()],
      );
      if (stored === undefined || alertId === '') throw notFound('alert', alertId);
      if (others.length > 0)
        throw new InvalidInput('alert', alertId, 'more characters of the id: several alerts begin with these');
      const from = STATUSES.filter((before) => NEXT[before].includes(status));
      const moved = await db.row<RawAlert>(
        `UPDATE alerts SET status = $2,
           acknowledged_at = CASE WHEN $2 = 'ACKNOWLEDGED' THEN $3 ELSE acknowledged_at END,
           resolved_at = CASE WHEN $2 = 'ACKNOWLEDGED' THEN resolved_at ELSE $3 END
         WHERE alert_id = $1 AND status = ANY ($4) RETURNING *`,
        [stored.alert_id, status, timestamp(at), from],
      );
      if (moved !== undefined) return toAlert(moved);
      const allowed = NEXT[stored.status];
      throw new InvalidInput(
        'alert status',
        status,
        allowed.length === 0
          ? `no change: the alert is ${stored.status}`
          : `${allowed.join(' or ')} after ${stored.status}`,
      );
    },

    async end({ rule, symbol, positionId }, at) {
      await db.rows(
        `UPDATE alerts SET status = 'RESOLVED', resolved_at = $3
         WHERE COALESCE(position_id, symbol, '') = $1 AND rule = $2 AND status IN ('ACTIVE', 'ACKNOWLEDGED')`,
        [positionId ?? symbol ?? '', rule, timestamp(at)],
      );
    },

    async list({ statuses, rule, symbol, positionId, limit }) {
      const rows = await db.rows<RawAlert>(
        `SELECT * FROM alerts WHERE ($1::text[] IS NULL OR status = ANY ($1)) AND ($2::text IS NULL OR symbol = $2)
           AND ($3::text IS NULL OR position_id = $3) AND ($4::text IS NULL OR rule = $4)
         ORDER BY last_at DESC, created_at DESC, alert_id LIMIT $5`,
        [statuses ?? null, symbol ?? null, positionId ?? null, rule ?? null, limit ?? null],
      );
      return rows.map(toAlert);
    },
  };
}

/** An alert as the table holds it. */
export function toAlert(raw: RawAlert): AlertRow {
  return {
    alertId: raw.alert_id,
    type: raw.type,
    severity: raw.severity,
    status: raw.status,
    title: raw.title,
    message: raw.message,
    rule: raw.rule,
    metadata: raw.metadata,
    count: raw.count,
    createdAt: raw.created_at,
    lastAt: raw.last_at,
    ...defined({
      symbol: raw.symbol,
      positionId: raw.position_id,
      acknowledgedAt: raw.acknowledged_at,
      resolvedAt: raw.resolved_at,
    }),
  };
}
