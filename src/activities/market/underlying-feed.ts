/**
 * What the rules need of an underlying besides its quote: one price a minute for the one-hour window, and a year of
 * implied volatility. All positions of the process share it, and it is rebuilt from the broker's history after a restart.
 */

import { marketDate } from 'market-time';
import type { Broker, Underlying } from '../../broker/api.js';
import { defined } from '../../domain/defined.js';
import { ivPercentile } from '../../domain/entry/iv-rank.js';
import type { Micros } from '../../domain/money.js';
import { type PricePoint, priceHourAgo } from './hour-window.js';

const HISTORY_MINUTES = 150;
const KEPT_POINTS = 1_000;
const GAP_MS = 900_000;
const IV_DAYS = 252;

interface Feed {
  points: PricePoint[];
  ivDay: string;
  ivHistory: readonly number[];
}

export class UnderlyingFeeds {
  private readonly feeds = new Map<string, Promise<Feed>>();
  private readonly underlyings = new Map<string, Promise<Underlying>>();

  constructor(private readonly broker: Broker) {}

  underlying(symbol: string): Promise<Underlying> {
    const known = this.underlyings.get(symbol);
    if (known !== undefined) return known;
    const asked = this.broker.underlying(symbol);
    this.underlyings.set(symbol, asked);
    asked.catch(() => this.underlyings.delete(symbol));
    return asked;
  }

  /** Records the price (one point a minute is kept) and returns the comparison with the hour and the year. */
  async compare(
    symbol: string,
    now: number,
    sinceOpenMs: number,
    price: Micros,
    impliedVolatility: number | undefined,
  ): Promise<{ readonly hourAgo?: Micros; readonly percentile?: number }> {
    const feed = await this.feed(symbol, now);
    const last = feed.points.at(-1);
    if (last === undefined || now - last.at >= 60_000) {
      feed.points.push({ at: now, close: price });
      if (feed.points.length > KEPT_POINTS) feed.points.splice(0, feed.points.length - KEPT_POINTS);
    }
    const hourAgo = priceHourAgo(feed.points, now, sinceOpenMs);
    const percentile =
      impliedVolatility === undefined || feed.ivHistory.length === 0
        ? undefined
        : ivPercentile(impliedVolatility, feed.ivHistory);
    return defined({ hourAgo, percentile });
  }

  private async feed(symbol: string, now: number): Promise<Feed> {
    let pending = this.feeds.get(symbol);
    if (pending === undefined) {
      pending = this.load(symbol, now);
      this.feeds.set(symbol, pending);
      pending.catch(() => this.feeds.delete(symbol));
    }
    const feed = await pending;
    const last = feed.points.at(-1);
    // Nobody watched the symbol for a while; the broker's history fills the gap.
    if (last !== undefined && now - last.at > GAP_MS) {
      const points = await this.broker.minuteBars(await this.underlying(symbol), HISTORY_MINUTES);
      if (points.length > 0) feed.points = [...points];
    }
    if (feed.ivDay !== marketDate(now)) {
      feed.ivDay = marketDate(now);
      feed.ivHistory = await this.ivHistory(symbol).catch(() => feed.ivHistory);
    }
    return feed;
  }

  private async load(symbol: string, now: number): Promise<Feed> {
    const underlying = await this.underlying(symbol);
    const points = [...(await this.broker.minuteBars(underlying, HISTORY_MINUTES))];
    return { points, ivDay: marketDate(now), ivHistory: await this.ivHistory(symbol) };
  }

  private async ivHistory(symbol: string): Promise<readonly number[]> {
    const bars = await this.broker.dailyBars(await this.underlying(symbol), 'OPTION_IMPLIED_VOLATILITY', IV_DAYS);
    return bars.map((bar) => bar.close);
  }
}
