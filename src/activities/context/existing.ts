/** Reading what must be there. */
import { LegworkError } from '../../domain/errors.js';
import type { ExecutionRow, Store } from '../../store/api.js';

/** The stored position; throws NOT_FOUND where there is none. */
export async function existing({ executions }: Pick<Store, 'executions'>, positionId: string): Promise<ExecutionRow> {
  const row = await executions.get_execution(positionId);
  if (row === undefined) throw new LegworkError('NOT_FOUND', `position id: ${positionId} does not exist.`);
  return row;
}
