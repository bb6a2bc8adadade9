/**
 * The catalogue of failures in docs/reliability.md. Its rows are listed here; each has a Legwork test named after it, and every
 * test named after a row has one. Tests of the simulated gateway only show that the failure can occur.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

/**
 * By number; the rows left out concern upgrades, secrets, clocks, memory, logins and calendars, and have tests with other
 * names.
 */
const ROWS: readonly number[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
  ...[19, 20, 21, 22],
  ...[24, 25, 26, 27, 28, 29, 30, 31, 32, 33],
  37,
  39,
];

const GATEWAYS_OWN = join('test', 'gateway');

/** Rows that the name of a test in the file begins with: `F5`, or `F5, F17`. */
function rowsNamed(file: string): readonly number[] {
  const names = readFileSync(file, 'utf8').matchAll(/['"`](F\d{1,2}(?:, F\d{1,2})*)\b/g);
  return [...names].flatMap(([, rows = '']) => rows.split(', ').map((row) => Number(row.slice(1))));
}

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((name) => join('test', name))
  .filter((name) => name.endsWith('.test.ts') && !name.startsWith(GATEWAYS_OWN) && !name.endsWith('failures.test.ts'));

test('every row has a Legwork test named after it, and every such test has its row', () => {
  const tested = new Set(files.flatMap(rowsNamed));
  expect([...tested].sort((a, b) => a - b)).toEqual(ROWS);
});

test('the document lists the same rows, each with a file that tests it', () => {
  const text = readFileSync(join('docs', 'reliability.md'), 'utf8');
  const listed = [...text.matchAll(/^\| F(\d+) \| .* \| (.*) \|$/gm)];
  expect(listed.map(([, row]) => Number(row))).toEqual(ROWS);
  for (const [line, row, named = ''] of listed) {
    const paths = [...named.matchAll(/`([^`]+)`/g)].map(([, path = '']) => join('test', `${path}.test.ts`));
    expect({ line, paths: paths.length > 0 }).toEqual({ line, paths: true });
    for (const path of paths)
      expect({ path, rows: rowsNamed(path) }).toMatchObject({ rows: expect.arrayContaining([Number(row)]) });
  }
});
