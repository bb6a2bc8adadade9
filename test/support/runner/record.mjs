/**
 * Writes `seconds.json` and prints where the time goes, from the report of a whole run:
 * `npm test -- --json --outputFile=/tmp/report.json`, then `node test/support/runner/record.mjs /tmp/report.json`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Shorter files need no place of their own in the order. */
const LEAST_SECONDS = 5;

const [, , report] = process.argv;
if (report === undefined) throw new Error('Name the report of a run with --json --outputFile.');
const files = JSON.parse(readFileSync(report, 'utf8')).testResults.map(({ name, startTime, endTime }) => ({
  file: relative(ROOT, name),
  seconds: Math.round((endTime - startTime) / 1000),
}));
files.sort((left, right) => right.seconds - left.seconds || (left.file < right.file ? -1 : 1));
const long = files.filter(({ seconds }) => seconds >= LEAST_SECONDS);
const kept = Object.fromEntries(long.map(({ file, seconds }) => [file, seconds]));
writeFileSync(new URL('./seconds.json', import.meta.url), `${JSON.stringify(kept, null, 2)}\n`);

const folders = new Map();
for (const { file, seconds } of files) {
  const folder = file.split('/').slice(0, 2).join('/');
  const known = folders.get(folder) ?? { files: 0, seconds: 0 };
  folders.set(folder, { files: known.files + 1, seconds: known.seconds + seconds });
}
for (const [folder, { files: count, seconds }] of [...folders].sort(([, a], [, b]) => b.seconds - a.seconds))
  process.stdout.write(`| ${folder} | ${count} | ${seconds} |\n`);
