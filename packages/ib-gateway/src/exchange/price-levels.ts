/**
 * When a price has reached a level, by trigger method: elects stop orders and fulfils price conditions.
 *
 * Methods of the TWS API: 1 double bid/ask, 2 last, 3 double last, 4 bid/ask, 7 last or bid/ask, 8 mid; 0 is double bid/ask for
 * options and last for everything else. From below (a buy stop) it is the bid that must reach the level, from above the ask: a
 * quote that is merely wide reaches nothing. The double methods want two such prices in a row; one that stands still is seen
 * once, and at the same price the second must come with more size. A last price far outside the quote counts for nothing.
 */
const DEFAULT = 0;
const DOUBLE_BID_ASK = 1;
const LAST = 2;
const DOUBLE_LAST = 3;
const BID_ASK = 4;
const LAST_OR_BID_ASK = 7;
const MID = 8;
/** How far beyond the quote a last price may lie, as a share of it. */
const LEEWAY = 0.005;
const TOLERANCE = 1e-9;

/** One sample of the market; a missing side or trade is undefined. */
export interface Prices {
  readonly bid?: number | undefined;
  readonly ask?: number | undefined;
  readonly bidSize: number;
  readonly askSize: number;
  readonly last?: number | undefined;
  readonly lastSize?: number | undefined;
}

/** The level that the price must reach: `side` 1 from below, -1 from above. */
export interface Level {
  readonly method: number;
  readonly side: 1 | -1;
  readonly price: number;
}

/** The latest of consecutive prices that had reached a level, and their number. */
export interface OrderSearch {
  readonly price: number;
  readonly size: number;
  readonly hits: number;
}

/** The sightings of an order by their subject: its stop, or one of its conditions. */
export type Sightings = Record<string, OrderSearch>;

/** The method that the default one stands for. */
export function methodOf(method: number, isOption: boolean): number {
  if (method !== DEFAULT) return method;
  return isOption ? DOUBLE_BID_ASK : LAST;
}

/** Checks prices once and says whether the level is reached now; `sightings[key]` keeps the state of the double methods. */
export function reaches(level: Level, prices: Prices, sightings: Sightings, key: string): boolean {
  const { method } = level;
  const bidAsk = level.side > 0 ? prices.bid : prices.ask;
  const bidAskSize = level.side > 0 ? prices.bidSize : prices.askSize;
  const last = credibleLast(prices);
  switch (method) {
    case DOUBLE_BID_ASK:
      return twice(level, { price: bidAsk, size: bidAskSize }, sightings, key);
    case DOUBLE_LAST:
      return twice(level, { price: last, size: prices.lastSize ?? 0 }, sightings, key);
    case LAST:
      return isBeyond(level, last);
    case BID_ASK:
      return isBeyond(level, bidAsk);
    case LAST_OR_BID_ASK:
      return isBeyond(level, last) || isBeyond(level, bidAsk);
    case MID:
      return isBeyond(level, midOf(prices));
    default:
      return false;
  }
}

function isBeyond({ side, price }: Level, seen: number | undefined): seen is number {
  return seen !== undefined && side * (seen - price) >= -TOLERANCE;
}

function twice(
  level: Level,
  { price, size }: { readonly price: number | undefined; readonly size: number },
  sightings: Sightings,
  key: string,
): boolean {
  const before = sightings[key];
  if (!isBeyond(level, price)) {
    delete sightings[key];
    return false;
  }
  const isNew = before === undefined || price !== before.price || size > before.size;
  const hits = (before?.hits ?? 0) + (isNew ? 1 : 0);
  sightings[key] = { price, size, hits };
  return hits >= 2;
}

function midOf({ bid, ask }: Prices): number | undefined {
  return bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
}

/** The last price, unless the quote shows that it is old. */
function credibleLast({ bid, ask, last }: Prices): number | undefined {
  if (last === undefined) return undefined;
  const leeway = Math.abs(last) * LEEWAY;
  if (bid !== undefined && last < bid - leeway) return undefined;
  if (ask !== undefined && last > ask + leeway) return undefined;
  return last;
}
