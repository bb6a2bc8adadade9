/** A trade that the broker cancels (a bust) comes as a correction to a quantity of 0. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    ALTER TABLE fills ADD CONSTRAINT fills_quantity
      CHECK (quantity > 0 OR (quantity = 0 AND exec_id ~ '\\.0*([2-9]|[1-9][0-9]+)(-of-.+)?$'));
    ALTER TABLE fills DROP CONSTRAINT fills_quantity_check;
    ALTER TABLE external_changes ADD CONSTRAINT external_changes_quantity CHECK (quantity >= 0);
    ALTER TABLE external_changes DROP CONSTRAINT external_changes_quantity_check;
  `);
}
