/** The wall's time of the market's, whose clock may run at several speeds. */
import type { ClockSegment } from '../gateway-process.js';

/** Wall ms at a market time. */
export function wallAt(clock: readonly ClockSegment[], at: number): number {
  const segment = clock.findLast(({ market }) => market <= at) ?? clock[0];
  return segment === undefined ? 0 : segment.wall + (at - segment.market) / segment.speed;
}

/**
 * The worker's market time at a wall time. It never goes back: after a start of a gateway whose clock is behind it holds what it had
 * then, until the gateway has caught up. A start ends the one before, so what several kills cost does not add up.
 */
export function latestAt(clock: readonly ClockSegment[], wall: number): number {
  const started = clock.filter((segment) => segment.wall <= wall);
  return started.reduce((held, segment, index) => {
    const end = started[index + 1]?.wall ?? wall;
    return Math.max(held, segment.market + (end - segment.wall) * segment.speed);
  }, Number.NEGATIVE_INFINITY);
}
