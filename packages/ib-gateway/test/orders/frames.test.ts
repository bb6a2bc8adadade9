/** Open and completed orders, token by token as in recorded frames; what-ifs in two rows; orders without an exchange. */
import { connect } from 'node:net';
import { EventName, OptionType, type OrderState } from '@stoqey/ib';
import { encode, requests } from '../../src/protocol/index.js';
import { FrameReader, frameOf, splitTokens } from '../../src/wire/frames.js';
import {
  calls,
  completedOrders,
  condor,
  contractOf,
  type Desk,
  errors,
  limit,
  openDesk,
  openOrders,
  settled,
  shownOrders,
} from './support/desk.js';

let desk: Desk;

afterEach(() => desk.close());

const SPY = { symbol: 'SPY', secType: 'STK', currency: 'USD' } as const;
const DOUBLE = '1.7976931348623157E308';

/** The raw tokens of the first message of a number, after a request was sent in version 163, whose frames were recorded. */
async function frameAfter(requestName: string, values: object, number: string): Promise<readonly string[]> {
  const socket = connect(desk.gateway.port, '127.0.0.1');
  const reader = new FrameReader(1 << 24);
  const send = (name: string, fields: object): void => {
    const message = requests.find((one) => one.name === name);
    if (message) socket.write(frameOf(encode(message, fields as never, 163)));
  };
  const range = Buffer.from('v100..163');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(range.length);
  socket.write(Buffer.concat([Buffer.from('API\0'), length, range]));
  try {
    return await new Promise<readonly string[]>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        reader.push(chunk);
        for (let frame = reader.next(); frame; frame = reader.next()) {
          const tokens = splitTokens(frame);
          if (tokens[0] === '163') send('START_API', { clientId: 9 });
          else if (tokens[0] === '9') send(requestName, values);
          else if (tokens[0] === number) resolve(tokens);
        }
      });
    });
  } finally {
    socket.destroy();
  }
}

it('B: an open order of a stock reads as one that was recorded', async () => {
  desk = await openDesk();
  const order = {
    orderId: 1,
    ...SPY,
    exchange: 'SMART',
    action: 'BUY',
    quantity: 100,
    orderType: 'MKT',
    transmit: true,
  };
  const tokens = await frameAfter('PLACE_ORDER', { ...order, tif: 'DAY', displaySize: 0, ocaType: 0 }, '5');
  const permId = tokens[25] ?? '';
  const empty = (count: number) => Array.from({ length: count }, () => '');
  const doubles = (count: number) => Array.from({ length: count }, () => DOUBLE);
  const body = [
    ...['5', '1', '756733', 'SPY', 'STK', '', '0', '?', '', 'SMART', 'USD', 'SPY', 'SPY'],
    ...['BUY', '100', 'MKT', '0.0', '0.0', 'DAY', '', 'DU1000000', '', '0', '', '9', permId, '0', '0', '0'],
    ...[
      ...empty(11),
      '0',
      '',
      '-1',
      '0',
      ...empty(5),
      '2147483647',
      '0',
      '0',
      '0',
      '',
      '3',
      '0',
      '0',
      '',
      '0',
      '0',
      '',
    ],
    ...['0', 'None', '', '0', ...empty(3), '?', '0', '0', '', '0', '0', ...empty(5), '0', '0', '0'],
    ...['2147483647', '2147483647', '', '', '0', '', 'IB', '0', '0', '', '0', '0', 'PreSubmitted', ...doubles(9)],
    ...[...empty(5), '0', '0', '0', 'None', ...doubles(6), '0', ...empty(3), '0', '1', '0', '0', '0'],
  ];
  expect(tokens.slice(0, body.length)).toEqual(body);
});

it('B: a completed order reads as one that was recorded', async () => {
  desk = await openDesk();
  desk.api.placeOrder(1, { conId: 756733, exchange: 'SMART' }, limit(900, { totalQuantity: 100 }));
  await desk.pass(3);
  const tokens = await frameAfter('REQ_COMPLETED_ORDERS', { apiOnly: true }, '101');
  expect(tokens.slice(0, 16)).toEqual([
    ...['101', '756733', 'SPY', 'STK', '', '0', '?', '', 'SMART', 'USD', 'SPY', 'SPY', 'BUY', '0', 'LMT', '900'],
  ]);
  const tail = tokens.slice(tokens.indexOf('Filled'));
  expect(tail).toEqual([
    ...['Filled', '0', '0', '0', DOUBLE, DOUBLE, '0', '1', '0', '', '100', '2147483647', '0'],
    ...['Not an insider or substantial shareholder', '0', '0', '9223372036854775807'],
    ...['20260302 10:00:01 US/Eastern', 'Filled Size: 100'],
  ]);
});

it('B: an option is shown whole, by its id alone and by its description', async () => {
  desk = await openDesk();
  const [put] = desk.options;
  if (!put) throw new Error('no option');
  const { conId, symbol, expiry, strike, localSymbol, tradingClass } = put;
  desk.api.placeOrder(1, { conId, exchange: 'SMART' }, limit(0.05));
  const described = {
    symbol,
    secType: 'OPT',
    strike,
    right: OptionType.Put,
    exchange: 'SMART',
    currency: 'USD',
  };
  desk.api.placeOrder(2, { ...described, lastTradeDateOrContractMonth: expiry } as never, limit(0.05));
  await desk.pass(1);
  desk.api.cancelOrder(2);
  await desk.pass(2);
  const whole = {
    ...{ conId, symbol, secType: 'OPT', lastTradeDateOrContractMonth: expiry, strike, right: 'P', multiplier: 100 },
    ...{ exchange: 'SMART', currency: 'USD', localSymbol, tradingClass },
  };
  for (const { contract } of shownOrders(desk.client)) expect(contract).toMatchObject(whole);
  expect((await openOrders(desk.client)).map(({ contract }) => contract)).toMatchObject([whole]);
  expect((await completedOrders(desk.client)).map(({ contract }) => contract)).toMatchObject([whole]);
});

describe('A: an order without an exchange', () => {
  it.each<[string, object]>([
    ['by its contract id', { conId: 756733 }],
    ['described', SPY],
    ['that nobody lists', { symbol: 'XXX', secType: 'STK', currency: 'USD' }],
  ])('is refused: %s', async (_, contract) => {
    desk = await openDesk();
    desk.api.placeOrder(1, contract, limit(100));
    await desk.pass(1);
    expect(errors(desk.client)).toEqual([[1, 321, "Error validating request.-'bN' : cause - Missing order exchange."]]);
    expect(await openOrders(desk.client)).toEqual([]);
  });

  it('an order that closes with the contract of the position has no exchange and is refused as well', async () => {
    desk = await openDesk({ positions: [{ contract: { symbol: 'SPY', secType: 'STK' }, quantity: 5, price: 600 }] });
    desk.api.reqPositions();
    const [, , contract] = await desk.client.wait(EventName.position);
    desk.api.placeOrder(1, contract as never, { ...limit(500), action: 'SELL' as never, totalQuantity: 5 });
    await desk.pass(1);
    expect(errors(desk.client).map(([, code]) => code)).toEqual([321]);
  });
});

describe('45: goodTillDate', () => {
  it.each([
    ['20260302-20:00:00', '20260302 15:00:00 EST'],
    ['20260302 14:00:00 US/Central', '20260302 15:00:00 EST'],
    ['20260302 15:00:00', '20260302 15:00:00 EST'],
    ['20260402-19:00:00', '20260402 15:00:00 EST'],
    ['20260402 15:00:00 EDT', '20260402 15:00:00 EST'],
  ])('%s comes back in the zone of the gateway, in summer too', async (goodTillDate, shown) => {
    desk = await openDesk();
    desk.api.placeOrder(1, condor(desk), limit(-8.45, { tif: 'GTD', goodTillDate }));
    await desk.pass(1);
    expect((await openOrders(desk.client)).map(({ order }) => order.goodTillDate)).toEqual([shown]);
  });

  it('sent back unchanged it is the same time, and the order ends then', async () => {
    desk = await openDesk();
    desk.api.placeOrder(1, condor(desk), limit(-8.45, { tif: 'GTD', goodTillDate: '20260302-15:00:30' }));
    await desk.pass(1);
    const [shown] = await openOrders(desk.client);
    desk.api.placeOrder(
      1,
      shown?.contract ?? {},
      limit(-8.4, { tif: 'GTD', goodTillDate: shown?.order.goodTillDate ?? '' }),
    );
    await desk.pass(28);
    expect(errors(desk.client)).toEqual([]);
    expect(await openOrders(desk.client)).toHaveLength(1);
    await desk.pass(2);
    expect(await openOrders(desk.client)).toEqual([]);
  });
});

describe('A7: a what-if', () => {
  /** The states of the answer, in the order they came. */
  async function preview(open: Desk): Promise<readonly OrderState[]> {
    open.api.placeOrder(1, condor(open), limit(-4, { whatIf: true }));
    await settled(open.client);
    return calls(open.client, EventName.openOrder).map(([, , , state]) => state as OrderState);
  }
  const FIGURES = ['Before', 'Change', 'After'].flatMap((when) =>
    ['initMargin', 'maintMargin', 'equityWithLoan'].map((what) => `${what}${when}` as keyof OrderState),
  );

  it('without a warning is answered once, with all figures', async () => {
    desk = await openDesk();
    const rows = await preview(desk);
    expect(rows).toHaveLength(1);
    for (const name of [...FIGURES, 'commission'] as const) expect(rows[0]?.[name]).toEqual(expect.any(Number));
  });

  it('with the warning of a preset is answered twice: first without figures', async () => {
    desk = await openDesk({ presetWarning: 'This order is larger than usual.' });
    const [first, second, ...more] = await preview(desk);
    expect(more).toEqual([]);
    expect(first?.warningText).toBe('This order is larger than usual.');
    for (const name of [...FIGURES, 'commission', 'minCommission', 'maxCommission'] as const)
      expect(first?.[name]).toBeUndefined();
    for (const name of [...FIGURES, 'commission'] as const) expect(second?.[name]).toEqual(expect.any(Number));
  });

  it('while the market is closed is answered twice', async () => {
    desk = await openDesk();
    const evening = Date.parse('2026-03-02T22:00:00Z');
    while (desk.gateway.now() < evening) desk.gateway.advance(evening);
    const [first, second] = await preview(desk);
    expect(first?.warningText).toContain('will not be placed at the exchange until 20260303 09:30:00 US/Eastern');
    expect(first?.initMarginAfter).toBeUndefined();
    expect(second?.initMarginAfter).toEqual(expect.any(Number));
  });

  it('shows the largest double in every figure of the first row', async () => {
    desk = await openDesk({ presetWarning: 'Mind the size.' });
    const order = {
      orderId: 1,
      ...SPY,
      exchange: 'SMART',
      action: 'BUY',
      quantity: 1,
      orderType: 'LMT',
      limitPrice: 600,
    };
    const tokens = await frameAfter('PLACE_ORDER', { ...order, tif: 'DAY', transmit: true, whatIf: true }, '5');
    const at = tokens.indexOf('PreSubmitted');
    expect(tokens.slice(at + 1, at + 15)).toEqual([...Array.from({ length: 12 }, () => DOUBLE), '', 'Mind the size.']);
  });

  it.each([true, false])('lacks the commission by a fault, with its range: %s', async (range) => {
    desk = await openDesk();
    desk.gateway.fault({ kind: 'hideCommission', range });
    const [state] = await preview(desk);
    expect(state?.commission).toBeUndefined();
    expect(state?.maxCommission).toEqual(range ? expect.any(Number) : undefined);
    expect(state?.initMarginAfter).toEqual(expect.any(Number));
  });

  it('34: a what-if is refused as the order would be while another works against it', async () => {
    desk = await openDesk();
    const [put] = desk.options;
    if (!put) throw new Error('no option');
    desk.api.placeOrder(1, contractOf(put), limit(0.05));
    desk.api.placeOrder(2, contractOf(put), { ...limit(90), action: 'SELL' as never, whatIf: true });
    await desk.pass(1);
    expect(errors(desk.client).map(([id, code]) => [id, code])).toEqual([[2, 201]]);
  });
});
