/**
 * The database fails under the store: connections that die idle or in use, and a COMMIT whose answer never comes.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { openStore, type Store } from '../../src/store/index.js';
import { execution, failing, fill, intent, NOW, newPositionId, testServer } from '../store/support.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';

const server = testServer();

test('F32 connections that die idle or in use end no process: the work fails as unreachable, and the next succeeds', async () => {
  const lost: string[] = [];
  const store = openStore({ url: server.url, log: (_level, message) => lost.push(message) });
  const blocker = new pg.Client({ connectionString: server.url });
  try {
    await Promise.all([store.ping(), store.ping(), store.ping()]);
    const positionId = newPositionId();
    await store.executions.save_execution(execution(positionId));
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE executions, order_intents');
    const atWork = [store.executions.raiseStep(positionId, 3), store.intents.plan(intent(positionId), NOW)].map(
      (work) => work.catch((error: unknown) => error),
    );
    const waiting = `SELECT pid FROM pg_stat_activity WHERE application_name = 'legwork' AND wait_event_type = 'Lock'`;
    while ((await server.sql(waiting)).rows.length < atWork.length) await server.sql('SELECT 1');
    await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'legwork'");
    for (const outcome of atWork) expect(await outcome).toEqual(failing('DATABASE_UNREACHABLE'));
    await blocker.query('ROLLBACK');
    // No statement runs meanwhile: idle connections get their end.
    const noticed = () => lost.includes('An idle database connection was lost.');
    for (const end = performance.now() + 5_000 * TIMEOUT_FACTOR; !noticed() && performance.now() < end; ) {
      await server.sql('SELECT 1');
    }
    // A dead idle connection may be handed out once more before its end is noticed: that fails as unreachable, too.
    await untilAnswered(() => store.ping());
    expect(await store.executions.raiseStep(positionId, 3)).toBe(3);
    expect(await store.intents.plan(intent(positionId), NOW)).toMatchObject({ state: 'PLANNED' });
    expect(lost).toContain('An idle database connection was lost.');
  } finally {
    await blocker.end();
    await store.close();
  }
});

async function untilAnswered(asked: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const failure: unknown = await asked().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return;
    expect(failure).toEqual(failing('DATABASE_UNREACHABLE'));
  }
  throw new Error('The store never answered again.');
}

/** Passes everything to the server until it is armed: then it cuts the connection at the answer to a COMMIT. */
class Cutter {
  armed = false;
  cuts = 0;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  async start(target: number): Promise<number> {
    const listening = createServer((near) => this.#join(near, connect(target, '127.0.0.1')));
    this.#server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', () => resolve()));
    const address = listening.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return address.port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()) ?? resolve());
  }

  #join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
    }
    let inTransaction = false;
    near.on('data', (bytes) => {
      if (bytes.includes('BEGIN')) inTransaction = true;
      far.write(bytes);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    far.on('data', (bytes) => {
      // The server has committed, but the caller gets no answer.
      if (this.armed && answersCommit(bytes, inTransaction)) {
        this.armed = false;
        this.cuts += 1;
        near.destroy();
        far.destroy();
        return;
      }
      if (bytes.includes('COMMIT') || bytes.includes('ROLLBACK')) inTransaction = false;
      near.write(bytes);
    });
  }
}

/** A statement outside of a transaction commits by itself; its answer names the statement. */
function answersCommit(bytes: Buffer, inTransaction: boolean): boolean {
  const text = bytes.toString('latin1');
  return text.includes('COMMIT') || (!inTransaction && (text.includes('INSERT 0 ') || text.includes('UPDATE ')));
}

const cutter = new Cutter();
let store: Store;

beforeAll(async () => {
  const url = new URL(server.url);
  url.port = String(await cutter.start(Number(url.port)));
  store = openStore({ url: url.href });
  await store.ping();
});
afterAll(async () => {
  await store?.close();
  await cutter.stop();
});

/** Does the work while its commit is cut; asserts that the caller got a failure. */
async function cutAtCommit(work: () => Promise<unknown>): Promise<void> {
  const before = cutter.cuts;
  cutter.armed = true;
  await expect(work()).rejects.toEqual(failing('DATABASE_UNREACHABLE'));
  expect(cutter.cuts).toBe(before + 1);
}

test('F33 a commit whose answer is lost: the intent is stored once, and planning it again returns the same', async () => {
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  const planned = intent(positionId);
  await cutAtCommit(() => store.intents.plan(planned, NOW));
  expect(await store.intents.get(planned.orderRef)).toMatchObject({
    state: 'PLANNED',
    payloadHash: planned.payloadHash,
  });
  expect(await store.intents.plan(planned, NOW + 1)).toMatchObject({ state: 'PLANNED', createdAt: NOW });
  expect(await store.intents.list({ positionId })).toHaveLength(1);
});

test('F33 a send whose commit is ambiguous is not sent: the intent is SENDING, and cannot be taken a second time', async () => {
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  const { orderRef } = await store.intents.plan(intent(positionId), NOW);
  const token = await store.leases.acquire('broker', `test-${positionId}`, 60_000);
  if (token === undefined) throw new Error('the lease is held');
  const sending = { orderId: 9, clientId: 7, sessionEpoch: 'a:1', token, overrideHalt: false, at: NOW };
  await cutAtCommit(() => store.intents.markSending(orderRef, sending));
  expect(await store.intents.get(orderRef)).toMatchObject({ state: 'SENDING', orderId: 9 });
  expect(await store.intents.markSending(orderRef, { ...sending, orderId: 10 })).toBe(false);
  await store.leases.release('broker', `test-${positionId}`, token);
});

test('F33 fills and a position whose commit is ambiguous are recorded once', async () => {
  const positionId = newPositionId();
  const row = execution(positionId);
  await cutAtCommit(() => store.executions.save_execution(row));
  await store.executions.save_execution(row);
  const { orderRef } = await store.intents.plan(intent(positionId), NOW);
  const fills = [
    fill(`${positionId}.01.01`, orderRef),
    fill(`${positionId}.02.01`, orderRef, { conId: 102, side: 'BUY' }),
  ];
  await cutAtCommit(() => store.fills.append(fills));
  expect(await store.fills.append(fills)).toEqual([]);
  expect(await store.fills.ofPosition(positionId)).toHaveLength(2);
});
