/**
 * A worker process starts and stops while Postgres, Temporal and the gateway are away: it waits for what may come back and says so, ends
 * at once with a sentence where waiting cannot help, and is gone within its grace after SIGTERM.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GatewayHandle, startGateway } from 'ib-gateway';
import { Relay } from '../../chaos/proxy.js';
import { type Servers, startServers } from '../../chaos/servers.js';
import type { Part } from '../../src/stack/child.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import { noRules } from '../support/rules.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';
import { World } from '../support/world.js';

/** What docs/runbook.md asks of a supervisor. */
const GRACE_MS = 60_000;

const dir = temporaryFolder('start-stop');
const parts: Part[] = [];
let servers: Servers;
let gateway: GatewayHandle;
let gatewayRelay: Relay;
let world: World;

beforeAll(async () => {
  [servers, gateway, gatewayRelay] = await Promise.all([
    startServers(dir, () => undefined),
    startGateway({ port: 0, controlPort: 0, seed: 5, speed: 5 }),
    Relay.open(),
  ]);
  const undo = [() => servers.stop(), () => gateway.close(), () => gatewayRelay.close()];
  const settings = { rules: noRules() };
  world = new World(
    dir,
    { settings },
    gateway,
    { address: servers.temporalAddress },
    servers.databaseUrl('legwork'),
    undo,
  );
});
afterAll(async () => {
  for (const { pid } of parts) tryKill(pid, 'SIGKILL');
  await world?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 120_000);

function worker(env: Readonly<Record<string, string>> = {}): Part & { readonly held: Promise<true> } {
  const { part, held } = world.spawnWorker({ IB_PORT: String(gatewayRelay.port), ...env });
  parts.push(part);
  return { ...part, held };
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Sends SIGTERM; how it ended, and after how many wall ms. */
async function stopped(part: Part): Promise<{ readonly how: string; readonly tookMs: number }> {
  const begun = performance.now();
  process.kill(part.pid, 'SIGTERM');
  const how = await part.ended;
  return { how, tookMs: performance.now() - begun };
}

const says = (words: string, since = 0) => world.log.slice(since).some((line) => line.includes(words));

test('everything is away: a starting worker waits for each part, says so once, and goes on; SIGTERM ends it within its grace', async () => {
  for (const relay of [servers.postgresRelay, servers.temporalRelay]) relay.cut();
  const part = worker();
  const awaited = {
    postgres: `waiting for Postgres at 127.0.0.1:${servers.postgresRelay.port}/legwork`,
    temporal: `waiting for Temporal at 127.0.0.1:${servers.temporalRelay.port}`,
    gateway: `waiting for the gateway at 127.0.0.1:${gatewayRelay.port}`,
  };
  await world.waitUntil('Postgres is awaited', () => says(awaited.postgres));
  servers.postgresRelay.heal();
  await world.waitUntil('Temporal is awaited', () => says(awaited.temporal));
  servers.temporalRelay.heal();
  await part.held;
  await world.waitUntil('the gateway is awaited', () => says(awaited.gateway));
  gatewayRelay.target = gateway.port;
  await world.waitUntil('the gateway is there', () => says('the broker session is ready'));
  for (const words of Object.values(awaited)) {
    expect([words, world.log.filter((line) => line.includes(words)).length]).toEqual([words, 1]);
  }
  await Promise.all([servers.killTemporal(), servers.killPostgres()]);
  gatewayRelay.cut();
  await world.waitUntil("the SDK's core warns of polls that fail", () => says('"sdk":"core"'), 60_000);
  const { how, tookMs } = await stopped(part);
  expect([how, how === 'exit code 0' ? [] : world.log.slice(-20)]).toEqual(['exit code 0', []]);
  expect(tookMs).toBeLessThan(GRACE_MS);
  // Those of the SDK's core, too.
  const written = world.log.filter((line) => !/^(?:worker ready|broker session held)/.test(line));
  expect(written.filter((line) => !/^\{.*\}$/.test(line))).toEqual([]);
  gatewayRelay.heal();
  await servers.mend();
}, 300_000);

test('what waiting cannot mend ends it at once with a sentence; SIGTERM ends a wait at once', async () => {
  const { DATABASE_URL: database = '' } = world.env;
  const refused = [
    [
      { DATABASE_URL: database.replace(/:[^:@/]+@/, ':wrong@') },
      4,
      /^Postgres at .*: Postgres refused the connection: .*password/,
    ],
    [{ DATABASE_URL: `${database}-missing` }, 4, /^Postgres at .*legwork-missing" does not exist/],
    [{ TEMPORAL_TLS: 'true' }, 4, /^Temporal at .*speaks no TLS; check TEMPORAL_TLS/],
    [{ TEMPORAL_NAMESPACE: 'nowhere' }, 2, /^temporal.namespace: "nowhere" is not allowed/],
  ] as const;
  const since = world.log.length;
  const ends = await Promise.all(refused.map(([env]) => worker(env).ended));
  const told = world.log.slice(since);
  for (const [index, [, code, sentence]] of refused.entries()) {
    expect([sentence, ends[index]]).toEqual([sentence, `exit code ${code}`]);
    expect([sentence, told.some((line) => sentence.test(line))]).toEqual([sentence, true]);
  }
  expect(told.filter((line) => line.includes('waiting for'))).toEqual([]);

  const waits = (['DATABASE_URL', 'TEMPORAL_ADDRESS'] as const).map((name) => {
    const nobody = name === 'DATABASE_URL' ? 'postgres://a:b@127.0.0.1:1/x' : '127.0.0.1:1';
    return [
      worker({ [name]: nobody }),
      `waiting for ${name === 'DATABASE_URL' ? 'Postgres' : 'Temporal'} at 127.0.0.1:1`,
    ] as const;
  });
  for (const [part, words] of waits) {
    await world.waitUntil(words, () => says(words, since));
    const { how, tookMs } = await stopped(part);
    expect(how).toBe('exit code 0');
    expect(tookMs).toBeLessThan(2_000 * TIMEOUT_FACTOR);
  }
});

/** A process under the hard end whose main thread does `body` after these limits were set. */
function hardEnded(body: string, limits: string): Promise<string> {
  const module = new URL('../../dist/worker/hard-end.js', import.meta.url).href;
  const code = `import { holdHardEnd } from ${JSON.stringify(module)};
    const end = holdHardEnd((level, message, fields) => process.stderr.write(message + JSON.stringify(fields)), ${limits});
    setInterval(() => undefined, 1000);
    ${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (chunk) => {
    told += chunk;
  });
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(`${signal ?? code} ${told}`.trim())));
}

test('the hard end: an exit that names what hangs, a kill when that hangs too or the main thread never turns again', async () => {
  // What must come is given time: a busy machine may keep the main thread from its turns for seconds.
  const patient = '{ exitMs: 600, killMs: 10_000, blockedMs: 3_000 }';
  const soon = '{ exitMs: 600, killMs: 900, blockedMs: 800 }';
  const cases = [
    ["end.begin(() => 'the orders worker');", patient, /^1 .*the orders worker/],
    ['end.begin(() => { for (;;) {} });', soon, /^SIGKILL$/],
    ['for (;;) {}', soon, /^SIGKILL$/],
    ['setTimeout(() => process.exit(7), 3_600);', patient, /^7$/],
  ] as const;
  const ended = await Promise.all(cases.map(([body, limits]) => hardEnded(body, limits)));
  for (const [index, [body, , expected]] of cases.entries()) {
    expect([body, ended[index]]).toEqual([body, expect.stringMatching(expected)]);
  }
});
