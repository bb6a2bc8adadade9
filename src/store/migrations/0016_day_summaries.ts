/** What each session day came to: one row a day, written with the alert that brings it to the channels. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    CREATE TABLE day_summaries (
      day         text PRIMARY KEY CHECK (day ~ '^[0-9]{8}$'),
      summary     jsonb NOT NULL,
      created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
    );
  `);
}
