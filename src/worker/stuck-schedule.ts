/** The check for stuck positions, by the clock: in the holder of the broker session, and in the watchdog. */
import { StuckCheck, type StuckParts } from './stuck-check.js';

const POLL_MS = 20_000;

/** Checks until it is stopped; a check that takes long is not overtaken by the next. */
export function startStuckCheck(parts: StuckParts): { stop(): Promise<void> } {
  const checking = new StuckCheck(parts);
  let running = Promise.resolve();
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    running = checking.check(performance.now(), Date.now()).finally(() => {
      isBusy = false;
    });
  }, POLL_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
