/** Contracts, quotes, history and money, against the simulated gateway. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { daysToExpiry, easternTime, parseDay } from 'market-time';
import type { Broker, Underlying } from '../../src/broker/index.js';
import {
  ACCOUNT,
  DEADLINE_MS,
  findCondor,
  framesIn,
  payloadOf,
  present,
  START,
  startWorld,
  until,
  usable,
  type World,
} from './support.js';

let world: World;
let broker: Broker;
let spy: Underlying;

beforeAll(async () => {
  // Stepped: the market stands still during a test, and messages are not rate limited.
  world = await startWorld({ gateway: { stepped: true }, control: true, broker: { lineLimit: 20 } });
  ({ broker } = world);
  await usable(broker);
  spy = await broker.underlying('SPY');
});

afterAll(() => world.close());

it('knows the market time', () => {
  expect(broker.clock.now()).toBe(START);
});

it('finds stocks and indices, and proves that others are not listed', async () => {
  expect(spy).toMatchObject({ symbol: 'SPY', secType: 'STK', currency: 'USD', minTick: 10_000 });
  expect(await broker.underlying('SPX')).toMatchObject({ secType: 'IND', conId: 416904, exchange: 'CBOE' });
  expect(await broker.underlying('VIX')).toMatchObject({ secType: 'IND', exchange: 'CBOE' });
  await expect(broker.underlying('NOSUCH')).rejects.toMatchObject({
    code: 'UNKNOWN_SYMBOL',
    message: expect.stringContaining('NOSUCH'),
  });
});

it('lists option classes once each', async () => {
  const spx = await broker.underlying('SPX');
  const classes = await broker.optionClasses(spx);
  const names = classes.map((row) => row.tradingClass);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining(['SPX', 'SPXW']));
  for (const row of classes) {
    expect(row.multiplier).toBe(100);
    expect([...row.expirations].sort()).toEqual(row.expirations);
    expect([...row.strikes].sort((a, b) => a - b)).toEqual(row.strikes);
  }
});

it('qualifies many strikes with one request, leaves out unlisted ones, and remembers', async () => {
  const [chain] = await broker.optionClasses(spy);
  const { expirations, strikes, tradingClass } = present(chain);
  const expiry = present(expirations.find((date) => daysToExpiry(START, date) >= 30));
  const middle = Math.floor(strikes.length / 2);
  const terms = [...strikes.slice(middle, middle + 12), 0.37].map((strike) => ({
    tradingClass,
    expiry,
    strike,
    right: 'CALL' as const,
    multiplier: 100,
  }));
  const before = framesIn(world.gateway, 'REQ_CONTRACT_DATA');
  const found = await broker.qualify(spy, terms);
  expect(framesIn(world.gateway, 'REQ_CONTRACT_DATA') - before).toBe(1);
  expect(found.length).toBeGreaterThan(0);
  expect(found.map(({ contract }) => contract.strike)).not.toContain(0.37);
  const { contract, priceBands, sessions } = present(found[0]);
  const day = present(parseDay(expiry));
  expect(contract).toMatchObject({
    symbol: 'SPY',
    right: 'CALL',
    expiry,
    tradingClass,
    multiplier: 100,
    style: 'american',
  });
  expect(contract.lastTradeAt).toBe(easternTime(day, 16 * 60 + 15));
  expect(priceBands).toEqual([{ lowEdge: 0, increment: 10_000 }]);
  expect(sessions[0]).toEqual({
    open: easternTime(present(parseDay('20260302')), 570),
    close: easternTime(present(parseDay('20260302')), 975),
  });
  const asked = framesIn(world.gateway, 'REQ_CONTRACT_DATA');
  const again = await broker.details([contract.conId]);
  expect(again).toEqual([found[0]]);
  expect(framesIn(world.gateway, 'REQ_CONTRACT_DATA')).toBe(asked);
  expect(await broker.details([999_999_999])).toEqual([]);
});

it('recognises European index options and their price bands', async () => {
  const spx = await broker.underlying('SPX');
  const weekly = present((await broker.optionClasses(spx)).find((row) => row.tradingClass === 'SPXW'));
  const expiry = present(weekly.expirations.find((date) => daysToExpiry(START, date) >= 20));
  const near = [...weekly.strikes].sort((a, b) => Math.abs(a - 6700) - Math.abs(b - 6700)).slice(0, 3);
  const found = await broker.qualify(
    spx,
    near.map((strike) => ({ tradingClass: 'SPXW', expiry, strike, right: 'PUT' as const, multiplier: 100 })),
  );
  const details = present(found[0]);
  expect(details.contract).toMatchObject({ style: 'european', tradingClass: 'SPXW', right: 'PUT' });
  expect(details.priceBands).toEqual([
    { lowEdge: 0, increment: 50_000 },
    { lowEdge: 3_000_000, increment: 100_000 },
  ]);
});

it('shows quotes with Greeks, open interest and implied volatility', async () => {
  const { legs } = await findCondor(broker);
  const vix = await broker.underlying('VIX');
  const contracts = legs.map(({ details }) => ({
    conId: details.contract.conId,
    secType: 'OPT' as const,
    exchange: 'SMART',
  }));
  const quotes = await broker.quotes.snapshot([spy, vix, ...contracts], DEADLINE_MS);
  expect(quotes.size).toBe(6);
  expect(present(quotes.get(spy.conId)).impliedVolatility).toBeGreaterThan(0.05);
  expect(present(quotes.get(spy.conId)).dividend).toEqual({ exDate: '20260320', amount: expect.any(Number) });
  expect(present(quotes.get(vix.conId))).toMatchObject({ kind: 'live', bidSize: 0 });
  expect(present(quotes.get(vix.conId)).bid).toBeUndefined();
  expect(present(quotes.get(vix.conId)?.last)).toBeGreaterThan(5_000_000);
  for (const { details, action } of legs) {
    const quote = present(quotes.get(details.contract.conId));
    expect(quote).toMatchObject({ kind: 'live', at: START });
    expect(present(quote.ask)).toBeGreaterThan(present(quote.bid));
    const { delta, gamma, vega, theta, impliedVol } = present(quote.greeks);
    expect(Math.sign(delta)).toBe(details.contract.right === 'CALL' ? 1 : -1);
    expect(gamma).toBeGreaterThan(0);
    expect(vega).toBeGreaterThan(0);
    expect(theta).toBeLessThan(0);
    expect(impliedVol).toBeGreaterThan(0.05);
    expect(present(quote.openInterest)).toBeGreaterThanOrEqual(0);
    expect(['BUY', 'SELL']).toContain(action);
  }
});

it('shares lines by contract, keeps unused ones for others, and reports when none is left', async () => {
  const subscribed = () => framesIn(world.gateway, 'REQ_MKT_DATA');
  const before = subscribed();
  const one = broker.quotes.subscribe([spy]);
  const two = broker.quotes.subscribe([spy]);
  await until(() => two.latest(spy.conId));
  expect(subscribed() - before).toBeLessThanOrEqual(1);
  one.close();
  one.close();
  expect(two.latest(spy.conId)?.bid).toBeDefined();
  const many = Array.from({ length: 20 }, (_, index) => ({
    conId: 5_000_000 + index,
    secType: 'OPT' as const,
    exchange: 'SMART',
  }));
  expect(() => broker.quotes.subscribe(many)).toThrow(expect.objectContaining({ code: 'DATA_MISSING' }));
  // A fifth of the lines is reserved for snapshots, which price orders.
  expect(() => broker.quotes.subscribe(many.slice(0, 16))).toThrow(expect.objectContaining({ code: 'DATA_MISSING' }));
  const fits = broker.quotes.subscribe(many.slice(0, 15));
  expect((await broker.quotes.snapshot([many[16] as (typeof many)[0]], 5_000)).size).toBe(0);
  fits.close();
  two.close();
  // Unknown to the broker: no quote, and no wait for one.
  expect((await broker.quotes.snapshot(many.slice(0, 2), 5_000)).size).toBe(0);
});

it('takes more contracts than lines in turns', async () => {
  const [chain] = await broker.optionClasses(spy);
  const { expirations, strikes, tradingClass } = present(chain);
  const expiry = present(expirations.find((date) => daysToExpiry(START, date) >= 30));
  const middle = Math.floor(strikes.length / 2);
  const found = await broker.qualify(
    spy,
    strikes
      .slice(middle - 30, middle + 30)
      .map((strike) => ({ tradingClass, expiry, strike, right: 'PUT' as const, multiplier: 100 })),
  );
  expect(found.length).toBeGreaterThan(25);
  const contracts = found.map(({ contract }) => ({
    conId: contract.conId,
    secType: 'OPT' as const,
    exchange: 'SMART',
  }));
  const quotes = await broker.quotes.snapshot(contracts, DEADLINE_MS);
  expect(quotes.size).toBe(found.length);
});

it('reads a year of bars and the last minutes', async () => {
  const prices = await broker.dailyBars(spy, 'TRADES', 252);
  const volatility = await broker.dailyBars(spy, 'OPTION_IMPLIED_VOLATILITY', 252);
  for (const bars of [prices, volatility]) {
    expect(bars.length).toBeGreaterThanOrEqual(240);
    const dates = bars.map((bar) => bar.date);
    expect([...dates].sort()).toEqual(dates);
    for (const bar of bars) expect(bar.high).toBeGreaterThanOrEqual(bar.low);
  }
  expect(present(volatility.at(-1)).close).toBeLessThan(1);
  const minutes = await broker.minuteBars(spy, 90);
  expect(minutes.length).toBe(90);
  const times = minutes.map(({ at }) => at);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
  expect(present(times.at(-1))).toBe(START);
  expect(present(minutes.at(-1)).close).toBeGreaterThan(100_000_000);
  await expect(broker.dailyBars({ ...spy, conId: 999_999_999 }, 'TRADES', 5)).rejects.toMatchObject({
    code: 'DATA_MISSING',
  });
});

it("reads the account, and the broker's margin for an order", async () => {
  const summary = await broker.accountSummary();
  expect(summary.account).toBe(ACCOUNT);
  expect(summary.netLiquidation).toBeGreaterThan(0);
  expect(summary.buyingPower).toBeGreaterThan(0);
  expect(await broker.positions()).toMatchObject({ rows: [], complete: true });
  const condor = await findCondor(broker);
  const heard = world.events.length;
  const preview = await broker.orders.whatIf(payloadOf(condor, condor.natural), ACCOUNT);
  expect(present(preview.initMarginChange)).toBeGreaterThan(0);
  expect(present(preview.initMarginAfter)).toBeGreaterThan(0);
  expect(present(preview.commission)).toBeGreaterThan(0);
  expect(world.events.slice(heard).filter((event) => event.kind === 'order' || event.kind === 'error')).toEqual([]);
  expect((await broker.orders.openOrders()).rows).toEqual([]);
  await expect(broker.orders.whatIf(payloadOf(condor, condor.natural, { quantity: 0 }), ACCOUNT)).rejects.toMatchObject(
    {
      code: 'BROKER_REFUSED',
    },
  );
});

it('reopens the lines after the broker lost them, and after a reconnect', async () => {
  const lines = () => framesIn(world.gateway, 'REQ_MKT_DATA');
  const quotes = broker.quotes.subscribe([spy]);
  try {
    await until(() => quotes.latest(spy.conId));
    let batches = 0;
    quotes.onBatch(() => {
      batches += 1;
    });
    const before = lines();
    world.gateway.fault({ kind: 'notice', code: 1101 });
    await until(() => lines() > before && quotes.latest(spy.conId)?.bid);
    const { epoch } = broker.state();
    broker.reset('a test');
    expect(quotes.latest(spy.conId)).toBeUndefined();
    await until(() => broker.state().epoch > epoch && quotes.latest(spy.conId)?.bid);
    expect(batches).toBeGreaterThanOrEqual(3);
  } finally {
    quotes.close();
  }
});
