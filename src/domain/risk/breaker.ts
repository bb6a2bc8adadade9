/**
 * The circuit breaker of openings: some failures within a short time stop further openings for a while. It follows from the
 * times of the failures alone, so a restart neither trips nor resets it. Reducing orders never ask it.
 */
import type { RiskSettings } from './settings.js';

/** Market time until which openings rest, or undefined. `failures` are market times in any order, epoch ms. */
export function breakerOpenUntil(
  failures: readonly number[],
  now: number,
  { failures: limit, windowSeconds, restSeconds }: RiskSettings['breaker'],
): number | undefined {
  const times = [...failures].filter((at) => at <= now).sort((a, b) => a - b);
  let until: number | undefined;
  for (let last = limit - 1; last < times.length; last++) {
    const [first = 0, trip = 0] = [times[last - limit + 1], times[last]];
    if (trip - first <= windowSeconds * 1000) until = trip + restSeconds * 1000;
  }
  return until !== undefined && until > now ? until : undefined;
}
