/** Historical bars of an underlying, in regular hours. */
import { BarSizeSetting, type SecType, WhatToShow } from '@stoqey/ib';
import { LegworkError } from '../domain/errors.js';
import { fromNumber, type Micros } from '../domain/money.js';
import type { DailyBar, Underlying } from './api.js';
import { RequestRefused } from './failures.js';
import type { Requests } from './requests.js';
import { parseBrokerTime } from './times.js';

/** Longest duration that may be requested in days, and in seconds. */
const MOST_DAYS = 365;
const MOST_SECONDS = 86_400;
const TRADING_DAYS_A_YEAR = 252;
const MINUTE_MS = 60_000;
const SESSION_MINUTES = 390;
/** Dates as text; times as seconds since the epoch. */
const EPOCH_FORMAT = 2;

interface Bar extends Omit<DailyBar, 'date'> {
  readonly time: string;
}

interface BarQuestion {
  readonly duration: string;
  readonly size: BarSizeSetting;
  readonly what: WhatToShow;
}

export class History {
  constructor(
    private readonly requests: Requests,
    private readonly now: () => number,
  ) {}

  /** Throws DATA_MISSING when the broker has none (162), BROKER_UNREACHABLE when it does not answer. */
  async dailyBars(
    underlying: Underlying,
    what: 'TRADES' | 'OPTION_IMPLIED_VOLATILITY',
    days: number,
  ): Promise<readonly DailyBar[]> {
    const bars = await this.bars(underlying, {
      duration: days <= MOST_DAYS ? `${days} D` : `${Math.ceil(days / TRADING_DAYS_A_YEAR)} Y`,
      size: BarSizeSetting.DAYS_ONE,
      what: what === 'TRADES' ? WhatToShow.TRADES : WhatToShow.OPTION_IMPLIED_VOLATILITY,
    });
    return bars.slice(-days).map(({ time, open, high, low, close }) => ({
      date: time.slice(0, 8),
      open,
      high,
      low,
      close,
    }));
  }

  /** `at` is the end of each minute, when its close became known; for the current minute it is now. */
  async minuteBars(
    underlying: Underlying,
    minutes: number,
  ): Promise<readonly { readonly at: number; readonly close: Micros }[]> {
    const seconds = minutes * 60;
    const bars = await this.bars(underlying, {
      duration: seconds <= MOST_SECONDS ? `${seconds} S` : `${Math.ceil(minutes / SESSION_MINUTES)} D`,
      size: BarSizeSetting.MINUTES_ONE,
      what: WhatToShow.TRADES,
    });
    const now = this.now();
    const rows = bars.slice(-minutes).map(({ time, close }) => {
      const start = parseBrokerTime(time);
      return start === undefined ? undefined : { at: Math.min(start + MINUTE_MS, now), close: fromNumber(close) };
    });
    return rows.filter((row) => row !== undefined);
  }

  private async bars(underlying: Underlying, question: BarQuestion): Promise<readonly Bar[]> {
    const { conId, secType, exchange, currency, symbol } = underlying;
    const contract = { conId, symbol, secType: secType as SecType, exchange, currency };
    const bars: Bar[] = [];
    try {
      await this.requests.ask<void>(
        `history of ${symbol}`,
        (ask) => {
          ask.on('historicalData', (reqId, time, open, high, low, close) => {
            if (reqId !== ask.reqId) return;
            if (time.startsWith('finished')) ask.done();
            else bars.push({ time, open, high, low, close });
          });
          ask.send((api) =>
            api.reqHistoricalData(
              ask.reqId,
              contract,
              '',
              question.duration,
              question.size,
              question.what,
              1,
              EPOCH_FORMAT,
              false,
            ),
          );
        },
        { farm: 'history' },
      );
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      throw new LegworkError('DATA_MISSING', `There is no history of ${symbol} (${error.ibCode}): ${error.text}`, {
        symbol,
        ibCode: error.ibCode,
      });
    }
    return bars;
  }
}
