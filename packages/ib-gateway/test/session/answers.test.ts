/** Every request of the protocol gets an answer, in every version, except the few that have none at IB either. */
import { requests } from '../../src/protocol/index.js';
import { type Fixture, START, startFixture } from '../protocol/support/fixture.js';
import { RawClient } from './support/raw-client.js';

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

/** Requests that are carried out silently. */
const SILENT: ReadonlySet<string> = new Set([
  ...['START_API', 'SET_SERVER_LOGLEVEL', 'REQ_MARKET_DATA_TYPE', 'REQ_NEWS_BULLETINS', 'CANCEL_NEWS_BULLETINS'],
  ...['CANCEL_POSITIONS', 'CANCEL_ACCOUNT_SUMMARY', 'CANCEL_POSITIONS_MULTI', 'CANCEL_ACCOUNT_UPDATES_MULTI'],
  ...['CANCEL_PNL', 'CANCEL_PNL_SINGLE', 'CANCEL_HISTORICAL_DATA', 'CANCEL_HEAD_TIMESTAMP', 'CANCEL_HISTOGRAM_DATA'],
  ...['CANCEL_TICK_BY_TICK_DATA', 'CANCEL_FUNDAMENTAL_DATA', 'CANCEL_CALC_IMPLIED_VOLAT', 'CANCEL_CALC_OPTION_PRICE'],
  ...['CANCEL_SCANNER_SUBSCRIPTION', 'CANCEL_WSH_META_DATA', 'CANCEL_WSH_EVENT_DATA'],
  ...['UNSUBSCRIBE_FROM_GROUP_EVENTS', 'REQ_GLOBAL_CANCEL'],
  // `settled` requests the time itself and leaves those answers out.
  'REQ_CURRENT_TIME',
  // Bars begin with the next five seconds.
  'REQ_REAL_TIME_BARS',
]);

const SPY = { conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const PLAIN = {
  ...{ ...SPY, account: '', subscribe: true, group: 'All', tags: 'NetLiquidation', pattern: 'SPY' },
  ...{ underlyingSymbol: 'SPY', underlyingSecType: 'STK', underlyingConId: 756733, marketDataType: 1 },
  ...{ duration: '5 D', barSize: '1 day', whatToShow: 'TRADES', formatDate: 1, marketRuleId: 26, period: '1 week' },
  ...{ numberOfTicks: 5, endDateTime: '', startDateTime: '20261123-14:40:00', tickKind: 'BidAsk' },
  ...{ action: 'BUY', quantity: 5, orderType: 'LMT', limitPrice: 1, tif: 'DAY', transmit: true },
  ...{ instrument: 'STK', locationCode: 'STK.US.MAJOR', scanCode: 'MOST_ACTIVE', groupId: 1 },
};

for (const version of [163, 176, 178, 193]) {
  it(`answers every request at version ${version}`, async () => {
    const other = await RawClient.open(fixture.gateway.port, 6, version);
    expect(other.version).toBe(version);
    const unanswered: string[] = [];
    let reqId = 100;
    for (const { name } of requests) {
      reqId += 1;
      const from = other.answers.length;
      // The request for bars and ticks cannot end in the same way.
      const own = name === 'REQ_HISTORICAL_DATA' ? { startDateTime: '' } : {};
      other.ask(name, { ...PLAIN, ...own, reqId, orderId: reqId, clientId: 6 });
      if ((await other.settled(from)).length === 0 && !SILENT.has(name)) unanswered.push(name);
    }
    other.close();
    expect(unanswered).toEqual([]);
    expect(other.problem).toBeUndefined();
    expect(fixture.gateway.journal().filter((entry) => entry.type === 'INTERNAL_ERROR')).toEqual([]);
  });
}

it('says nothing about the details of a combo, as the real one does', async () => {
  client.ask('REQ_CONTRACT_DATA', { reqId: 1, symbol: 'SPY', secType: 'BAG', exchange: 'SMART', currency: 'USD' });
  expect(await client.settled(client.answers.length)).toEqual([]);
});

it('answers what it does not have with the documented error', async () => {
  const cases: readonly (readonly [string, number, object?])[] = [
    ['REQ_MKT_DEPTH', 10092, SPY],
    ['CANCEL_MKT_DEPTH', 310],
    ['REQ_FUNDAMENTAL_DATA', 430, SPY],
    ['REQ_WSH_META_DATA', 10276],
    ['REQ_WSH_EVENT_DATA', 10276],
    ['REQ_NEWS_ARTICLE', 10172],
    ['REPLACE_FA', 321],
    ['EXERCISE_OPTIONS', 321, SPY],
    ['REQ_SCANNER_SUBSCRIPTION', 162, { scanCode: 'NONE_SUCH' }],
    ['REQ_HISTOGRAM_DATA', 321, { ...SPY, period: 'for ever' }],
    ['REQ_HISTORICAL_TICKS', 321, { ...SPY, numberOfTicks: 5_000, whatToShow: 'TRADES' }],
    ['REQ_REAL_TIME_BARS', 321, { ...SPY, whatToShow: 'NOTHING' }],
    ['CANCEL_REAL_TIME_BARS', 300],
    ['REQ_TICK_BY_TICK_DATA', 321, { ...SPY, tickKind: 'None' }],
    ['UPDATE_DISPLAY_GROUP', 321],
    ['REQ_HISTORICAL_NEWS', 200, { conId: 1 }],
    ['REQ_CALC_OPTION_PRICE', 321, { ...SPY, volatility: 0.2, underlyingPrice: 600 }],
  ];
  for (const [index, [name, code, values]] of cases.entries()) {
    const reqId = 500 + index;
    client.ask(name, { ...values, reqId });
    await client.settled();
    expect([name, ...client.errors(reqId)]).toEqual([name, code]);
  }
  // Requests without an id are answered with id -1.
  for (const name of ['REQ_FA', 'VERIFY_REQUEST', 'VERIFY_AND_AUTH_MESSAGE']) {
    const from = client.answers.length;
    client.ask(name);
    expect(await client.settled(from)).toMatchObject([{ name: 'ERR_MSG', values: { id: -1, code: 321 } }]);
  }
});

it('ranks the listed stocks and describes the scanner', async () => {
  client.ask('REQ_SCANNER_SUBSCRIPTION', { ...PLAIN, reqId: 1, numberOfRows: 3, abovePrice: 10 });
  client.ask('REQ_SCANNER_SUBSCRIPTION', { ...PLAIN, reqId: 2, scanCode: 'TOP_PERC_GAIN', belowPrice: 0.01 });
  client.ask('REQ_SCANNER_PARAMETERS');
  await client.settled();
  const [data] = client.named('SCANNER_DATA');
  const rows = data?.rows as readonly { rank: number; symbol: string; secType: string }[];
  expect(rows.map((row) => row.rank)).toEqual([0, 1, 2]);
  expect(rows[0]).toMatchObject({ secType: 'STK' });
  expect(client.errors(2)).toEqual([165]);
  expect(client.named('SCANNER_PARAMETERS')[0]?.xml).toContain('<scanCode>MOST_ACTIVE</scanCode>');
});

it('keeps the contents of a display group for its followers', async () => {
  client.ask('QUERY_DISPLAY_GROUPS', { reqId: 1 });
  client.ask('SUBSCRIBE_TO_GROUP_EVENTS', { reqId: 2, groupId: 3 });
  client.ask('UPDATE_DISPLAY_GROUP', { reqId: 2, contractInfo: '756733@SMART' });
  client.ask('UNSUBSCRIBE_FROM_GROUP_EVENTS', { reqId: 2 });
  await client.settled();
  expect(client.named('DISPLAY_GROUP_LIST')).toEqual([{ reqId: 1, groups: '1|2|3|4|5|6|7' }]);
  expect(client.named('DISPLAY_GROUP_UPDATED').map((row) => row.contractInfo)).toEqual(['none', '756733@SMART']);
});

it('gives the schedule of past days with its holiday and without weekends', async () => {
  fixture.gateway.advance(START + 4 * 86_400_000);
  client.ask('REQ_HISTORICAL_DATA', { ...PLAIN, reqId: 1, whatToShow: 'SCHEDULE', duration: '1 W', useRth: true });
  await client.settled();
  const [schedule] = client.named('HISTORICAL_SCHEDULE');
  const sessions = (schedule ? schedule.sessions : []) as readonly { refDate: string; end: string }[];
  const days = sessions.map((row) => row.refDate);
  // Thanksgiving is the 26th; the day after it ends early.
  expect(days).toEqual(['20261120', '20261123', '20261124', '20261125', '20261127']);
  expect(sessions.at(-1)?.end).toBe('20261127-13:00:00');
  client.ask('REQ_HISTORICAL_DATA', { ...PLAIN, reqId: 2, whatToShow: 'SCHEDULE', duration: '60 S' });
  await client.settled();
  expect(client.errors(2)).toEqual([162]);
});

it('writes the times of bars as a request wants them', async () => {
  const ask = (reqId: number, barSize: string, formatDate: number): void =>
    client.ask('REQ_HISTORICAL_DATA', { ...PLAIN, reqId, duration: '1 D', barSize, formatDate, useRth: true });
  ask(1, '1 hour', 1);
  ask(2, '1 hour', 2);
  ask(3, '1 day', 1);
  ask(4, '1 day', 2);
  await client.settled();
  const times = client.named('HISTORICAL_DATA').map((row) => (row.bars as readonly { time: string }[])[0]?.time);
  const open = Date.parse('2026-11-23T14:30:00Z') / 1_000;
  expect(times).toEqual(['20261123 09:30:00 US/Eastern', String(open), '20261123', '20261123']);
});

it('keeps a chart up to date until it is cancelled', async () => {
  const chart = { ...PLAIN, reqId: 1, duration: '1 D', barSize: '1 min', useRth: true, keepUpToDate: true };
  client.ask('REQ_HISTORICAL_DATA', chart);
  await client.settled();
  for (let second = 5; second <= 120; second += 5) fixture.gateway.advance(START + second * 1_000);
  await client.settled();
  const updates = client.named('HISTORICAL_DATA_UPDATE');
  expect(updates.length).toBeGreaterThan(3);
  for (const { time } of updates) expect(time).toMatch(/^20261123 10:0[0-2]:00 US\/Eastern$/);
  client.ask('CANCEL_HISTORICAL_DATA', { reqId: 1 });
  await client.settled();
  fixture.gateway.advance(START + 300_000);
  await client.settled();
  expect(client.named('HISTORICAL_DATA_UPDATE')).toHaveLength(updates.length);
});

it('finds the volatility whose price was asked for', async () => {
  const [call] = fixture.market.find(
    { symbol: 'SPY', secType: 'OPT', right: 'C', strike: 700, expiry: '20261218' },
    START,
  );
  const spot = fixture.market.fairValue(756733, START) ?? 0;
  const option = { conId: call?.conId ?? 0, exchange: 'SMART', underlyingPrice: spot };
  client.ask('REQ_CALC_OPTION_PRICE', { ...option, reqId: 1, volatility: 0.25 });
  await client.settled();
  const [priced] = client.named('TICK_OPTION_COMPUTATION');
  expect(Number(priced?.optionPrice)).toBeGreaterThan(0);
  client.ask('REQ_CALC_IMPLIED_VOLAT', { ...option, reqId: 2, optionPrice: Number(priced?.optionPrice) });
  client.ask('REQ_CALC_IMPLIED_VOLAT', { ...option, reqId: 3, optionPrice: 2 * spot });
  await client.settled();
  expect(client.named('TICK_OPTION_COMPUTATION')[1]?.impliedVolatility).toBeCloseTo(0.25, 6);
  expect(client.errors(3)).toEqual([321]);
});
