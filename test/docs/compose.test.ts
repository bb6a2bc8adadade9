import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { readOptions } from 'ib-gateway/options';
import { parse } from 'yaml';
import { registerCommands } from '../../src/cli/commands/index.js';
import { processIo } from '../../src/cli/io.js';
import { loadSettings } from '../../src/config/index.js';
import { ROOT, read } from './support.js';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly user?: string;
  readonly privileged?: boolean;
  readonly network_mode?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
}

const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
  readonly networks: object;
};
const services = Object.entries(compose.services);
const lasting = services.filter(([, { restart }]) => restart === 'unless-stopped');

describe('docker-compose.yml', () => {
  it('has Temporal with its Web UI, two databases, two workers, a watchdog and the simulated gateway', () => {
    expect(lasting.map(([name]) => name).sort()).toEqual([
      'gateway',
      'postgres',
      'standby',
      'temporal',
      'temporal-db',
      'temporal-ui',
      'watchdog',
      'worker',
    ]);
  });

  it.each(services)('%s cannot gain privileges', (_name, service) => {
    expect(service.privileged).toBeUndefined();
    expect(service.network_mode).toBeUndefined();
    expect(service.cap_add).toBeUndefined();
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect((service.volumes ?? []).filter((volume) => volume.includes('docker.sock'))).toEqual([]);
  });

  it.each(services)('%s publishes on loopback only', (_name, { ports = [] }) => {
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  });

  it.each(services)('%s has an image with a full version', (_name, { image = '' }) => {
    expect(image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  });

  it.each(lasting)('%s has a health check', (_name, { healthcheck }) => {
    expect(healthcheck?.test.length).toBeGreaterThan(1);
  });

  it('holds no secret: each is a variable, and passwords are required', () => {
    const secrets = services.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([key]) => /PASSWORD|PWD|SECRET|_URL$/.test(key))
        .map(([key, value]) => ({ at: `${name}.${key}`, value })),
    );
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    for (const { at, value } of secrets) {
      const plain = value
        .replace(/\$\{[A-Z_]+:\?[^}]+\}/g, '<required>')
        .replace(/^\$\{LEGWORK_WEBHOOK_URL:-\}$/, '<optional>');
      expect(`${at} ${plain}`).toMatch(
        / (<required>|<optional>|postgres:\/\/legwork:<required>@postgres:5432\/legwork)$/,
      );
    }
    expect(text).not.toMatch(/\b(DU|U)\d{5,}\b/);
  });

  it('runs the worker and the databases on a read-only root, and the databases without root', () => {
    const { worker, postgres, 'temporal-db': temporalDb } = compose.services;
    expect([worker, postgres, temporalDb].map((service) => service?.read_only)).toEqual([true, true, true]);
    expect([postgres, temporalDb].map((service) => service?.user)).toEqual(['70:70', '70:70']);
  });

  it("isolates the worker from Temporal's database", () => {
    const { worker, 'temporal-db': temporalDb } = compose.services;
    expect(worker?.networks?.filter((network) => temporalDb?.networks?.includes(network))).toEqual([]);
  });

  it('declares every volume and network that it refers to', () => {
    for (const [name, { depends_on = {}, networks = [], volumes = [] }] of services) {
      const named = volumes.map((volume) => volume.split(':')[0] ?? '').filter((source) => !source.startsWith('.'));
      expect({ name, missing: Object.keys(depends_on).filter((other) => !(other in compose.services)) }).toEqual({
        name,
        missing: [],
      });
      expect({ name, missing: networks.filter((network) => !(network in compose.networks)) }).toEqual({
        name,
        missing: [],
      });
      expect({ name, missing: named.filter((volume) => !(volume in compose.volumes)) }).toEqual({ name, missing: [] });
    }
  });
});

describe('the services of our own image', () => {
  const ours = services.filter(([, { build }]) => build !== undefined);
  const [, standard = ''] = /^CMD \["(\w+)"\]$/m.exec(read('Dockerfile')) ?? [];

  /** The command that the arguments name, once the real command line has taken them. */
  function parsed(argv: readonly string[]): Command {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    registerCommands({ io: processIo(), exitStatus: 0 }, program);
    let taken: Command | undefined;
    for (const command of program.commands) {
      command.exitOverride().action((...given: unknown[]) => {
        taken = given.at(-1) as Command;
      });
    }
    program.parse([...argv], { from: 'user' });
    if (taken === undefined) throw new Error(`no command: ${argv.join(' ')}`);
    return taken;
  }

  /** What Compose makes of the values when only the required variables are set. */
  const valuesOf = ({ environment = {} }: Service, set: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [
        key,
        value.replace(/\$\{([A-Z_]+)(?::-|:\?)([^}]*)\}/g, (all, name: string, text: string) => {
          return set[name] ?? (all.includes(':?') ? 'required' : text);
        }),
      ]),
    );

  it('are the worker, its standby, the watchdog and the gateway', () => {
    expect(ours.map(([name, { command = [standard] }]) => [name, command[0]])).toEqual([
      ['worker', 'worker'],
      ['standby', 'worker'],
      ['gateway', 'gateway'],
      ['watchdog', 'watchdog'],
    ]);
    expect(() => parsed(['gateway', '--hostt', '0.0.0.0'])).toThrow('unknown option');
    expect(() => parsed(['workers'])).toThrow();
  });

  it.each(ours)('%s has a command and a health check that the command line takes', (name, service) => {
    const { command = [standard], healthcheck } = service;
    expect(parsed(command).name()).toBe(command[0]);
    const [how, program, ...args] = healthcheck?.test ?? [];
    expect([name, how, program === 'legwork' || program === 'node']).toEqual([name, 'CMD', true]);
    if (program === 'legwork') expect(parsed(args).name()).toBe('doctor');
  });

  it.each(ours)(
    '%s has an environment in which every variable is known and every value is allowed',
    (_name, service) => {
      const values = valuesOf(service);
      const page = read('docs/configuration.md');
      expect(Object.keys(values).filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
      const { sources } = loadSettings({ cwd: ROOT, env: values });
      const used = [...sources.values()];
      const given = Object.keys(values).filter((key) => values[key] !== '' && key !== 'LEGWORK_LOG');
      expect(given.filter((key) => !used.includes(`environment ${key}`))).toEqual([]);
    },
  );

  it('the standby is the worker once more', () => {
    const { worker, standby } = compose.services;
    expect(standby).toEqual(worker);
  });

  it('the worker finds the simulated gateway, which starts only when asked for, at IB_HOST=gateway', () => {
    const { worker = {}, gateway = {} } = compose.services;
    expect(services.filter(([, { profiles }]) => profiles !== undefined).map(([name]) => name)).toEqual(['gateway']);
    expect([gateway.profiles, gateway.ports]).toEqual([['simulated'], undefined]);
    const { host, port, state } = readOptions(parsed(gateway.command ?? []).opts());
    const { ib } = loadSettings({ cwd: ROOT, env: valuesOf(worker, { IB_HOST: 'gateway' }) }).settings;
    expect({ host, port }).toEqual({ host: '0.0.0.0', port: ib.port });
    expect([ib.host, ib.allowedHosts.includes('gateway')]).toEqual(['gateway', true]);
    expect(gateway.networks?.some((network) => worker.networks?.includes(network))).toBe(true);
    const [volume = ''] = gateway.volumes ?? [];
    expect(state?.startsWith(`${volume.split(':')[1]}/`)).toBe(true);
    expect(read('Dockerfile')).toContain('mkdir /data && chown node:node /data');
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM')));

  it('does not run as root, has no development packages, and uses a pinned image', () => {
    expect(last.filter((line) => line.startsWith('USER'))).toEqual(['USER node']);
    expect(last.join('\n')).toContain('npm ci --omit=dev');
    expect(lines.filter((line) => line.startsWith('FROM')).every((line) => /node:24\.\d+-[a-z]+-slim/.test(line))).toBe(
      true,
    );
    expect(lines.filter((line) => /^(ENV|ARG).*(PASSWORD|SECRET|TOKEN)/i.test(line))).toEqual([]);
  });

  it('copies only what .dockerignore lets in', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = lines
      .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);
    expect(read('.dockerignore').split('\n')[0]).toBe('*');
  });
});
