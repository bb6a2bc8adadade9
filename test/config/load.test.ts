import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadSettings } from '../../src/config/index.js';
import { OLD_NAMES } from '../../src/config/old-names.js';
import { settingsSchema } from '../../src/config/schema.js';
import { valueAt } from '../../src/config/tree.js';
import { LegworkError } from '../../src/domain/errors.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'legwork-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const load = (env: Record<string, string> = {}, more: { file?: string; stack?: Record<string, unknown> } = {}) =>
  loadSettings({ cwd, env, ...more });
const write = (text: string, name = 'legwork.yaml') => writeFileSync(join(cwd, name), text);

/** The sentence of the loading error. */
function refusal(env: Record<string, string> = {}, more: { file?: string } = {}): string {
  try {
    load(env, more);
  } catch (error) {
    if (error instanceof LegworkError && error.code === 'INVALID_INPUT') return error.message;
    throw error;
  }
  throw new Error('loading did not fail');
}

describe('precedence', () => {
  it('gives the defaults when nothing is configured', () => {
    const { settings, sources, file } = load();
    expect(settings).toEqual(settingsSchema.parse({}));
    expect(settings.ib).toMatchObject({ host: '127.0.0.1', port: 4002, clientId: 17, accounts: [], live: '' });
    expect(new Set(sources.values())).toEqual(new Set(['default']));
    expect(file).toBeUndefined();
  });

  it('lets the file override the defaults, and the environment the file', () => {
    write('ib:\n  port: 7497\n  clientId: 5\nstrategy:\n  dte: 40\n');
    const { settings, sources } = load({ IB_CLIENT_ID: '9' });
    expect(settings.ib.port).toBe(7497);
    expect(settings.ib.clientId).toBe(9);
    expect(settings.strategy.dte).toBe(40);
    expect(sources.get('ib.port')).toBe('file legwork.yaml');
    expect(sources.get('ib.clientId')).toBe('environment IB_CLIENT_ID');
    expect(sources.get('ib.host')).toBe('default');
  });

  it('ignores a default that the file repeats', () => {
    write('ib:\n  port: 4002\n  allowedHosts: [127.0.0.1, localhost, "::1"]\n');
    expect(load().sources.get('ib.port')).toBe('default');
    expect(load().sources.get('ib.allowedHosts')).toBe('default');
  });

  it('puts a running stack below file and environment', () => {
    const stack = { temporal: { address: 'stack:7233' }, database: { url: 'postgres://stack/x' } };
    write('temporal:\n  address: file:7233\n');
    const { settings, sources } = load({ DATABASE_URL: 'postgres://env/x' }, { stack });
    expect(settings.temporal.address).toBe('file:7233');
    expect(settings.database.url).toBe('postgres://env/x');
    rmSync(join(cwd, 'legwork.yaml'));
    expect(sources.get('database.url')).toBe('environment DATABASE_URL');
    expect(load({}, { stack }).sources.get('temporal.address')).toBe('stack');
  });

  it('takes the named file before LEGWORK_CONFIG, and that before legwork.yaml', () => {
    write('ib:\n  clientId: 1\n');
    write('ib:\n  clientId: 2\n', 'two.yaml');
    write('ib:\n  clientId: 3\n', 'three.yaml');
    expect(load().settings.ib.clientId).toBe(1);
    expect(load({ LEGWORK_CONFIG: 'two.yaml' }).settings.ib.clientId).toBe(2);
    expect(load({ LEGWORK_CONFIG: 'two.yaml' }, { file: 'three.yaml' }).settings.ib.clientId).toBe(3);
  });

  it('reads every variable, and ignores empty ones', () => {
    const { settings } = load({
      DATABASE_URL: 'postgres://u:p@h/d',
      TEMPORAL_ADDRESS: 'h:1',
      TEMPORAL_NAMESPACE: 'ns',
      IB_HOST: '',
      IB_ACCOUNTS: 'DU1, DU2',
      LEGWORK_GATEWAY_CONTROL_PORT: '4100',
    });
    expect(settings.temporal).toEqual({
      address: 'h:1',
      namespace: 'ns',
      deployment: 'auto_upgrade',
      heartbeatSeconds: 10,
    });
    expect(settings.ib).toMatchObject({ host: '127.0.0.1', accounts: ['DU1', 'DU2'], controlPort: 4100 });
  });
});

describe('the live guard', () => {
  it('allows a host and a paper port by naming them in the environment', () => {
    const { settings } = load({ IB_HOST: 'gateway.lan', IB_PORT: '5555' });
    expect(settings.ib.allowedHosts).toContain('gateway.lan');
    expect(settings.ib.allowedPorts).toContain(5555);
  });

  it.each(['4001', '7496'])('refuses live port %s named by the environment alone', (port) => {
    expect(refusal({ IB_PORT: port })).toContain(`ib.port: ${port} is not allowed`);
  });

  it('refuses a live port until a live account is named and listed', () => {
    write('ib:\n  port: 4001\n  allowedPorts: [4001]\n');
    expect(refusal()).toMatch(/^legwork\.yaml:2:9: ib\.port: 4001 is not allowed, it is a live trading port/);
    write('ib:\n  port: 4001\n  allowedPorts: [4001]\n  live: U1234567\n');
    expect(refusal()).toMatch(/^legwork\.yaml:4:9: ib\.live: the named account is not allowed/);
    write('ib:\n  port: 4001\n  allowedPorts: [4001]\n  live: U1234567\n  accounts: [U1234567]\n');
    expect(load().settings.ib.live).toBe('U1234567');
  });

  it('refuses hosts and ports that are not on the lists', () => {
    write('ib:\n  host: elsewhere\n');
    expect(refusal()).toBe(
      'legwork.yaml:2:9: ib.host: "elsewhere" is not allowed; expected one of ib.allowedHosts (127.0.0.1, localhost, ::1).',
    );
    write('ib:\n  port: 4003\n');
    expect(refusal()).toContain('expected one of ib.allowedPorts (4002, 7497)');
  });
});

describe('refusals', () => {
  it('names line and column of malformed YAML', () => {
    write('ib:\n  port: 4002\n  host: [unclosed\nstrategy: {}\n');
    expect(refusal()).toMatch(/^legwork\.yaml:\d+:\d+: .+\.$/);
    write('ib:\n  port: 4002\n  port: 4003\n');
    expect(refusal()).toMatch(/^legwork\.yaml:3:3: .+unique/);
  });

  it('refuses a file without sections', () => {
    write('- a\n- b\n');
    expect(refusal()).toContain('legwork.yaml:1:1');
  });

  it('names field, value, what is allowed, and the position in the file', () => {
    write('strategy:\n  dte: soon\n');
    expect(refusal()).toBe('legwork.yaml:2:8: strategy.dte: "soon" is not allowed; expected a number.');
    write('watch:\n  mode: peek\n');
    expect(refusal()).toBe('legwork.yaml:2:9: watch.mode: "peek" is not allowed; expected one of stream, poll.');
    write('risk:\n  quantityMax: 0\n');
    expect(refusal()).toContain('risk.quantityMax: 0 is not allowed; expected a');
  });

  it('suggests the nearest known key', () => {
    write('rules:\n  dteRoll:\n    rolDte: 21\n');
    expect(refusal()).toBe(
      'legwork.yaml:3:13: rules.dteRoll.rolDte is not a known setting; did you mean rules.dteRoll.rollDte?',
    );
    write('nonsense: 1\n');
    expect(refusal()).toContain('nonsense is not a known setting; expected one of ib, database');
  });

  it('refuses contradictions between fields', () => {
    write('strategy:\n  dte: 90\n');
    expect(refusal()).toContain('strategy.dte: 90 is not allowed; expected a number from strategy.dteMin (35)');
    // An entry may ask for its stop where the settings have none.
    for (const kind of ['combo', 'underlying', "'off'"]) {
      write(`orders:\n  protective:\n    kind: ${kind}\n    loss: 1.5\n`);
      expect(refusal()).toContain(
        'orders.protective.loss: 1.5 is not allowed; expected at least rules.stopLoss.credit',
      );
    }
    write('orders:\n  protective:\n    kind: combo\n');
    expect(load().settings.orders.protective.kind).toBe('combo');
    write('rules:\n  confirmation:\n    perRule:\n      stop_los: false\n');
    expect(refusal()).toContain('rules.confirmation.perRule: "stop_los" is not allowed; expected one of ');
    write('rules:\n  confirmation:\n    perRule:\n      stop_loss: false\n      take_profit_full: false\n');
    expect(load().settings.rules.confirmation.perRule).toEqual({ stop_loss: false, take_profit_full: false });
    write('strategy:\n  dte: 30\n  dteMin: 25\n');
    expect(refusal()).toContain('rules.dteRoll.rollDte + strategy.dteAboveRoll = 31 or more days');
    write('risk:\n  positionsMax: 201\n');
    expect(refusal()).toContain('risk.positionsMax: 201 is not allowed; expected at most watch.positionsMax (200)');
    write('risk:\n  positionsMax: 201\nwatch:\n  positionsMax: 201\n');
    expect(load().settings.risk.positionsMax).toBe(201);
    write('rules:\n  dteRoll:\n    forceDte: 30\n');
    expect(refusal()).toMatch(/rules\.dteRoll: forceDte must not exceed rollDte\.$/);
  });

  it('names the variable of the environment', () => {
    expect(refusal({ IB_PORT: 'x' })).toBe('environment IB_PORT: "x" is not allowed; expected a port from 1 to 65535.');
    expect(refusal({ IB_CLIENT_ID: '0' })).toMatch(/^environment IB_CLIENT_ID: ib\.clientId: 0 is not allowed/);
  });

  it.each(['localhost:4317', 'grpc://collector:4317', 'http://u:p@collector:4318', 'collector'])(
    'ignores %s, which another program put into OTEL_EXPORTER_OTLP_ENDPOINT, with a note',
    (text) => {
      const { settings, notes } = load({ OTEL_EXPORTER_OTLP_ENDPOINT: text });
      expect(settings.observability.otlpUrl).toBeUndefined();
      expect(notes).toEqual([expect.stringMatching(/^environment OTEL_EXPORTER_OTLP_ENDPOINT is ignored: .*\.$/)]);
      expect(notes.join()).not.toContain(text);
      write(`observability:\n  otlpUrl: ${text}\n`);
      expect(refusal()).toContain('observability.otlpUrl');
      expect(refusal()).not.toContain('u:p');
    },
  );

  it('names a missing file', () => {
    expect(refusal({}, { file: 'absent.yaml' })).toContain('absent.yaml');
  });

  it('never shows a secret', () => {
    write('database:\n  url: 17\n');
    expect(refusal()).not.toContain('17 is');
  });
});

describe('the hash', () => {
  it('changes with settings that affect decisions, not with addresses', () => {
    const { hash } = load();
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
    expect(load({ DATABASE_URL: 'postgres://a/b', TEMPORAL_ADDRESS: 'h:1', LEGWORK_METRICS_PORT: '9464' }).hash).toBe(
      hash,
    );
    write('strategy:\n  dte: 44\n');
    expect(load().hash).not.toBe(hash);
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.integer({ min: 35, max: 60 }), fc.integer({ min: 1, max: 99 }), (dte, clientId) => {
        const ib = `ib:\n  clientId: ${clientId}\n`;
        const strategy = `strategy:\n  dte: ${dte}\n`;
        write(ib + strategy);
        const { hash } = load();
        write(strategy + ib);
        expect(load().hash).toBe(hash);
      }),
      { numRuns: 20 },
    );
  });
});

describe('old names', () => {
  it.each(Object.entries(OLD_NAMES))('%s is read as %s, with a note', (oldName, newName) => {
    const path = newName.split('.');
    const value = path.at(-1) === 'unfilledRemainder' ? 'cancel' : 77;
    write(yamlOf(newName, value));
    const plain = load();
    expect(plain.notes).toEqual([]);
    write(yamlOf(oldName, value));
    const { settings, sources, hash, notes } = load();
    expect(valueAt(settings, path)).toBe(value);
    expect(sources.get(newName)).toBe('file legwork.yaml');
    expect(hash).toBe(plain.hash);
    expect(notes).toEqual([
      expect.stringMatching(/^legwork\.yaml:\d+:\d+: \S+ is now called \S+\. The old name still/),
    ]);
    expect(notes.join()).toContain(`${oldName} is now called ${newName}.`);
  });

  it('a bad value is refused at its position, under the new name', () => {
    write('orders:\n  comboRest: rest\n');
    expect(refusal()).toBe(
      'legwork.yaml:2:14: orders.unfilledRemainder: "rest" is not allowed; expected one of work, cancel.',
    );
  });

  it('both names at once are refused', () => {
    write('orders:\n  comboRest: work\n  unfilledRemainder: cancel\n');
    expect(refusal()).toMatch(/^legwork\.yaml:2:14: orders\.comboRest is the old name of orders\.unfilledRemainder/);
  });
});

function yamlOf(name: string, value: string | number): string {
  const keys = name.split('.');
  return keys
    .map((key, depth) => `${'  '.repeat(depth)}${key}:${depth === keys.length - 1 ? ` ${value}\n` : '\n'}`)
    .join('');
}
