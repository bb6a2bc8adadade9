/** D, E: the time in a historical answer, and the fields of trades where there are none. */
import { BarSizeSetting, EventName, WhatToShow } from '@stoqey/ib';
import { type Client, connectClient, type Fixture, START, startFixture } from '../protocol/support/fixture.js';
import { SPY, settled } from './support/lines.js';
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

const STOCK = { conId: 756733, exchange: 'SMART' };
const REQUEST = { ...STOCK, whatToShow: 'TRADES', formatDate: 1, useRth: true };

describe('D: the time that an answer is about', () => {
  // The market clock stands at 10:00:01 of Monday 23 November; the clock went back on the first.
  it.each([
    ['3600 S', '5 mins', '20261123 09:00:01 US/Eastern'],
    ['5 D', '1 day', '20261118 10:00:01 US/Eastern'],
    ['30 D', '1 day', '20261024 10:00:01 US/Eastern'],
    ['2 W', '1 day', '20261109 10:00:01 US/Eastern'],
    ['1 M', '1 day', '20261023 10:00:01 US/Eastern'],
    ['1 Y', '1 day', '20251123 10:00:01 US/Eastern'],
  ])('begins %s before its end', async (duration, barSize, start) => {
    const raw = await RawClient.open(fixture.gateway.port, 6);
    fixture.gateway.advance(START + 1_000);
    raw.ask('REQ_HISTORICAL_DATA', { ...REQUEST, reqId: 1, duration, barSize });
    await raw.settled();
    const [answer] = raw.named('HISTORICAL_DATA');
    expect([answer?.start, answer?.end]).toEqual([start, '20261123 10:00:01 US/Eastern']);
    raw.close();
  });

  it.each([
    [163, '  ', ''],
    [173, '  ', ''],
    [174, ' ', ' US/Eastern'],
    [178, ' ', ' US/Eastern'],
    [193, ' ', ' US/Eastern'],
    [196, ' ', ' US/Eastern'],
    [200, ' ', ' US/Eastern'],
  ])('is written as version %i writes it', async (version, space, zone) => {
    const time = (clock: string): string => `20261123${space}${clock}${zone}`;
    const raw = await RawClient.open(fixture.gateway.port, 6, version);
    raw.ask('REQ_HISTORICAL_DATA', { ...REQUEST, reqId: 1, duration: '1 D', barSize: '30 mins', keepUpToDate: true });
    raw.ask('REQ_HISTORICAL_DATA', { ...REQUEST, reqId: 2, duration: '2 D', barSize: '1 day' });
    await raw.settled();
    const [intraday, daily] = raw.named('HISTORICAL_DATA');
    // From version 196 on start and end come in a message of their own.
    const [one, two] = raw.named(version < 196 ? 'HISTORICAL_DATA' : 'HISTORICAL_DATA_END');
    const bars = (row: typeof daily): readonly unknown[] =>
      ((row?.bars ?? []) as readonly { time: string }[]).map((bar) => bar.time);
    expect([one?.end, two?.end, bars(intraday).at(-1)]).toEqual([time('10:00:00'), time('10:00:00'), time('09:30:00')]);
    expect(bars(daily)).toEqual(['20261120', '20261123']);
    const order = {
      ...STOCK,
      secType: 'STK',
      symbol: 'SPY',
      currency: 'USD',
      action: 'BUY',
      quantity: 1,
      tif: 'DAY',
      transmit: true,
    };
    raw.ask('PLACE_ORDER', { ...order, orderId: 1, orderType: 'LMT', limitPrice: 1 });
    await raw.settled();
    fixture.exchange.fill(1);
    raw.ask('REQ_EXECUTIONS', { reqId: 3 });
    for (let second = 10; second <= 30; second += 10) fixture.gateway.advance(START + second * 1_000);
    await raw.settled();
    expect(new Set(raw.named('EXECUTION_DATA').map((row) => row.time))).toEqual(new Set([time('10:00:00')]));
    expect(raw.named('HISTORICAL_DATA_UPDATE').at(-1)?.time).toBe(time('10:00:00'));
    expect(raw.problem).toBeUndefined();
    raw.close();
  });
});

it.each([WhatToShow.MIDPOINT, WhatToShow.BID, WhatToShow.ASK, WhatToShow.BID_ASK, WhatToShow.TRADES] as const)(
  'E: bars of %s tell of trades only where they are trades',
  async (what) => {
    const sizes = [BarSizeSetting.MINUTES_FIVE, BarSizeSetting.DAYS_ONE, BarSizeSetting.WEEKS_ONE];
    for (const [reqId, size] of sizes.entries())
      client.api.reqHistoricalData(reqId, SPY, '', '2 W', size, what, 1, 1, false);
    await settled(client);
    const bars = client.heard.filter(
      ([name, , time]) => name === EventName.historicalData && !String(time).startsWith('finished'),
    );
    expect(new Set(bars.map(([, reqId]) => reqId)).size).toBe(sizes.length);
    const wrong = bars.filter(([, , , , , , , volume, count, wap]) =>
      what === WhatToShow.TRADES
        ? !(Number(volume) > 0 && Number(wap) > 0)
        : volume !== -1 || count !== -1 || wap !== -1,
    );
    expect(wrong).toEqual([]);
    expect(bars.every(([, , , open, high, low]) => Number(low) <= Number(open) && Number(open) <= Number(high))).toBe(
      true,
    );
  },
);

it('E: five-second bars of a midpoint have no trades either', async () => {
  client.api.reqRealTimeBars(1, SPY, 5, WhatToShow.MIDPOINT, true);
  await settled(client);
  for (let second = 5; second <= 20; second += 5) fixture.gateway.advance(START + second * 1_000);
  await settled(client);
  const bars = client.heard.filter(([name]) => name === EventName.realtimeBar);
  expect(bars.length).toBeGreaterThan(2);
  expect(bars.filter(([, , , , , , , volume, wap, count]) => volume !== -1 || wap !== -1 || count !== -1)).toEqual([]);
});
