/** A changed file is used as soon as everything it depends on can be read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { loadSettings } from '../../src/config/index.js';
import { LiveSettings } from '../../src/worker/live-settings.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'legwork-live-'));
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  rmSync(cwd, { recursive: true, force: true });
});

test('a change is not lost when another file cannot be read at that moment', () => {
  const write = (dte: number) => writeFileSync(join(cwd, 'legwork.yaml'), `strategy:\n  dte: ${dte}\n`);
  let isHalf = false;
  const lines: string[] = [];
  const reload = () => {
    if (isHalf) throw new Error('temporal.toml is half written');
    return loadSettings({ cwd, env: {} });
  };
  write(45);
  const live = new LiveSettings(reload(), reload, (level) => lines.push(level));
  const later = (ms: number) => {
    jest.advanceTimersByTime(ms);
    return live.current().settings.strategy.dte;
  };
  isHalf = true;
  writeFileSync(join(cwd, 'legwork.yaml'), 'strategy:\n  dte: 44 # now\n');
  for (let poll = 0; poll < 10; poll += 1) expect(later(1_001)).toBe(45);
  expect(lines).toEqual(['error']);
  later(60_001);
  expect(lines).toEqual(['error', 'error']);
  isHalf = false;
  expect(later(1_001)).toBe(44);
  expect(lines).toEqual(['error', 'error', 'info']);
});
