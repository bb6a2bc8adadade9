/** The meaning of the legs' quotes together, while some of them are still from before a jump. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canBeNet, payoffRange, previewLimit } from '../../../src/domain/order/net-bounds.js';
import { netOf } from '../../../src/domain/order/walk.js';
import type { StrategyPlan } from '../../../src/domain/strategy/strategy.js';
import { propertyRuns } from '../../support/runs.js';
import { legOf, planOf, usd } from '../strategy/fixtures.js';
import { anyStructure, coherentSides } from '../strategy/structures.js';

const RUNS = propertyRuns(2_000);

const condor = planOf(
  'iron_condor',
  [legOf('BUY', 'PUT', 640), legOf('SELL', 'PUT', 650), legOf('SELL', 'CALL', 750), legOf('BUY', 'CALL', 760)],
  usd(2),
);

const traded = (plan: StrategyPlan, undo: boolean) =>
  plan.legs.map(({ contract, ratio, action }) => ({
    contract,
    ratio,
    action: (action === 'BUY') === undo ? ('SELL' as const) : ('BUY' as const),
  }));

/**
 * Whether the net is possible, for a plan that is closed with the named legs quoted at another price of the underlying.
 */
function closes(plan: StrategyPlan, price: number, moved: readonly number[] = [], to = price): boolean {
  const [before, after] = [coherentSides(plan, price, true), coherentSides(plan, to, true)];
  const net = netOf(before.map((side, index) => (moved.includes(index) && after[index]) || side));
  if (net === undefined) throw new Error('a leg shows no offer');
  return canBeNet(traded(plan, true), net);
}

test(`in a market without arbitrage every structure's net is a possible price, opening and closing (${RUNS} runs)`, () => {
  fc.assert(
    fc.property(anyStructure, fc.integer({ min: 600, max: 800 }), fc.boolean(), (plan, price, undo) => {
      const net = netOf(coherentSides(plan, price, undo));
      if (net === undefined) return;
      assert.ok(canBeNet(traded(plan, undo), net));
    }),
    { numRuns: RUNS },
  );
});

test.each([
  ['the long put alone has fallen in with the market: closing would bring what it can never bring', [0], 580, false],
  ['the short put alone: closing would cost more than the width', [1], 580, false],
  ['both puts, the calls being old', [0, 1], 580, true],
  ['the long call alone has risen with it', [3], 810, false],
  ['all', [0, 1, 2, 3], 580, true],
] as const)('%s', (_what, moved, to, expected) => {
  expect(closes(condor, 700, moved, to)).toBe(expected);
});

test('a single leg and legs of two expiries have no bound', () => {
  const [first, second] = traded(condor, true);
  if (first === undefined || second === undefined) throw new Error('a condor has four legs');
  const later = { ...second, contract: { ...second.contract, expiry: '20991217' } };
  const net = { mid: usd(-300), natural: usd(-299) };
  expect(canBeNet([first, second], net)).toBe(false);
  expect(canBeNet([first], net)).toBe(true);
  expect(canBeNet([first, later], net)).toBe(true);
});

test('a wide market around a possible price passes, and so does a net a few cents beyond the bound', () => {
  const legs = traded(condor, true);
  expect(canBeNet(legs, { mid: usd(11), natural: usd(13) })).toBe(true);
  expect(canBeNet(legs, { mid: usd(11), natural: usd(11.02) })).toBe(false);
  expect(canBeNet(legs, { mid: usd(-0.05), natural: usd(-0.04) })).toBe(true);
  expect(canBeNet(legs, { mid: usd(-0.2), natural: usd(-0.19) })).toBe(false);
});

test('an amount certain at expiration may cost less before: a box of 100 at 95.60, bought and sold', () => {
  const box = planOf(
    'custom',
    [legOf('BUY', 'CALL', 600), legOf('SELL', 'CALL', 700), legOf('BUY', 'PUT', 700), legOf('SELL', 'PUT', 600)],
    usd(-95.6),
  );
  expect(canBeNet(traded(box, false), { mid: usd(95.6), natural: usd(95.7) })).toBe(true);
  expect(canBeNet(traded(box, true), { mid: usd(-95.6), natural: usd(-95.5) })).toBe(true);
  expect(canBeNet(traded(box, false), { mid: usd(-5), natural: usd(-4.9) })).toBe(false);
  expect(canBeNet(traded(box, false), { mid: usd(105), natural: usd(105.1) })).toBe(false);
});

const CENT = usd(0.01);

test.each([
  ['a condor that still pays', 2.5, 2, 0.01, -2],
  ['a condor whose natural price costs something: it could only lose', 0.4, -0.03, 0.01, -0.4],
  ['a condor whose natural price gives nothing', 0.4, 0, 0.01, -0.4],
  ['a condor whose quotes promise its width', 9.5, 10, 0.01, -9.5],
  ['a condor whose quotes promise its width at mid as well', 10, 10.4, 0.01, -9.99],
  ['a condor whose mid lies between two prices', 0.015, 0, 0.01, -0.01],
  ['a condor that nobody bids for', 0, -0.01, 0.01, -0.01],
  ['a condor whose mid costs something', -0.02, -0.05, 0.01, -0.01],
  ['a condor of SPX whose mid lies between two prices', 0.425, -0.05, 0.05, -0.4],
  ['a condor of SPX that is worth less than one step', 0.02, -0.1, 0.05, -0.05],
  ['a condor of SPX whose natural price lies between two prices', 2.5, 2.02, 0.05, -2],
  ['a condor of SPX whose natural price is less than one step', 0.5, 0.02, 0.05, -0.05],
] as const)('the broker is asked for the margin of %s', (_what, mid, natural, increment, asked) => {
  const plan = { ...condor, netMid: usd(mid), netNatural: usd(natural) };
  expect(previewLimit(plan, usd(increment))).toBe(usd(asked));
});

test(`the price of a preview is on the grid and inside what the legs can be worth, whatever the quotes (${RUNS} runs)`, () => {
  const price = fc.integer({ min: -3_000, max: 3_000 }).map((half) => half * 5_000);
  fc.assert(
    fc.property(anyStructure, price, price, fc.constantFrom(CENT, 5 * CENT), (plan, netMid, netNatural, increment) => {
      const limit = previewLimit({ legs: plan.legs, netMid, netNatural }, increment);
      assert.equal(Math.abs(limit % increment), 0);
      if (plan.legs.length === 1) return assert.ok(limit > 0);
      const { lowest, highest } = payoffRange(plan.legs) ?? {};
      assert.ok(lowest === undefined || limit >= lowest + increment);
      assert.ok(highest === undefined || limit <= highest - increment);
    }),
    { numRuns: RUNS },
  );
});

test('the broker is asked for the margin of a single option at its own price, and of two expirations at any', () => {
  const [first, second] = condor.legs;
  if (first === undefined || second === undefined) throw new Error('a condor has four legs');
  const later = { ...second, contract: { ...second.contract, expiry: '20991217' } };
  const nets = { netMid: usd(-1), netNatural: usd(-1.2) };
  expect(previewLimit({ legs: [first], ...nets }, CENT)).toBe(usd(1.2));
  expect(previewLimit({ legs: [first], netMid: usd(0.01), netNatural: 0 }, CENT)).toBe(CENT);
  expect(previewLimit({ legs: [first, later], ...nets }, CENT)).toBe(usd(1.2));
});
