/** What people ask for, and who may trade: requests, entries, leases, the trading state. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    CREATE TABLE requests (
      request_id   text PRIMARY KEY CHECK (request_id <> ''),
      position_id  text NOT NULL CHECK (position_id <> ''),
      kind         text NOT NULL CHECK (kind IN ('close', 'roll', 'reduce', 'pause', 'resume', 'hold')),
      params       jsonb NOT NULL,
      status       text NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'REFUSED', 'PARKED')),
      outcome      jsonb,
      created_at   timestamptz NOT NULL,
      updated_at   timestamptz NOT NULL
    );
    CREATE INDEX requests_position ON requests (position_id);

    CREATE TABLE entries (
      entry_id       text PRIMARY KEY CHECK (entry_id <> ''),
      workflow_id    text NOT NULL CHECK (workflow_id <> ''),
      symbol         text NOT NULL CHECK (symbol <> ''),
      strategy_type  text NOT NULL CHECK (strategy_type <> ''),
      status         text NOT NULL CHECK (status IN ('DECIDING', 'OPENING', 'OPENED', 'NOT_ENTERED', 'FAILED')),
      position_id    text,
      reasons        jsonb NOT NULL,
      report         jsonb,
      created_at     timestamptz NOT NULL,
      updated_at     timestamptz NOT NULL,
      CONSTRAINT entries_opened_has_position CHECK (status <> 'OPENED' OR position_id IS NOT NULL)
    );
    CREATE INDEX entries_unfinished ON entries (created_at) WHERE status IN ('DECIDING', 'OPENING');

    -- A released lease keeps its row without a holder: its token must go on from where it was.
    CREATE TABLE leases (
      name        text PRIMARY KEY CHECK (name <> ''),
      holder      text CHECK (holder <> ''),
      token       bigint NOT NULL CHECK (token > 0),
      expires_at  timestamptz NOT NULL
    );

    CREATE TABLE trading_state (
      only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      state     text NOT NULL CHECK (state IN ('ACTIVE', 'REDUCING', 'HALTED')),
      reason    text NOT NULL,
      set_by    text NOT NULL,
      at        timestamptz NOT NULL
    );
    INSERT INTO trading_state (state, reason, set_by, at) VALUES ('ACTIVE', 'initial state', 'legwork', clock_timestamp());
  `);
}
