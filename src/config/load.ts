/** Loads the configuration: defaults, then the file, then the environment; each value knows its origin. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { allowNamed, environmentLayer } from './environment.js';
import { readSettingsFile, type SettingsFile } from './file.js';
import { errorOf } from './issues.js';
import { withNewNames } from './old-names.js';
import { type Settings, settingsSchema } from './schema.js';
import { isTree, leafPaths, merge, type Tree, valueAt } from './tree.js';

/**
 * `default`, `file legwork.yaml`, `environment IB_PORT` or `stack`. A file that repeats a default makes no choice by it:
 * the shipped file lists every default, and must not count as choosing, say, the broker's port.
 */
export type Source = 'default' | 'stack' | `file ${string}` | `environment ${string}`;

export interface Loaded {
  readonly settings: Settings;
  /** Origin of every leaf, by dotted path. */
  readonly sources: ReadonlyMap<string, Source>;
  /** Twelve hexadecimal digits that change with any setting except addresses and secrets. */
  readonly hash: string;
  /** The file that was read, if any. */
  readonly file?: string;
  /** What to change although it works: settings under old names, a variable that is ignored. */
  readonly notes: readonly string[];
}

export interface LoadOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Named on the command line; must exist. */
  readonly file?: string;
  /** What a running embedded stack provides; used when neither file nor environment says otherwise. */
  readonly stack?: Tree;
}

const FILE_NAME = 'legwork.yaml';

/**
 * Loads the configuration. The file is the named one, else LEGWORK_CONFIG, else legwork.yaml in `cwd` if there is one.
 * Throws InvalidInput: one sentence with the place, the field, the value and what is allowed.
 */
export function loadSettings(options: LoadOptions): Loaded {
  const found = findFile(options);
  const { file, notes } = found === undefined ? { file: undefined, notes: [] } : withNewNames(found);
  const environment = environmentLayer(options.env);
  const stack = options.stack ?? {};
  const { ib } = defaultSettings();
  const merged = allowNamed(merge(merge(stack, file?.tree ?? {}), environment.tree), environment.tree, {
    hosts: ib.allowedHosts,
    ports: ib.allowedPorts,
  });

  const parsed = settingsSchema.safeParse(merged);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    if (issue === undefined) throw parsed.error;
    throw errorOf(issue, merged, settingsSchema, (path) => placeOf(path, file, environment.names));
  }
  return {
    settings: parsed.data,
    sources: sourcesOf(parsed.data, file, environment.names, stack),
    hash: hashOf(parsed.data),
    notes: [...notes, ...environment.notes],
    ...(file !== undefined && { file: file.path }),
  };
}

/** The settings when nothing is configured. */
function defaultSettings(): Settings {
  return settingsSchema.parse({});
}

function findFile({ cwd, env, file }: LoadOptions): SettingsFile | undefined {
  const named = file ?? (env.LEGWORK_CONFIG?.trim() || undefined);
  if (named !== undefined) return readSettingsFile(resolve(cwd, named));
  const usual = join(cwd, FILE_NAME);
  return existsSync(usual) ? readSettingsFile(usual) : undefined;
}

function placeOf(
  path: readonly PropertyKey[],
  file: SettingsFile | undefined,
  names: ReadonlyMap<string, string>,
): string {
  const name = names.get(path.join('.'));
  if (name !== undefined) return `environment ${name}`;
  return file !== undefined && valueAt(file.tree, path.slice(0, 1)) !== undefined ? file.position(path) : '';
}

function sourcesOf(
  settings: Settings,
  file: SettingsFile | undefined,
  names: ReadonlyMap<string, string>,
  stack: Tree,
): ReadonlyMap<string, Source> {
  const sources = new Map<string, Source>();
  const defaults = defaultSettings();
  const chosen = (path: readonly string[]) => {
    const said = valueAt(file?.tree, path);
    return said !== undefined && canonical(said) !== canonical(valueAt(defaults, path));
  };
  for (const path of leafPaths(settings as unknown as Tree)) {
    const dotted = path.join('.');
    const name = names.get(dotted);
    if (name !== undefined) sources.set(dotted, `environment ${name}`);
    else if (file !== undefined && chosen(path)) sources.set(dotted, `file ${file.name}`);
    else if (valueAt(stack, path) !== undefined) sources.set(dotted, 'stack');
    else sources.set(dotted, 'default');
  }
  return sources;
}

/**
 * Short hash of the settings that decide about positions, recorded with every decision; addresses of the parts,
 * alerts, metrics and traces are left out.
 */
function hashOf(settings: Settings): string {
  const { database: _database, temporal: _temporal, alerts: _alerts, observability: _shown, ...rest } = settings;
  return createHash('sha256').update(canonical(rest)).digest('hex').slice(0, 12);
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isTree(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
  return `{${entries.join(',')}}`;
}
