/** Reads rows that must exist. */
import { notFound } from '../../domain/errors.js';
import type { IntentRow, PositionRow, Store } from '../../store/api.js';

/** The stored position; throws NOT_FOUND if there is none. */
export async function existing({ executions }: Pick<Store, 'executions'>, positionId: string): Promise<PositionRow> {
  const row = await executions.get_execution(positionId);
  if (row === undefined) throw notFound('position', positionId);
  return row;
}

/** The stored intent of an order; throws NOT_FOUND if there is none. */
export async function existingIntent({ intents }: Pick<Store, 'intents'>, orderRef: string): Promise<IntentRow> {
  const intent = await intents.get(orderRef);
  if (intent === undefined) throw notFound('order', orderRef);
  return intent;
}
