/** A gateway that is closed, or killed, and started again on its state file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventName } from '@stoqey/ib';
import { type GatewayHandle, startGateway } from '../../src/index.js';
import { type Client, connectClient, decodingErrors } from '../protocol/support/fixture.js';
import {
  account,
  condor,
  executions,
  type GatewayProcess,
  marketTime,
  openOrders,
  order,
  positions,
  SEED,
  STOCK,
  startProcess,
} from './support.js';

const MINUTE = 60_000;

let dir = '';
let file = '';
let gateway: GatewayHandle | undefined;
let killed: GatewayProcess | undefined;
const clients: Client[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gateway-state-'));
  file = join(dir, 'state.json');
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await gateway?.close();
  await killed?.kill();
  gateway = undefined;
  killed = undefined;
  rmSync(dir, { recursive: true, force: true });
});

async function connect(port: number, clientId = 1): Promise<Client> {
  const client = await connectClient(port, clientId);
  clients.push(client);
  return client;
}

async function start(options: { seed?: number; scenario?: string } = {}): Promise<GatewayHandle> {
  gateway = await startGateway({ port: 0, seed: SEED, stepped: true, state: file, ...options });
  return gateway;
}

async function stop(): Promise<void> {
  for (const client of clients.splice(0)) client.close();
  await gateway?.close();
  gateway = undefined;
}

function pass(on: GatewayHandle, ms: number): void {
  for (const to = on.now() + ms; on.now() < to; ) on.advance(to);
}

const filled = (id: number) =>
  [EventName.orderStatus, (one: number, status: string) => one === id && status === 'Filled'] as const;
const nextId = (client: Client): unknown => client.heard.find(([name]) => name === EventName.nextValidId)?.[1];

/** Sells the condor at the far side as order 1 and leaves order 2 waiting at a distant price of the stock. */
async function trade(on: GatewayHandle, client: Client): Promise<void> {
  client.api.placeOrder(1, condor(), order({ lmtPrice: -0.05, orderRef: 'open' }));
  client.api.placeOrder(2, STOCK, order({ lmtPrice: 640, orderRef: 'wait', totalQuantity: 7 }));
  await client.wait(EventName.openOrder, (id: number) => id === 2);
  pass(on, MINUTE);
  await client.wait(...filled(1));
}

describe('a gateway that was closed', () => {
  it('goes on with positions, cash, executions, orders and ids, later in the same market', async () => {
    const first = await start();
    const before = await connect(first.port);
    await trade(first, before);
    const known = {
      positions: await positions(before),
      executions: await executions(before, 10),
      orders: await openOrders(before),
      account: await account(before, 11),
      now: first.now(),
    };
    expect(known.positions.size).toBe(4);
    expect(known.executions.map(({ shares }) => shares)).toEqual([2, 2, 2, 2, 2]);
    expect(known.orders).toMatchObject([{ id: 2, clientId: 1, orderRef: 'wait', tif: 'GTC', remaining: 7 }]);
    await stop();

    const second = await start();
    expect(second.now()).toBe(known.now);
    const after = await connect(second.port);
    expect(nextId(after)).toBe(3);
    expect(await positions(after)).toEqual(known.positions);
    expect(await executions(after, 10)).toEqual(known.executions);
    expect(await openOrders(after)).toEqual(known.orders);
    // The same net liquidation: the market is on the same path.
    expect(await account(after, 11)).toEqual(known.account);
    const commissions = after.heard.filter(([name]) => name === EventName.commissionReport);
    expect(commissions).toHaveLength(4);
    expect(decodingErrors(after)).toEqual([]);
  });

  it('fills the order that rested, gives it its old ids and new ids to what comes', async () => {
    const first = await start();
    const before = await connect(first.port);
    await trade(first, before);
    const old = await executions(before, 10);
    const [resting] = (await openOrders(before)) as { permId: number }[];
    await stop();

    const second = await start();
    const after = await connect(second.port);
    second.set({ kind: 'shock', symbol: 'SPY', spotFactor: 0.9 });
    pass(second, MINUTE);
    const [, , , , , , permId] = await after.wait(...filled(2));
    expect(permId).toBe(resting?.permId);
    after.api.placeOrder(3, condor(), order({ lmtPrice: -0.05, orderRef: 'open' }));
    await after.wait(EventName.openOrder, (id: number) => id === 3);
    pass(second, MINUTE);
    await after.wait(...filled(3));
    const all = await executions(after, 11);
    expect(all.length).toBe(old.length + 1 + 5);
    expect(new Set(all.map(({ execId }) => execId)).size).toBe(all.length);
    // The reference was used before; the order is another one.
    expect(new Set(all.map((one) => one.permId)).size).toBe(3);
    const later = await account(after, 12);
    await stop();

    // A third run still has the shock.
    const third = await start();
    expect(await account(await connect(third.port), 12)).toEqual(later);
  });

  it('lets a day order die at its close and forgets the executions of the day before', async () => {
    const first = await start();
    const before = await connect(first.port);
    before.api.placeOrder(1, condor(), order({ lmtPrice: -0.05 }));
    before.api.placeOrder(2, STOCK, order({ lmtPrice: 640, tif: 'DAY' }));
    await before.wait(EventName.openOrder, (id: number) => id === 2);
    pass(first, MINUTE);
    await before.wait(...filled(1));
    await stop();

    const second = await start();
    const after = await connect(second.port);
    pass(second, 7 * 60 * MINUTE);
    await after.wait(
      EventName.orderStatus,
      ((id: number, status: string) => id === 2 && status === 'Cancelled') as never,
    );
    expect(await executions(after, 10)).toHaveLength(5);
    pass(second, 10 * 60 * MINUTE);
    expect(await executions(after, 11)).toEqual([]);
    expect((await positions(after)).size).toBe(4);
    await stop();

    const third = await start();
    const last = await connect(third.port);
    expect(await executions(last, 11)).toEqual([]);
    expect(nextId(last)).toBe(3);
  });

  it('settles at expiry what an earlier run has bought', async () => {
    const first = await start();
    const before = await connect(first.port);
    before.api.placeOrder(1, condor(), order({ lmtPrice: -0.05 }));
    await before.wait(EventName.openOrder, (id: number) => id === 1);
    pass(first, MINUTE);
    await before.wait(...filled(1));
    await stop();
    const second = await start();
    pass(second, 48 * 24 * 60 * MINUTE);
    expect(second.positions().filter(({ contract }) => contract.secType === 'OPT')).toEqual([]);
  });
});

describe('a gateway that was killed', () => {
  it('has lost nothing that a client was told, and no time', async () => {
    const options = { port: 0, seed: SEED, speed: 20, state: file };
    killed = await startProcess(options);
    const before = await connect(killed.port);
    before.api.placeOrder(2, STOCK, order({ lmtPrice: 640, orderRef: 'wait' }));
    await before.wait(EventName.orderStatus, (id: number) => id === 2);
    before.api.placeOrder(3, condor(), order({ lmtPrice: -0.05, orderRef: 'open' }));
    await before.wait(...filled(3));
    const told = before.heard.filter(([name]) => name === EventName.execDetails).map(([, , , one]) => one);
    expect(told).toHaveLength(5);
    const time = await marketTime(before);
    await killed.kill();

    killed = await startProcess(options);
    const after = await connect(killed.port);
    expect(nextId(after)).toBe(4);
    expect(await executions(after, 10)).toEqual(told);
    expect((await positions(after)).size).toBe(4);
    expect(await openOrders(after)).toMatchObject([{ id: 2, orderRef: 'wait', remaining: 2 }]);
    const later = await marketTime(after);
    expect(later).toBeGreaterThanOrEqual(time);
    // At most the reserve and the time that the calls here take.
    expect(later - time).toBeLessThan(20 * 30);
    after.api.placeOrder(2, STOCK, order({ lmtPrice: 800, orderRef: 'wait' }));
    await after.wait(...filled(2));
  });
});

describe('a state file', () => {
  it.each([
    [{ seed: 6 }, /seed 5, scenario calm.*seed 6, scenario calm/],
    [{ scenario: 'demo' }, /seed 5, scenario calm.*seed 5, scenario demo/],
  ])('of another run is refused: %j', async (options, text) => {
    await start();
    await stop();
    const refused = start(options);
    await expect(refused).rejects.toThrow(RangeError);
    await expect(refused).rejects.toThrow(text);
  });

  it.each(['no state', '{}', '{"version":1}'])('that cannot be read is refused and left alone: %s', async (text) => {
    writeFileSync(file, text);
    await expect(start()).rejects.toThrow(RangeError);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('is never there in part', async () => {
    await start();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ seed: SEED, scenario: 'calm', generation: 0 });
    expect(existsSync(`${file}.new`)).toBe(false);
  });
});
