/** Where Temporal is and what it asks for: its own variables, the profile that they name, and the files of both. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from '@jest/globals';
import { resolveEndpoints } from '../../src/client/endpoints.js';
import { loadSettings } from '../../src/config/index.js';
import { credentialsFor } from '../../src/config/temporal-credentials.js';
import { LegworkError } from '../../src/domain/errors.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import { resolveWorkerTarget } from '../../src/worker/endpoints.js';

const cwd = temporaryFolder('profile');
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(cwd, name);
  writeFileSync(path, text);
  return path;
}

const key = file('key', 'from-a-file\n');
const pem = file('cert.pem', 'CERT');
const toml = file(
  'temporal.toml',
  `[profile.default]
address = "home:7233"
[profile.home]
api_key = "at-home"
[profile.prod]
address = "cloud:7233"
namespace = "trading.a1b2c"
api_key = "of-the-profile"
[profile.prod.grpc_meta]
region = "eu"
[profile.certs]
address = "own:7233"
[profile.certs.tls]
client_cert_path = "${pem}"
client_key_path = "${pem}"
server_name = "temporal.internal"
[profile.half.tls]
client_cert_path = "${pem}"
[profile.gone.tls]
client_cert_path = "/nowhere/cert.pem"
client_key_path = "${pem}"
[profile.number]
address = 7233
`,
);
// That of a person's home.
mkdirSync(join(cwd, 'temporalio'));
copyFileSync(toml, join(cwd, 'temporalio', 'temporal.toml'));
const PROD = { TEMPORAL_CONFIG_FILE: toml, TEMPORAL_PROFILE: 'prod' };

describe('address and namespace', () => {
  it.each([
    ['of the named profile', PROD, 'cloud:7233', 'trading.a1b2c', 'environment TEMPORAL_PROFILE'],
    ['of the default profile', { TEMPORAL_CONFIG_FILE: toml }, 'home:7233', 'file', 'environment TEMPORAL_CONFIG_FILE'],
    [
      'of the variables before the profile',
      { ...PROD, TEMPORAL_ADDRESS: 'own:1' },
      'own:1',
      'trading.a1b2c',
      'environment TEMPORAL_ADDRESS',
    ],
    ['of the file where nothing is named', { XDG_CONFIG_HOME: cwd }, 'file:7233', 'file', 'file legwork.yaml'],
    [
      'of the file where the variables are empty',
      { TEMPORAL_PROFILE: '', TEMPORAL_CONFIG_FILE: ' ' },
      'file:7233',
      'file',
      'file legwork.yaml',
    ],
  ])('%s', (_title, env, address, namespace, source) => {
    file('legwork.yaml', 'temporal:\n  address: file:7233\n  namespace: file\n');
    const { settings, sources } = loadSettings({ cwd, env });
    expect(settings.temporal).toEqual({ address, namespace, deployment: 'auto_upgrade', heartbeatSeconds: 10 });
    expect(sources.get('temporal.address')).toBe(source);
  });

  test('a worker and a client go there', () => {
    const env = { ...PROD, DATABASE_URL: 'postgres://db/legwork' };
    const [worker, client] = [resolveWorkerTarget({ cwd, env }), resolveEndpoints({ cwd, env })];
    for (const { temporal } of [worker, client]) {
      expect(temporal).toMatchObject({ address: 'cloud:7233', namespace: 'trading.a1b2c' });
    }
    for (const { credentials } of [worker.temporal, client]) {
      expect(credentials()).toEqual({ apiKey: 'of-the-profile', tls: true, metadata: { region: 'eu' } });
    }
  });
});

describe('credentials', () => {
  it.each([
    ['none', {}, {}],
    ['none of the file at home', { XDG_CONFIG_HOME: cwd }, {}],
    [
      'a profile of the file at home',
      { XDG_CONFIG_HOME: cwd, TEMPORAL_PROFILE: 'home' },
      { apiKey: 'at-home', tls: true },
    ],
    ['an empty key is none', { TEMPORAL_API_KEY: '', TEMPORAL_API_KEY_FILE: '' }, {}],
    ['a key means TLS', { TEMPORAL_API_KEY: 'k' }, { apiKey: 'k', tls: true }],
    ['a key in a file', { TEMPORAL_API_KEY_FILE: key }, { apiKey: 'from-a-file', tls: true }],
    ['a key without TLS', { TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'false' }, { apiKey: 'k', tls: false }],
    [
      'a key in a file before that of the profile',
      { ...PROD, TEMPORAL_API_KEY_FILE: key },
      { apiKey: 'from-a-file', tls: true, metadata: { region: 'eu' } },
    ],
  ])('%s', (_title, env, expected) => {
    expect(credentialsFor(undefined, env)()).toEqual(expected);
  });

  it('reads the certificates of a profile', () => {
    const { tls } = credentialsFor(undefined, { TEMPORAL_CONFIG_FILE: toml, TEMPORAL_PROFILE: 'certs' })();
    const cert = Uint8Array.from(Buffer.from('CERT'));
    expect(tls).toEqual({ serverNameOverride: 'temporal.internal', clientCertPair: { crt: cert, key: cert } });
  });

  test('a server that `legwork up` started gets none; another that it uses does', () => {
    const stack = (temporal: object) =>
      file(
        'stack.json',
        JSON.stringify({ pid: process.pid, temporal, database: { url: 'postgres://db/x' }, accountAlias: 'paper' }),
      );
    rmSync(join(cwd, 'legwork.yaml'), { force: true });
    const env = { LEGWORK_HOME: cwd, TEMPORAL_API_KEY: 'k' };
    const both = () => [
      resolveWorkerTarget({ cwd, env }).temporal.credentials(),
      resolveEndpoints({ cwd, env }).credentials(),
    ];
    stack({ address: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233' });
    expect(both()).toEqual([{}, {}]);
    stack({ address: 'cloud:7233' });
    expect(both()).toEqual([
      { apiKey: 'k', tls: true },
      { apiKey: 'k', tls: true },
    ]);
  });
});

describe('what cannot be used is refused with a sentence', () => {
  const of = (TEMPORAL_PROFILE: string) => ({ TEMPORAL_CONFIG_FILE: toml, TEMPORAL_PROFILE });
  it.each([
    [
      'another name',
      of('pord'),
      'environment TEMPORAL_PROFILE: "pord" is not allowed; expected a profile of the file: default, home, prod, certs, half, gone, number.',
    ],
    [
      'no file at all',
      { TEMPORAL_PROFILE: 'prod', XDG_CONFIG_HOME: join(cwd, 'temporalio') },
      'environment TEMPORAL_PROFILE: "prod" is not allowed; expected a profile of temporal.toml, which is missing or has none',
    ],
    [
      'no such file',
      { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' },
      'environment TEMPORAL_CONFIG_FILE: "/nowhere/temporal.toml" is not allowed; expected a file that exists.',
    ],
    [
      'no TOML',
      { TEMPORAL_CONFIG_FILE: file('bad.toml', '[profile\napi_key = "secret"') },
      'expected a file in the format of temporal.toml',
    ],
    ['a number as address', of('number'), 'Temporal profile number, address: the value is not allowed'],
    ['half a pair', of('half'), 'a client certificate and its key go together'],
    ['a certificate that is gone', of('gone'), "ENOENT: no such file or directory, open '/nowhere/cert.pem'"],
    [
      'a key file that is gone',
      { TEMPORAL_API_KEY_FILE: '/nowhere/key' },
      'environment TEMPORAL_API_KEY_FILE: "/nowhere/key" is not allowed; expected a file that can be read',
    ],
    [
      'an empty key file',
      { TEMPORAL_API_KEY_FILE: file('empty', '\n') },
      'expected a file with one API key and nothing else',
    ],
    ['a key twice', { TEMPORAL_API_KEY_FILE: key, TEMPORAL_API_KEY: 'k' }, 'not both'],
  ])('%s', (_title, env, sentence) => {
    let said: unknown;
    try {
      credentialsFor(undefined, env)();
    } catch (error) {
      said = error;
    }
    expect(said).toBeInstanceOf(LegworkError);
    expect((said as LegworkError).code).toBe('INVALID_INPUT');
    expect((said as LegworkError).message).toContain(sentence);
    expect((said as LegworkError).message).not.toContain('secret');
  });
});
