/** Every trading state that was set, with who set it and why. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    CREATE TABLE trading_states (
      id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      state   text NOT NULL CHECK (state IN ('ACTIVE', 'REDUCING', 'HALTED')),
      reason  text NOT NULL,
      set_by  text NOT NULL,
      at      timestamptz NOT NULL
    );
    INSERT INTO trading_states (state, reason, set_by, at) SELECT state, reason, set_by, at FROM trading_state;
    -- By a trigger, so that no way of setting it, of an earlier release or by hand, leaves it out.
    CREATE FUNCTION keep_trading_state() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO trading_states (state, reason, set_by, at) VALUES (NEW.state, NEW.reason, NEW.set_by, NEW.at);
      RETURN NULL;
    END $$;
    CREATE TRIGGER trading_state_kept AFTER UPDATE ON trading_state
      FOR EACH ROW EXECUTE FUNCTION keep_trading_state();
  `);
}
