/** Numbers as the reasons and distances of the rules show them. */

/** 0.4567 -> `45.7 %`; `unknown` when absent. */
export function percent(share: number | undefined): string {
  return share === undefined ? 'unknown' : `${(share * 100).toFixed(1)} %`;
}

/** A number with two decimals; `unknown` when absent. */
export function decimal(value: number | undefined, decimals = 2): string {
  return value === undefined ? 'unknown' : value.toFixed(decimals);
}

/** `1 day`, `5 days`; `unknown` when absent. */
export function dayCount(value: number | undefined): string {
  if (value === undefined) return 'unknown';
  return `${value} ${value === 1 ? 'day' : 'days'}`;
}
