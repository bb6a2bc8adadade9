/** How the entry of a position asked to be worked: a run that takes the place of a lost one goes on in the same way. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    -- NULL: opened before this column, and worked as configured.
    ALTER TABLE executions
      ADD COLUMN mode text CHECK (mode IN ('auto', 'combo', 'legs')),
      ADD COLUMN on_partial text CHECK (on_partial IN ('unwind', 'complete'));
  `);
}
