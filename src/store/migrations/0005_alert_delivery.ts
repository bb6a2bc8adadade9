/** Which alerts have been told to the outside: nothing that was raised is lost over a restart, and nothing told twice. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    -- Wall time of the database: telling people is not a matter of the market's clock.
    CREATE TABLE alert_deliveries (
      alert_id      uuid PRIMARY KEY REFERENCES alerts (alert_id),
      count         integer NOT NULL CHECK (count > 0),
      delivered_at  timestamptz NOT NULL DEFAULT clock_timestamp()
    );
  `);
}
