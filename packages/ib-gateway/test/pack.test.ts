/** The packed package on its own: installed in an empty folder, it serves an unmodified client. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EventName, IBApi } from '@stoqey/ib';
import { TIMEOUT_FACTOR } from './support/timeout-factor.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ib-gateway-pack-'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: PACKAGE });
  const [tarball = ''] = readdirSync(folder);
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  await run('npm', ['install', ...quiet, join(folder, tarball)], { cwd: folder });
}, 60_000 * TIMEOUT_FACTOR);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('its command serves a client', async () => {
  const child = spawn('npx', ['ib-gateway', '--port', '0', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    const [answer] = (await once(child.stdout, 'data')) as [Buffer];
    const { host, port } = JSON.parse(answer.toString()) as { host: string; port: number };
    const api = new IBApi({ host, port, clientId: 3 });
    try {
      const ready = new Promise((resolve) => api.once(EventName.nextValidId, resolve));
      api.connect();
      expect(await ready).toBe(1);
    } finally {
      api.disconnect();
    }
  } finally {
    // npx starts the command in a process of its own, so the whole group is ended.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }
}, 60_000);

test('what a program imports is there, each entry by its name', async () => {
  const program = `
    const gateway = await import('ib-gateway');
    const client = await import('ib-gateway/client');
    const simulation = await import('ib-gateway/simulation');
    console.log(typeof gateway.startGateway, typeof client.ClientSocket, typeof simulation.createMarket);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  expect(stdout.trim()).toBe('function function function');
});

test('bad input ends with 2 and a sentence', async () => {
  const failed = run('npx', ['ib-gateway', '--port', '70000'], { cwd: folder });
  await expect(failed).rejects.toMatchObject({
    code: 2,
    stderr: 'port: "70000" is not allowed; expected a whole number from 0 to 65535.\n',
  });
});
