/** The market's clock as the holder of the broker session last read it, for processes without a broker. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    CREATE TABLE market_clock (
      one        boolean PRIMARY KEY DEFAULT true CHECK (one),
      market_at  timestamptz NOT NULL,
      -- Wall time of the database.
      noted_at   timestamptz NOT NULL
    );
  `);
}
