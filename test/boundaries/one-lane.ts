/** One world with a worker that can die, for all tests of a file. */
import { afterAll, beforeAll } from '@jest/globals';
import { isYoung, type Lane, type LaneOptions, startLane, stopLane } from './life.js';

export interface OneLane extends Lane {
  /** Begins each life: a market that has grown old gives way to a new one, before its session ends. */
  keepYoung(): Promise<void>;
}

/** Started before the tests of this file and stopped after them; filled by then. */
export function oneLane(options: LaneOptions): OneLane {
  let lane: Lane | undefined;
  beforeAll(async () => {
    lane = await startLane(options);
  }, 90_000);
  afterAll(async () => {
    if (lane !== undefined) await stopLane(lane);
  }, 60_000);
  const started = (): Lane => {
    if (lane === undefined) throw new Error('The lane is not started.');
    return lane;
  };
  return {
    options,
    get world() {
      return started().world;
    },
    get worker() {
      return started().worker;
    },
    get begun() {
      return started().begun;
    },
    async keepYoung() {
      if (isYoung(started())) return;
      await stopLane(started());
      lane = await startLane(options);
    },
  };
}
