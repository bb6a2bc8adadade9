/**
 * The underlying's price one hour of session time ago. The hour reaches into the last session, so that overnight gaps
 * count.
 */
import type { Micros } from '../../domain/money.js';

export interface PricePoint {
  readonly at: number;
  readonly close: Micros;
}

const HOUR_MS = 3_600_000;
/** A point further from the wanted moment does not count: the data have a gap there. */
const NEAR_MS = 900_000;
/** Nights, weekends and holidays lie between two sessions. A longer pause is a gap in the data. */
const LAST_SESSION_MS = 4 * 86_400_000;

/** The last known price at or before one session hour ago; absent when the points do not reach back that far. */
export function priceHourAgo(points: readonly PricePoint[], now: number, sinceOpenMs: number): Micros | undefined {
  const open = now - sinceOpenMs;
  const before = points.filter((point) => point.at < open);
  const lastClose = before.at(-1)?.at;
  const target =
    sinceOpenMs >= HOUR_MS
      ? now - HOUR_MS
      : lastClose === undefined || open - lastClose > LAST_SESSION_MS
        ? undefined
        : lastClose - (HOUR_MS - sinceOpenMs);
  if (target === undefined) return undefined;
  const found = points.filter((point) => point.at <= target).at(-1);
  return found !== undefined && target - found.at <= NEAR_MS ? found.close : undefined;
}
