/** Calls to the outside end: over real sockets that accept and then stay silent, drip or break off, with memory collected. */
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from '@jest/globals';
import { Control } from '../../src/broker/control.js';
import { runCommand } from '../../src/outbound/command.js';
import { within } from '../../src/outbound/deadline.js';
import { httpRequest } from '../../src/outbound/http.js';
import { callDeadline, connectTemporalClient } from '../../src/outbound/temporal.js';
import { openStore } from '../../src/store/index.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const SHORT_MS = 200;

const accepted: Socket[] = [];
const servers: Server[] = [];

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Accepts connections and stays silent. */
const silent = () => listening(createServer((socket) => void socket.resume()));

/** Begins an answer and never ends it: an octet now and then keeps every idle time-out away. */
const dripping = () =>
  listening(
    createHttpServer((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    }),
  );

afterEach(async () => {
  for (const socket of accepted.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** How the call ends, while garbage collection removes everything held weakly. */
async function endOf(call: Promise<unknown>): Promise<string> {
  const collector = setInterval(collectGarbage, 90);
  try {
    return await call.then(
      () => 'an answer',
      (error: unknown) => String(error),
    );
  } finally {
    clearInterval(collector);
  }
}

test.each([
  ['silent', silent],
  ['dripping', dripping],
])('a request to a %s server ends with its deadline, and releases its socket', async (_name, serve) => {
  const url = `http://127.0.0.1:${await serve()}/`;
  expect(await endOf(httpRequest(url, { deadlineMs: SHORT_MS }))).toBe(
    `DeadlineExceeded: no answer within ${SHORT_MS} ms`,
  );
  while (accepted[0]?.destroyed !== true) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('a status-only answer is complete with its headers', async () => {
  const url = `http://127.0.0.1:${await dripping()}/`;
  const { status, text } = await httpRequest(url, { deadlineMs: 30_000, statusOnly: true });
  expect({ status, text }).toEqual({ status: 200, text: '' });
});

test('an aborted wait ends at once with its reason, before the call and during it', async () => {
  const stop = new AbortController();
  const waits = within(60_000, () => new Promise(() => undefined), stop.signal);
  stop.abort(new Error('we leave'));
  expect(await endOf(waits)).toBe('Error: we leave');
  expect(await endOf(within(60_000, async () => 1, stop.signal))).toBe('Error: we leave');
});

test('a call that ends in time leaves no timer and no listener behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  expect(await within(60_000, async () => 'done', new AbortController().signal)).toBe('done');
  await expect(within(60_000, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(timers()).toBe(before);
});

test.each([
  ['silent', silent],
  ['dripping', dripping],
])('a call to the control interface of a %s gateway is given up', async (_name, serve) => {
  const control = new Control({ host: '127.0.0.1', port: await serve() }, SHORT_MS);
  expect(await endOf(control.status())).toContain(`no answer within ${SHORT_MS} ms`);
  control.close();
});

test('a database that accepts a connection and stays silent is unreachable', async () => {
  const store = openStore({ url: `postgres://legwork:x@127.0.0.1:${await silent()}/legwork` });
  await expect(store.ping()).rejects.toThrow('Postgres does not answer');
  await store.close();
}, 60_000);

/** A Temporal server that greets, and then accepts calls without ever answering. */
async function greeting(): Promise<number> {
  const server = createHttp2Server();
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (!headers[':path']?.endsWith('/GetSystemInfo')) return;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(5));
  });
  server.on('session', (session) => session.on('error', () => undefined));
  return await listening(server as unknown as Server);
}

test('a silent Temporal server is not connected to', async () => {
  const address = `127.0.0.1:${await silent()}`;
  expect(await endOf(connectTemporalClient({ address, connectTimeout: SHORT_MS }))).toContain('Failed to connect');
});

test.each([
  // The connection is made within the same deadline.
  ['describeNamespace', { call: 20 * SHORT_MS, longPoll: 600_000 }],
  ['getWorkflowExecutionHistory', { call: 600_000, longPoll: SHORT_MS }],
] as const)(
  '%s of a Temporal server that stopped answering ends with its deadline',
  async (name, { call, longPoll }) => {
    const address = `127.0.0.1:${await greeting()}`;
    const connection = await connectTemporalClient({ address }, callDeadline(call, longPoll));
    const { workflowService: service } = connection;
    const asked = name === 'describeNamespace' ? service[name]({}) : service[name]({});
    expect(await endOf(asked)).toContain('DEADLINE_EXCEEDED');
    await connection.close();
  },
);

test('a command that does not end is killed', async () => {
  expect(await endOf(runCommand('sleep', ['600'], { timeout: SHORT_MS }))).toContain('Command failed: sleep 600');
  expect(await runCommand('echo', ['done'], { timeout: 60_000 })).toBe('done\n');
});

test('a call that is to be repeated when its connection closes ends then: the library would throw in its timer', async () => {
  let tries = 0;
  let isTriedAgain: () => void = () => undefined;
  const triedAgain = new Promise<void>((resolve) => {
    isTriedAgain = resolve;
  });
  // It is connected to; every other call gets an error that the library answers with another try.
  const refusing = createHttp2Server().on('stream', (stream, { ':path': path = '' }) => {
    const answer = { ':status': 200, 'content-type': 'application/grpc' };
    if (path.endsWith('/GetSystemInfo')) {
      stream.respond(answer, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(5));
      return;
    }
    stream.respond({ ...answer, 'grpc-status': '14' }, { endStream: true });
    tries += 1;
    if (tries === 3) isTriedAgain();
  });
  const connection = await connectTemporalClient({ address: `127.0.0.1:${await listening(refusing)}` });
  const ended = endOf(connection.workflowService.describeNamespace({ namespace: 'default' }));
  await triedAgain;
  await connection.close();
  expect(await ended).toContain('CANCELLED: Channel has been shut down');
});
