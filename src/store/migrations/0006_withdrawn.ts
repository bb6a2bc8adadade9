/** A person's wish to take an order away: stored before the cancel is sent, so that nothing places it again for the position. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    ALTER TABLE order_intents ADD COLUMN withdrawn_at timestamptz;
    -- Until now the wish stood in the reason, once the order had ended.
    UPDATE order_intents SET withdrawn_at = updated_at WHERE reason = 'cancelled by a person';
  `);
}
