/** Reads the README for the tests that compare it with the code. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

/** Cells of every table row, without head and rule; an escaped bar stays in its cell. */
export function tableRows(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n');
  const isRule = (line: string | undefined): boolean => line?.startsWith('| ---') === true;
  return lines
    .filter((line, index) => line.startsWith('| ') && !isRule(lines[index + 1]) && !isRule(line))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}
