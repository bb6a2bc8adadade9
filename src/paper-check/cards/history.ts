/** Cards about historical bars, the source of IV rank and trend. */
import { numberOf, rowsOf, textOf, type Values } from 'ib-gateway/client';
import { agreesIf, type Card } from '../card.js';
import { type Ticker, UNDERLYINGS, underlyingOf } from '../contracts.js';
import { errorText } from '../orders.js';
import { type Stage, Unserved } from '../stage.js';

interface Bars {
  readonly answer: Values;
  readonly bars: readonly Values[];
}

async function barsOf(stage: Stage, symbol: Ticker, whatToShow: string, duration: string): Promise<Bars> {
  const { values } = await underlyingOf(stage, symbol);
  const { secType, exchange } = UNDERLYINGS[symbol];
  const frames = await stage.request(
    'REQ_HISTORICAL_DATA',
    {
      ...{ conId: numberOf(values, 'conId') ?? 0, symbol, secType, exchange, currency: 'USD' },
      ...{ barSize: '1 day', duration, useRth: true, whatToShow, formatDate: 1 },
    },
    'HISTORICAL_DATA',
    60_000,
  );
  const answer = frames.find(({ name }) => name === 'HISTORICAL_DATA');
  const error = frames.find(({ name }) => name === 'ERR_MSG');
  if (!answer) throw new Unserved('REQ_HISTORICAL_DATA', error ? `Refused: ${errorText(error)}` : 'No bars came.');
  return { answer: answer.values, bars: rowsOf(answer.values, 'bars') };
}

function volatilityCard(symbol: Ticker): Card {
  return {
    id: `history-iv-${symbol.toLowerCase()}`,
    serves: ['REQ_HISTORICAL_DATA'],
    assumption: `A year of daily OPTION_IMPLIED_VOLATILITY bars of ${symbol} is available: over 200, as a fraction per year (0.15 is 15 %).`,
    source: 'IB TWS API documentation, historical bar types; no captured frame is known',
    place: 'src/broker/history.ts',
    method: `Ask for a year of daily bars of ${symbol}.`,
    run: async (stage) => {
      const { bars } = await barsOf(stage, symbol, 'OPTION_IMPLIED_VOLATILITY', '1 Y');
      const closes = bars.map((bar) => numberOf(bar, 'close') ?? -1);
      const holds = closes.length > 200 && closes.every((close) => close > 0.01 && close < 3);
      return agreesIf(
        holds,
        `${closes.length} bars from ${Math.min(...closes)} to ${Math.max(...closes)}`,
        'The IV rank would be computed from other numbers.',
      );
    },
  };
}

export const historyCards: readonly Card[] = [
  volatilityCard('SPY'),
  volatilityCard('SPX'),
  {
    id: 'history-trades',
    serves: ['REQ_HISTORICAL_DATA'],
    assumption: 'Daily bars of trades are stamped with their day as YYYYMMDD and come oldest first.',
    source: 'IB TWS API documentation, historical bar data; rust-ibapi issue 93',
    place: 'src/broker/history.ts',
    method: 'Ask for a month of daily bars of SPY.',
    run: async (stage) => {
      const { bars } = await barsOf(stage, 'SPY', 'TRADES', '1 M');
      const days = bars.map((bar) => textOf(bar, 'time'));
      const holds =
        days.length > 10 && days.every((day) => /^\d{8}$/.test(day)) && days.join() === [...days].sort().join();
      return agreesIf(
        holds,
        `${days.length} bars, ${days[0]} to ${days.at(-1)}`,
        'Bars have other stamps or another order.',
      );
    },
  },
  {
    id: 'history-midpoint',
    serves: ['REQ_HISTORICAL_DATA'],
    assumption: 'Bars of MIDPOINT have no volume: volume, average and count are -1.',
    source: 'rust-ibapi issue 93; ib_async issue 29',
    place: 'src/broker/history.ts',
    method: 'Ask for five daily bars of midpoints of SPY.',
    run: async (stage) => {
      const { bars } = await barsOf(stage, 'SPY', 'MIDPOINT', '5 D');
      const marks = bars.flatMap((bar) => ['volume', 'wap', 'count'].map((name) => numberOf(bar, name)));
      return agreesIf(
        marks.length > 0 && marks.every((mark) => mark === -1),
        `volume, average, count: ${marks.slice(0, 3).join(', ')}`,
        'They hold numbers.',
      );
    },
  },
];
