/** What was delivered by which channel. The release before goes on with `alert_deliveries`, which is that of the webhook. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    CREATE TABLE channel_deliveries (
      channel       text NOT NULL CHECK (channel IN ('webhook', 'email')),
      alert_id      uuid NOT NULL REFERENCES alerts ON DELETE CASCADE,
      count         integer NOT NULL,
      delivered_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (channel, alert_id)
    );
    INSERT INTO channel_deliveries (channel, alert_id, count, delivered_at)
      SELECT 'webhook', alert_id, count, delivered_at FROM alert_deliveries;
  `);
}
