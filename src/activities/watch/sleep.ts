/**
 * How long the run of a position sleeps instead of waiting in an activity: a wait that heartbeats costs an action every few seconds, a
 * durable timer one for the whole night. It needs a market whose time passes as wall time does.
 */
import type { MarketClock } from '../../broker/api.js';

/** The hours of the market are read again this often. */
const LONGEST_MS = 24 * 3_600_000;
/** A shorter wait costs less in heartbeats than a timer and another activity. */
const SHORTEST_MS = 60_000;
/** While the speed of the clock is not known yet, a wait is looked at again after this market time. */
const LOOK_AGAIN_MS = 60_000;
/** The quotes of the position are requested again before its session opens. */
const EARLIER_MS = 30_000;

/** Wall ms to sleep before the market time `at`, epoch ms; undefined where the activity must wait itself. */
export function sleepBefore(clock: Pick<MarketClock, 'keepsWallTime' | 'now'>, at: number): number | undefined {
  if (!clock.keepsWallTime) return undefined;
  const sleepMs = Math.min(at - clock.now() - EARLIER_MS, LONGEST_MS);
  return sleepMs < SHORTEST_MS ? undefined : sleepMs;
}

/** Market time until which the activity itself waits for `at`, epoch ms. */
export function waitBefore(clock: Pick<MarketClock, 'keepsWallTime' | 'now'>, at: number): number {
  return clock.keepsWallTime === undefined ? Math.min(at, clock.now() + LOOK_AGAIN_MS) : at;
}
