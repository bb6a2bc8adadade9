/** monitorWorkflow: what the rules say now of one position, or of every open one; nothing is done about it. */
import type { Evaluation } from '../contract/activities.js';
import { proxiesFor } from './proxies.js';

export interface MonitorInput {
  readonly accountAlias: string;
  readonly positionId?: string;
}

export async function monitorWorkflow(input: MonitorInput): Promise<readonly Evaluation[]> {
  const { store, position } = proxiesFor(input.accountAlias);
  const ids = input.positionId === undefined ? await store.openPositionIds({}) : [input.positionId];
  const evaluations = await Promise.allSettled(ids.map((positionId) => position.evaluatePosition({ positionId })));
  // One position that cannot be evaluated never hides the others.
  return evaluations.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
