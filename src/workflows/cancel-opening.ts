/** A cancelled entry takes back what its position has not opened yet. */
import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { cancelOpeningSignal } from '../contract/messages.js';
import { positionWorkflowId } from '../contract/workflow-ids.js';
import type { Proxies } from './proxies.js';

const REASON = 'its entry was cancelled';
const TRIES = 3;

/** The position answers with how its opening ended. One without a run gets one, which settles what the old one left at the broker. */
export async function cancelOpening(positionId: string, store: Proxies['store']): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    try {
      await getExternalWorkflowHandle(positionWorkflowId(positionId)).signal(cancelOpeningSignal, { reason: REASON });
      return;
    } catch {
      // A signal to another workflow fails only when no run takes it.
      await store.revivePosition({ positionId });
    }
  }
}

/** The answer of an entry that was cancelled while its position opened. */
export function cancelledReason(positionId: string, filledCombos: number): string {
  if (filledCombos === 0) return 'The entry was cancelled: no combo was opened.';
  const what =
    filledCombos === 1 ? '1 combo had filled and stays open' : `${filledCombos} combos had filled and stay open`;
  return `The entry was cancelled: ${what} as ${positionId}. Close with \`legwork close ${positionId}\`.`;
}
