/** An alert's row. */
import type { AlertRow, AlertStatus } from './api.js';
import { present } from './rows.js';

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
    ...present({
      symbol: raw.symbol,
      positionId: raw.position_id,
      acknowledgedAt: raw.acknowledged_at,
      resolvedAt: raw.resolved_at,
    }),
  };
}
