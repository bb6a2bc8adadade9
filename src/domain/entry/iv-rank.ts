/** Where today's implied volatility stands in its own past. Values are per year, 0.18 = 18 %; bars without a value are left out. */

/**
 * IV rank = (now - lowest) / (highest - lowest) x 100 over the past, bounded to 0..100; undefined when the past is empty or
 * flat, where a rank says nothing.
 */
export function ivRank(now: number, history: readonly number[]): number | undefined {
  const past = usable(history);
  if (past.length === 0) return undefined;
  const lowest = Math.min(...past);
  const highest = Math.max(...past);
  if (highest === lowest) return undefined;
  return Math.min(100, Math.max(0, ((now - lowest) / (highest - lowest)) * 100));
}

/** Share of past days with a lower implied volatility, 0..1; 0 without any past. */
export function ivPercentile(now: number, history: readonly number[]): number {
  const past = usable(history);
  return past.length === 0 ? 0 : past.filter((value) => value < now).length / past.length;
}

/** Bars that carry a volatility: the broker fills gaps with 0 or -1. */
export function usable(history: readonly number[]): readonly number[] {
  return history.filter((value) => Number.isFinite(value) && value > 0);
}
