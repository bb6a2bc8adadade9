/** The ticks of a line beyond its quote, and the quote of a combo. */
import { type Fixture, START, startFixture } from '../protocol/support/fixture.js';
import { RawClient } from './support/raw-client.js';

const SPY = { conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const SPX = { conId: 416904, symbol: 'SPX', secType: 'IND', exchange: 'CBOE', currency: 'USD' };
const AMC = { conId: 140070600, symbol: 'AMC', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const DAY = 86_400_000;

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

async function subscribed(contract: object, genericTicks: string, reqId = 1): Promise<void> {
  client.ask('REQ_MKT_DATA', { ...contract, reqId, genericTicks });
  await client.settled();
}

/** The latest value of a tick type on a line. */
function shown(message: string, tickType: number, reqId = 1): unknown {
  const tick = client.named(message).findLast((row) => row.tickType === tickType && row.reqId === reqId);
  return tick?.value ?? tick?.price ?? tick?.size;
}

describe('dividends (generic 456)', () => {
  it('are those of the year before and after, and the next one', async () => {
    await subscribed(SPY, '456');
    const [past, next, date, amount] = String(shown('TICK_STRING', 59)).split(',');
    // Four a year, of 0.3 % each, the next on the third Friday of December.
    const spot = fixture.market.fairValue(SPY.conId, START) ?? 0;
    expect(Number(past)).toBeCloseTo(4 * 0.003 * spot, 1);
    expect(Number(next)).toBeCloseTo(4 * 0.003 * spot, 1);
    expect([date, Number(amount)]).toEqual(['20261218', Math.round(0.003 * spot * 100) / 100]);
  });

  it('are empty for a stock without dividends, and absent for an index', async () => {
    await subscribed(AMC, '456', 1);
    await subscribed(SPX, '456', 2);
    expect(shown('TICK_STRING', 59, 1)).toBe(',,,');
    expect(shown('TICK_STRING', 59, 2)).toBeUndefined();
  });

  it('name the next one once the first is past', async () => {
    await subscribed(SPY, '456');
    fixture.gateway.advance(START + 28 * DAY);
    await client.settled();
    expect(String(shown('TICK_STRING', 59)).split(',')[2]).toBe('20270319');
  });
});

it('shows the ranges of 13, 26 and 52 weeks, each within the next (generic 165)', async () => {
  await subscribed(SPY, '165');
  const price = (tickType: number) => Number(shown('TICK_PRICE', tickType));
  for (const [inner, outer] of [
    [15, 17],
    [17, 19],
  ] as const) {
    expect(price(outer)).toBeLessThanOrEqual(price(inner));
    expect(price(outer + 1)).toBeGreaterThanOrEqual(price(inner + 1));
  }
  expect(price(15)).toBeLessThan(price(16));
  expect(Number(shown('TICK_SIZE', 21))).toBeGreaterThan(1_000_000);
});

it('shows volume and open interest of all options of an underlying (generics 100 and 101)', async () => {
  await subscribed(SPY, '100,101');
  const size = (tickType: number) => Number(shown('TICK_SIZE', tickType));
  const before = [29, 30].map(size);
  expect(Math.min(...[27, 28].map(size))).toBeGreaterThan(Math.max(...before));
  fixture.gateway.advance(START + 3_600_000);
  await client.settled();
  expect(size(29)).toBeGreaterThan(before[0] ?? 0);
  expect(size(30)).toBeGreaterThan(before[1] ?? 0);
});

it('shows what can be borrowed, and volatilities (generics 236, 104, 106)', async () => {
  await subscribed(SPY, '236,104,106');
  expect([shown('TICK_GENERIC', 46), Number(shown('TICK_SIZE', 89)) > 0]).toEqual([3, true]);
  for (const tickType of [23, 24]) {
    expect(Number(shown('TICK_GENERIC', tickType))).toBeGreaterThan(0.05);
    expect(Number(shown('TICK_GENERIC', tickType))).toBeLessThan(1);
  }
});

it('refuses unknown generic ticks, and accepts known ones that it has no data for', async () => {
  await subscribed(SPY, '100,9999', 1);
  expect(client.errors(1)).toEqual([321]);
  expect(client.named('TICK_PRICE')).toEqual([]);
  await subscribed(SPY, '233,292:BRFG', 2);
  expect(client.errors(2)).toEqual([]);
  expect(client.named('TICK_PRICE').length).toBeGreaterThan(0);
});

it('F: sends with mdoff nothing but what was asked for', async () => {
  const told = (): readonly unknown[] =>
    client.answers.filter(({ values }) => values.reqId === 1).map(({ name, values }) => [name, values.tickType]);
  await subscribed(SPY, 'mdoff,236', 1);
  fixture.gateway.advance(START + 60_000);
  await client.settled();
  expect(told()).toEqual([
    ['TICK_GENERIC', 46],
    ['TICK_SIZE', 89],
  ]);
});

it('quotes a combo from its legs, with a delay', async () => {
  const { market } = fixture;
  const legs = [690, 700].map((strike) => {
    const query = { symbol: 'SPY', secType: 'OPT', expiry: '20261218', right: 'C', strike } as const;
    return market.find(query, START)[0]?.conId ?? 0;
  });
  const [bought = 0, sold = 0] = legs;
  const comboLegs = [
    { conId: bought, ratio: 1, action: 'BUY', exchange: 'SMART' },
    { conId: sold, ratio: 1, action: 'SELL', exchange: 'SMART' },
  ];
  client.ask('REQ_MKT_DATA', {
    symbol: 'SPY',
    secType: 'BAG',
    exchange: 'SMART',
    currency: 'USD',
    comboLegs,
    reqId: 1,
  });
  const implied = (at: number): number =>
    Math.round(((market.quote(bought, at)?.ask ?? 0) - (market.quote(sold, at)?.bid ?? 0)) * 100) / 100;
  const asks: (readonly [number, number, number])[] = [];
  for (let second = 0; second < 60; second += 1) {
    const at = START + second * 1_000;
    fixture.gateway.advance(at);
    await client.settled();
    asks.push([Number(shown('TICK_PRICE', 2)), implied(at - (at % 2_000) - 1_000), implied(at)]);
  }
  for (const [ask, behind] of asks) expect(ask).toBeCloseTo(behind, 6);
  expect(asks.some(([ask, , now]) => Math.abs(ask - now) > 0.005)).toBe(true);
});
