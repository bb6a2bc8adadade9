/** The check for stuck positions, by the clock: in the holder of the broker session, and in the watchdog. */
import { StuckCheck, type StuckParts } from './stuck-check.js';

const POLL_MS = 20_000;
const STOP_MS = 1_000;

/** Checks until it is stopped; a check that takes long is not overtaken by the next. */
export function startStuckCheck(parts: StuckParts): { stop(): Promise<void> } {
  const checking = new StuckCheck(parts);
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= checking.check(performance.now(), Date.now()).finally(() => {
      running = undefined;
    });
  }, POLL_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      // A server that is away answers late or never, and the process does not stay for it.
      let late: NodeJS.Timeout | undefined;
      await Promise.race([running, new Promise((resolve) => (late = setTimeout(resolve, STOP_MS)))]);
      clearTimeout(late);
    },
  };
}
