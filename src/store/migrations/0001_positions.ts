/** Executions with their legs, and the watch epochs that fence the writers of a position's snapshots. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    CREATE TABLE executions (
      position_id        text PRIMARY KEY CHECK (position_id <> ''),
      account            text NOT NULL CHECK (account <> ''),
      symbol             text NOT NULL CHECK (symbol <> ''),
      underlying_con_id  bigint NOT NULL,
      strategy_type      text NOT NULL CHECK (strategy_type <> ''),
      structure          text NOT NULL
        CHECK (structure IN ('iron_condor', 'vertical_spread', 'single_leg', 'custom')),
      status             text NOT NULL
        CHECK (status IN ('PENDING', 'PARTIAL', 'FILLED', 'EXITING', 'CLOSED', 'FAILED')),
      quantity           integer NOT NULL CHECK (quantity > 0),
      multiplier         integer NOT NULL CHECK (multiplier > 0),
      opened_combos      integer NOT NULL DEFAULT 0 CHECK (opened_combos >= 0),
      open_combos        integer NOT NULL DEFAULT 0,
      entry_net          numeric(20,6),
      exit_net           numeric(20,6),
      max_loss           numeric(20,6),
      width              numeric(20,6) NOT NULL CHECK (width >= 0),
      expiry             text NOT NULL CHECK (expiry ~ '^[0-9]{8}$'),
      plan               jsonb NOT NULL,
      workflow_id        text NOT NULL CHECK (workflow_id <> ''),
      entry_workflow_id  text,
      rolled_from        text,
      rolled_to          text,
      exit_rule          text,
      exit_action        text CHECK (exit_action IN ('HOLD', 'CLOSE', 'ROLL', 'REDUCE')),
      fail_reason        text,
      realized_pnl       numeric(20,6),
      commissions        numeric(20,6) NOT NULL DEFAULT 0,
      attention          boolean NOT NULL DEFAULT false,
      attention_reason   text,
      paused             boolean NOT NULL DEFAULT false,
      memory             jsonb NOT NULL,
      last_step          integer NOT NULL DEFAULT 0 CHECK (last_step >= 0),
      created_at         timestamptz NOT NULL,
      fill_time          timestamptz,
      close_time         timestamptz,
      ledger_at          timestamptz,
      CONSTRAINT executions_open_within_opened CHECK (open_combos BETWEEN 0 AND opened_combos),
      CONSTRAINT executions_filled_has_time CHECK (status <> 'FILLED' OR fill_time IS NOT NULL),
      CONSTRAINT executions_closed_has_time CHECK (status <> 'CLOSED' OR close_time IS NOT NULL)
    );
    CREATE INDEX executions_open ON executions (created_at) WHERE status NOT IN ('CLOSED', 'FAILED');
    CREATE INDEX executions_created ON executions (created_at);

    CREATE TABLE legs (
      position_id     text NOT NULL REFERENCES executions,
      leg_no          integer NOT NULL CHECK (leg_no > 0),
      con_id          bigint NOT NULL CHECK (con_id > 0),
      symbol          text NOT NULL CHECK (symbol <> ''),
      option_right    text NOT NULL CHECK (option_right IN ('CALL', 'PUT')),
      strike          numeric(20,6) NOT NULL CHECK (strike > 0),
      expiry          text NOT NULL CHECK (expiry ~ '^[0-9]{8}$'),
      trading_class   text NOT NULL,
      multiplier      integer NOT NULL CHECK (multiplier > 0),
      last_trade_at   timestamptz NOT NULL,
      exercise_style  text NOT NULL CHECK (exercise_style IN ('american', 'european')),
      action          text NOT NULL CHECK (action IN ('BUY', 'SELL')),
      ratio           integer NOT NULL CHECK (ratio > 0),
      status          text NOT NULL CHECK (status IN ('PENDING', 'PARTIAL', 'FILLED', 'CLOSED', 'CANCELLED')),
      open_quantity   integer NOT NULL DEFAULT 0,
      open_price      numeric(20,6),
      close_price     numeric(20,6),
      PRIMARY KEY (position_id, leg_no)
    );

    CREATE TABLE watch_epochs (
      position_id  text PRIMARY KEY,
      epoch        bigint NOT NULL CHECK (epoch >= 0)
    );
  `);
}
