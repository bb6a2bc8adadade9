/** Dividends of assigned shares: cash in the ledger of the position that held them. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    ALTER TABLE fills ADD CONSTRAINT fills_sec_type CHECK (sec_type IN ('OPT', 'BAG', 'STK', 'CASH', 'OTHER'));
    ALTER TABLE fills DROP CONSTRAINT fills_sec_type_check;
    ALTER TABLE external_changes ADD CONSTRAINT external_changes_kind
      CHECK (kind IN ('assigned', 'exercised', 'expired', 'settled', 'traded', 'liquidated', 'unexplained', 'dividend'));
    ALTER TABLE external_changes DROP CONSTRAINT external_changes_kind_check;
  `);
}
