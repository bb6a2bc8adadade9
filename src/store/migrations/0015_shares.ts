/**
 * Shares that an assignment or an exercise left in a position, positions that are broken by it, orders for shares, what happened to
 * positions without an order of ours, instructions to exercise, and the shares that are a person's own.
 */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    ALTER TABLE executions ADD COLUMN shares integer NOT NULL DEFAULT 0;
    ALTER TABLE executions DROP CONSTRAINT executions_status_check, ADD CONSTRAINT executions_status_check
      CHECK (status IN ('PENDING', 'PARTIAL', 'FILLED', 'EXITING', 'BROKEN', 'CLOSED', 'FAILED'));
    ALTER TABLE order_intents DROP CONSTRAINT order_intents_role_check, ADD CONSTRAINT order_intents_role_check
      CHECK (role ~ '^(combo|stop|target|shares|leg[0-9]+|unwind[0-9]+)$');

    CREATE TABLE external_changes (
      no           bigint GENERATED ALWAYS AS IDENTITY,
      exec_id      text PRIMARY KEY CHECK (exec_id <> ''),
      position_id  text NOT NULL,
      leg_no       integer NOT NULL CHECK (leg_no >= 0),
      kind         text NOT NULL
        CHECK (kind IN ('assigned', 'exercised', 'expired', 'settled', 'traded', 'liquidated', 'unexplained')),
      quantity     double precision NOT NULL CHECK (quantity > 0),
      price        numeric(20,6) NOT NULL,
      shares       integer NOT NULL,
      evidence     text NOT NULL CHECK (evidence IN ('execution', 'account', 'flex', 'person', 'official')),
      estimated    boolean NOT NULL,
      text         text NOT NULL,
      at           timestamptz NOT NULL
    );
    CREATE INDEX external_changes_position ON external_changes (position_id);

    CREATE TABLE exercises (
      position_id  text NOT NULL,
      leg_no       integer NOT NULL CHECK (leg_no > 0),
      day          text NOT NULL CHECK (day ~ '^[0-9]{8}$'),
      contracts    integer NOT NULL CHECK (contracts > 0),
      state        text NOT NULL CHECK (state IN ('SENDING', 'ACCEPTED', 'REFUSED', 'UNKNOWN')),
      reason       text,
      at           timestamptz NOT NULL,
      PRIMARY KEY (position_id, leg_no, day)
    );

    CREATE TABLE own_shares (
      con_id    bigint PRIMARY KEY,
      quantity  double precision NOT NULL,
      seen_at   timestamptz NOT NULL
    );
  `);
}
