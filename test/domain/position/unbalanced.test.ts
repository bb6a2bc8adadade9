/** Structures out of ratio: what is closed leg by leg, and what no order may touch. */

import fc from 'fast-check';
import type { Fill } from '../../../src/domain/order/fill.js';
import { effectiveFills, partOf } from '../../../src/domain/position/effective-fills.js';
import { externalFills, lacking, separateCorrections } from '../../../src/domain/position/external-fills.js';
import { isReversed, reversalOf, unbalancedLegs } from '../../../src/domain/position/unbalanced.js';
import { PLANS, present } from '../strategy/fixtures.js';

const legs = (...quantities: readonly number[]) =>
  quantities.map((openQuantity, index) => ({
    legNo: index + 1,
    ratio: 1,
    action: index === 0 || index === 3 ? ('BUY' as const) : ('SELL' as const),
    openQuantity,
  }));

describe('unbalancedLegs', () => {
  test('whole combos are not broken', () => {
    expect(unbalancedLegs(legs(2, -2, -2, 2), 2)).toBeUndefined();
    expect(unbalancedLegs(legs(0, 0, 0, 0), 0)).toBeUndefined();
  });

  test('shorts first, then longs, each with its remaining contracts', () => {
    expect(unbalancedLegs(legs(0, -2, -1, 2), 1)).toEqual([
      { legNo: 2, contracts: 2 },
      { legNo: 3, contracts: 1 },
      { legNo: 4, contracts: 2 },
    ]);
  });

  test('a reversed leg is left to a person', () => {
    const reversed = legs(-1, -1, 0, 0);
    expect(unbalancedLegs(reversed, 0)).toEqual([{ legNo: 2, contracts: 1 }]);
    expect(reversed.map(isReversed)).toEqual([true, false, false, false]);
  });
});

describe('reversalOf', () => {
  const named = (...quantities: readonly number[]) =>
    legs(...quantities).map((leg) => ({
      ...leg,
      contract: { ...present(PLANS[0]?.legs[0]).contract, expiry: '20260417', strike: 600 + leg.legNo },
    }));

  test('names the contracts held on the opposite side and the trades that settle it', () => {
    expect(reversalOf(named(2, -2, -2, 2))).toBeUndefined();
    expect(reversalOf(named(0, 0, 0, 0))).toBeUndefined();
    expect(reversalOf(named(-2, 1, -1, 0))).toBe(
      'More was closed than was open: leg 1 holds -2 SPY 20260417 601 PUT (buy 2 to settle it), leg 2 holds 1 SPY 20260417 ' +
        '602 PUT (sell 1 to settle it). Legwork sends no order for it; settle it at the broker.',
    );
  });
});

describe('adoption', () => {
  const fill = (execId: string, side: 'BUY' | 'SELL', quantity: number, at = 0): Fill => ({
    execId,
    orderRef: '',
    orderId: 0,
    permId: 1,
    account: 'DU1',
    conId: 7,
    secType: 'OPT',
    side,
    quantity,
    price: 1_000_000,
    at,
    liquidation: false,
  });
  const holders = [
    { positionId: 'old', quantity: 2 },
    { positionId: 'new', quantity: 2 },
  ];

  test('imports what the account lacks, never beyond zero', () => {
    expect(lacking(4, holders)).toBe(0);
    expect(lacking(1, holders)).toBe(3);
    expect(lacking(-3, holders)).toBe(4);
    expect(lacking(9, holders)).toBe(0);
    expect(lacking(0, [{ positionId: 'p', quantity: -3 }])).toBe(3);
  });

  test('beside a position that was closed twice, the position on the opposite side takes the trade', () => {
    const both = [
      { positionId: 'whole', quantity: 2 },
      { positionId: 'reversed', quantity: -2 },
    ];
    expect(lacking(0, both)).toBe(0);
    expect([lacking(2, both), lacking(3, both), lacking(-2, both), lacking(-1, both)]).toEqual([2, 2, 2, 1]);
    const taken = (account: number, side: 'BUY' | 'SELL') =>
      externalFills({ conId: 7, account, holders: both, foreign: [fill('x', side, 2)] }).map((one) => one.positionId);
    expect([taken(2, 'BUY'), taken(2, 'SELL'), taken(-2, 'SELL'), taken(-2, 'BUY')]).toEqual([
      ['reversed'],
      [],
      ['whole'],
      [],
    ]);
  });

  test('the oldest position that can hold a whole execution takes it, never beyond the difference', () => {
    const foreign = [fill('c', 'SELL', 2, 3), fill('a', 'SELL', 1, 1), fill('b', 'SELL', 2, 2), fill('d', 'BUY', 1, 4)];
    expect(
      externalFills({ conId: 7, account: 1, holders, foreign }).map((one) => [one.fill.execId, one.positionId]),
    ).toEqual([
      ['a', 'old'],
      ['b', 'new'],
    ]);
    expect(externalFills({ conId: 7, account: 4, holders, foreign })).toEqual([]);
  });

  test('whatever is told of the trades of others, and in whatever portions, the ledger ends with each trade once, as last corrected', () => {
    const reports = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 })), {
      selector: String,
      minLength: 1,
      maxLength: 20,
    });
    const parts = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(reports, fc.array(fc.nat(20), { maxLength: 4 }), parts, (all, looks, divided) => {
        const told = all.map(([trade, correction]) => ({
          ...fill(`0000e0d5.${trade}.01.0${correction}`, 'BUY', 2),
          price: 100 * trade + correction,
        }));
        const ledger: Fill[] = [];
        for (const end of [...looks, told.length].sort((a, b) => a - b)) {
          const { fresh, corrections } = separateCorrections(told.slice(0, end), ledger);
          for (const one of fresh) {
            const isDivided = divided[Math.floor(one.price / 100) - 1] ?? false;
            if (!isDivided) ledger.push(one);
            else for (const name of ['a', 'b']) ledger.push({ ...one, quantity: 1, execId: partOf(one.execId, name) });
          }
          ledger.push(...corrections.map(({ now }) => now));
        }
        const money = (fills: readonly Fill[]) =>
          effectiveFills(fills).reduce((sum, { price, quantity }) => sum + price * quantity, 0);
        expect(money(ledger)).toBe(money(told));
      }),
    );
  });
});
