/** The wall's time of the market's, whose clock may run at several speeds. */
import type { ClockSegment } from '../gateway-process.js';

/** Wall ms at a market time. */
export function wallAt(clock: readonly ClockSegment[], at: number): number {
  const segment = clock.findLast(({ market }) => market <= at) ?? clock[0];
  return segment === undefined ? 0 : segment.wall + (at - segment.market) / segment.speed;
}

/** The latest market time at a wall time by any start of the gateway before it. */
export function latestAt(clock: readonly ClockSegment[], wall: number): number {
  const started = clock.filter((segment) => segment.wall <= wall);
  return Math.max(...started.map((segment) => segment.market + (wall - segment.wall) * segment.speed));
}
