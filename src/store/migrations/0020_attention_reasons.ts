/** The reasons for attention, by cause. The release before reads and writes `attention` and `attention_reason`, which are kept beside. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    ALTER TABLE executions ADD COLUMN attention_reasons jsonb NOT NULL DEFAULT '{}';
    UPDATE executions SET attention_reasons = jsonb_build_object(
      CASE
        WHEN attention_reason LIKE 'The rules cannot evaluate this position%' THEN 'cannot_be_judged'
        WHEN attention_reason LIKE 'More was closed than was open%' THEN 'reversed'
        WHEN attention_reason LIKE 'Options of % are gone, and the account holds %' THEN 'contract_replaced'
        ELSE 'position'
      END, attention_reason)
    WHERE attention AND attention_reason IS NOT NULL;
  `);
}
