/** What limits count: whether an opening may still fill, who looked past the signal, and the Greeks of what is held. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    ALTER TABLE executions
      ADD COLUMN opening_ended_at timestamptz,
      ADD COLUMN ignores_signal boolean NOT NULL DEFAULT false;
    -- A part that filled is a position of its own unless its opening still works.
    UPDATE executions e SET opening_ended_at = COALESCE(fill_time, ledger_at, created_at)
    WHERE status <> 'PENDING' AND NOT EXISTS (SELECT FROM order_intents i WHERE i.position_id = e.position_id
      AND purpose = 'OPEN' AND state NOT IN ('FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED'));
    -- In shares, over all contracts that are held: whole combos and what is left of broken ones.
    ALTER TABLE snapshots
      ADD COLUMN share_delta double precision,
      ADD COLUMN share_gamma double precision,
      -- By the broker's calculator, for want of its model.
      ADD COLUMN greeks_calculated boolean NOT NULL DEFAULT false;
  `);
}
