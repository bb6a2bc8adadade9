/** A step during which the worker may die once: another one takes its place, and the step has its answer. */
import { ANSWER_MS, type Lane } from './life.js';

/** Armed for the whole step: a boundary after the answer may be a place to die at as well. */
export async function outlived<T>(lane: Lane, answer: Promise<T>): Promise<T> {
  const { world, worker } = lane;
  let over = false;
  const ends = () => {
    over = true;
  };
  answer.then(ends, ends);
  await world.waitUntil('a death, or an answer', () => !worker.lives || over, ANSWER_MS);
  await revived(lane);
  return await answer;
}

/** Starts another worker where the last one died. */
export async function revived({ worker }: Lane): Promise<void> {
  if (worker.lives) return;
  worker.disarm();
  await worker.start();
}
