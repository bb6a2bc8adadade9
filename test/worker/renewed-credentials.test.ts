/**
 * API keys and certificates for Temporal are renewed in their files, by the profile or one by one, while a worker watches a position and a
 * client stays connected. The server is a real one behind a gate that asks for both.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectClient, type LegworkClient } from '../../src/client/client.js';
import type { Part } from '../../src/stack/child.js';
import { createAuthority } from '../support/certificates.js';
import { answerOf, enter, namedCondor, WILLING, watchedSince } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { TemporalGate } from '../support/temporal-gate.js';
import { startWorld, type World } from '../support/world.js';

const authority = createAuthority();
let world: World;
let gate: TemporalGate;
let worker: Part;
let client: LegworkClient;
let clientEnv: Readonly<Record<string, string>>;
let positionId: string;
let hasEnded = false;

const path = (name: string) => join(world.dir, name);
const certificate = (name: string) => {
  const { cert, key } = authority.issue(name);
  writeFileSync(path('client.pem'), cert);
  writeFileSync(path('client.key'), key);
};
const apiKey = (key: string) => {
  writeFileSync(path('api.key'), `${key}\n`);
  writeFileSync(
    path('temporal.toml'),
    `[profile.cloud]
address = "${gate.address}"
namespace = "default"
api_key = "${key}"
[profile.cloud.tls]
client_cert_path = "${path('client.pem')}"
client_key_path = "${path('client.key')}"
server_ca_cert_path = "${path('ca.pem')}"
`,
  );
};
/** Heartbeats of the watch come every two seconds; a poll may last a minute. */
const PATHS = { worker: 'RecordActivityTaskHeartbeat', client: 'DescribeWorkflowExecution' };
const of = (kind: keyof typeof PATHS, calls = gate.served) => calls.filter(({ path }) => path === PATHS[kind]);
const count = (words: string) => world.log.filter((line) => line.includes(words)).length;

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    speed: 5,
    scenario: { ...WILLING, market: STILL },
    settings: { rules: noRules(), watch: { snapshotSeconds: 5 } },
    worker: false,
  });
  gate = await TemporalGate.open(world.env.TEMPORAL_ADDRESS ?? '', authority.issue('server'), authority.cert);
  writeFileSync(path('ca.pem'), authority.cert);
  certificate('first');
  apiKey('key-1');
  gate.certificates.add('first');
  gate.keys.add('key-1');
  const profile = { TEMPORAL_ADDRESS: '', TEMPORAL_CONFIG_FILE: path('temporal.toml'), TEMPORAL_PROFILE: 'cloud' };
  const spawned = world.spawnWorker(profile);
  worker = spawned.part;
  void worker.ended.then(() => {
    hasEnded = true;
  });
  let isHeld = false;
  void spawned.held.then(() => {
    isHeld = true;
  });
  await world.waitUntil('the worker holds the broker session', () => isHeld || hasEnded);
  if (hasEnded) throw new Error(world.log.slice(-5).join('\n'));
  clientEnv = {
    ...world.env,
    TEMPORAL_ADDRESS: gate.address,
    TEMPORAL_API_KEY_FILE: path('api.key'),
    TEMPORAL_TLS_CLIENT_CERT_PATH: path('client.pem'),
    TEMPORAL_TLS_CLIENT_KEY_PATH: path('client.key'),
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: path('ca.pem'),
  };
  client = connectClient({ cwd: world.dir, env: clientEnv });
  ({ positionId } = await enter(world, namedCondor()));
}, 120_000);
afterAll(async () => {
  await client?.disconnect();
  await worker?.stop();
  await gate?.close();
  await world?.stop();
}, 120_000);

/** The client asks something, and the worker polls, both as `serves` wants it. */
async function bothServed(serves: (call: (typeof gate.served)[number]) => boolean): Promise<void> {
  gate.forget();
  const { workflowId } = await world.client.execution(positionId);
  const { workflow } = (await client.links.temporal()).client;
  await world.waitUntil('worker and client are served with what is renewed', async () => {
    // A key that counts no more is used until the file is read again.
    await workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => undefined);
    return (['worker', 'client'] as const).every((kind) => of(kind).some(serves));
  });
}

/** No attempt of an activity was lost, and the watch goes on. */
async function undisturbed(): Promise<void> {
  expect(hasEnded).toBe(false);
  await watchedSince(world, positionId, (await world.store.snapshots.latest(positionId))?.at ?? 0);
  const { workflowId } = await world.client.execution(positionId);
  const handle = (await world.client.links.temporal()).client.workflow.getHandle(workflowId);
  const { pendingActivities = [] } = (await handle.describe()).raw;
  expect(
    pendingActivities?.map(({ attempt, lastFailure }) => ({ attempt, failure: lastFailure ?? undefined })),
  ).toEqual([{ attempt: 1, failure: undefined }]);
  const { events } = await handle.fetchHistory();
  expect(events?.filter(({ eventType }) => /FAILED|TIMED_OUT/.test(String(eventType)))).toEqual([]);
}

test('an API key is renewed in the profile and in its file', async () => {
  gate.keys.add('key-2');
  apiKey('key-2');
  await bothServed(({ key }) => key === 'key-2');
  gate.keys.delete('key-1');
  gate.forget();
  await undisturbed();
}, 120_000);

test('a key that the server refuses changes nothing, and is said once', async () => {
  const words = 'the renewed credentials for Temporal cannot be used';
  apiKey('key-mistyped');
  await world.waitUntil('it is said', () => count(words) > 0);
  await bothServed(({ key }) => key === 'key-2');
  await undisturbed();
  expect(count(words)).toBe(1);
  expect(world.log.filter((line) => line.includes('key-mistyped'))).toEqual([]);
}, 120_000);

test('a key that expired before it was renewed: the worker goes on with the new one', async () => {
  gate.keys.clear();
  gate.forget();
  await world.waitUntil('the worker is refused', () => of('worker', gate.refused).length > 0);
  gate.keys.add('key-3');
  apiKey('key-3');
  await bothServed(({ key }) => key === 'key-3');
  await undisturbed();
}, 200_000);

test('half a pair of certificate and key changes nothing; the pair is used, by a new connection', async () => {
  const second = authority.issue('second');
  gate.certificates.add('second');
  const before = count('cannot be used');
  writeFileSync(path('client.pem'), second.cert);
  await world.waitUntil('half a pair is refused', () => count('cannot be used') > before);
  writeFileSync(path('client.key'), second.key);
  await bothServed(({ certificate }) => certificate === 'second');
  gate.distrust('first');
  gate.forget();
  await undisturbed();
  expect(gate.served.filter(({ certificate }) => certificate === 'first')).toEqual([]);
}, 120_000);

test('the position is closed by the client that was connected all the while', async () => {
  const closed = await answerOf(client.close(positionId, { pricing: { kind: 'market' } }));
  expect(closed).toMatchObject({ result: 'CLOSED' });
}, 120_000);

test('a command with a key that does not count says so, without the key', async () => {
  const env = { ...clientEnv, TEMPORAL_API_KEY_FILE: '', TEMPORAL_API_KEY: 'key-unknown' };
  const { code, stderr } = await world.cli(['monitor', positionId], env);
  expect(stderr).toBe(
    `Temporal at ${gate.address} refused the connection: it does not accept the credentials; check the API key (TEMPORAL_API_KEY, its file or the profile).\n`,
  );
  expect(code).toBe(4);
}, 60_000);
