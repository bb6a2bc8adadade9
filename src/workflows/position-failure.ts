/**
 * A position whose step failed in a way that a retry cannot fix. The run does not end: it raises attention, settles what
 * may be live at the broker, pauses, and goes on.
 */
import { ActivityFailure, condition } from '@temporalio/workflow';
import { readFailure } from './activity-failure.js';
import { answerAll } from './position-answers.js';
import { takeUp } from './position-opening.js';
import type { Position } from './position-state.js';

const REST = '60s';

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

/** A message ends the pause. */
export async function rest(position: Position): Promise<void> {
  await condition(() => position.queue.size > 0, REST);
}

/** The handling of a failure may fail as well; the next turn tries again. */
async function quietly(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
}
