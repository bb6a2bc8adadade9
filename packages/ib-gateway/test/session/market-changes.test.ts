/** Outside changes of the market reach subscribers in the same turn, at any speed of the clock. */
import { afterEach, expect, it } from '@jest/globals';
import { type GatewayHandle, type GatewayOptions, startGateway } from '../../src/index.js';
import { RawClient } from './support/raw-client.js';

const SPY = { conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const BID = 1;
const ASK = 2;
const NONSENSE = 77.77;

let gateway: GatewayHandle;
let client: RawClient;

afterEach(async () => {
  client.close();
  await gateway.close();
  expect(client.problem).toBeUndefined();
});

async function subscribed(options: Partial<GatewayOptions>): Promise<void> {
  gateway = await startGateway({ port: 0, seed: 3, ...options });
  client = await RawClient.open(gateway.port, 5);
  client.ask('REQ_MKT_DATA', { ...SPY, reqId: 9 });
  await client.until(() => prices(ASK).length > 0);
}

const prices = (tickType: number) =>
  client.named('TICK_PRICE').flatMap((tick) => (tick.tickType === tickType ? [tick.price] : []));

/** Ticks that the gateway has sent since an entry of its journal. */
const sent = (from: number) =>
  gateway
    .journal(from)
    .filter(({ dir, type }) => dir === 'out' && type === 'TICK_PRICE')
    .map(({ fields }) => [fields.tickType, fields.price]);

const next = () => (gateway.journal().at(-1)?.n ?? 0) + 1;

it.each([
  ['running', { speed: 600 }],
  ['stepped', { stepped: true }],
] as const)('a bad quote is sent at once, however short it lasts (%s)', async (_mode, options) => {
  await subscribed(options);
  const from = next();
  // One millisecond of market time is over before the next turn of the event loop.
  gateway.set({ kind: 'quote', conId: SPY.conId, fault: 'bad', ms: 1, ask: NONSENSE });
  expect(sent(from)).toContainEqual([ASK, NONSENSE]);
  await client.until(() => prices(ASK).includes(NONSENSE));
  if ('stepped' in options) gateway.advance(gateway.now() + 1_000);
  // Then the true one comes again.
  await client.until(() => prices(ASK).at(-1) !== NONSENSE);
});

it.each([
  ['noBid', BID],
  ['noAsk', ASK],
] as const)('an empty side is sent at once (%s)', async (fault, side) => {
  await subscribed({ speed: 600 });
  const from = next();
  gateway.set({ kind: 'quote', conId: SPY.conId, fault, ms: 1 });
  expect(sent(from)).toContainEqual([side, -1]);
});

it('while the data farm is gone nothing is sent', async () => {
  await subscribed({ speed: 600 });
  gateway.fault({ kind: 'notice', code: 2103, text: 'Market data farm connection is broken:usfarm' });
  const from = next();
  gateway.set({ kind: 'quote', conId: SPY.conId, fault: 'bad', ms: 1, ask: NONSENSE });
  expect(sent(from)).toEqual([]);
});
