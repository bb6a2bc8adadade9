/** The whole gateway, started by its public command, with the unmodified client. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { type Contract, EventName, type Order, OrderAction, OrderType, SecType } from '@stoqey/ib';
import { type GatewayHandle, startGateway } from '../../src/index.js';
import { type Client, connectClient, decodingErrors } from './support/fixture.js';

const START = '2026-03-02T15:00:00Z';
const AT = Date.parse(START);

let gateway: GatewayHandle | undefined;
let client: Client | undefined;

afterEach(async () => {
  client?.close();
  await gateway?.close();
  client = undefined;
  gateway = undefined;
});

/** The SPY put spread sold below the market, a month out. */
async function putSpread(connected: Client): Promise<Contract> {
  const { api } = connected;
  api.reqContractDetails(1, {
    symbol: 'SPY',
    secType: SecType.OPT,
    right: 'P' as never,
    lastTradeDateOrContractMonth: '20260417',
    exchange: 'SMART',
    currency: 'USD',
  });
  await connected.wait(EventName.contractDetailsEnd, (reqId: number) => reqId === 1);
  const puts = connected.heard
    .filter(([name, reqId]) => name === EventName.contractDetails && reqId === 1)
    .map(([, , details]) => (details as { contract: Contract }).contract)
    .sort((left, right) => (left.strike ?? 0) - (right.strike ?? 0));
  const middle = Math.floor(puts.length * 0.45);
  const legs = [puts[middle - 5], puts[middle]].map((put) => put?.conId ?? 0);
  return {
    symbol: 'SPY',
    secType: SecType.BAG,
    exchange: 'SMART',
    currency: 'USD',
    comboLegs: legs.map((conId, index) => ({
      conId,
      ratio: 1,
      action: index === 0 ? OrderAction.BUY : OrderAction.SELL,
      exchange: 'SMART',
    })),
  };
}

it('takes a combo order from its quote to its fill and its positions in stepped time', async () => {
  gateway = await startGateway({ port: 0, seed: 11, stepped: true, start: START });
  client = await connectClient(gateway.port);
  const combo = await putSpread(client);
  client.api.reqMktData(2, combo, '', false, false);
  const [, , , bid] = await client.wait(
    EventName.tickPrice,
    ((id: number, type: number) => id === 2 && type === 1) as never,
  );
  const [, , , ask] = await client.wait(
    EventName.tickPrice,
    ((id: number, type: number) => id === 2 && type === 2) as never,
  );
  expect(Number(bid)).toBeLessThan(Number(ask));
  expect(Number(ask)).toBeLessThan(0);
  const order: Order = {
    action: OrderAction.BUY,
    orderType: OrderType.LMT,
    totalQuantity: 3,
    lmtPrice: Number(ask),
    tif: 'DAY',
    transmit: true,
    orderRef: 'g-1',
  };
  client.api.placeOrder(1, combo, { ...order, whatIf: true });
  const [, , , , state] = await client.wait(EventName.openOrder, (id: number) => id === 1);
  expect((state as { initMarginChange?: number }).initMarginChange).toBeGreaterThan(0);
  client.api.placeOrder(2, combo, order);
  await client.wait(EventName.openOrder, (id: number) => id === 2);
  let steps = 0;
  const filled = (): boolean =>
    client?.heard.some(([name, id, status]) => name === EventName.orderStatus && id === 2 && status === 'Filled') ??
    false;
  while (!filled() && steps < 120) {
    gateway.advance(gateway.now() + 1_000);
    const mark = client.heard.length;
    client.api.reqCurrentTime();
    await client.wait(EventName.currentTime, () => true, mark);
    steps += 1;
  }
  expect(filled()).toBe(true);
  expect(
    gateway
      .positions()
      .map((row) => row.quantity)
      .sort(),
  ).toEqual([-3, 3]);
  client.api.reqExecutions(3, {});
  await client.wait(EventName.execDetailsEnd, (id: number) => id === 3);
  client.api.reqCompletedOrders(false);
  await client.wait(EventName.completedOrdersEnd);
  expect(client.heard.find(([name]) => name === EventName.completedOrder)?.[2]).toMatchObject({
    orderRef: 'g-1',
    filledQuantity: 3,
  });
  expect(decodingErrors(client)).toEqual([]);
  expect(gateway.journal().filter((entry) => entry.type === 'INTERNAL_ERROR')).toEqual([]);
});

it('applies exchange faults: a manual trade, order ids that go back', async () => {
  gateway = await startGateway({ port: 0, controlPort: 0, seed: 11, stepped: true, start: START });
  client = await connectClient(gateway.port);
  const spy = { conId: 756733, symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
  client.api.reqPositions();
  await client.wait(EventName.positionEnd);
  const fault = async (body: object): Promise<number> =>
    (await fetch(`http://127.0.0.1:${gateway?.controlPort}/fault`, { method: 'POST', body: JSON.stringify(body) }))
      .status;
  expect(await fault({ kind: 'manualTrade', conId: 756733, quantity: 100, price: 600 })).toBe(200);
  const [, , contract, quantity, cost] = await client.wait(EventName.position);
  expect([(contract as Contract).conId, quantity]).toEqual([756733, 100]);
  expect(cost).toBeCloseTo(600, 0);
  expect(await fault({ kind: 'liquidate', conId: 1 })).toBe(400);
  const order = { action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: 1, lmtPrice: 400, transmit: true };
  client.api.placeOrder(9, spy, order);
  await client.wait(EventName.openOrder);
  gateway.fault({ kind: 'restart', rollback: 4 });
  await client.wait(EventName.disconnected);
  client = await connectClient(gateway.port);
  expect(client.heard.find(([name]) => name === EventName.nextValidId)?.[1]).toBe(6);
});

it('runs by itself at a given speed', async () => {
  gateway = await startGateway({ port: 0, seed: 11, speed: 60, start: START });
  client = await connectClient(gateway.port);
  client.api.reqMktData(
    1,
    { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' },
    '',
    false,
    false,
  );
  await client.wait(EventName.tickPrice);
  const mark = client.heard.length;
  await client.wait(EventName.tickPrice, () => true, mark);
  expect(gateway.now()).toBeGreaterThan(AT);
  expect(() => gateway?.advance(AT + 1_000_000)).toThrow('runs by itself');
});

it('says which events and faults of a scenario could do nothing, and why', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
  const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    const file = join(folder, 'missing.yaml');
    writeFileSync(
      file,
      `start: '2026-03-02T10:00'
exchange:
  events:
    - { kind: assign, at: '2026-03-02 16:00', contract: { symbol: SPY } }
    - { kind: margin, at: '2026-03-02 09:00', factor: 2 }
faults:
  - { at: '2026-03-02 10:00:05', fault: assign, conId: 756733 }
  - { at: '2026-03-02 09:00', fault: notice, code: 1100 }
`,
    );
    gateway = await startGateway({ port: 0, seed: 11, stepped: true, scenario: file });
    const NIGHT = Date.parse('2026-03-03T02:00:00-05:00');
    while (gateway.now() < NIGHT) gateway.advance(NIGHT);
    expect(said.mock.calls.flat()).toEqual([
      'scenario: fault notice did nothing: its moment is before the start of the scenario',
      'scenario: event margin did nothing: its moment is before the start of the scenario',
      'scenario: fault assign did nothing: assign: there is nothing it could happen to',
      'scenario: event assign did nothing: the account holds no short option that matches',
    ]);
    const kept = gateway.journal().filter(({ type }) => /^(EVENT|FAULT)_MISSED$/.test(type));
    expect(kept.map(({ type, fields }) => [type, fields.kind ?? fields.fault])).toEqual([
      ['EVENT_MISSED', 'margin'],
      ['FAULT_MISSED', 'assign'],
      ['EVENT_MISSED', 'assign'],
    ]);
  } finally {
    said.mockRestore();
    rmSync(folder, { recursive: true });
  }
});

it("applies a scenario's faults at their time, and refuses an unreadable one", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
  try {
    const file = join(folder, 'faulty.yaml');
    writeFileSync(
      file,
      "start: '2026-03-02T10:00'\nfaults:\n  - { at: '2026-03-02 10:00:05', fault: notice, code: 1100 }\n",
    );
    gateway = await startGateway({ port: 0, seed: 11, stepped: true, scenario: file });
    client = await connectClient(gateway.port);
    while (gateway.now() < AT + 5_000) gateway.advance(AT + 5_000);
    await client.wait(EventName.info, ((_: string, code: number) => code === 1100) as never);
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, "faults:\n  - { at: '2026-03-02 10:00:05', fault: meteor }\n");
    await expect(startGateway({ port: 0, seed: 11, scenario: wrong })).rejects.toThrow(RangeError);
    await expect(startGateway({ port: 0, seed: 11, start: 'yesterday' })).rejects.toThrow(RangeError);
    await expect(startGateway({ port: gateway.port, seed: 11 })).rejects.toThrow('EADDRINUSE');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
