/** The exports of the house's modules, and their users: read from the sources, whose form the formatter fixes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Texts of sources by their paths from the root. */
export type Sources = Readonly<Record<string, string>>;

export function readSources(folders: readonly string[]): Sources {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => posix.join(folder, name))
      .filter((path) => path.endsWith('.ts') && !path.includes('/dist/')),
  );
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}

/** One name taken from another module; `*`: all of them. */
interface Taken {
  readonly from: string;
  readonly name: string;
  /** The name of a re-export; absent: the module uses it. */
  readonly as?: string;
  readonly isType?: boolean;
}

const DECLARED = /^export (?:async )?(?:abstract )?(function\*?|const|class|interface|type|enum) (\w+)/gm;
const LISTED = /^export (type )?\{([^}]*)\}(?: from '([^']+)')?;/gm;
const PASSED_ON = /^export (?:type )?\*(?: as (\w+))? from '([^']+)';/gm;
const IMPORTED = /^import (?:type )?(?:(\* as \w+)|\{([^}]*)\}) from '([^']+)';/gm;
const LOADED = /(?:const \{([^}]*)\} = )?await import\('([^']+)'\)/g;
const TYPE_OF_IMPORT = /(?<!await )import\('([^']+)'\)\.(\w+)/g;

export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

/** `a, type b as c`: the name there, the name here. */
function namesIn(list = ''): { readonly name: string; readonly as: string; readonly isType: boolean }[] {
  return list.split(',').flatMap((one) => {
    const [, type, name = '', as = name] = /^\s*(type )?(\w+)(?:(?: as |: )(\w+))?\s*$/.exec(one) ?? [];
    return name === '' ? [] : [{ name, as, isType: type !== undefined }];
  });
}

interface Module {
  /** Names declared here, and whether each is a type. */
  readonly own: ReadonlyMap<string, boolean>;
  readonly taken: readonly Taken[];
}

function readModule(path: string, source: string, fileOf: (from: string, target: string) => string): Module {
  const text = withoutComments(source);
  const own = new Map<string, boolean>();
  for (const [, kind = '', name = ''] of text.matchAll(DECLARED))
    own.set(name, kind === 'interface' || kind === 'type');
  const taken: Taken[] = [];
  for (const [, types, list, target] of text.matchAll(LISTED)) {
    for (const { name, as, isType } of namesIn(list)) {
      const type = isType || types !== undefined;
      if (target === undefined) own.set(as, type);
      else taken.push({ from: fileOf(path, target), name, as, isType: type });
    }
  }
  for (const [, , target = ''] of text.matchAll(PASSED_ON))
    taken.push({ from: fileOf(path, target), name: '*', as: '*' });
  for (const [, all, list, target = ''] of text.matchAll(IMPORTED)) {
    const names = all === undefined ? namesIn(list).map(({ name }) => name) : ['*'];
    taken.push(...names.map((name) => ({ from: fileOf(path, target), name })));
  }
  for (const [, list, target = ''] of text.matchAll(LOADED)) {
    const names = list === undefined ? ['*'] : namesIn(list).map(({ name }) => name);
    taken.push(...names.map((name) => ({ from: fileOf(path, target), name })));
  }
  for (const [, target = '', name = ''] of text.matchAll(TYPE_OF_IMPORT))
    taken.push({ from: fileOf(path, target), name });
  return { own, taken };
}

/** Packages of the repository by their names, each with its first module. */
export type Packages = Readonly<Record<string, string>>;

export function packagesOf(tsconfig: {
  readonly compilerOptions: { readonly paths: Record<string, readonly string[]> };
}): Packages {
  return Object.fromEntries(
    Object.entries(tsconfig.compilerOptions.paths).map(([name, [path = '']]) => [name, path.replace('./', '')]),
  );
}

export interface Export {
  readonly path: string;
  readonly name: string;
  readonly isType: boolean;
}

/** The exports, those reachable from the entries (as `path name`), and the loaded modules. */
export function exportsAndUses(
  sources: Sources,
  packages: Packages,
  entries: readonly string[],
): { readonly exported: readonly Export[]; readonly used: ReadonlySet<string>; readonly files: ReadonlySet<string> } {
  const fileOf = (from: string, target: string) =>
    target.startsWith('.')
      ? posix.join(posix.dirname(from), target).replace(/\.js$/, '.ts')
      : (packages[target] ?? target);
  const modules = new Map(Object.entries(sources).map(([path, text]) => [path, readModule(path, text, fileOf)]));
  const exported = [...modules].flatMap(([path, { own, taken }]) => [
    ...[...own].map(([name, isType]) => ({ path, name, isType })),
    ...taken.flatMap(({ as, isType = false }) => (as === undefined || as === '*' ? [] : [{ path, name: as, isType }])),
  ]);
  const used = new Set<string>();
  const files = new Set<string>();
  const use = (path: string, name: string) => {
    const module = modules.get(path);
    if (module === undefined || used.has(`${path} ${name}`)) return;
    used.add(`${path} ${name}`);
    load(path);
    for (const { from, name: there, as } of module.taken) {
      if (as === '*') use(from, name);
      else if (as === name) use(from, there);
    }
    if (name === '*') for (const one of exported) if (one.path === path) use(path, one.name);
  };
  /** A module uses its imports; a re-export waits for its user. */
  const load = (path: string) => {
    if (files.has(path)) return;
    files.add(path);
    for (const { from, name, as } of modules.get(path)?.taken ?? []) if (as === undefined) use(from, name);
  };
  for (const path of entries) use(path, '*');
  return { exported, used, files };
}

/** Whether a module contains a name more than once. */
export function isMentioned(sources: Sources, path: string, name: string): boolean {
  return [...withoutComments(sources[path] ?? '').matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1;
}
