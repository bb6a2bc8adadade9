/** Distinguishes a position that was evaluated from one that could not be. */
import type { Evaluation, NotEvaluated } from './activities.js';

export const isEvaluated = (one: Evaluation | NotEvaluated): one is Evaluation => !('failed' in one);
