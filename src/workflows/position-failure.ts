/**
 * A position whose step failed in a way that a retry cannot fix. The run does not end: it raises attention, settles what
 * may be live at the broker, pauses, and goes on.
 */
import { ActivityFailure, condition, patched, workflowInfo } from '@temporalio/workflow';
import { RENEW_FAILING } from '../contract/patches.js';
import { readFailure } from './activity-failure.js';
import { answerAll } from './position-answers.js';
import { takeUp } from './position-opening.js';
import type { Position } from './position-state.js';

/** Wall time between two turns that fail: it doubles from one to the next. */
const REST_MS = { first: 60_000, most: 300_000 };

/** Rethrows anything that is not an activity failure: that is a bug of the workflow, and stops it where it is. */
export async function surviveFailure(position: Position, error: unknown): Promise<void> {
  if (!(error instanceof ActivityFailure)) throw error;
  const { code, reason } = readFailure(error, { code: 'INVARIANT_BROKEN', reason: error.message });
  await quietly(() => position.attention.raise('step', `A step failed: ${reason}`, code));
  const answered = position.queue.finish();
  await quietly(async () => {
    const { openCombos } = await takeUp(position);
    await answerAll(position, answered, { result: 'FAILED', reason, code, filledCombos: 0, openCombos });
  });
  await rest(position);
}

/** A message ends the pause. What fails for weeks continues as new before its history is full. */
export async function rest(position: Position): Promise<void> {
  const wait = Math.min(REST_MS.first * 2 ** position.failures, REST_MS.most);
  position.failed();
  await condition(() => position.queue.size > 0, wait);
  if (position.queue.size === 0 && workflowInfo().continueAsNewSuggested && patched(RENEW_FAILING)) {
    await position.watch.end('the run continues as new', () => position.queue.size > 0);
    await position.renew();
  }
}

/** The handling of a failure may fail as well; the next turn tries again. */
async function quietly(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
}
