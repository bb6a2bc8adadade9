/**
 * Imports go one way; workflows are deterministic; failures are created at one boundary. Each check is shown to be able to fail.
 */
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

const OPEN_TELEMETRY = ['api', 'context-async-hooks', 'core', 'otlp-transformer', 'resources', 'sdk-trace-base'].map(
  (name) => `@opentelemetry/${name}`,
);

const ALLOWED: Readonly<Record<string, Rule>> = {
  domain: { folders: [], packages: ['market-time'] },
  contract: { folders: ['domain'], packages: ['@temporalio/workflow', '@temporalio/common'] },
  workflows: {
    folders: ['domain', 'contract'],
    packages: [
      '@temporalio/workflow',
      '@temporalio/common',
      // In the traced bundle alone.
      '@opentelemetry/api',
      '@opentelemetry/core',
      '@opentelemetry/sdk-trace-base',
      '@temporalio/interceptors-opentelemetry/lib/instrumentation.js',
      '@temporalio/interceptors-opentelemetry/lib/workflow/runtime.js',
      '@temporalio/interceptors-opentelemetry/lib/workflow/span-exporter.js',
    ],
  },
  config: { folders: ['domain'], packages: ['*'] },
  outbound: {
    folders: ['domain'],
    packages: ['@temporalio/client', 'nodemailer', 'node:child_process', 'node:util', ...OPEN_TELEMETRY],
  },
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
/** The top floor: a command loads its part when it runs. */
const LAZY = /^cli\/(commands\/(up|worker|paper-check|demo|deploy|replay)|demo\/\w+)\.ts$/;

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
  // Packages know nothing of Legwork; the campaign uses only Legwork's public surface. Neither reaches outside by a path.
  const [home] = /^(packages\/[^/]+\/src|chaos)\//.exec(file) ?? [];
  if (home !== undefined) return isRelative ? path.startsWith(home) : home === 'chaos/' || !/^legwork/.test(target);
  const folder = file.split('/')[0] ?? '';
  const rule = ALLOWED[folder];
  if (rule === undefined) return false;
  if (!isRelative) {
    // Schemas of settings, and the kind of number that many of them are.
    if (folder === 'domain' && target === 'zod') return /(settings|share)\.ts$/.test(file);
    return rule.packages.includes('*') || rule.packages.includes(target);
  }
  if (path.startsWith(`${folder}/`) || (LAZY.test(file) && !path.startsWith('../'))) return true;
  return rule.folders.some((one) => path.startsWith(`${one}/`) || path === `${one}.js`);
}

/** The floors of the activities, from the ground up; the files beside them join all. Each floor imports only lower ones. */
const FLOORS = ['context', 'market', 'orders', 'positions', 'entry', 'watch', 'dry-run'];

function floorViolations(sources: Sources): string[] {
  const floorOf = (file: string) => FLOORS.indexOf(file.split('/')[1] ?? '');
  const strange = Object.keys(sources).filter((file) => /^activities\/[^/]+\//.test(file) && floorOf(file) < 0);
  const upward = fileArrows(sources).filter(([from, to]) => {
    if (floorOf(from) < 0 || !to.startsWith('activities/')) return false;
    return floorOf(to) < 0 || floorOf(to) > floorOf(from);
  });
  return [...strange.map((file) => `${file} is on no floor`), ...upward.map(([from, to]) => `${from} imports ${to}`)];
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

/** What each file imports of these sources, types included. */
function fileArrows(sources: Sources): readonly Arrow[] {
  return Object.entries(sources).flatMap(([file, text]) =>
    importsOf(text)
      .filter((target) => target.startsWith('.'))
      .map((target): Arrow => [file, posix.join(posix.dirname(file), target).replace(/\.js$/, '.ts')]),
  );
}

type Arrow = readonly [from: string, to: string];

/** The same within each folder: from a file or folder to another. */
function folderArrows(sources: Sources): readonly Arrow[] {
  return fileArrows(sources).flatMap(([from, to]): readonly Arrow[] => {
    const [a, b] = [from.split('/'), to.split('/')];
    const depth = a.findIndex((name, index) => name !== b[index]);
    return depth < 0 ? [] : [[a.slice(0, depth + 1).join('/'), b.slice(0, depth + 1).join('/')]];
  });
}

/** The arrows on a circle, each once as `a > b`. */
function circles(arrows: readonly Arrow[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of arrows) next.set(from, (next.get(from) ?? new Set()).add(to));
  const reached = new Map<string, ReadonlySet<string>>();
  for (const from of next.keys()) {
    const seen = new Set<string>();
    const open = [from];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const to of next.get(at) ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        open.push(to);
      }
    }
    reached.set(from, seen);
  }
  const onCircle = arrows.filter(([from, to]) => from === to || reached.get(to)?.has(from));
  return [...new Set(onCircle.map(([from, to]) => `${from} > ${to}`))].sort();
}

const sources = readSources();

test('imports go one way', () => {
  expect(Object.keys(sources).length).toBeGreaterThan(300);
  expect(importViolations(sources)).toEqual([]);
});

test('workflows use no process clock, randomness or timer', () => {
  expect(unsteady(sources)).toEqual([]);
});

test('only activities and update validators create failures', () => {
  expect(failureMakers(sources)).toEqual([]);
});

test('each floor of the activities imports only those below it', () => {
  expect(floorViolations(sources)).toEqual([]);
});

test('no files and no folders import each other in a circle, types included', () => {
  expect(circles([...fileArrows(sources), ...folderArrows(sources)])).toEqual([]);
});

test('a planted violation is found', () => {
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
  const onFloor = (file: string, target: string) => floorViolations({ [file]: `import type { X } from '${target}';` });
  expect(onFloor('activities/orders/x.ts', '../watch/x.js')).toHaveLength(1);
  expect(onFloor('activities/watch/x.ts', '../orders/x.js')).toEqual([]);
  expect(onFloor('activities/orders/x.ts', '../parts.js')).toHaveLength(1);
  expect(onFloor('activities/attic/x.ts', '../orders/x.js')).toHaveLength(1);
  expect(unsteady({ 'workflows/x.ts': 'const now = Date.now();' })).toHaveLength(1);
  expect(failureMakers({ 'store/x.ts': "throw ApplicationFailure.create({ message: 'x' });" })).toHaveLength(1);
});

test('a planted circle is found', () => {
  const ofTypes = {
    'domain/a.ts': "import type { B } from './b.js';",
    'domain/b.ts': "import type { A } from './a.js';",
  };
  expect(circles(fileArrows(ofTypes))).toEqual(['domain/a.ts > domain/b.ts', 'domain/b.ts > domain/a.ts']);
  expect(circles(fileArrows({ 'domain/a.ts': "type A = import('./a.js').A;" }))).toEqual(['domain/a.ts > domain/a.ts']);
  const oneWay = { ...ofTypes, 'domain/b.ts': '', 'domain/c.ts': "export type { A } from './a.js';" };
  expect(circles(fileArrows(oneWay))).toEqual([]);
  for (const home of ['', 'domain/', 'activities/', 'packages/ib-gateway/src/']) {
    const byWayOfA = {
      [`${home}x/1.ts`]: "import { y } from '../y/1.js';",
      [`${home}y/1.ts`]: "import type { A } from '../a.js';",
      [`${home}a.ts`]: "export * from './x/2.js';",
      [`${home}x/2.ts`]: "import { z } from '../z/1.js';",
    };
    expect(circles(fileArrows(byWayOfA))).toEqual([]);
    const found = [`${home}a.ts > ${home}x`, `${home}x > ${home}y`, `${home}y > ${home}a.ts`];
    expect(circles(folderArrows(byWayOfA))).toEqual(found);
  }
});
