/** The unmodified client library over TCP, at version 193. */
import { type Contract, EventName, type IBApi, type Order, OrderAction, OrderType, SecType } from '@stoqey/ib';
import { type Client, connectClient, decodingErrors, type Fixture, START, startFixture } from './support/fixture.js';

let fixture: Fixture;
let client: Client;

beforeEach(async () => {
  fixture = await startFixture();
  client = await connectClient(fixture.gateway.port);
});

afterEach(async () => {
  const errors = decodingErrors(client);
  client.close();
  await fixture.gateway.close();
  expect(errors).toEqual([]);
});

const reqIdIs = (reqId: number) => (id: number) => id === reqId;

/** The listed calls of the first expiry at least 30 days away, around the spot. */
function someCalls(count: number): { conId: number; strike: number; expiry: string }[] {
  const { market } = fixture;
  const spy = market.underlyings().find((contract) => contract.symbol === 'SPY');
  if (!spy) throw new Error('SPY is not listed');
  const spot = market.fairValue(spy.conId, START) ?? 0;
  const calls = market
    .find({ symbol: 'SPY', secType: 'OPT', right: 'C' }, START)
    .filter((row) => (row.expiry ?? '') >= '20261223');
  const expiry = calls.map((row) => row.expiry ?? '').sort()[0] ?? '';
  const near = calls.filter((row) => row.expiry === expiry && (row.strike ?? 0) > spot);
  near.sort((left, right) => (left.strike ?? 0) - (right.strike ?? 0));
  return near.slice(0, count).map((row) => ({ conId: row.conId, strike: row.strike ?? 0, expiry }));
}

function comboOf(legs: readonly { conId: number }[]): Contract {
  return {
    symbol: 'SPY',
    secType: SecType.BAG,
    currency: 'USD',
    exchange: 'SMART',
    comboLegs: legs.map((leg, index) => ({
      conId: leg.conId,
      ratio: 1,
      action: index % 2 === 0 ? OrderAction.BUY : OrderAction.SELL,
      exchange: 'SMART',
    })),
  };
}

const limit = (order: Partial<Order>): Order => ({
  action: OrderAction.BUY,
  orderType: OrderType.LMT,
  totalQuantity: 2,
  lmtPrice: 1.25,
  tif: 'DAY',
  transmit: true,
  ...order,
});

const place = (api: IBApi, id: number, contract: Contract, order: Partial<Order>): IBApi =>
  api.placeOrder(id, contract, limit(order));

it('greets: version, accounts, next id, farm notices', async () => {
  await client.wait(EventName.info, ((_: string, code: number) => code === 2158) as never);
  expect(client.api.serverVersion).toBe(193);
  expect(client.heard.find(([name]) => name === EventName.managedAccounts)?.[1]).toBe('DU1000000');
  expect(client.heard.find(([name]) => name === EventName.nextValidId)?.[1]).toBe(1);
  const notices = client.heard.filter(([name]) => name === EventName.info).map(([, , code]) => code);
  expect(notices).toEqual([2104, 2104, 2104, 2104, 2104, 2106, 2158]);
});

it('describes the underlying, its chain and one option', async () => {
  client.api.reqContractDetails(1, { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' });
  const [, , stock] = await client.wait(EventName.contractDetails, reqIdIs(1));
  const spy = (stock as { contract: Contract; minTick: number; timeZoneId: string }).contract;
  expect(spy).toMatchObject({ symbol: 'SPY', secType: 'STK', currency: 'USD' });
  expect(stock).toMatchObject({ minTick: 0.01, timeZoneId: 'US/Eastern' });
  await client.wait(EventName.contractDetailsEnd, reqIdIs(1));

  client.api.reqSecDefOptParams(2, 'SPY', '', SecType.STK, spy.conId ?? 0);
  const [, , , , tradingClass, multiplier, expirations, strikes] = await client.wait(
    EventName.securityDefinitionOptionParameter,
    reqIdIs(2),
  );
  expect([tradingClass, multiplier]).toEqual(['SPY', 100]);
  expect((expirations as string[]).length).toBeGreaterThan(10);
  expect((strikes as number[]).length).toBeGreaterThan(50);
  await client.wait(EventName.securityDefinitionOptionParameterEnd, reqIdIs(2));

  const [call] = someCalls(1);
  client.api.reqContractDetails(3, { conId: call?.conId ?? 0 });
  const [, , option] = await client.wait(EventName.contractDetails, reqIdIs(3));
  expect((option as { contract: Contract }).contract).toMatchObject({
    conId: call?.conId,
    strike: call?.strike,
    right: 'C',
    multiplier: 100,
    lastTradeDateOrContractMonth: call?.expiry,
  });
  expect(option).toMatchObject({ underSymbol: 'SPY', underConId: spy.conId });
});

it('answers a search, a market rule, the time and an unknown contract', async () => {
  client.api.reqMatchingSymbols(4, 'SPY');
  const [, , found] = await client.wait(EventName.symbolSamples, reqIdIs(4));
  expect((found as { contract: Contract }[])[0]?.contract.symbol).toBe('SPY');
  client.api.reqMarketRule(26);
  await client.wait(EventName.marketRule, reqIdIs(26));
  client.api.reqCurrentTime();
  const [, time] = await client.wait(EventName.currentTime);
  expect(time).toBe(START / 1_000);
  client.api.reqContractDetails(5, { symbol: 'NOSUCH', secType: SecType.STK });
  await client.wait(EventName.error, ((_: Error, code: number, id: number) => code === 200 && id === 5) as never);
  client.api.reqUserInfo(6);
  await client.wait(EventName.userInfo, reqIdIs(6));
});

it('streams quotes with greeks, and sends only what changed after each step', async () => {
  const [call] = someCalls(1);
  client.api.reqMktData(7, { conId: call?.conId ?? 0, exchange: 'SMART' }, '100,101', false, false);
  await client.wait(EventName.tickReqParams, reqIdIs(7));
  const [, , type, , , delta, price, , gamma, vega, theta, underlying] = await client.wait(
    EventName.tickOptionComputation,
    reqIdIs(7),
  );
  expect(type).toBe(13);
  for (const value of [delta, price, gamma, vega, underlying]) expect(value).toBeGreaterThan(0);
  expect(theta).toBeLessThan(0);
  const bid = client.heard.find(([name, id, tick]) => name === EventName.tickPrice && id === 7 && tick === 1);
  const ask = client.heard.find(([name, id, tick]) => name === EventName.tickPrice && id === 7 && tick === 2);
  expect(ask?.[3]).toBeGreaterThan(Number(bid?.[3]));

  const mark = client.heard.length;
  const sent = fixture.gateway.journal().length;
  fixture.gateway.advance(START + 60_000);
  await client.wait(EventName.tickOptionComputation, reqIdIs(7), mark);
  const ticks = fixture.gateway
    .journal()
    .slice(sent)
    .filter((entry) => entry.type.startsWith('TICK_'));
  const again = new Set(ticks.map((entry) => `${entry.type}:${entry.fields.tickType}`));
  expect(again.size).toBe(ticks.length);
  // Yesterday's close cannot change within a session.
  expect(again.has('TICK_PRICE:9')).toBe(false);

  client.api.cancelMktData(7);
  client.api.reqCurrentTime();
  await client.wait(EventName.currentTime);
  const quiet = client.heard.length;
  fixture.gateway.advance(START + 120_000);
  client.api.reqCurrentTime();
  await client.wait(EventName.currentTime, () => true, quiet);
  expect(client.heard.slice(quiet).filter(([name]) => String(name).startsWith('tick'))).toEqual([]);
});

it('shows the volatilities of an underlying on generic ticks 104 and 106', async () => {
  const spy: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
  client.api.reqMktData(9, spy, '104,106', false, false);
  const shown = async (tick: number): Promise<number> => {
    const [, , , value] = await client.wait(
      EventName.tickGeneric,
      ((id: number, type: number) => id === 9 && type === tick) as never,
    );
    return Number(value);
  };
  for (const tick of [23, 24]) {
    const value = await shown(tick);
    expect(value).toBeGreaterThan(0.03);
    expect(value).toBeLessThan(1);
  }
});

it('takes a snapshot of a combo from the quotes of its legs', async () => {
  const calls = someCalls(2);
  client.api.reqMktData(8, comboOf(calls), '', true, false);
  await client.wait(EventName.tickSnapshotEnd, reqIdIs(8));
  // A combo's quote is a second behind its legs.
  const [long, short] = calls.map((call) => fixture.market.quote(call.conId, START - 1_000));
  const price = (tick: number): unknown =>
    client.heard.find(([name, id, type]) => name === EventName.tickPrice && id === 8 && type === tick)?.[3];
  expect(price(1)).toBeCloseTo((long?.bid ?? 0) - (short?.ask ?? 0), 6);
  expect(price(2)).toBeCloseTo((long?.ask ?? 0) - (short?.bid ?? 0), 6);
});

it('carries a combo order to its fills, positions and the list of completed orders', async () => {
  const calls = someCalls(2);
  place(client.api, 1, comboOf(calls), { orderRef: 'lw-7-1' });
  const [, , contract, order, state] = await client.wait(EventName.openOrder, reqIdIs(1));
  expect(contract).toMatchObject({ secType: 'BAG', symbol: 'SPY' });
  expect((contract as Contract).comboLegs).toMatchObject(calls.map((call) => ({ conId: call.conId, ratio: 1 })));
  expect(order).toMatchObject({
    lmtPrice: 1.25,
    totalQuantity: 2,
    orderRef: 'lw-7-1',
    account: 'DU1000000',
    tif: 'DAY',
  });
  expect(state).toMatchObject({ status: 'Submitted' });

  fixture.exchange.fill(1);
  await client.wait(EventName.orderStatus, ((id: number, status: string) => id === 1 && status === 'Filled') as never);
  const executions = client.heard.filter(([name]) => name === EventName.execDetails).map(([, , , row]) => row);
  expect(executions).toMatchObject([
    { side: 'BOT', shares: 2, orderRef: 'lw-7-1', time: '20261123 10:00:00 US/Eastern' },
    { side: 'BOT', shares: 2 },
    { side: 'SLD', shares: 2 },
  ]);
  expect(client.heard.filter(([name]) => name === EventName.commissionReport)).toHaveLength(2);

  const mark = client.heard.length;
  client.api.reqExecutions(9, {});
  await client.wait(EventName.execDetailsEnd, reqIdIs(9));
  expect(client.heard.slice(mark).filter(([name]) => name === EventName.execDetails)).toHaveLength(3);
  client.api.reqPositions();
  await client.wait(EventName.positionEnd);
  const held = client.heard
    .filter(([name]) => name === EventName.position)
    .map(([, , row, quantity]) => [(row as Contract).conId, quantity]);
  expect(held).toEqual([
    [calls[0]?.conId, 2],
    [calls[1]?.conId, -2],
  ]);
  client.api.reqCompletedOrders(true);
  await client.wait(EventName.completedOrdersEnd);
  const [, , done, doneState] = await client.wait(EventName.completedOrder);
  expect(done).toMatchObject({ orderRef: 'lw-7-1', filledQuantity: 2 });
  // Just after the fill the row has no time yet.
  expect(doneState).toMatchObject({ status: 'Filled', completedTime: '' });
});

it('answers a what-if with margins and keeps no order', async () => {
  place(client.api, 3, comboOf(someCalls(2)), { whatIf: true });
  const [, , , order, state] = await client.wait(EventName.openOrder, reqIdIs(3));
  expect(order).toMatchObject({ permId: 0, whatIf: true });
  expect(state).toMatchObject({ initMarginAfter: 500, initMarginChange: 500, maintMarginChange: 400, commission: 1.3 });
  client.api.reqAllOpenOrders();
  await client.wait(EventName.openOrderEnd);
  expect(client.heard.filter(([name]) => name === EventName.orderStatus)).toEqual([]);
});

it('echoes conditions, a bracket parent and unusual fields as they were sent', async () => {
  const { ConjunctionConnection, PriceCondition, TimeCondition } = await import('@stoqey/ib').then(
    (module) => module.default ?? module,
  );
  const [call] = someCalls(1);
  const conditions = [
    new PriceCondition(600, 2, 756733, 'SMART', true, ConjunctionConnection.AND),
    new TimeCondition('20261124 15:00:00', true, ConjunctionConnection.OR),
  ] as NonNullable<Order['conditions']>;
  const unusual = { parentId: 2, ocaGroup: 'oca-1', ocaType: 2, outsideRth: true, goodTillDate: '20261123-20:00:00' };
  place(
    client.api,
    4,
    { conId: call?.conId ?? 0, exchange: 'SMART', secType: SecType.OPT, symbol: 'SPY' },
    { ...unusual, conditions, tif: 'GTD' },
  );
  const [, , contract, order] = await client.wait(EventName.openOrder, reqIdIs(4));
  const shown = { ...unusual, goodTillDate: '20261123 15:00:00 EST' };
  expect(order).toMatchObject({ ...shown, conditions: [{ type: 1, price: 600, conId: 756733 }, { type: 3 }] });
  // The client gave only a contract id; the gateway answers with the whole contract.
  expect(contract).toMatchObject({ conId: call?.conId, strike: call?.strike, right: 'C' });
});

it('cancels, and says which order it does not know', async () => {
  const [call] = someCalls(1);
  place(client.api, 5, { conId: call?.conId ?? 0, exchange: 'SMART', secType: SecType.OPT }, {});
  await client.wait(EventName.openOrder, reqIdIs(5));
  client.api.cancelOrder(5);
  await client.wait(EventName.error, ((_: Error, code: number, id: number) => code === 202 && id === 5) as never);
  client.api.cancelOrder(77);
  await client.wait(EventName.error, ((_: Error, code: number, id: number) => code === 10147 && id === 77) as never);
});

it('reports the account every way there is', async () => {
  const { api } = client;
  api.reqAccountSummary(10, 'All', 'NetLiquidation,BuyingPower,$LEDGER');
  await client.wait(EventName.accountSummaryEnd, reqIdIs(10));
  const tags = client.heard.filter(([name]) => name === EventName.accountSummary).map(([, , , tag]) => tag);
  expect(tags).toEqual([
    ...['NetLiquidation', 'BuyingPower', 'Currency', 'CashBalance', 'NetLiquidationByCurrency', 'ExchangeRate'],
  ]);
  place(api, 6, comboOf(someCalls(2)), {});
  await client.wait(EventName.openOrder, reqIdIs(6));
  fixture.exchange.fill(6);
  api.reqAccountUpdates(true, 'DU1000000');
  await client.wait(EventName.accountDownloadEnd);
  expect(client.heard.filter(([name]) => name === EventName.updatePortfolio)).toHaveLength(2);
  api.reqAccountUpdatesMulti(11, 'DU1000000', '', false);
  await client.wait(EventName.accountUpdateMultiEnd, ((id: string) => Number(id) === 11) as never);
  api.reqPositionsMulti(12, 'DU1000000', '');
  await client.wait(EventName.positionMultiEnd, reqIdIs(12));
  expect(client.heard.filter(([name]) => name === EventName.positionMulti)).toHaveLength(2);
  api.reqPnL(13, 'DU1000000', '');
  expect(await client.wait(EventName.pnl, reqIdIs(13))).toEqual([EventName.pnl, 13, 1, 2, 3]);
  api.reqPnLSingle(14, 'DU1000000', '', someCalls(1)[0]?.conId ?? 0);
  expect(await client.wait(EventName.pnlSingle, reqIdIs(14))).toEqual([EventName.pnlSingle, 14, 2, 1, 2, 3, 4]);
  api.reqPnL(15, 'DU9', '');
  await client.wait(EventName.error, ((_: Error, code: number, id: number) => code === 321 && id === 15) as never);
});

it('gives daily and intraday history, and says when there is none', async () => {
  const spy: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
  const ended = (reqId: number) => (id: number, date: string) => id === reqId && date.startsWith('finished');
  client.api.reqHistoricalData(16, spy, '', '10 D', '1 day' as never, 'TRADES' as never, 1, 1, false);
  await client.wait(EventName.historicalData, ended(16) as never);
  const bars = client.heard.filter(
    ([name, id, date]) => name === EventName.historicalData && id === 16 && !String(date).startsWith('finished'),
  );
  expect(bars.length).toBeGreaterThanOrEqual(9);
  for (const [, , , open, high, low] of bars)
    expect(Number(high)).toBeGreaterThanOrEqual(Math.max(Number(open), Number(low)));
  client.api.reqHistoricalData(
    17,
    spy,
    '20261120 16:00:00 US/Eastern',
    '1 D',
    '1 hour' as never,
    'MIDPOINT' as never,
    1,
    1,
    false,
  );
  await client.wait(EventName.historicalData, ended(17) as never);
  client.api.reqHistoricalData(18, spy, '', '1 fortnight', '1 day' as never, 'TRADES' as never, 1, 1, false);
  await client.wait(EventName.error, ((_: Error, code: number, id: number) => code === 162 && id === 18) as never);
  client.api.reqHeadTimestamp(19, spy, 'TRADES', true, 1);
  await client.wait(EventName.headTimestamp, reqIdIs(19));
});
