/** How often the rules were evaluated since the snapshot before: what lies between two decisions is counted by it. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql('ALTER TABLE snapshots ADD COLUMN polls integer NOT NULL DEFAULT 1 CHECK (polls >= 0)');
}
