/** The walk of an order as it was planned, so that a step that repeats itself after a crash goes on with the same prices. */
import type { MigrationBuilder } from 'node-pg-migrate';

export function up(builder: MigrationBuilder): void {
  builder.sql(`
    ALTER TABLE order_intents ADD COLUMN walk jsonb;
    -- Orders at work now rest at their price until their own time is over. A single contract that is sold has a positive price.
    UPDATE order_intents SET walk = jsonb_build_object('stepNo', 1, 'stepEndsAt', good_till, 'endsAt', good_till,
      'limits', '[]'::jsonb, 'startMid', price, 'limit', price)
    FROM (SELECT order_ref AS ref, payload -> 'goodTill' AS good_till, (payload ->> 'limitPrice')::bigint
        * CASE WHEN jsonb_array_length(payload -> 'legs') = 1 AND payload #>> '{legs,0,action}' = 'SELL' THEN -1 ELSE 1 END AS price
      FROM order_intents WHERE payload ->> 'tif' = 'GTD' AND state IN ('PLANNED', 'SENDING', 'ACKED', 'UNKNOWN', 'PARKED')) AS at_work
    WHERE order_ref = ref;
  `);
}
