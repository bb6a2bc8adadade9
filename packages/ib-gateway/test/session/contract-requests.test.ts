/** The required contract fields of a request, and late contract details. */
import { BarSizeSetting, type Contract, type ContractDetails, EventName, SecType, WhatToShow } from '@stoqey/ib';
import { type Client, connectClient, type Fixture, startFixture } from '../protocol/support/fixture.js';
import { errorsOf, PUT, pass, SPY, settled } from './support/lines.js';
import { RawClient } from './support/raw-client.js';

let fixture: Fixture;
let client: Client;

beforeEach(async () => {
  fixture = await startFixture();
  client = await connectClient(fixture.gateway.port, 5);
});

afterEach(async () => {
  client.close();
  await fixture.gateway.close();
});

const put = (): number =>
  fixture.market.find({ symbol: 'SPY', secType: 'OPT', expiry: '20261218', strike: 650, right: 'P' })[0]?.conId ?? 0;

describe('A: a request for data without an exchange', () => {
  const HISTORY = { duration: '1 D', barSize: '1 hour', whatToShow: 'TRADES', formatDate: 1, useRth: true };
  const REQUESTS = [
    ['REQ_MKT_DATA', {}],
    ['REQ_HISTORICAL_DATA', HISTORY],
    ['REQ_HEAD_TIMESTAMP', { whatToShow: 'TRADES', formatDate: 1, useRth: true }],
    ['REQ_HISTOGRAM_DATA', { period: '1 day', useRth: true }],
    ['REQ_HISTORICAL_TICKS', { startDateTime: '20261123-14:40:00', numberOfTicks: 5, whatToShow: 'TRADES' }],
    ['REQ_TICK_BY_TICK_DATA', { tickKind: 'BidAsk' }],
    ['REQ_REAL_TIME_BARS', { whatToShow: 'TRADES' }],
  ] as const;
  const CONTRACTS = [
    ['by its terms', { symbol: 'SPY', secType: 'STK', currency: 'USD' }],
    ['by its id alone', { conId: 756733 }],
    ['as positions tell it', { conId: 756733, symbol: 'SPY', secType: 'STK', currency: 'USD', localSymbol: 'SPY' }],
  ] as const;

  it.each(REQUESTS)('%s gets 321', async (name, values) => {
    const raw = await RawClient.open(fixture.gateway.port, 6);
    for (const [index, [, contract]] of CONTRACTS.entries()) {
      raw.ask(name, { ...values, ...contract, reqId: index + 1 });
      raw.ask(name, { ...values, ...contract, exchange: 'SMART', reqId: index + 11 });
    }
    await raw.settled();
    const text = "Error validating request.-'bN' : cause - Please enter exchange";
    const told = raw.named('ERR_MSG').filter(({ id }) => Number(id) > 0);
    expect(told.map((row) => [row.id, row.code, row.text])).toEqual(
      CONTRACTS.map((_, index) => [index + 1, 321, text]),
    );
    raw.close();
  });

  it('is refused for options and combos as well, and details are served', async () => {
    const legs = [{ conId: put(), ratio: 1, action: 'BUY', exchange: 'SMART' }];
    client.api.reqMktData(1, { conId: put() }, '', false, false);
    client.api.reqMktData(
      2,
      { symbol: 'SPY', secType: SecType.BAG, currency: 'USD', comboLegs: legs as never },
      '',
      false,
      false,
    );
    client.api.reqContractDetails(3, { conId: put() });
    client.api.reqContractDetails(4, { symbol: 'AAPL', secType: SecType.STK });
    await settled(client);
    expect([1, 2, 3, 4].map((reqId) => errorsOf(client, reqId))).toEqual([[321], [321], [], []]);
  });
});

describe('C: contract details', () => {
  async function found(contract: Contract & { issuerId?: string }): Promise<readonly unknown[]> {
    const from = client.heard.length;
    client.api.reqContractDetails(1, contract);
    await settled(client);
    const rows = client.heard
      .slice(from)
      .flatMap(([name, , row]) => (name === 'contractDetails' ? [row as ContractDetails] : []));
    return [...rows.map((row) => row.contract.symbol), ...errorsOf(client, 1, from)];
  }

  it.each([
    [
      'an ISIN',
      { secType: SecType.STK, exchange: 'SMART', currency: 'USD', secIdType: 'ISIN', secId: 'US0378331005' },
      [200],
    ],
    ['a FIGI without a type', { exchange: 'SMART', secIdType: 'FIGI', secId: 'BBG000B9XRY4' }, [200]],
    ['a type without a symbol', { secType: SecType.STK, exchange: 'SMART', currency: 'USD' }, [200]],
    ['nothing', {}, [321]],
    ['a type that there is not', { symbol: 'SPY', secType: 'STOCK' as SecType, exchange: 'SMART' }, [321]],
    ['no type', { symbol: 'SPY', exchange: 'SMART' }, [321]],
    ['a continuous future', { symbol: 'ES', secType: SecType.CONTFUT, exchange: 'CME' }, [200]],
    ['a CFD', { symbol: 'AAPL', secType: SecType.CFD, exchange: 'SMART' }, [200]],
    ['a symbol', { symbol: 'AAPL', secType: SecType.STK }, ['AAPL']],
    ['a local symbol', { localSymbol: 'AAPL', secType: SecType.STK, exchange: 'SMART' }, ['AAPL']],
    ['a contract id', { conId: 265598 }, ['AAPL']],
  ] as const)('of %s', async (_, contract, expected) => {
    expect(await found(contract)).toEqual(expected);
  });

  it('of an issuer are those of bonds, which are not here', async () => {
    const raw = await RawClient.open(fixture.gateway.port, 6);
    raw.ask('REQ_CONTRACT_DATA', { reqId: 1, issuerId: 'e1453318' });
    await raw.settled();
    expect([raw.errors(1), raw.named('CONTRACT_DATA')]).toEqual([[200], []]);
    raw.close();
  });
});

describe('54: contract details that are throttled', () => {
  const ask = (reqId: number): unknown => client.api.reqContractDetails(reqId, PUT);
  const ended = (): readonly unknown[] =>
    client.heard.flatMap(([name, reqId]) => (name === EventName.contractDetailsEnd ? [reqId] : []));

  it('come at once up to a number, and then one by one', async () => {
    fixture.gateway.fault({ kind: 'throttleDetails', burst: 3, everyMs: 2_000 });
    for (let reqId = 1; reqId <= 6; reqId += 1) ask(reqId);
    await settled(client);
    expect(ended()).toEqual([1, 2, 3]);
    const seen: number[] = [];
    for (let second = 1; second <= 6; second += 1) {
      await pass(fixture, client, 1);
      seen.push(ended().length);
    }
    expect(seen).toEqual([3, 4, 4, 5, 5, 6]);
    // After a pause a client may send a burst again.
    await pass(fixture, client, 10);
    for (let reqId = 7; reqId <= 9; reqId += 1) ask(reqId);
    await settled(client);
    expect(ended()).toHaveLength(9);
  });

  it('come within a minute, however many they are, and at once when it is over', async () => {
    fixture.gateway.fault({ kind: 'throttleDetails', burst: 0, everyMs: 5_000 });
    for (let reqId = 1; reqId <= 40; reqId += 1) ask(reqId);
    await pass(fixture, client, 59);
    expect(ended().length).toBeLessThan(40);
    await pass(fixture, client, 1);
    expect(ended()).toHaveLength(40);
    ask(41);
    fixture.gateway.fault({ kind: 'throttleDetails', off: true });
    ask(42);
    await settled(client);
    expect(ended()).toContain(42);
  });
});

it('a line by the terms of its contract is the line of its id', async () => {
  client.api.reqMktData(1, SPY, '', false, false);
  client.api.reqMktData(2, { conId: 756733, exchange: 'SMART' }, '', false, false);
  await settled(client);
  const bids = client.heard.flatMap(([name, reqId, type, price]) =>
    name === 'tickPrice' && type === 1 ? [[reqId, price]] : [],
  );
  expect(bids.map(([reqId]) => reqId)).toEqual([1, 2]);
  expect(bids[0]?.[1]).toBe(bids[1]?.[1]);
});

it('an id that is in use is refused, and what has it goes on', async () => {
  const chart = (): unknown =>
    client.api.reqHistoricalData(2, SPY, '', '1 D', BarSizeSetting.MINUTES_ONE, WhatToShow.TRADES, 1, 2, true);
  client.api.reqMktData(1, SPY, '', false, false);
  chart();
  await settled(client);
  const from = client.heard.length;
  client.api.reqMktData(1, PUT, '', false, false);
  chart();
  await settled(client);
  const texts = client.heard
    .slice(from)
    .flatMap(([name, error, code, id]) => (name === EventName.error ? [[id, code, (error as Error).message]] : []));
  expect(texts).toEqual([
    [1, 322, "Error processing request.-'bO' : cause - Duplicate ticker id"],
    [2, 322, "Error processing request.-'bO' : cause - Duplicate ticker ID for API historical data query"],
  ]);
  await pass(fixture, client, 60);
  const after = client.heard.slice(from).map(([name]) => name);
  expect([after.includes(EventName.tickPrice), after.includes(EventName.historicalDataUpdate)]).toEqual([true, true]);
  // And free again when it is cancelled.
  client.api.cancelMktData(1);
  client.api.cancelHistoricalData(2);
  client.api.reqMktData(1, PUT, '', false, false);
  chart();
  await settled(client);
  expect([errorsOf(client, 1), errorsOf(client, 2)]).toEqual([[322], [322]]);
});
