/** Prices of protective orders, and how they count beside another order. */
import fc from 'fast-check';
import { profitTarget } from '../../../src/domain/order/profit-target.js';
import { hasProtection, protectionOf } from '../../../src/domain/order/protection.js';
import { orderSettingsSchema } from '../../../src/domain/order/settings.js';
import { underlyingLevels } from '../../../src/domain/order/underlying-levels.js';
import { workingContracts } from '../../../src/domain/order/working.js';
import { rulesSettingsSchema } from '../../../src/domain/rules/settings.js';
import { legOf, usd } from '../strategy/fixtures.js';

const cent = usd(0.01);

describe('the profit target', () => {
  test('buys a credit back for less, and sells a debit for more than it cost', () => {
    expect(profitTarget({ entryNet: usd(3), profit: 0.5, increment: cent })).toBe(usd(1.5));
    expect(profitTarget({ entryNet: usd(-3), profit: 0.5, increment: cent })).toBe(usd(-4.5));
  });

  test('is absent when the structure cannot make the profit', () => {
    expect(profitTarget({ entryNet: usd(3), profit: 1, increment: cent })).toBeUndefined();
    expect(profitTarget({ entryNet: usd(-3), profit: 1, most: usd(6), increment: cent })).toBeUndefined();
    expect(profitTarget({ entryNet: usd(-3), profit: 0.9, most: usd(6), increment: cent })).toBe(usd(-5.7));
  });

  test('never brings less than requested', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 1, max: 99 }),
        fc.boolean(),
        (cents, share, credit) => {
          const entryNet = usd((credit ? cents : -cents) / 100);
          const limit = profitTarget({ entryNet, profit: share / 100, increment: usd(0.05) });
          if (limit === undefined) return;
          expect(entryNet - limit).toBeGreaterThanOrEqual(Math.floor(Math.abs(entryNet) * (share / 100)));
        },
      ),
    );
  });
});

describe('levels of the underlying', () => {
  const condor = [
    legOf('BUY', 'PUT', 600),
    legOf('SELL', 'PUT', 610),
    legOf('SELL', 'CALL', 700),
    legOf('BUY', 'CALL', 710),
  ];

  test('for a condor: below and above, at the break-even or at the short strikes', () => {
    expect(underlyingLevels(condor, usd(3), 'break_even')).toEqual([
      { isMore: false, price: usd(607) },
      { isMore: true, price: usd(703) },
    ]);
    expect(underlyingLevels(condor, usd(3), 'short_strike')).toEqual([
      { isMore: false, price: usd(610) },
      { isMore: true, price: usd(700) },
    ]);
  });

  test('for a spread: on the losing side', () => {
    expect(underlyingLevels(condor.slice(0, 2), usd(2), 'break_even')).toEqual([{ isMore: false, price: usd(608) }]);
    expect(underlyingLevels(condor.slice(2), usd(2), 'break_even')).toEqual([{ isMore: true, price: usd(702) }]);
  });

  test('none for a debit, and none when the strikes leave no room', () => {
    expect(underlyingLevels(condor, usd(-3), 'break_even')).toEqual([]);
    const straddle = [legOf('SELL', 'PUT', 650), legOf('SELL', 'CALL', 650)];
    expect(underlyingLevels(straddle, usd(20), 'short_strike')).toEqual([]);
    expect(underlyingLevels(straddle, usd(20), 'break_even')).toEqual([
      { isMore: false, price: usd(630) },
      { isMore: true, price: usd(670) },
    ]);
  });
});

describe('what working orders may still close', () => {
  const legs = [legOf('SELL', 'PUT', 600)];
  const { conId } = legs[0]?.contract ?? { conId: 0 };
  const rest = (quantity: number, ocaGroup?: string) => ({
    payload: { legs, ...(ocaGroup !== undefined && { ocaGroup }) },
    rest: quantity,
  });

  test("only the largest order of a group counts, and no other of the order's own group", () => {
    const others = [rest(1), rest(2, 'a'), rest(3, 'a'), rest(4, 'b')];
    expect(workingContracts(others, { conId, action: 'SELL' })).toBe(8);
    expect(workingContracts(others, { conId, action: 'SELL', ocaGroup: 'b' })).toBe(4);
    expect(workingContracts(others, { conId, action: 'BUY' })).toBe(0);
  });
});

const settingsOf = (orders: object, stopLoss: object = {}) => ({
  orders: orderSettingsSchema.parse(orders),
  rules: rulesSettingsSchema.parse({ stopLoss }),
});

test('a protective order triggers by default where the stop-loss rule does, and never below 1.5 times the credit', () => {
  expect(protectionOf(settingsOf({}, { credit: 2.25 })).loss).toBe(2.25);
  expect(protectionOf(settingsOf({}, { credit: 1 })).loss).toBe(1.5);
  expect(protectionOf(settingsOf({}, { enabled: false })).loss).toBe(1.5);
  expect(protectionOf(settingsOf({ protective: { loss: 1 } })).loss).toBe(1);
});

test("an entry's own protection overrides the settings", () => {
  const settings = settingsOf({ target: { enabled: true, profit: 0.4 } });
  expect(protectionOf(settings)).toMatchObject({ kind: 'off', target: 0.4, bracket: false });
  expect(protectionOf(settings, { protective: 'combo', target: 0, bracket: true })).toMatchObject({
    kind: 'combo',
    bracket: true,
  });
  expect(hasProtection(protectionOf(settings, { target: 0 }))).toBe(false);
});
