/**
 * The field's words beside the old ones, so that this release and the one before it can work on the same rows. The state WORKING
 * is allowed next to ACKED; stored-states.ts says which of them is written. The column withdrawn_at gets the name cancel_requested_at:
 * a trigger keeps the two in step, whichever a release writes. A later release drops the old word and the old column.
 */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    ALTER TABLE order_intents ADD COLUMN cancel_requested_at timestamptz;
    UPDATE order_intents SET cancel_requested_at = withdrawn_at WHERE withdrawn_at IS NOT NULL;
    CREATE FUNCTION order_intents_cancel_requested() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.cancel_requested_at IS DISTINCT FROM OLD.cancel_requested_at THEN
        NEW.withdrawn_at := NEW.cancel_requested_at;
      ELSE
        NEW.cancel_requested_at := NEW.withdrawn_at;
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER order_intents_cancel_requested BEFORE UPDATE OF withdrawn_at, cancel_requested_at ON order_intents
      FOR EACH ROW EXECUTE FUNCTION order_intents_cancel_requested();

    ALTER TABLE order_intents DROP CONSTRAINT order_intents_state_check;
    ALTER TABLE order_intents ADD CONSTRAINT order_intents_state_check CHECK
      (state IN ('PLANNED', 'SENDING', 'ACKED', 'WORKING', 'UNKNOWN', 'PARKED', 'FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED'));
    DROP INDEX order_intents_unsettled;
    CREATE INDEX order_intents_unsettled ON order_intents (created_at)
      WHERE state IN ('PLANNED', 'SENDING', 'ACKED', 'WORKING', 'UNKNOWN', 'PARKED');
  `);
}
