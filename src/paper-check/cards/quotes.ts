/** Cards about quotes, Greeks and the messages of a line. */
import { numberOf, textOf } from 'ib-gateway/client';
import { agreesIf, type Card, type Finding } from '../card.js';
import { putOf, type Ticker, UNDERLYINGS, underlyingOf } from '../contracts.js';
import type { Frame } from '../link.js';
import { errorText } from '../orders.js';
import { hasTicks, NO_DATA, type Ticks, tick, ticksOf } from '../quotes.js';
import { NotTried, type Stage } from '../stage.js';

const [BID, ASK, LAST, MODEL] = [1, 2, 4, 13];
const LIVE = 1;

/** A line of the underlying, used by several cards. */
function underlyingLine(stage: Stage, symbol: Ticker): Promise<Ticks> {
  return stage.once(`line ${symbol}`, async () => {
    const { values } = await underlyingOf(stage, symbol);
    const { secType, exchange } = UNDERLYINGS[symbol];
    const contract = { conId: numberOf(values, 'conId') ?? 0, symbol, secType, exchange, currency: 'USD' };
    const enough = secType === 'STK' ? hasTicks(BID, ASK) : hasTicks(LAST);
    return await ticksOf(stage, contract, enough);
  });
}

function optionLine(stage: Stage): Promise<Ticks> {
  return stage.once('line option', async () => {
    const { values } = await putOf(stage, 'SPY', 0.03);
    const contract = {
      conId: numberOf(values, 'conId') ?? 0,
      symbol: 'SPY',
      secType: 'OPT',
      exchange: 'SMART',
      currency: 'USD',
    };
    return await ticksOf(stage, { ...contract, genericTicks: '106' }, hasTicks(BID, ASK, MODEL));
  });
}

/** A refusal for lack of market data is no answer to the card, unless the card is about it. */
function needData({ frames }: Ticks): void {
  const refused = frames.find(
    ({ name, values }) => name === 'ERR_MSG' && NO_DATA.includes(numberOf(values, 'code') ?? 0),
  );
  if (refused) throw new NotTried(`No live market data in this session: ${errorText(refused)}`);
}

function quoteFinding(frames: readonly Frame[]): Finding {
  const [bid, ask] = [tick(frames, BID), tick(frames, ASK)];
  const [low, high] = [bid, ask].map((frame) => numberOf(frame?.values ?? {}, 'price'));
  if (low === undefined || high === undefined)
    return agreesIf(false, 'no bid and ask came', 'A quote has another form.');
  const sizes = [bid, ask].map((frame) => numberOf(frame?.values ?? {}, 'size') ?? 0);
  return agreesIf(
    low < high && low > 0 && sizes.every((size) => size > 0),
    `${low} x ${sizes[0]} to ${high} x ${sizes[1]}`,
    'Bid and ask do not form a quote.',
  );
}

/** What the first messages of a line are: a refusal, a type and a price, or nothing. */
function liveFinding({ frames }: Ticks): Finding {
  const refused = frames.find(({ name }) => name === 'ERR_MSG');
  const type = frames.findLast(({ name }) => name === 'MARKET_DATA_TYPE');
  const price = tick(frames, BID) ?? tick(frames, ASK);
  const kind = numberOf(type?.values ?? {}, 'marketDataType');
  const came = `type ${kind ?? 'not reported'}, ${price ? 'a price' : 'no price'} came`;
  const isLive = refused === undefined && kind === LIVE && price !== undefined;
  return agreesIf(isLive, refused ? errorText(refused) : came, 'Options have no live quotes: nothing can be priced.');
}

export const quoteCards: readonly Card[] = [
  {
    id: 'quote-live',
    assumption: 'Live quotes of options are served: a line of a put of SPY is not refused, and has prices of type 1.',
    source: 'IB TWS API documentation, market data subscriptions; message codes 354, 10089 to 10091, 10167 to 10197',
    place: 'src/broker/quote-lines.ts',
    method: 'Subscribe a put of SPY and look at the errors, the type and the prices.',
    needs: ['open'],
    run: async (stage) => liveFinding(await optionLine(stage)),
  },
  {
    id: 'quote-type',
    assumption: 'A line reports its market data type first, and live quotes are type 1.',
    source: 'IB TWS API documentation, EWrapper::marketDataType; changelog of rust-ibapi',
    place: 'src/broker/quote-lines.ts',
    method: 'Subscribe SPY and look at the first message that is no notice.',
    needs: ['open'],
    run: async (stage) => {
      const line = await underlyingLine(stage, 'SPY');
      needData(line);
      const told = line.frames.find(({ name }) => name === 'MARKET_DATA_TYPE');
      const type = numberOf(told?.values ?? {}, 'marketDataType');
      const firstTick = line.frames.findIndex(({ name }) => name === 'TICK_PRICE');
      const before = told !== undefined && line.frames.indexOf(told) < firstTick;
      return agreesIf(
        before && type === LIVE,
        `type ${type ?? 'not reported'}, ${before ? 'before' : 'after'} the first price`,
        'Delayed quotes could pass for live ones.',
      );
    },
  },
  {
    id: 'quote-underlying',
    assumption: 'A stock line gives bid and ask as tick types 1 and 2, each with its size.',
    source: 'IB TWS API documentation, available tick types',
    place: 'src/broker/quote-line.ts',
    method: 'Subscribe SPY and wait for both sides.',
    needs: ['open'],
    run: async (stage) => {
      const line = await underlyingLine(stage, 'SPY');
      needData(line);
      return quoteFinding(line.frames);
    },
  },
  {
    id: 'quote-option',
    assumption: 'An option line gives bid and ask as tick types 1 and 2, each with its size.',
    source: 'IB TWS API documentation, available tick types',
    place: 'src/broker/quote-line.ts',
    method: 'Subscribe a put of SPY and wait for both sides.',
    needs: ['open'],
    run: async (stage) => {
      const line = await optionLine(stage);
      needData(line);
      return quoteFinding(line.frames);
    },
  },
  {
    id: 'quote-greeks',
    assumption:
      'The model computation (tick type 13) of a put has an implied volatility above 0, a delta from -1 to 0 and the price of the underlying.',
    source: 'IB TWS API documentation, option Greeks; ib_async wrapper (unset values are -1 and -2)',
    place: 'src/broker/quote-line.ts',
    method: 'Subscribe a put of SPY and wait for tick 13.',
    needs: ['open'],
    run: async (stage) => {
      const line = await optionLine(stage);
      needData(line);
      const model = tick(line.frames, MODEL);
      const { values = {} } = model ?? {};
      const [volatility, delta, underlying] = ['impliedVolatility', 'delta', 'underlyingPrice'].map((name) =>
        numberOf(values, name),
      );
      const holds =
        volatility !== undefined &&
        volatility > 0 &&
        delta !== undefined &&
        delta < 0 &&
        delta >= -1 &&
        (underlying ?? 0) > 0;
      const observed = model
        ? `volatility ${volatility}, delta ${delta}, underlying ${underlying}`
        : 'no computation came';
      return agreesIf(holds, observed, 'Rules on delta and volatility would have no numbers.');
    },
  },
  {
    id: 'quote-index',
    assumption: 'An index line gives a last price (tick type 4) with size 0; it counts as a price.',
    source: 'ib_async wrapper.py (index last prices have no size)',
    place: 'src/broker/quote-line.ts',
    method: 'Subscribe SPX and wait for a last price.',
    needs: ['open'],
    run: async (stage) => {
      const line = await underlyingLine(stage, 'SPX');
      needData(line);
      const { values = {} } = tick(line.frames, LAST) ?? {};
      const price = numberOf(values, 'price') ?? 0;
      return agreesIf(
        price > 0,
        `last ${price}, size ${numberOf(values, 'size') ?? 'none'}`,
        'The index would have no price.',
      );
    },
  },
  {
    id: 'quote-parameters',
    assumption: 'A line reports its smallest increment once (TICK_REQ_PARAMS).',
    source: 'IB TWS API documentation, EWrapper::tickReqParams',
    place: 'src/broker/quote-lines.ts',
    method: 'Look at the messages of the option line.',
    needs: ['open'],
    run: async (stage) => {
      const line = await optionLine(stage);
      needData(line);
      const told = line.frames.find(({ name }) => name === 'TICK_REQ_PARAMS');
      return agreesIf(
        told !== undefined,
        told ? `minTick ${numberOf(told.values, 'minTick')}` : 'not reported',
        'The line has no such message.',
      );
    },
  },
  {
    id: 'quote-cancelled',
    assumption: 'A cancel of a line that is gone is answered with 300 and does no harm.',
    source: 'QuantConnect Lean.Brokerages.InteractiveBrokers (300 is ignored)',
    place: 'src/broker/quote-lines.ts',
    method: 'Cancel a line that was never asked for, then ask for the time.',
    run: async (stage) => {
      await stage.link.ready();
      const [mark, reqId] = [stage.link.mark, stage.link.newRequestId()];
      stage.link.send('CANCEL_MKT_DATA', { reqId });
      const answer = await stage.link.until(
        mark,
        ({ name, values }) => name === 'ERR_MSG' && numberOf(values, 'id') === reqId,
        4_000,
      );
      await stage.now();
      const code = numberOf(answer?.values ?? {}, 'code');
      return agreesIf(
        code === 300 || code === undefined,
        answer ? errorText(answer) : 'no answer',
        'The error differs.',
      );
    },
  },
  {
    id: 'quote-no-exchange',
    assumption: 'Market data for a contract without an exchange are refused with 321, even with a contract id.',
    source: 'erdewit/ib_insync#478; ib_async tests/test_requests.py',
    place: 'src/broker/quotes.ts',
    method: 'Subscribe a put of SPY by its id, without an exchange.',
    run: async (stage) => {
      const { values } = await putOf(stage, 'SPY', 0.03);
      const line = await ticksOf(
        stage,
        { conId: numberOf(values, 'conId') ?? 0, secType: 'OPT' },
        (frames) => frames.length > 0,
      );
      const refused = line.frames.find(({ name }) => name === 'ERR_MSG');
      const code = numberOf(refused?.values ?? {}, 'code');
      return agreesIf(
        code === 321,
        refused ? errorText(refused) : `served: ${textOf({ name: line.frames[0]?.name ?? 'nothing' }, 'name')}`,
        'It is served, or refused in another way.',
      );
    },
  },
];
