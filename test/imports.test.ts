/** Imports go one way; workflows are deterministic; failures are made at one boundary. Each check is shown to be able to fail. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

interface Rule {
  /** Folders or modules of `src` that a folder may import besides itself. */
  readonly folders: readonly string[];
  /** Packages that it may import: `*` for any. */
  readonly packages: readonly string[];
}

const ALLOWED: Readonly<Record<string, Rule>> = {
  domain: { folders: [], packages: ['market-time'] },
  contract: { folders: ['domain'], packages: ['@temporalio/workflow', '@temporalio/common'] },
  workflows: { folders: ['domain', 'contract'], packages: ['@temporalio/workflow', '@temporalio/common'] },
  config: { folders: ['domain'], packages: ['*'] },
  outbound: { folders: [], packages: ['@temporalio/client', 'node:child_process'] },
  broker: { folders: ['domain', 'outbound'], packages: ['*'] },
  store: { folders: ['domain', 'outbound'], packages: ['*'] },
  activities: { folders: ['domain', 'contract', 'broker/api', 'store/api', 'config/schema'], packages: ['*'] },
  client: { folders: ['domain', 'contract', 'config', 'outbound', 'store', 'broker/api'], packages: ['*'] },
  worker: {
    folders: ['domain', 'contract', 'config', 'outbound', 'store', 'broker', 'activities'],
    packages: ['*'],
  },
  'paper-check': { folders: ['domain', 'config', 'broker'], packages: ['*'] },
  stack: { folders: ['domain', 'contract', 'config', 'outbound', 'store', 'worker'], packages: ['*'] },
  cli: { folders: ['domain', 'contract', 'config', 'outbound', 'store', 'client', 'broker/api'], packages: ['*'] },
};
/** The top floor: commands load the part that they run when they run it. */
const LAZY = /^cli\/(commands\/(up|worker|paper-check|demo)|demo\/\w+)\.ts$/;

type Sources = Readonly<Record<string, string>>;

/** Every source by its path: in `src` from there, in a package from the root. */
function readSources(): Sources {
  return Object.fromEntries(
    ['src', 'chaos', 'packages/ib-gateway/src', 'packages/market-time/src'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => [
          posix.join(folder, name).replace(/^src\//, ''),
          readFileSync(join(ROOT, folder, name), 'utf8'),
        ]),
    ),
  );
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

function importsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

function importViolations(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([file, text]) =>
    importsOf(text)
      .filter((target) => !isAllowed(file, target))
      .map((target) => `${file} imports ${target}`),
  );
}

function isAllowed(file: string, target: string): boolean {
  const isRelative = target.startsWith('.');
  const path = posix.join(posix.dirname(file), target);
  // Packages know nothing of Legwork; the campaign knows of it what every program may import. Neither reaches out by a path.
  const [home] = /^(packages\/[^/]+\/src|chaos)\//.exec(file) ?? [];
  if (home !== undefined) return isRelative ? path.startsWith(home) : home === 'chaos/' || !/^legwork/.test(target);
  const folder = file.split('/')[0] ?? '';
  const rule = ALLOWED[folder];
  if (rule === undefined) return false;
  if (!isRelative) {
    if (folder === 'domain' && target === 'zod') return file.endsWith('settings.ts');
    return rule.packages.includes('*') || rule.packages.includes(target);
  }
  if (path.startsWith(`${folder}/`) || (LAZY.test(file) && !path.startsWith('../'))) return true;
  return rule.folders.some((one) => path.startsWith(`${one}/`) || path === `${one}.js`);
}

const UNSTEADY = /\bDate\b|\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\bperformance\b|\bprocess\./;

function unsteady(sources: Sources): string[] {
  return Object.entries(sources)
    .filter(([file, text]) => file.startsWith('workflows/') && UNSTEADY.test(withoutComments(text)))
    .map(([file]) => file);
}

function failureMakers(sources: Sources): string[] {
  return Object.entries(sources)
    .filter(([, text]) => /ApplicationFailure\.\w+\(|new ApplicationFailure\(/.test(withoutComments(text)))
    .map(([file]) => file)
    .filter((file) => !file.startsWith('activities/') && file !== 'workflows/position-messages.ts');
}

/** Cycles of modules that load each other: imports of types alone load nothing. Each as `a > b > a`, found once. */
function cycles(sources: Sources): string[] {
  const loads = (file: string) =>
    importsOf((sources[file] ?? '').replace(/(?:import|export) type [^;]*;/g, ''))
      .filter((target) => target.startsWith('.'))
      .map((target) => posix.join(posix.dirname(file), target).replace(/\.js$/, '.ts'));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file].join(' > '));
    if (at >= 0 || done.has(file)) return;
    for (const next of loads(file)) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of Object.keys(sources)) visit(file, []);
  return found;
}

const sources = readSources();

test('imports go one way', () => {
  expect(Object.keys(sources).length).toBeGreaterThan(300);
  expect(importViolations(sources)).toEqual([]);
});

test('workflows read no clock, no chance and no timer of the process', () => {
  expect(unsteady(sources)).toEqual([]);
});

test('only activities, and the validators of updates, make failures', () => {
  expect(failureMakers(sources)).toEqual([]);
});

test('no modules load each other in a circle', () => {
  expect(cycles(sources)).toEqual([]);
});

test('a planted violation is found', () => {
  const circle = { 'domain/a.ts': "import { b } from './b.js';", 'domain/b.ts': "import { a } from './a.js';" };
  expect(cycles(circle)).toEqual(['domain/a.ts > domain/b.ts > domain/a.ts']);
  expect(cycles({ ...circle, 'domain/b.ts': "import type { A } from './a.js';" })).toEqual([]);
  expect(importViolations({ 'domain/x.ts': "import { openStore } from '../store/index.js';" })).toHaveLength(1);
  expect(importViolations({ 'domain/x.ts': "import { z } from 'zod';" })).toHaveLength(1);
  expect(importViolations({ 'workflows/x.ts': "import { readFileSync } from 'node:fs';" })).toHaveLength(1);
  const inGateway = (text: string) => importViolations({ 'packages/ib-gateway/src/market/x.ts': text });
  expect(inGateway("import { x } from '../../../../src/broker/api.js';")).toHaveLength(1);
  expect(inGateway("import { x } from '../../../market-time/src/zones.js';")).toHaveLength(1);
  expect(inGateway("import { x } from 'legwork';")).toHaveLength(1);
  expect(importViolations({ 'chaos/x.ts': "import { x } from '../packages/ib-gateway/src/x.js';" })).toHaveLength(1);
  expect(importViolations({ 'chaos/x.ts': "import { openStore } from '../src/store/index.js';" })).toHaveLength(1);
  expect(importViolations({ 'chaos/x.ts': "import { connectClient } from 'legwork';" })).toEqual([]);
  expect(importViolations({ 'client/x.ts': "await import('../stack/up.js')" })).toHaveLength(1);
  expect(importViolations({ 'stack/x.ts': "import { connectClient } from '../client/client.js';" })).toHaveLength(1);
  expect(unsteady({ 'workflows/x.ts': 'const now = Date.now();' })).toHaveLength(1);
  expect(failureMakers({ 'store/x.ts': "throw ApplicationFailure.create({ message: 'x' });" })).toHaveLength(1);
});
