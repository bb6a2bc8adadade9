/** How long a run sleeps while its session is closed. */
import { describe, expect, it } from '@jest/globals';
import { sleepBefore, waitBefore } from '../../src/activities/watch/sleep.js';

const NOW = Date.parse('2026-03-02T21:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function clock(keepsWallTime: boolean | undefined) {
  return { keepsWallTime, now: () => NOW };
}

describe('a market whose time passes as wall time does', () => {
  it.each([
    ['a night', 17.5 * HOUR, 17.5 * HOUR - 30_000],
    ['a weekend, in parts of a day', 65.5 * HOUR, 24 * HOUR],
    ['the shortest sleep', 90_000, MINUTE],
  ])('%s', (_name, ahead, sleepMs) => {
    expect(sleepBefore(clock(true), NOW + ahead)).toBe(sleepMs);
  });

  it.each([
    ['a minute and a half, but for a moment', 89_999],
    ['what has come already', -HOUR],
  ])('waits itself for %s', (_name, ahead) => {
    expect(sleepBefore(clock(true), NOW + ahead)).toBeUndefined();
    expect(waitBefore(clock(true), NOW + ahead)).toBe(NOW + ahead);
  });
});

it('a faster or a stepped clock never lets it sleep', () => {
  expect(sleepBefore(clock(false), NOW + HOUR)).toBeUndefined();
  expect(waitBefore(clock(false), NOW + HOUR)).toBe(NOW + HOUR);
});

it('while the speed is not known, a long wait is looked at again after a minute', () => {
  expect(sleepBefore(clock(undefined), NOW + HOUR)).toBeUndefined();
  expect(waitBefore(clock(undefined), NOW + HOUR)).toBe(NOW + MINUTE);
  expect(waitBefore(clock(undefined), NOW + 1_000)).toBe(NOW + 1_000);
});
