/** Contracts that the account has stopped listing without an execution: the evidence lasts across comparisons and restarts. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    CREATE TABLE absences (
      con_id         bigint PRIMARY KEY,
      since          timestamptz NOT NULL,
      session        text NOT NULL,
      session_since  timestamptz NOT NULL,
      lists          integer NOT NULL CHECK (lists >= 0)
    );
  `);
}
