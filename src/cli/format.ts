/** How values are shown: money with two decimals, times as ISO 8601, absent values as a dash. */
import { formatMoney, type Micros } from '../domain/money.js';

export const ABSENT = '-';

/** Money in dollars, at least two decimals. */
export function money(micros: Micros | undefined): string {
  return micros === undefined ? ABSENT : formatMoney(micros);
}

/** A net price per share: credit positive. */
export function credit(micros: Micros | undefined): string {
  if (micros === undefined) return ABSENT;
  return micros < 0 ? `${formatMoney(-micros)} debit` : `${formatMoney(micros)} credit`;
}

/** 0.412 -> `41.2 %`. */
export function percent(share: number | undefined): string {
  return share === undefined ? ABSENT : `${(share * 100).toFixed(1)} %`;
}

export function number(value: number | undefined, decimals = 2): string {
  return value === undefined ? ABSENT : value.toFixed(decimals);
}

/** Epoch ms as ISO 8601 in UTC. */
export function time(at: number | undefined): string {
  return at === undefined ? ABSENT : new Date(at).toISOString();
}

/** 20260320 -> `2026-03-20`. */
export function date(yyyymmdd: string): string {
  return /^\d{8}$/.test(yyyymmdd)
    ? `${yyyymmdd.slice(0, 4)}-${yyyymmdd.slice(4, 6)}-${yyyymmdd.slice(6, 8)}`
    : yyyymmdd;
}

/** `1 combo`, `2 combos`. */
export function combos(count: number): string {
  return `${count} ${count === 1 ? 'combo' : 'combos'}`;
}

/** A value of a check: numbers with at most four decimals, trailing zeros dropped. */
export function value(of: number | string | null): string {
  if (of === null) return ABSENT;
  return typeof of === 'number' ? String(Number(of.toFixed(4))) : of;
}

/** How long ago, short: `12 s`, `3 min`, `5 h`, `2 d`. */
export function age(ms: number | undefined): string {
  if (ms === undefined) return ABSENT;
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
