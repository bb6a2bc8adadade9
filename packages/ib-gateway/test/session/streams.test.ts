/** Single ticks and five-second bars: past and live. */
import { type Fixture, START, startFixture } from '../protocol/support/fixture.js';
import { RawClient } from './support/raw-client.js';

const SPY = { conId: 756733, exchange: 'SMART' };
let fixture: Fixture;
let client: RawClient;

beforeEach(async () => {
  fixture = await startFixture();
  client = await RawClient.open(fixture.gateway.port, 5);
});

afterEach(async () => {
  client.close();
  await fixture.gateway.close();
  expect(client.problem).toBeUndefined();
});

it('sends a bar for every five seconds that pass, each once', async () => {
  client.ask('REQ_REAL_TIME_BARS', { ...SPY, reqId: 1, whatToShow: 'TRADES', useRth: true });
  await client.settled();
  for (let second = 1; second <= 23; second += 1) fixture.gateway.advance(START + second * 1_000);
  fixture.gateway.advance(START + 60_000);
  await client.settled();
  const times = client.named('REAL_TIME_BARS').map((bar) => Number(bar.time));
  expect(times).toEqual(Array.from({ length: 12 }, (_, index) => START / 1_000 + index * 5));
  for (const bar of client.named('REAL_TIME_BARS')) {
    expect(Number(bar.high)).toBeGreaterThanOrEqual(Math.max(Number(bar.open), Number(bar.close)));
    expect(Number(bar.low)).toBeLessThanOrEqual(Math.min(Number(bar.open), Number(bar.close)));
  }
  client.ask('CANCEL_REAL_TIME_BARS', { reqId: 1 });
  await client.settled();
  fixture.gateway.advance(START + 120_000);
  await client.settled();
  expect(client.named('REAL_TIME_BARS')).toHaveLength(12);
});

it('streams quotes and trades tick by tick, and the past first when asked for', async () => {
  client.ask('REQ_TICK_BY_TICK_DATA', { ...SPY, reqId: 1, tickKind: 'BidAsk', numberOfTicks: 3 });
  client.ask('REQ_TICK_BY_TICK_DATA', { ...SPY, reqId: 2, tickKind: 'AllLast' });
  client.ask('REQ_TICK_BY_TICK_DATA', { ...SPY, reqId: 3, tickKind: 'MidPoint' });
  await client.settled();
  expect(client.named('HISTORICAL_TICKS_BID_ASK')).toHaveLength(1);
  for (let second = 1; second <= 30; second += 1) fixture.gateway.advance(START + second * 1_000);
  await client.settled();
  const ticks = (type: number) => client.named('TICK_BY_TICK').filter((tick) => tick.tickType === type);
  for (const type of [2, 3, 4]) expect(ticks(type).length).toBeGreaterThan(2);
  for (const { bid, ask } of ticks(3)) expect(Number(ask)).toBeGreaterThan(Number(bid));
  const forms = ticks(3).map(({ bid, ask, bidSize, askSize }) => `${bid} ${ask} ${bidSize} ${askSize}`);
  forms.slice(1).forEach((form, index) => {
    expect(form).not.toBe(forms[index]);
  });
  client.ask('CANCEL_TICK_BY_TICK_DATA', { reqId: 3 });
  await client.settled();
  const before = ticks(4).length;
  fixture.gateway.advance(START + 90_000);
  await client.settled();
  expect(ticks(4)).toHaveLength(before);
});

it('refuses tick-by-tick data of options and a sixth stream', async () => {
  const [option] = fixture.market.find({ symbol: 'SPY', secType: 'OPT', right: 'C' }, START);
  client.ask('REQ_TICK_BY_TICK_DATA', { conId: option?.conId ?? 0, exchange: 'SMART', reqId: 1, tickKind: 'Last' });
  for (let reqId = 11; reqId <= 16; reqId += 1)
    client.ask('REQ_TICK_BY_TICK_DATA', { ...SPY, reqId, tickKind: 'Last' });
  await client.settled();
  expect(client.errors(1)).toEqual([10189]);
  expect([11, 12, 13, 14, 15, 16].flatMap((reqId) => client.errors(reqId))).toEqual([10190]);
});

it('finds the same past ticks forward and backward, across a closed night', async () => {
  const ask = (reqId: number, startDateTime: string, endDateTime: string): void =>
    client.ask('REQ_HISTORICAL_TICKS', {
      ...{ ...SPY, reqId, startDateTime, endDateTime, numberOfTicks: 20, whatToShow: 'BID_ASK', useRth: true },
    });
  ask(1, '20261123-14:30:00', '');
  await client.settled();
  const forward = client.named('HISTORICAL_TICKS_BID_ASK')[0]?.ticks as readonly { time: number }[];
  expect(forward).toHaveLength(20);
  expect(forward[0]?.time).toBe(Date.parse('2026-11-23T14:30:00Z') / 1_000);
  ask(2, '', '20261123-14:00:00');
  await client.settled();
  const backward = client.named('HISTORICAL_TICKS_BID_ASK')[1]?.ticks as readonly { time: number }[];
  expect(backward).toHaveLength(20);
  // Friday's close is the last tick before Monday's open.
  expect(backward.at(-1)?.time).toBeLessThanOrEqual(Date.parse('2026-11-20T21:15:00Z') / 1_000);
  expect(backward.at(-1)?.time).toBeGreaterThan(Date.parse('2026-11-20T20:00:00Z') / 1_000);
  const times = backward.map((tick) => tick.time);
  expect(times).toEqual([...times].sort((left, right) => left - right));
  // The future has not happened.
  ask(3, '20261124-14:30:00', '');
  await client.settled();
  expect(client.named('HISTORICAL_TICKS_BID_ASK')[2]?.ticks).toEqual([]);
});

it('shows how much traded at which price', async () => {
  client.ask('REQ_HISTOGRAM_DATA', { ...SPY, reqId: 1, useRth: true, period: '3 days' });
  await client.settled();
  const items = client.named('HISTOGRAM_DATA')[0]?.items as readonly { price: number; size: number }[];
  expect(items.length).toBeGreaterThan(20);
  expect(items.every(({ size }) => size > 0)).toBe(true);
  const prices = items.map(({ price }) => price);
  expect(prices).toEqual([...prices].sort((left, right) => left - right));
});

it('stamps the last trade with its time', async () => {
  client.ask('REQ_MKT_DATA', { ...SPY, reqId: 1, genericTicks: '232' });
  await client.settled();
  const strings = client.named('TICK_STRING').filter((tick) => tick.tickType === 45);
  expect(strings).toMatchObject([{ reqId: 1, value: String(START / 1_000) }]);
  const mark = client.named('TICK_PRICE').find((tick) => tick.tickType === 37);
  const [bid, ask] = [1, 2].map((type) => client.named('TICK_PRICE').find((tick) => tick.tickType === type)?.price);
  expect(mark?.price).toBeCloseTo((Number(bid) + Number(ask)) / 2, 6);
});
