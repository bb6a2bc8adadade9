/**
 * exerciseWorkflow: exercises a long leg at a person's request. It makes one attempt: an exercise without an answer is never sent
 * again blindly.
 */
import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { ExerciseInput, ExerciseResult } from '../contract/requests.js';
import { readFailure } from './activity-failure.js';
import { proxiesFor } from './proxies.js';

/** A request that can never be carried out fails with its code, and the command with it. */
const WRONG_REQUEST = ['INVALID_INPUT', 'NOT_FOUND'];

export async function exerciseWorkflow(input: {
  readonly accountAlias: string;
  readonly exercise: ExerciseInput;
}): Promise<ExerciseResult> {
  const { exercise } = input;
  try {
    return await proxiesFor(input.accountAlias).place.exerciseLeg(exercise);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const { positionId, legNo, contracts = 0 } = exercise;
    if (isUnanswered(error)) {
      const reason = 'the step that sends it did not answer: look at Exercise in TWS whether the instruction is there';
      return { positionId, legNo, contracts, result: 'UNKNOWN', reason };
    }
    const { code, reason } = readFailure(error, { code: 'INVARIANT_BROKEN', reason: error.message });
    if (WRONG_REQUEST.includes(code)) throw error;
    // The step fails only before it sends.
    return { positionId, legNo, contracts, result: 'REFUSED', reason: `nothing was sent, try again: ${reason}` };
  }
}

/** The worker died or took too long; a refusal by the activity has its own code. */
function isUnanswered({ cause }: ActivityFailure): boolean {
  return cause instanceof TimeoutFailure;
}
