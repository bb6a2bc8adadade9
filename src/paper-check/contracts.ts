/** Contracts for the cards to trade and read, found once a run. */
import { numberOf, rowsOf, textOf, type Values } from 'ib-gateway/client';
import { daysUntil } from './broker-time.js';
import type { Frame } from './link.js';
import { comboContract, errorText, type Leg, singleContract } from './orders.js';
import { tick, ticksOf } from './quotes.js';
import { NotTried, type Stage, Unserved } from './stage.js';

export interface Underlying {
  readonly symbol: string;
  readonly secType: 'STK' | 'IND';
  readonly exchange: string;
  /** Class of the options that are read. */
  readonly optionClass: string;
}

/** The underlyings whose facts Legwork relies on. */
export const UNDERLYINGS = {
  SPY: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', optionClass: 'SPY' },
  QQQ: { symbol: 'QQQ', secType: 'STK', exchange: 'SMART', optionClass: 'QQQ' },
  SPX: { symbol: 'SPX', secType: 'IND', exchange: 'CBOE', optionClass: 'SPXW' },
  XSP: { symbol: 'XSP', secType: 'IND', exchange: 'CBOE', optionClass: 'XSP' },
} as const satisfies Record<string, Underlying>;

export type Ticker = keyof typeof UNDERLYINGS;

/** Details of an underlying. */
export function underlyingOf(stage: Stage, symbol: Ticker): Promise<Frame> {
  return stage.once(`underlying ${symbol}`, async () => {
    const { secType, exchange } = UNDERLYINGS[symbol];
    const frames = await stage.request(
      'REQ_CONTRACT_DATA',
      { symbol, secType, exchange, currency: 'USD' },
      'CONTRACT_DATA_END',
    );
    return firstOr(frames, `${symbol} ${secType}`);
  });
}

function firstOr(frames: readonly Frame[], what: string): Frame {
  const row = frames.find(({ name }) => name === 'CONTRACT_DATA');
  if (row) return row;
  const error = frames.find(({ name }) => name === 'ERR_MSG');
  throw new Unserved('REQ_CONTRACT_DATA', `No contract details of ${what}${error ? `: ${errorText(error)}` : ''}.`);
}

/** The rows of the option chain: one an exchange and class. */
export function chainOf(stage: Stage, symbol: Ticker): Promise<readonly Frame[]> {
  return stage.once(`chain ${symbol}`, async () => {
    const underlying = await underlyingOf(stage, symbol);
    const frames = await stage.request(
      'REQ_SEC_DEF_OPT_PARAMS',
      {
        underlyingSymbol: symbol,
        underlyingSecType: UNDERLYINGS[symbol].secType,
        underlyingConId: numberOf(underlying.values, 'conId') ?? 0,
      },
      'SEC_DEF_OPT_PARAMS_END',
    );
    const rows = frames.filter(({ name }) => name === 'SEC_DEF_OPT_PARAMS');
    const error = frames.find(({ name }) => name === 'ERR_MSG');
    if (rows.length === 0) {
      const why = error ? `: ${errorText(error)}` : '';
      throw new Unserved('REQ_SEC_DEF_OPT_PARAMS', `The broker shows no option chain of ${symbol}${why}.`);
    }
    return rows;
  });
}

/** A price near which strikes are chosen: the last daily close, else from delayed quotes. */
export function priceOf(stage: Stage, symbol: Ticker): Promise<number> {
  return stage.once(`price ${symbol}`, async () => {
    const { values } = await underlyingOf(stage, symbol);
    const { secType, exchange } = UNDERLYINGS[symbol];
    const contract = { conId: numberOf(values, 'conId') ?? 0, symbol, secType, exchange, currency: 'USD' };
    const price = (await lastClose(stage, contract)) ?? (await delayedPrice(stage, contract));
    if (price === undefined) throw new NotTried(`No bars and no quotes of ${symbol} came: no strikes can be chosen.`);
    return price;
  });
}

async function lastClose(stage: Stage, contract: Values): Promise<number | undefined> {
  const frames = await stage.request(
    'REQ_HISTORICAL_DATA',
    { ...contract, barSize: '1 day', duration: '5 D', useRth: true, whatToShow: 'TRADES', formatDate: 1 },
    'HISTORICAL_DATA',
  );
  const bars = rowsOf(frames.find(({ name }) => name === 'HISTORICAL_DATA')?.values ?? {}, 'bars');
  const close = numberOf(bars.at(-1) ?? {}, 'close') ?? 0;
  return close > 0 ? close : undefined;
}

/** Bid, last and close, live or delayed. */
const PRICES: readonly number[] = [4, 1, 9, 68, 66, 75];
const [LIVE, DELAYED] = [1, 3];

/** For an account without a subscription: good enough to choose strikes, and for nothing else. */
async function delayedPrice(stage: Stage, contract: Values): Promise<number | undefined> {
  stage.link.send('REQ_MARKET_DATA_TYPE', { marketDataType: DELAYED });
  const priceIn = (frames: readonly Frame[]) =>
    PRICES.map((type) => numberOf(tick(frames, type)?.values ?? {}, 'price') ?? -1).find((price) => price > 0);
  // 10167 says that delayed ticks follow.
  const { frames } = await ticksOf(stage, contract, (all) => priceIn(all) !== undefined, 15_000, [10167]);
  stage.link.send('REQ_MARKET_DATA_TYPE', { marketDataType: LIVE });
  return priceIn(frames);
}

/** Days to expiry of the options that are read and traded. */
const DAYS = { least: 20, most: 60 } as const;

/** A put of an underlying, one dollar below its price, some weeks out: its details. */
export function putOf(stage: Stage, symbol: Ticker, below: number): Promise<Frame> {
  return stage.once(`put ${symbol} ${below}`, async () => {
    const { optionClass } = UNDERLYINGS[symbol];
    const [rows, price, now] = [await chainOf(stage, symbol), await priceOf(stage, symbol), await stage.now()];
    const ofClass = rows.filter(({ values }) => textOf(values, 'tradingClass') === optionClass);
    const row = ofClass.find(({ values }) => textOf(values, 'exchange') === 'SMART') ?? ofClass[0];
    if (!row) throw new NotTried(`The chain of ${symbol} has no class ${optionClass}.`);
    const expiries = rowsOf(row.values, 'expirations')
      .map((entry) => textOf(entry, 'expiration'))
      .filter((expiry) => daysUntil(now, expiry) >= DAYS.least && daysUntil(now, expiry) <= DAYS.most)
      .sort();
    const strikes = rowsOf(row.values, 'strikes')
      .map((entry) => numberOf(entry, 'strike') ?? 0)
      .filter((strike) => strike % 5 === 0)
      .sort((left, right) => Math.abs(left - price * (1 - below)) - Math.abs(right - price * (1 - below)));
    // Not every strike of a chain is listed for every expiry.
    for (const expiry of expiries.slice(0, 3)) {
      for (const strike of strikes.slice(0, 4)) {
        const found = await optionDetails(stage, symbol, expiry, strike);
        if (found) return found;
      }
    }
    throw new NotTried(`No listed put of ${symbol} was found ${DAYS.least} to ${DAYS.most} days out.`);
  });
}

async function optionDetails(stage: Stage, symbol: Ticker, expiry: string, strike: number): Promise<Frame | undefined> {
  const query = { symbol, secType: 'OPT', expiry, strike, right: 'P', exchange: 'SMART', currency: 'USD' };
  const frames = await stage.request(
    'REQ_CONTRACT_DATA',
    { ...query, tradingClass: UNDERLYINGS[symbol].optionClass },
    'CONTRACT_DATA_END',
  );
  return frames.find(({ name }) => name === 'CONTRACT_DATA');
}

/** A vertical of two puts of SPY: worth a good part of a dollar, at most five. */
export interface Vertical {
  /** Higher strike. */
  readonly upper: Frame;
  readonly lower: Frame;
  readonly width: number;
}

export function verticalOf(stage: Stage): Promise<Vertical> {
  return stage.once('vertical', async () => {
    const upper = await putOf(stage, 'SPY', 0.03);
    const expiry = textOf(upper.values, 'lastTradeDateOrContractMonth').slice(0, 8);
    const strike = numberOf(upper.values, 'strike') ?? 0;
    for (const width of [5, 10, 15]) {
      const lower = await optionDetails(stage, 'SPY', expiry, strike - width);
      if (!lower) continue;
      await needWorth(stage, upper, lower);
      return { upper, lower, width };
    }
    throw new NotTried('SPY has no put below the one that was chosen.');
  });
}

/** Orders at a few cents must be far from the market: NotTried when the vertical is quoted too cheap for that. */
async function needWorth(stage: Stage, upper: Frame, lower: Frame): Promise<void> {
  const [BID, ASK] = [1, 2];
  const priceIn = async (option: Frame, type: number) => {
    const contract = singleContract(conIdOf(option));
    const { frames } = await ticksOf(stage, contract, (all) => tick(all, type) !== undefined, 5_000);
    return numberOf(tick(frames, type)?.values ?? {}, 'price') ?? -1;
  };
  const [cost, proceeds] = [await priceIn(upper, ASK), await priceIn(lower, BID)];
  if (cost > 0 && proceeds > 0 && cost - proceeds < LEAST_WORTH)
    throw new NotTried(
      `The vertical is worth only ${(cost - proceeds).toFixed(2)}: no order would be far from the market.`,
    );
}

const conIdOf = (frame: Frame): number => numberOf(frame.values, 'conId') ?? 0;

/** Buys the vertical: a debit. */
export async function debitCombo(stage: Stage) {
  const { upper, lower } = await verticalOf(stage);
  return comboContract(legs(upper, lower));
}

/** Sells it Legwork's way: as a combo bought at a price below zero. */
export async function creditCombo(stage: Stage) {
  const { upper, lower } = await verticalOf(stage);
  return comboContract(legs(lower, upper));
}

function legs(bought: Frame, sold: Frame): readonly Leg[] {
  return [
    { conId: conIdOf(bought), action: 'BUY' },
    { conId: conIdOf(sold), action: 'SELL' },
  ];
}

/** Far below the value of the vertical. */
export const FAR_DEBIT = 0.05;
/** The least that the vertical must cost, if it has quotes; cards pay up to 0.07. */
const LEAST_WORTH = 0.2;
