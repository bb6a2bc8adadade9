/** Which request brought a change, so that a repeated one does not correct the next estimate too. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql('ALTER TABLE external_changes ADD COLUMN request_id text');
}
