/** The order of the files of a run: the long ones first, and no name in it that is gone. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const RUNNER = new URL('./support/runner/', import.meta.url);
const seconds: Readonly<Record<string, number>> = JSON.parse(readFileSync(new URL('seconds.json', RUNNER), 'utf8'));

test('every file that was timed is there', () => {
  expect(Object.keys(seconds).filter((file) => !existsSync(`${ROOT}${file}`))).toEqual([]);
});

test('files run in the order of their time, and the rest after them', async () => {
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
