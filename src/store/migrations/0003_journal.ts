/** What was decided, seen and told: decisions, snapshots, alerts. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    CREATE TABLE decisions (
      id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      subject_id   text NOT NULL CHECK (subject_id <> ''),
      kind         text NOT NULL CHECK (kind IN ('entry', 'monitor', 'manual')),
      action       text NOT NULL CHECK (action IN ('HOLD', 'CLOSE', 'ROLL', 'REDUCE')),
      urgency      text NOT NULL CHECK (urgency IN ('IMMEDIATE', 'HIGH', 'NORMAL', 'LOW')),
      rule         text NOT NULL CHECK (rule <> ''),
      reason       text NOT NULL,
      metadata     jsonb NOT NULL,
      inputs       jsonb NOT NULL,
      config_hash  text NOT NULL,
      skipped      jsonb NOT NULL,
      at           timestamptz NOT NULL
    );
    CREATE INDEX decisions_subject ON decisions (subject_id, at);

    CREATE TABLE snapshots (
      position_id         text NOT NULL CHECK (position_id <> ''),
      at                  timestamptz NOT NULL,
      watch_epoch         bigint NOT NULL,
      underlying          numeric(20,6),
      close_net           numeric(20,6),
      unrealized_pnl      numeric(20,6),
      profit_pct          double precision,
      delta               double precision,
      gamma               double precision,
      theta               double precision,
      vega                double precision,
      implied_volatility  double precision,
      vix                 double precision,
      quote_age_ms_max    double precision,
      PRIMARY KEY (position_id, at, watch_epoch)
    );

    CREATE TABLE alerts (
      alert_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      type             text NOT NULL CHECK (type IN ('INFO', 'WARNING', 'CRITICAL')),
      severity         text NOT NULL CHECK (severity IN ('IMMEDIATE', 'HIGH', 'NORMAL', 'LOW')),
      status           text NOT NULL DEFAULT 'ACTIVE'
        CHECK (status IN ('ACTIVE', 'ACKNOWLEDGED', 'RESOLVED', 'DISMISSED')),
      title            text NOT NULL CHECK (title <> ''),
      message          text NOT NULL CHECK (message <> ''),
      rule             text NOT NULL CHECK (rule <> ''),
      symbol           text,
      position_id      text,
      metadata         jsonb NOT NULL,
      count            integer NOT NULL DEFAULT 1 CHECK (count > 0),
      created_at       timestamptz NOT NULL,
      last_at          timestamptz NOT NULL,
      acknowledged_at  timestamptz,
      resolved_at      timestamptz,
      CONSTRAINT alerts_acknowledged_has_time CHECK (status <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL),
      CONSTRAINT alerts_ended_has_time CHECK (status NOT IN ('RESOLVED', 'DISMISSED') OR resolved_at IS NOT NULL)
    );
    -- An alert without a position is about its symbol, or about the whole system.
    CREATE UNIQUE INDEX alerts_one_open ON alerts (COALESCE(position_id, symbol, ''), rule)
      WHERE status IN ('ACTIVE', 'ACKNOWLEDGED');
    CREATE INDEX alerts_last ON alerts (last_at);
  `);
}
