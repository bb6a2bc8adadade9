/** Whatever bytes a client sends, the gateway answers or closes, and serves the next client. */
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { type GatewayHandle, startGateway } from '../../src/index.js';
import { encode, requests } from '../../src/protocol/index.js';
import { frameOf } from '../../src/wire/frames.js';
import { connectClient } from './support/fixture.js';

let gateway: GatewayHandle;

beforeAll(async () => {
  gateway = await startGateway({ port: 0, seed: 3, stepped: true });
});

afterAll(() => gateway.close());

const HELLO = Buffer.concat([Buffer.from('API\0'), Buffer.from([0, 0, 0, 9]), Buffer.from('v100..193')]);
let nextClient = 100;

/** Sends bytes and ends; resolves when the gateway has closed its side. */
function send(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect(gateway.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
    socket.write(bytes);
    socket.end();
  });
}

const startApi = (): Buffer => {
  nextClient += 1;
  return frameOf(['71', '2', String(nextClient), '']);
};

/** Values that make many requests, orders above all, valid until they are changed. */
const PLAIN = {
  ...{ conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD', reqId: 7, account: '' },
  ...{ action: 'BUY', quantity: 5, orderType: 'LMT', limitPrice: 700, tif: 'DAY', transmit: true, orderRef: 'fuzz' },
};
let nextOrder = 0;

/** A request with some tokens changed, dropped or added. */
const mutated = fc
  .record({
    message: fc.constantFrom(...requests.filter((entry) => entry.name !== 'START_API')),
    edits: fc.array(
      fc.tuple(
        fc.nat(150),
        fc.constantFrom('change', 'drop', 'add'),
        fc.oneof(fc.string(), fc.constantFrom('-1', '1e999', 'NaN', '999999', 'BAG')),
      ),
    ),
  })
  .map(({ message, edits }) => {
    nextOrder += 1;
    const tokens = encode(message, { ...PLAIN, orderId: nextOrder }, 193);
    for (const [at, how, token] of edits) {
      const index = at % Math.max(1, tokens.length);
      if (how === 'change') tokens[index] = token;
      else if (how === 'drop') tokens.splice(index, 1);
      else tokens.splice(index, 0, token);
    }
    return frameOf(tokens);
  });

it('survives four thousand mutated requests', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(mutated, { minLength: 20, maxLength: 60 }), async (frames) => {
      await send(Buffer.concat([HELLO, startApi(), ...frames]));
      gateway.advance(gateway.now() + 1_000);
    }),
    { numRuns: 100, seed: 20261123 },
  );
  const broken = gateway.journal().filter((entry) => entry.type === 'INTERNAL_ERROR');
  expect(broken.map((entry) => entry.fields)).toEqual([]);
  const read = gateway.journal().filter((entry) => entry.dir === 'in');
  expect(read.length).toBeGreaterThan(2_000);
});

it('survives bytes that are no protocol at all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, greeted) => {
      await send(greeted ? Buffer.concat([HELLO, startApi(), Buffer.from(bytes)]) : Buffer.from(bytes));
    }),
    { numRuns: 300, seed: 20261123 },
  );
  const client = await connectClient(gateway.port);
  client.close();
});
