/** Settings from the environment: a few variables, each for one setting, over the Temporal profile that it names. */
import { InvalidInput } from '../domain/errors.js';
import { collectorUrl, LIVE_PORTS } from './sections.js';
import { namedProfile } from './temporal-profile.js';
import { merge, type Tree, treeOf } from './tree.js';

type Environment = Readonly<Record<string, string | undefined>>;

interface Variable {
  readonly name: string;
  readonly path: readonly string[];
  /** Undefined: not meant for us; `elseNote` says so. */
  readonly read: (text: string, name: string) => unknown;
  readonly elseNote?: string;
}

const VARIABLES: readonly Variable[] = [
  { name: 'DATABASE_URL', path: ['database', 'url'], read: asText },
  { name: 'TEMPORAL_ADDRESS', path: ['temporal', 'address'], read: asText },
  { name: 'TEMPORAL_NAMESPACE', path: ['temporal', 'namespace'], read: asText },
  { name: 'IB_HOST', path: ['ib', 'host'], read: asText },
  { name: 'IB_PORT', path: ['ib', 'port'], read: asPort },
  { name: 'IB_CLIENT_ID', path: ['ib', 'clientId'], read: asInteger },
  { name: 'IB_ACCOUNTS', path: ['ib', 'accounts'], read: asList },
  { name: 'LEGWORK_WEBHOOK_URL', path: ['alerts', 'webhookUrl'], read: asText },
  { name: 'LEGWORK_SMTP_URL', path: ['alerts', 'email', 'smtpUrl'], read: asText },
  { name: 'LEGWORK_METRICS_PORT', path: ['observability', 'metricsPort'], read: asPort },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    path: ['observability', 'otlpUrl'],
    read: asCollector,
    elseNote: 'traces leave by OTLP over HTTP, to an address such as http://127.0.0.1:4318 without user and password',
  },
  { name: 'LEGWORK_GATEWAY_CONTROL_PORT', path: ['ib', 'controlPort'], read: asPort },
];

export interface EnvironmentLayer {
  readonly tree: Tree;
  /** Name of the variable by dotted path. */
  readonly names: ReadonlyMap<string, string>;
  /** A sentence for each variable that is ignored. */
  readonly notes: readonly string[];
}

/**
 * The settings named in the environment; an empty variable counts as absent. Throws InvalidInput naming the variable.
 */
export function environmentLayer(env: Environment): EnvironmentLayer {
  let tree: Tree = {};
  const names = new Map<string, string>();
  const notes: string[] = [];
  const named = namedProfile(env);
  for (const key of ['address', 'namespace'] as const) {
    const value = named?.profile[key];
    if (named === undefined || value === undefined) continue;
    tree = merge(tree, treeOf(['temporal', key], value));
    names.set(`temporal.${key}`, named.variable);
  }
  for (const { name, path, read, elseNote } of VARIABLES) {
    const text = env[name]?.trim();
    if (text === undefined || text === '') continue;
    const value = read(text, name);
    if (value === undefined) {
      notes.push(`environment ${name} is ignored: ${elseNote}.`);
      continue;
    }
    tree = merge(tree, treeOf(path, value));
    names.set(path.join('.'), name);
  }
  return { tree, names, notes };
}

/**
 * Naming a host or paper port in the environment allows it. A live port must be in the file. `settings` are the merged
 * values, `env` the environment's part of them.
 */
export function allowNamed(
  settings: Tree,
  env: Tree,
  defaults: { hosts: readonly string[]; ports: readonly number[] },
) {
  const ib = asTree(settings.ib);
  const named = asTree(env.ib);
  const more: Record<string, unknown> = {};
  if (typeof named.host === 'string') {
    const hosts = Array.isArray(ib.allowedHosts) ? ib.allowedHosts : defaults.hosts;
    if (!hosts.includes(named.host)) more.allowedHosts = [...hosts, named.host];
  }
  if (typeof named.port === 'number' && !LIVE_PORTS.includes(named.port)) {
    const ports = Array.isArray(ib.allowedPorts) ? ib.allowedPorts : defaults.ports;
    if (!ports.includes(named.port)) more.allowedPorts = [...ports, named.port];
  }
  return Object.keys(more).length === 0 ? settings : merge(settings, { ib: more });
}

function asTree(value: unknown): Tree {
  return typeof value === 'object' && value !== null ? (value as Tree) : {};
}

function asText(text: string): string {
  return text;
}

/** Other programs on this machine share the variable, and may use it for gRPC. */
function asCollector(text: string): string | undefined {
  return collectorUrl.safeParse(text).success ? text : undefined;
}

function asInteger(text: string, name: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidInput(`environment ${name}`, text, 'a whole number');
  return Number(text);
}

function asPort(text: string, name: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535) {
    throw new InvalidInput(`environment ${name}`, text, 'a port from 1 to 65535');
  }
  return Number(text);
}

function asList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
