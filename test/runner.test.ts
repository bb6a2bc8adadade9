/** The files of a run and their order: the long ones first, the slow ones apart, and no name of a missing file. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const RUNNER = new URL('./support/runner/', import.meta.url);
const seconds: Readonly<Record<string, number>> = JSON.parse(readFileSync(new URL('seconds.json', RUNNER), 'utf8'));

test('every timed file exists', () => {
  expect(Object.keys(seconds).filter((file) => !existsSync(`${ROOT}${file}`))).toEqual([]);
});

test('every slow file or folder exists', async () => {
  const { SLOW, WHOLE } = await import(new URL('../jest.config.mjs', import.meta.url).href);
  const isThere = (path: string) =>
    path.endsWith('/')
      ? existsSync(`${ROOT}${path}`)
      : readdirSync(`${ROOT}${dirname(path)}`).some((name) => name.startsWith(basename(path)));
  expect([...SLOW, ...WHOLE].filter((path: string) => !isThere(path))).toEqual([]);
  const cut = WHOLE.filter((path: string) => !readFileSync(`${ROOT}${path}.test.ts`, 'utf8').includes('isWhole'));
  expect(cut).toEqual([]);
});

test('files run in the order of their time, and untimed ones after them', async () => {
  const { default: LongFirst } = await import(new URL('long-first.mjs', RUNNER).href);
  const names = [...Object.keys(seconds), 'test/runner.test.ts'];
  const config = { rootDir: ROOT, id: 'a', cacheDirectory: ROOT };
  const context = { config, hasteFS: { getSize: () => 1 } };
  const tests = [...names].reverse().map((name) => ({ path: `${ROOT}${name}`, context, duration: 0 }));
  const sorted = new LongFirst({ contexts: [], globalConfig: {} }).sort(tests);
  const times = sorted.map(({ path }: { path: string }) => seconds[path.slice(ROOT.length)] ?? 0);
  expect(times).toEqual([...times].sort((left, right) => right - left));
  expect(times.at(-1)).toBe(0);
});
