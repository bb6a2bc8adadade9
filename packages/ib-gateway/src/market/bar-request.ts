/**
 * A request for historical bars: reads the broker's texts for durations and bar sizes into numbers.
 */

export type BarSize =
  | { readonly kind: 'seconds'; readonly seconds: number }
  | { readonly kind: 'days' }
  | { readonly kind: 'weeks' }
  | { readonly kind: 'months' };

export interface BarDuration {
  readonly count: number;
  readonly unit: 'S' | 'D' | 'W' | 'M' | 'Y';
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { sec: 1, secs: 1, min: 60, mins: 60, hour: 3600, hours: 3600 };
const INTRADAY = /^(\d+) (secs?|mins?|hours?)$/;
const LONGER: Readonly<Record<string, BarSize>> = {
  '1 day': { kind: 'days' },
  '1D': { kind: 'days' },
  '1 week': { kind: 'weeks' },
  '1W': { kind: 'weeks' },
  '1 month': { kind: 'months' },
  '1M': { kind: 'months' },
};
const SIZES_SECONDS = [1, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 14400, 28800];

/** Reads `1 min`, `4 hours`, `1 day`, ...; undefined for a size the broker does not offer. */
export function parseBarSize(text: string): BarSize | undefined {
  const longer = LONGER[text.trim()];
  if (longer) return longer;
  const match = INTRADAY.exec(text.trim().toLowerCase());
  if (!match) return undefined;
  const seconds = Number(match[1]) * (UNIT_SECONDS[match[2] ?? ''] ?? 0);
  return SIZES_SECONDS.includes(seconds) ? { kind: 'seconds', seconds } : undefined;
}

/** Reads `3600 S`, `2 D`, `52 W`, `6 M`, `1 Y`; undefined for anything else. */
export function parseDuration(text: string): BarDuration | undefined {
  const match = /^(\d+)\s*([SDWMY])$/.exec(text.trim().toUpperCase());
  if (!match || Number(match[1]) === 0) return undefined;
  return { count: Number(match[1]), unit: match[2] as BarDuration['unit'] };
}
