/**
 * exerciseWorkflow: exercises a long leg at a person's request. It makes one attempt: an exercise without an answer is never sent
 * again blindly.
 */
import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { ExerciseInput, ExerciseResult } from '../contract/requests.js';
import { proxiesFor } from './proxies.js';

export async function exerciseWorkflow(input: {
  readonly accountAlias: string;
  readonly exercise: ExerciseInput;
}): Promise<ExerciseResult> {
  const { exercise } = input;
  try {
    return await proxiesFor(input.accountAlias).place.exerciseLeg(exercise);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || !isUnanswered(error)) throw error;
    const { positionId, legNo, contracts = 0 } = exercise;
    const reason = 'the step that sends it did not answer: look at Exercise in TWS whether the instruction is there';
    return { positionId, legNo, contracts, result: 'UNKNOWN', reason };
  }
}

/** The worker died or took too long; a refusal by the activity has its own code. */
function isUnanswered({ cause }: ActivityFailure): boolean {
  return cause instanceof TimeoutFailure;
}
