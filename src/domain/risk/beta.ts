/** Beta of an underlying: how many per cent it moved, on average, for one per cent of the index. */

export interface DailyClose {
  /** YYYYMMDD. */
  readonly date: string;
  readonly close: number;
}

/** Fewest common days: a quarter of a year. */
const FEWEST_DAYS = 60;

/**
 * Covariance over variance of the daily returns on common days. Undefined with fewer than 60 of them, or when the index stood still.
 */
export function betaOf(underlying: readonly DailyClose[], index: readonly DailyClose[]): number | undefined {
  const closes = new Map(index.map(({ date, close }) => [date, close]));
  const both = underlying.flatMap(({ date, close }) => {
    const other = closes.get(date);
    return other !== undefined && other > 0 && close > 0 ? [{ close, other }] : [];
  });
  const returns = both.slice(1).map(({ close, other }, at) => {
    const before = both[at] ?? { close, other };
    return { own: close / before.close - 1, index: other / before.other - 1 };
  });
  if (returns.length < FEWEST_DAYS) return undefined;
  const mean = (of: (one: (typeof returns)[number]) => number) =>
    returns.reduce((sum, one) => sum + of(one), 0) / returns.length;
  const [own, other] = [mean((one) => one.own), mean((one) => one.index)];
  const variance = mean((one) => (one.index - other) ** 2);
  return variance > 0 ? mean((one) => (one.own - own) * (one.index - other)) / variance : undefined;
}
