/** The plan of a seed: a function of its number, within its limits, and with every kind of fault somewhere. */
import { expect, test } from '@jest/globals';
import { anyFaultSchema, parseScenario } from 'ib-gateway';
import { describeAction } from '../../chaos/actions.js';
import { FAULT_KINDS } from '../../chaos/fault-draw.js';
import { legsModeOf } from '../../chaos/legs-mode.js';
import { NIGHT_MOMENTS, planOf } from '../../chaos/plan.js';

const SEEDS = Array.from({ length: 300 }, (_, index) => index + 1);

test('the same seed makes the same plan, and another seed another plan', () => {
  expect(planOf(7)).toEqual(planOf(7));
  expect(planOf(7)).not.toEqual(planOf(8));
});

test('every plan can be carried out', () => {
  for (const seed of SEEDS) {
    const plan = planOf(seed);
    parseScenario('chaos', plan.scenario);
    expect(plan.positions.length).toBeGreaterThan(0);
    for (const { fault, position } of plan.faults) {
      expect(position).toBeLessThan(plan.positions.length);
      expect(describeAction(fault.action)).not.toBe('');
      if (fault.action.kind !== 'gateway') continue;
      expect(anyFaultSchema.safeParse(fault.action.fault).success).toBe(true);
      if (fault.action.until) expect(anyFaultSchema.safeParse(fault.action.until).success).toBe(true);
    }
  }
});

test('positions of a plan never trade both sides of one contract', () => {
  for (const seed of SEEDS) {
    const sides = new Map<string, Set<string>>();
    for (const { legs } of planOf(seed).positions) {
      for (const { right, strike, action } of legs) {
        const key = `${right} ${strike}`;
        sides.set(key, (sides.get(key) ?? new Set()).add(action));
      }
    }
    expect([...sides.values()].every((actions) => actions.size === 1)).toBe(true);
  }
});

test('some positions are worked leg by leg, under either policy, the same for the same seed', () => {
  const modes = SEEDS.flatMap((seed) => planOf(seed).positions.map((_, index) => legsModeOf(seed, index)));
  const policies = modes.flatMap((mode) => (mode === undefined ? [] : [mode.onPartial]));
  expect(new Set(policies)).toEqual(new Set(['unwind', 'complete']));
  expect(policies.length / modes.length).toBeGreaterThan(0.2);
  expect(policies.length / modes.length).toBeLessThan(0.4);
  expect(modes).toEqual(SEEDS.flatMap((seed) => planOf(seed).positions.map((_, index) => legsModeOf(seed, index))));
});

test('three hundred seeds draw every kind of fault', () => {
  const drawn = new Set(SEEDS.flatMap((seed) => planOf(seed).faults.map(({ fault }) => fault.name)));
  expect([...drawn].sort()).toEqual([...FAULT_KINDS].sort());
});

test('half of the positions have protective orders of every kind, alone and as brackets', () => {
  const all = SEEDS.flatMap((seed) => planOf(seed).positions);
  const rests = all.flatMap(({ protection }) => (protection === undefined ? [] : [protection]));
  expect(rests.length).toBeGreaterThan(all.length / 3);
  const kinds = new Set(rests.map(({ protective, target = 0, bracket }) => `${protective} ${target > 0} ${bracket}`));
  expect(kinds.size).toBe(3 * 2 * 2);
});

test('only the requested kinds are drawn', () => {
  const names = SEEDS.flatMap((seed) => planOf(seed, { only: ['drop', 'halt'] }).faults.map(({ fault }) => fault.name));
  expect(new Set(names)).toEqual(new Set(['drop', 'halt']));
});

test('some seeds are of other kinds than an hour, the same for the same seed; brief ones never are', () => {
  const kinds = SEEDS.map((seed) => planOf(seed).kind);
  for (const kind of ['hour', 'changes', 'night'])
    expect(kinds.filter((one) => one === kind).length).toBeGreaterThan(SEEDS.length / 8);
  expect(SEEDS.every((seed) => planOf(seed, { brief: true }).kind === 'hour')).toBe(true);
});

test('each way in which a position of a seed with changes ends is drawn', () => {
  const all = SEEDS.map((seed) => planOf(seed)).filter(({ kind }) => kind === 'changes');
  const exits = new Set(all.flatMap(({ positions }) => positions.map(({ exit }) => exit)));
  expect([...exits].sort()).toEqual([
    ...['assign', 'hand-close', 'hand-leg', 'hand-part', 'liquidate', 'reduce-then-roll', 'reduce-twice', 'roll'],
  ]);
});

test('each way through a night is drawn, and half of its faults strike then; what expires does so that day', () => {
  const nights = SEEDS.map((seed) => planOf(seed)).filter(({ kind }) => kind === 'night');
  const exits = new Set(nights.flatMap(({ positions }) => positions.map(({ exit }) => exit)));
  expect([...exits].sort()).toEqual(['assign-at-night', 'close-at-night', 'exercise', 'expire', 'hold-overnight']);
  const moments = nights.flatMap(({ faults }) => faults.map(({ moment }) => moment));
  const atNight = moments.filter((moment) => (NIGHT_MOMENTS as readonly string[]).includes(moment));
  expect(new Set(atNight)).toEqual(new Set(NIGHT_MOMENTS));
  expect(atNight.length).toBeGreaterThan(moments.length / 3);
  const today = nights.flatMap(({ positions }) => positions.filter(({ exit }) => exit === 'expire'));
  expect(new Set(today.flatMap(({ legs }) => legs.map(({ expiry }) => expiry)))).toEqual(new Set(['20260302']));
});
