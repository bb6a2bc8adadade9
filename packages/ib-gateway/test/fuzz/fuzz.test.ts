/**
 * Sessions that send mutated and random frames, twenty at once: the gateway never crashes, hangs or fills its memory, and
 * serves the next client. LEGWORK_FUZZ_FRAMES says how many frames (default 3,000; `npm run fuzz` sends 100,000) and
 * LEGWORK_FUZZ_SEED which.
 */
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type GatewayHandle, startGateway } from '../../src/index.js';
import { frameOf } from '../../src/wire/frames.js';
import { RawClient } from '../session/support/raw-client.js';
import { RandomFrames } from './random-frames.js';

const FRAMES = Number(process.env.LEGWORK_FUZZ_FRAMES ?? 3_000);
const SEED = Number(process.env.LEGWORK_FUZZ_SEED ?? 20_261_123);
const SESSIONS = 20;
const FRAMES_A_SESSION = 50;
const VERSIONS = [163, 169, 176, 178, 186, 193, 200];
/** Longest time in which a gateway that is not hanging answers a new client, ms. */
const ANSWER_MS = 8_000;
/** Memory that the journal, the orders and the caches may add for each frame sent. */
const BYTES_A_FRAME = 12_000;
const FIXED_BYTES = 200 << 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let gateway: GatewayHandle;

beforeAll(async () => {
  gateway = await startGateway({ port: 0, seed: 3, stepped: true });
});

afterAll(() => gateway.close());

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** One session: greets, sends its frames and ends; every other one hangs up midway. */
function session(number: number): Promise<void> {
  const version = VERSIONS[number % VERSIONS.length] ?? 193;
  const frames = new RandomFrames(SEED + number, version);
  const range = Buffer.from(`v100..${version}`);
  const length = Buffer.from([0, 0, 0, range.length]);
  const start = frameOf(['71', '2', String(1_000 + (number % SESSIONS)), '']);
  const parts = Array.from({ length: FRAMES_A_SESSION }, () => frames.next());
  const bytes = Buffer.concat([Buffer.from('API\0'), length, range, start, ...parts]);
  return new Promise((resolve) => {
    const socket: Socket = connect(gateway.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    if (number % 2 === 0) {
      socket.resume();
      socket.write(bytes);
      socket.end();
    } else {
      // Reads only the first answer, then disconnects.
      socket.once('data', () => socket.destroy());
      socket.write(bytes);
    }
  });
}

async function alive(): Promise<void> {
  const before = Date.now();
  const client = await RawClient.open(gateway.port, 1);
  await client.settled();
  client.close();
  expect(client.problem).toBeUndefined();
  expect(Date.now() - before).toBeLessThan(ANSWER_MS);
}

it(`survives ${FRAMES} mutated and random frames`, async () => {
  const rounds = Math.ceil(FRAMES / (SESSIONS * FRAMES_A_SESSION));
  await alive();
  const before = heap();
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(Array.from({ length: SESSIONS }, (_, index) => session(round * SESSIONS + index)));
    gateway.advance(gateway.now() + 1_000);
    await alive();
    const broken = gateway.journal().filter((entry) => entry.type === 'INTERNAL_ERROR');
    expect(broken.map((entry) => entry.fields)).toEqual([]);
  }
  const sent = rounds * SESSIONS * FRAMES_A_SESSION;
  expect(heap() - before).toBeLessThan(FIXED_BYTES + sent * BYTES_A_FRAME);
  const read = gateway.journal().filter((entry) => entry.dir === 'in');
  // Enough of it consisted of whole requests to get past the reader.
  expect(read.length).toBeGreaterThan(Math.min(sent, 100_000) / 10);
}, 3_600_000);

it("keeps little of a client's messages, however long they are", async () => {
  const client = await RawClient.open(gateway.port, 2);
  const from = (gateway.journal().at(-1)?.n ?? 0) + 1;
  const long = 'x'.repeat(100_000);
  for (let count = 0; count < 50; count += 1) client.ask('REQ_MATCHING_SYMBOLS', { reqId: 1, pattern: long });
  for (let count = 0; count < 50; count += 1) client.ask('UPDATE_DISPLAY_GROUP', { reqId: 1, contractInfo: long });
  await client.settled();
  const kept = gateway.journal(from).reduce((sum, entry) => sum + JSON.stringify(entry.fields).length, 0);
  expect(kept).toBeLessThan(400_000);
  client.close();
});

it('disconnects a client whose frame is longer than any request', async () => {
  const client = await RawClient.open(gateway.port, 3);
  client.write(Buffer.from([0x7f, 0xff, 0xff, 0xff, 1, 2, 3]));
  await client.until(() => client.closed);
  await alive();
});

it('waits for a frame that comes a byte at a time, at constant work per byte', async () => {
  const client = await RawClient.open(gateway.port, 4);
  const frame = frameOf(['81', '9', `SPY${' '.repeat(20_000)}`]);
  for (const byte of frame) client.write(Buffer.from([byte]));
  await client.settled();
  expect(client.named('SYMBOL_SAMPLES')).toHaveLength(1);
  client.close();
});
