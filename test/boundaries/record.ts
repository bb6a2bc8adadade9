/**
 * Lives that ended right on this tree of sources, kept in `.legwork/boundaries`: with LEGWORK_BOUNDARIES=all, or a share, a stopped run
 * resumes. Runs on another tree do not count. `node test/boundaries/table.mjs` prints them.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from '@jest/globals';
import { treeHash } from '../../chaos/ledger.js';

const FOLDER = '.legwork/boundaries';
const SOURCES = ['src', 'packages/ib-gateway/src', 'packages/market-time/src', 'test/boundaries'];

/** `sample`, `all`, or a share of all such as `2/3`. */
export const CHOICE = process.env.LEGWORK_BOUNDARIES ?? 'sample';
export const IS_SAMPLE = CHOICE === 'sample';

interface Line {
  readonly test: string;
  readonly life: string;
  readonly seconds: number;
}

/** The recorded lives of the present test. */
export class LivesRecord {
  private readonly test: string;
  private readonly file: string;
  private readonly done: ReadonlySet<string>;

  constructor() {
    const { testPath = '', currentTestName = '' } = expect.getState();
    this.test = `${basename(testPath, '.test.ts')}: ${currentTestName}`;
    this.file = join(FOLDER, `${treeHash('.', SOURCES)}.jsonl`);
    const lines =
      IS_SAMPLE || !existsSync(this.file) ? [] : readFileSync(this.file, 'utf8').split('\n').filter(Boolean);
    const known = lines.map((line) => JSON.parse(line) as Line).filter(({ test }) => test === this.test);
    this.done = new Set(known.map(({ life }) => life));
  }

  has(life: string): boolean {
    return this.done.has(life);
  }

  add(life: string, seconds: number): void {
    if (IS_SAMPLE) return;
    mkdirSync(FOLDER, { recursive: true });
    const line: Line = { test: this.test, life, seconds: Math.round(seconds) };
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/** Runs each life that has no record, and records those that did not throw. */
export async function eachLife<T>(
  lives: readonly T[],
  nameOf: (life: T) => string,
  run: (life: T) => Promise<void>,
): Promise<void> {
  const record = new LivesRecord();
  for (const life of lives) {
    const name = nameOf(life);
    if (record.has(name)) continue;
    const begun = performance.now();
    await run(life);
    record.add(name, (performance.now() - begun) / 1000);
  }
}
