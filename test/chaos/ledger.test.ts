/** A stopped campaign resumes on the same tree of sources and on no other. */
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openLedger, treeHash } from '../../chaos/ledger.js';
import type { SeedReport } from '../../chaos/run-seed.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'legwork-ledger-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const report = (seed: number): SeedReport => ({
  ...{
    seed,
    kind: 'hour',
    acts: [],
    faults: [],
    violations: [],
    positions: 1,
    opened: 1,
    notOpened: [],
    closed: 1,
    orders: 2,
    fills: 9,
  },
  ...{ askedAgain: [], crashes: [], convergedMs: undefined, durationMs: 5 },
});

test('a run is recognised with the same options on the same tree, and with no others', () => {
  openLedger(dir, 'a-tree', {}).add(report(3));
  openLedger(dir, 'a-tree', { brief: true, only: ['freeze'] }).add(report(4));
  expect(openLedger(dir, 'a-tree', {}).get(3)).toEqual({ ...report(3), convergedMs: undefined });
  expect(openLedger(dir, 'a-tree', {}).get(4)).toBeUndefined();
  expect(openLedger(dir, 'a-tree', { brief: true }).get(4)).toBeUndefined();
  expect(openLedger(dir, 'a-tree', { brief: true, only: ['freeze'] }).get(4)).toMatchObject({ seed: 4 });
  expect(openLedger(dir, 'another', {}).get(3)).toBeUndefined();
});

test("a line cut off by the end of the process is ignored, and a seed's later run replaces the earlier one", () => {
  const ledger = openLedger(dir, 'a-tree', {});
  ledger.add(report(3));
  ledger.add({ ...report(3), fills: 10 });
  appendFileSync(join(dir, readdirSync(dir)[0] ?? ''), '{"seed":7,"fau');
  const again = openLedger(dir, 'a-tree', {});
  expect(again.get(3)?.fills).toBe(10);
  expect(again.get(7)).toBeUndefined();
});

test('the hash of a tree follows from the names and contents of its files', () => {
  const src = join(dir, 'src');
  mkdirSync(join(src, 'deep'), { recursive: true });
  writeFileSync(join(src, 'deep', 'a.ts'), 'one');
  const first = treeHash(dir, ['src']);
  expect(treeHash(dir, ['src'])).toBe(first);
  writeFileSync(join(src, 'deep', 'b.ts'), '');
  const second = treeHash(dir, ['src']);
  writeFileSync(join(src, 'deep', 'a.ts'), 'two');
  expect(new Set([first, second, treeHash(dir, ['src'])]).size).toBe(3);
});
