/**
 * Order intents, the broker's last word about orders, and the append-only ledger of fills. They hold no foreign key to
 * executions: what the broker reports is kept even when the position's row is missing.
 */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    CREATE TABLE order_intents (
      order_ref      text PRIMARY KEY CHECK (order_ref <> ''),
      position_id    text NOT NULL CHECK (position_id <> ''),
      step           integer NOT NULL CHECK (step >= 0),
      role           text NOT NULL CHECK (role ~ '^(combo|stop|target|leg[0-9]+|unwind[0-9]+)$'),
      attempt        integer NOT NULL CHECK (attempt > 0),
      purpose        text NOT NULL CHECK (purpose IN ('OPEN', 'REDUCE')),
      payload        jsonb NOT NULL,
      payload_hash   text NOT NULL CHECK (payload_hash <> ''),
      planned_hash   text NOT NULL,
      state          text NOT NULL CHECK (state IN ('PLANNED', 'SENDING', 'ACKED', 'UNKNOWN', 'PARKED', 'FILLED',
                       'CANCELLED', 'REJECTED', 'EXPIRED')),
      valid_until    timestamptz NOT NULL,
      order_id       bigint,
      perm_id        bigint,
      client_id      integer,
      session_epoch  text,
      sent_at        timestamptz,
      reason         text,
      created_at     timestamptz NOT NULL,
      updated_at     timestamptz NOT NULL,
      -- The ref is a function of the attempt, so its uniqueness is the attempt's; a second unique index would make planners
      -- of one ref fail each other, because ON CONFLICT waits on one index only.
      CONSTRAINT order_intents_ref_names_attempt CHECK
        (order_ref = 'LW|' || position_id || '|' || step || '|' || role || '|' || attempt AND strpos(position_id, '|') = 0),
      CONSTRAINT order_intents_sending_has_id CHECK (state <> 'SENDING' OR
        (order_id IS NOT NULL AND client_id IS NOT NULL AND session_epoch IS NOT NULL AND sent_at IS NOT NULL))
    );
    CREATE INDEX order_intents_attempts ON order_intents (position_id, step, role);
    CREATE INDEX order_intents_unsettled ON order_intents (created_at)
      WHERE state IN ('PLANNED', 'SENDING', 'ACKED', 'UNKNOWN', 'PARKED');
    CREATE INDEX order_intents_ids ON order_intents (client_id, order_id);
    CREATE INDEX order_intents_sent ON order_intents (purpose, sent_at);
    CREATE INDEX order_intents_created ON order_intents (created_at);

    CREATE TABLE orders (
      order_ref    text PRIMARY KEY CHECK (order_ref <> ''),
      position_id  text GENERATED ALWAYS AS
        (CASE WHEN starts_with(order_ref, 'LW|') THEN split_part(order_ref, '|', 2) END) STORED,
      perm_id      bigint NOT NULL,
      order_id     bigint NOT NULL,
      client_id    integer NOT NULL,
      status       text NOT NULL CHECK (status <> ''),
      quantity     double precision NOT NULL CHECK (quantity >= 0),
      filled       double precision NOT NULL CHECK (filled >= 0),
      limit_price  numeric(20,6),
      text         text,
      updated_at   timestamptz NOT NULL
    );
    CREATE INDEX orders_position ON orders (position_id);

    CREATE TABLE fills (
      exec_id      text PRIMARY KEY CHECK (exec_id <> ''),
      order_ref    text COLLATE "C" NOT NULL,
      position_id  text GENERATED ALWAYS AS
        (CASE WHEN starts_with(order_ref, 'LW|') THEN split_part(order_ref, '|', 2) END) STORED,
      order_id     bigint NOT NULL,
      perm_id      bigint NOT NULL,
      account      text NOT NULL,
      con_id       bigint NOT NULL CHECK (con_id >= 0),
      sec_type     text NOT NULL CHECK (sec_type IN ('OPT', 'BAG', 'STK', 'OTHER')),
      side         text NOT NULL CHECK (side IN ('BUY', 'SELL')),
      quantity     double precision NOT NULL CHECK (quantity > 0),
      price        numeric(20,6) NOT NULL,
      at           timestamptz NOT NULL,
      liquidation  boolean NOT NULL,
      written_at   timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX fills_position ON fills (position_id);
    CREATE INDEX fills_order ON fills (order_ref);

    -- Reports of cost, in a table of their own: they come after the fill or before it, and may be corrected.
    CREATE TABLE commissions (
      exec_id       text PRIMARY KEY CHECK (exec_id <> ''),
      commission    numeric(20,6) NOT NULL,
      realized_pnl  numeric(20,6)
    );

    CREATE FUNCTION fills_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'fills are append-only: % is not allowed', TG_OP USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER fills_keep_rows BEFORE UPDATE OR DELETE ON fills
      FOR EACH ROW EXECUTE FUNCTION fills_are_append_only();
    CREATE TRIGGER fills_keep_table BEFORE TRUNCATE ON fills
      FOR EACH STATEMENT EXECUTE FUNCTION fills_are_append_only();
  `);
}
