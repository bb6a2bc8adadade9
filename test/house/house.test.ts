/** No dead code and no overlong function. Each check is shown to be able to fail. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { settingsSchema } from '../../src/config/schema.js';
import { shapeOf } from '../../src/config/tree.js';
import { BY_NAME, FOR_TESTS, LONG_FUNCTIONS, UNREAD_SETTINGS, UNUSED } from './exceptions.js';
import { longFunctions } from './functions.js';
import {
  type Export,
  exportsAndUses,
  isMentioned,
  type Packages,
  packagesOf,
  ROOT,
  readSources,
  type Sources,
  withoutComments,
} from './modules.js';

const HOUSE = ['src', 'chaos', 'packages/ib-gateway/src', 'packages/market-time/src'];
const TRIES = ['test', 'scripts', 'packages/ib-gateway/test', 'packages/market-time/test'];

const MOST_LINES = 70;

const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const PACKAGES = packagesOf(json('tsconfig.json'));

/** Entry points of the house: its public surfaces, and the modules loaded by programs and the bundler. */
const ENTRIES = [
  ...Object.values(PACKAGES),
  'src/cli/main.ts',
  'src/worker/build-bundle.ts',
  'src/worker/hard-end-thread.ts',
  'src/stack/sdk-download.ts',
  'src/workflows/index.ts',
  'src/workflows/readable-signals.ts',
  'packages/ib-gateway/src/command/main.ts',
  'chaos/main.ts',
];

const house = readSources(HOUSE);
const tries = readSources(TRIES);

const keyOf = ({ path, name }: Export) => `${path} ${name}`;

/** Modules that no entry loads, and exports that no other module uses; a type may be used in its own module. */
function dead(sources: Sources, entries: readonly string[], packages: Packages = {}): readonly string[] {
  const { exported, used, files } = exportsAndUses(sources, packages, entries);
  const inOwn = ({ path, name, isType }: Export) => isType && isMentioned(sources, path, name);
  return [
    ...Object.keys(sources).filter((path) => !files.has(path)),
    ...exported.filter((one) => !used.has(keyOf(one)) && !inOwn(one)).map(keyOf),
  ];
}

/** Paths of all settings, with dots. */
function settingPaths(schema: Parameters<typeof shapeOf>[0], above: readonly string[] = []): readonly string[] {
  const shape = shapeOf(schema);
  if (shape === undefined) return [above.join('.')];
  return Object.entries(shape).flatMap(([key, inner]) => settingPaths(inner, [...above, key]));
}

/** Settings whose last two names appear in no source: code reads settings by the names of the schema. */
function unread(settings: readonly string[], sources: Sources): readonly string[] {
  const words = new Set(Object.values(sources).flatMap((text) => withoutComments(text).match(/\w+/g) ?? []));
  return settings.filter(
    (path) =>
      !path
        .split('.')
        .slice(-2)
        .every((name) => words.has(name)),
  );
}

/** Dependencies of a package that none of its sources loads. */
function idle(dependencies: readonly string[], sources: Sources): readonly string[] {
  const text = Object.values(sources).map(withoutComments).join('\n');
  return dependencies.filter((name) => !new RegExp(`'${name}(?:/[^']*)?'`).test(text));
}

test('every module is loaded, and every export is used', () => {
  const unused = dead(house, ENTRIES, PACKAGES);
  const withTests = new Set(dead({ ...house, ...tries }, [...ENTRIES, ...Object.keys(tries)], PACKAGES));
  const { exported } = exportsAndUses(house, PACKAGES, ENTRIES);
  const types = new Set(exported.filter(({ isType }) => isType).map(keyOf));
  expect(unused.filter((one) => withTests.has(one)).sort()).toEqual([...UNUSED].sort());
  expect(unused.filter((one) => !withTests.has(one) && !types.has(one)).sort()).toEqual([...FOR_TESTS].sort());
});

test('no function is too long', () => {
  expect([...longFunctions(house, MOST_LINES)].sort()).toEqual([...LONG_FUNCTIONS].sort());
});

test('every setting is read', () => {
  const readers = Object.fromEntries(
    Object.entries(house).filter(([path]) => /^src\//.test(path) && !/settings\.ts$|^src\/config\//.test(path)),
  );
  expect(unread(settingPaths(settingsSchema), readers)).toEqual(UNREAD_SETTINGS);
});

test('every dependency is loaded', () => {
  for (const folder of ['.', 'packages/ib-gateway', 'packages/market-time']) {
    const names = Object.keys(json(`${folder}/package.json`).dependencies ?? {});
    expect(idle(names, readSources([`${folder}/src`])).filter((name) => !BY_NAME.includes(name))).toEqual([]);
  }
});

test('planted dead code is found', () => {
  const sources = {
    'a.ts': "import { b } from './b.js';\nexport const a = b;",
    'b.ts':
      "import type { Named } from './c.js';\nexport const b: Named = 1;\nexport const dead = 2;\nexport interface Dead {}",
    'c.ts': 'export type Named = number;\nexport interface Used {}\nexport const used = (one: Used) => one;',
    'd.ts': "export { b } from './b.js';",
  };
  expect(dead(sources, ['a.ts'])).toEqual(['d.ts', 'b.ts dead', 'b.ts Dead', 'c.ts used', 'd.ts b']);
  expect(dead(sources, ['a.ts', 'd.ts', 'b.ts', 'c.ts'])).toEqual([]);
  const long = (lines: number) => `export const one = 1;\nexport function long() {\n${'one;\n'.repeat(lines)}}\n`;
  expect(longFunctions({ 'é.ts': `// é\n${long(68)}`, 'b.ts': long(69) }, 70)).toEqual(['b.ts long']);
  expect(idle(['pg', 'rxjs'], { 'a.ts': "import pg from 'pg/lib';" })).toEqual(['rxjs']);
  expect(unread(['orders.pace', 'orders.never'], { 'a.ts': 'const { pace } = settings.orders; // never' })).toEqual([
    'orders.never',
  ]);
});
