import { describe, expect, it } from '@jest/globals';
import { EXIT_CODES } from '../../src/cli/define.js';
import { ERRORS } from '../../src/domain/errors.js';
import { read, tableRows } from './support.js';

const page = read('docs/errors.md');

describe('docs/errors.md', () => {
  it('lists the catalogue, in its order and word for word', () => {
    const listed = tableRows(page).filter((row) => row.length === 5);
    const catalogue = Object.entries(ERRORS).map(([code, entry]) => [
      `\`${code}\``,
      entry.class,
      entry.retryable ? 'yes' : 'no',
      String(entry.exitCode),
      entry.meaning,
    ]);
    expect(listed).toEqual(catalogue);
  });

  it('says what to do for every class', () => {
    const advised = tableRows(page)
      .filter((row) => row.length === 2)
      .map(([name]) => name);
    expect(new Set(advised)).toEqual(new Set(Object.values(ERRORS).map((entry) => entry.class)));
  });
});

describe('README', () => {
  it('names every exit code', () => {
    const named = new Set(
      tableRows(read('README.md'))
        .filter(([cell]) => /^\d$/.test(cell ?? ''))
        .map(([cell]) => Number(cell)),
    );
    expect(named).toEqual(new Set(Object.keys(EXIT_CODES).map(Number)));
  });
});
