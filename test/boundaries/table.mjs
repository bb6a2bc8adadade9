/** The lives with deaths that ended right, by tree and test, as Markdown: `node test/boundaries/table.mjs [TREE]`. */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = '.legwork/boundaries';
const [, , wanted] = process.argv;

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'))) {
  const tree = file.replace('.jsonl', '');
  if (wanted !== undefined && wanted !== tree) continue;
  const lives = new Map();
  for (const line of readFileSync(`${FOLDER}/${file}`, 'utf8').split('\n').filter(Boolean)) {
    const { test, life, seconds } = JSON.parse(line);
    lives.set(test, (lives.get(test) ?? new Map()).set(life, seconds));
  }
  console.log(`Tree ${tree}\n\n| Test | Lives | Longest |\n| --- | --- | --- |`);
  for (const [test, run] of lives) console.log(`| ${test} | ${run.size} | ${Math.max(...run.values())} s |`);
}
