/** The wall's time of the market's, whose clock may run at several speeds. */
import type { ClockSegment } from '../gateway-process.js';

/** Wall ms at a market time. */
export function wallAt(clock: readonly ClockSegment[], at: number): number {
  const segment = clock.findLast(({ market }) => market <= at) ?? clock[0];
  return segment === undefined ? 0 : segment.wall + (at - segment.market) / segment.speed;
}
