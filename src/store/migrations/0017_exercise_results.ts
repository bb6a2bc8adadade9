/** What became of an instruction to exercise, by the account of the next business morning. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    ALTER TABLE exercises DROP CONSTRAINT exercises_state_check, ADD CONSTRAINT exercises_state_check
      CHECK (state IN ('SENDING', 'ACCEPTED', 'REFUSED', 'UNKNOWN', 'EXERCISED', 'NOT_EXERCISED'));
    CREATE INDEX exercises_unsettled ON exercises (day) WHERE state IN ('SENDING', 'ACCEPTED', 'UNKNOWN');
  `);
}
