/**
 * Seeds that were run on one tree of sources, kept over the end of the process, so that a long campaign can be stopped and resumed. The
 * tree is named by a hash over every source file: on another tree nothing that was run counts.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { PlanOptions } from './plan.js';
import type { SeedReport } from './run-seed.js';

const HASH_LENGTH = 16;

/** Hash over the names and contents of every source below some folders of a root. */
export function treeHash(root: string, folders: readonly string[]): string {
  const hash = createHash('sha256');
  const files = folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  for (const file of files)
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex').slice(0, HASH_LENGTH);
}

export interface SeedLedger {
  /** Report of a seed that was run with these options; undefined when it was not. */
  get(seed: number): SeedReport | undefined;
  add(report: SeedReport): void;
}

/** The seeds of a tree that were run with these options, one JSON object a line; a line that was cut off counts for nothing. */
export function openLedger(folder: string, tree: string, { brief = false, only = [] }: PlanOptions): SeedLedger {
  mkdirSync(folder, { recursive: true });
  const kinds = [...only].sort().join('+');
  const file = join(folder, [tree, ...(brief ? ['brief'] : []), ...(kinds ? [kinds] : [])].join('-').concat('.jsonl'));
  const reports = new Map<number, SeedReport>();
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const report = parse(line);
    if (report !== undefined) reports.set(report.seed, report);
  }
  return {
    get: (seed) => reports.get(seed),
    add: (report) => {
      reports.set(report.seed, report);
      appendFileSync(file, `${JSON.stringify(report)}\n`);
    },
  };
}

function parse(line: string): SeedReport | undefined {
  try {
    return JSON.parse(line) as SeedReport;
  } catch {
    return undefined;
  }
}
