import assert from 'node:assert/strict';
import fc from 'fast-check';
import { externalRefOf } from '../../../src/domain/ids.js';
import { actionSign } from '../../../src/domain/option.js';
import type { Fill } from '../../../src/domain/order/fill.js';
import { effectiveFills, foldPosition } from '../../../src/domain/position/ledger.js';
import type { StrategyPlan } from '../../../src/domain/strategy/strategy.js';
import { anyPlan, PLANS, present, usd } from '../strategy/fixtures.js';
import { fillOf, summaryOf } from './fills.js';

const condor = present(PLANS[0]);
const [longPut, shortPut, shortCall, longCall] = [0, 1, 2, 3].map((index) => present(condor.legs[index]));

/** Fills of whole combos on every leg, each leg at its own price. */
function combos(
  plan: StrategyPlan,
  purpose: 'open' | 'close',
  count: number,
  prices: readonly number[],
  commission = 0,
) {
  return plan.legs.map((leg, index) =>
    fillOf(leg, purpose, count * leg.ratio, present(prices[index]), { ...(commission > 0 && { commission }) }),
  );
}

const OPEN_PRICES = [usd(1), usd(2.5), usd(2.6), usd(1)];
const CLOSE_PRICES = [usd(0.5), usd(1.25), usd(1.3), usd(0.5)];

describe('the executions that count', () => {
  const leg = present(shortPut);
  const first = fillOf(leg, 'open', 2, usd(2.5));
  const corrected = { ...first, execId: first.execId.replace(/01$/, '02'), price: usd(2.45) };
  const tenth = { ...first, execId: first.execId.replace(/01$/, '10'), price: usd(2.4) };

  it('are each counted once, in the correction with the highest number', () => {
    expect(effectiveFills([first, first])).toEqual([first]);
    expect(effectiveFills([corrected, first])).toEqual([corrected]);
    expect(effectiveFills([first, tenth, corrected])).toEqual([tenth]);
  });

  it('keep the legs of one combination apart', () => {
    const other = { ...first, execId: first.execId.replace('.02.', '.03.') };
    expect(effectiveFills([first, other])).toHaveLength(2);
  });

  it('keep ids without a correction number apart', () => {
    expect(
      effectiveFills([
        { ...first, execId: 'a' },
        { ...first, execId: 'b' },
        { ...first, execId: 'a.b' },
      ]),
    ).toHaveLength(3);
  });

  it('carry the commission of any report; a repeated 0 does not erase it', () => {
    const paid = { ...first, commission: usd(0.65) };
    const silent = { ...first, commission: 0 };
    expect(effectiveFills([silent, paid, first])[0]?.commission).toBe(usd(0.65));
    expect(effectiveFills([paid, corrected])[0]).toMatchObject({ price: usd(2.45), commission: usd(0.65) });
    expect(effectiveFills([{ ...corrected, commission: usd(0.7) }, paid])[0]?.commission).toBe(usd(0.7));
    expect(effectiveFills([silent])[0]?.commission).toBe(0);
    expect(effectiveFills([first])[0]).not.toHaveProperty('commission');
  });
});

describe('a position folded from its fills', () => {
  it('is nothing before the first fill', () => {
    expect(foldPosition({ plan: condor, fills: [] })).toEqual({
      openedCombos: 0,
      openCombos: 0,
      shares: 0,
      cash: 0,
      commissions: 0,
      legs: [1, 2, 3, 4].map((legNo) => ({ legNo, status: 'PENDING', openQuantity: 0 })),
      flat: false,
      unbalanced: false,
    });
  });

  it('opens for its net credit; the summary of the combination is not counted', () => {
    const fills = [summaryOf(2, usd(-3.1)), ...combos(condor, 'open', 2, OPEN_PRICES, usd(1.3))];
    const folded = foldPosition({ plan: condor, fills });
    expect(folded).toMatchObject({
      openedCombos: 2,
      openCombos: 2,
      entryNet: usd(3.1),
      flat: false,
      unbalanced: false,
    });
    expect(folded.commissions).toBe(usd(5.2));
    expect(folded).not.toHaveProperty('exitNet');
    expect(folded).not.toHaveProperty('realizedPnl');
    expect(folded.legs.map(({ openQuantity, status }) => [openQuantity, status])).toEqual([
      [2, 'FILLED'],
      [-2, 'FILLED'],
      [-2, 'FILLED'],
      [2, 'FILLED'],
    ]);
  });

  it('opens a debit with a negative net and honours ratios', () => {
    const butterfly = present(PLANS.at(-1));
    const fills = combos(butterfly, 'open', 3, [usd(5), usd(2), usd(0.5)]);
    const folded = foldPosition({ plan: { ...butterfly, quantity: 3 }, fills });
    expect(folded).toMatchObject({ openedCombos: 3, entryNet: usd(-1.5), unbalanced: false });
    expect(folded.legs.map((leg) => leg.openQuantity)).toEqual([3, -6, 3]);
  });

  it('averages several executions', () => {
    const fills = [
      ...combos(condor, 'open', 1, OPEN_PRICES),
      ...combos(condor, 'open', 1, [usd(1.2), ...OPEN_PRICES.slice(1)]),
    ];
    expect(foldPosition({ plan: condor, fills })).toMatchObject({ openedCombos: 2, entryNet: usd(3) });
    expect(foldPosition({ plan: condor, fills }).legs[0]?.openPrice).toBe(usd(1.1));
  });

  it('shows a leg that is missing as unbalanced, and a partial opening as partial', () => {
    const fills = combos(condor, 'open', 2, OPEN_PRICES);
    const three = foldPosition({ plan: condor, fills: fills.slice(1) });
    expect(three).toMatchObject({ openedCombos: 0, openCombos: 0, unbalanced: true, flat: false });
    expect(three).not.toHaveProperty('entryNet');
    const half = foldPosition({ plan: condor, fills: combos(condor, 'open', 1, OPEN_PRICES) });
    expect(half).toMatchObject({ openedCombos: 1, unbalanced: false });
    expect(half.legs.map((leg) => leg.status)).toEqual(['PARTIAL', 'PARTIAL', 'PARTIAL', 'PARTIAL']);
  });

  it('realizes the closed share with its commissions while the rest is open', () => {
    const fills = [
      ...combos(condor, 'open', 2, OPEN_PRICES, usd(1.3)),
      ...combos(condor, 'close', 1, CLOSE_PRICES, usd(0.65)),
    ];
    const folded = foldPosition({ plan: condor, fills });
    // (3.10 - 1.55) x 1 x 100, less 4 x 0.65 for closing and half of 4 x 1.30 for opening.
    expect(folded).toMatchObject({
      openedCombos: 2,
      openCombos: 1,
      exitNet: usd(1.55),
      realizedPnl: usd(155 - 2.6 - 2.6),
      // 620 received and 155 paid; the other half of 4 x 1.30 counts when the second combo is closed.
      cash: usd(620 - 155 - 2.6 - 2.6),
    });
    expect(folded.commissions).toBe(usd(7.8));
    expect(folded.legs.map((leg) => leg.openQuantity)).toEqual([1, -1, -1, 1]);
    expect(folded.legs.map((leg) => leg.status)).toEqual(['FILLED', 'FILLED', 'FILLED', 'FILLED']);
  });

  it('realizes exactly the cash when flat', () => {
    const fills = [
      ...combos(condor, 'open', 2, OPEN_PRICES, usd(1.3)),
      ...combos(condor, 'close', 2, CLOSE_PRICES, usd(1.3)),
    ];
    const folded = foldPosition({ plan: condor, fills });
    expect(folded).toMatchObject({ openCombos: 0, flat: true, unbalanced: false, realizedPnl: usd(310 - 10.4) });
    expect(folded.legs.map((leg) => leg.status)).toEqual(['CLOSED', 'CLOSED', 'CLOSED', 'CLOSED']);
  });

  it('receives when a debit is closed: the exit net is negative', () => {
    const call = present(PLANS[5]);
    const leg = present(call.legs[0]);
    const fills = [fillOf(leg, 'open', 2, usd(12)), fillOf(leg, 'close', 2, usd(15))];
    expect(foldPosition({ plan: call, fills })).toMatchObject({
      entryNet: usd(-12),
      exitNet: usd(-15),
      realizedPnl: usd(600),
    });
  });

  it('shows a leg closed twice as unbalanced and not flat', () => {
    const fills = [...combos(condor, 'open', 2, OPEN_PRICES), ...combos(condor, 'close', 2, CLOSE_PRICES)];
    const twice = [...fills, fillOf(present(shortCall), 'close', 2, usd(1.3))];
    const folded = foldPosition({ plan: condor, fills: twice });
    expect(folded).toMatchObject({ openCombos: 0, flat: false, unbalanced: true });
    expect(folded.legs[2]?.openQuantity).toBe(2);
  });

  it('is not reopened by trades that reverse a double close', () => {
    const byHand = { orderRef: externalRefOf('spy-ic-20260302-a1b2c3'), commission: usd(1) };
    const fills = [
      ...combos(condor, 'open', 2, OPEN_PRICES, usd(1)),
      ...combos(condor, 'close', 4, CLOSE_PRICES, usd(1)),
      ...condor.legs.map((leg, index) => fillOf(leg, 'open', 2, present(CLOSE_PRICES[index]), byHand)),
    ];
    const folded = foldPosition({ plan: condor, fills });
    // Bought back for what they were sold at: the P&L of a position closed once, less twelve commissions.
    expect(folded).toMatchObject({
      ...{ openedCombos: 2, openCombos: 0, flat: true, unbalanced: false },
      ...{ entryNet: usd(3.1), exitNet: usd(1.55), realizedPnl: usd(310 - 12), commissions: usd(12) },
    });
    const half = foldPosition({ plan: condor, fills: fills.slice(0, -2) });
    expect(half).toMatchObject({ openedCombos: 2, openCombos: 0, flat: false });
    expect(half.legs.map(({ openQuantity }) => openQuantity)).toEqual([0, 0, 2, -2]);
  });

  it('counts shorts bought back first as open combos until every leg is closed', () => {
    const fills = [
      ...combos(condor, 'open', 2, OPEN_PRICES),
      fillOf(present(shortPut), 'close', 2, usd(1)),
      fillOf(present(shortCall), 'close', 2, usd(1)),
    ];
    const folded = foldPosition({ plan: condor, fills });
    expect(folded).toMatchObject({ openCombos: 2, flat: false, unbalanced: true });
    expect(folded.legs.map((leg) => leg.status)).toEqual(['FILLED', 'CLOSED', 'CLOSED', 'FILLED']);
    expect(folded).not.toHaveProperty('realizedPnl');
  });

  it("does not count a summary that names a leg, as a combination's first report may", () => {
    const summary = { ...summaryOf(2, usd(1)), conId: present(longPut).contract.conId };
    expect(foldPosition({ plan: condor, fills: [summary] })).toEqual(foldPosition({ plan: condor, fills: [] }));
  });

  it('ignores executions of anything that is not a leg', () => {
    const stock = fillOf(present(longPut), 'open', 100, usd(700), { conId: 43, secType: 'STK' });
    const stranger = fillOf(present(longCall), 'open', 1, usd(1), { conId: 42 });
    expect(foldPosition({ plan: condor, fills: [stock, stranger] })).toEqual(foldPosition({ plan: condor, fills: [] }));
  });
});

describe('shares from an assignment', () => {
  const leg = present(shortPut);
  const stock = (side: 'BUY' | 'SELL', quantity: number, dollars: number, commission = 0): Fill => ({
    ...fillOf(leg, 'close', quantity, usd(dollars), { conId: condor.underlyingConId, secType: 'STK' }),
    ...{ side, execId: `stock-${side}-${quantity}-${dollars}.01`, commission: usd(commission) },
  });
  const opened = combos(condor, 'open', 2, OPEN_PRICES);
  const closed = combos(condor, 'close', 2, CLOSE_PRICES);

  it('are held until they leave, and the position is not flat before', () => {
    const assigned = [...opened, ...closed, stock('BUY', 200, 640)];
    expect(foldPosition({ plan: condor, fills: assigned })).toMatchObject({ shares: 200, flat: false });
    const half = [...assigned, stock('SELL', 50, 630, 1)];
    // 50 x (630 - 640) - 1 in addition to the combos' result.
    const before = foldPosition({ plan: condor, fills: assigned }).realizedPnl ?? 0;
    expect(foldPosition({ plan: condor, fills: half })).toMatchObject({ shares: 150, realizedPnl: before - usd(501) });
    const gone = [...half, stock('SELL', 150, 635, 1)];
    expect(foldPosition({ plan: condor, fills: gone })).toMatchObject({
      ...{ shares: 0, flat: true, realizedPnl: before - usd(501) - usd(751), commissions: usd(2) },
    });
  });

  it('count as exactly their cash once they have left, in any order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 90_000 }))),
        (trades) => {
          const one = trades.flatMap(([quantity, cents], index) => [
            { ...stock('BUY', quantity, cents / 100), execId: `b${index}.01` },
            { ...stock('SELL', quantity, (cents + 7) / 100), execId: `s${index}.01` },
          ]);
          const total = trades.reduce((sum, [quantity]) => sum + quantity * usd(0.07), 0);
          const both = [...opened, ...closed];
          const without = foldPosition({ plan: condor, fills: both }).realizedPnl ?? 0;
          const state = foldPosition({ plan: condor, fills: [...one.reverse(), ...both] });
          expect(state).toMatchObject({ shares: 0, flat: true, realizedPnl: without + total });
        },
      ),
    );
  });
});

describe('the fold, as a property', () => {
  /** Any history of a plan: executions of its legs on either side, some corrected, and summaries in between. */
  const history = anyPlan.chain((plan) => {
    const one = fc
      .record({
        leg: fc.constantFrom(...plan.legs),
        purpose: fc.constantFrom('open' as const, 'open' as const, 'close' as const),
        quantity: fc.integer({ min: 1, max: 5 }),
        price: fc.integer({ min: 1, max: 2000 }).map((cents) => cents * 10_000),
        commission: fc.option(fc.integer({ min: 0, max: 5_000_000 }), { nil: undefined }),
        correctedPrice: fc.option(
          fc.integer({ min: 1, max: 2000 }).map((cents) => cents * 10_000),
          { nil: undefined },
        ),
      })
      .map(({ leg, purpose, quantity, price, commission, correctedPrice }): readonly Fill[] => {
        const fill = fillOf(leg, purpose, quantity, price, { ...(commission !== undefined && { commission }) });
        if (correctedPrice === undefined) return [fill];
        return [fill, { ...fill, execId: fill.execId.replace(/01$/, '02'), price: correctedPrice }];
      });
    const summary = fc.constant(null).map((): readonly Fill[] => [summaryOf(1, usd(-3))]);
    const all = fc.array(fc.oneof({ weight: 5, arbitrary: one }, { weight: 1, arbitrary: summary }), { maxLength: 12 });
    return all.map((groups) => ({ plan, fills: groups.flat() }));
  });

  it('does not depend on the order, the number of reports or the interleaving of fills', () => {
    const retold = history.chain(({ plan, fills }) =>
      fc
        .tuple(
          fc.shuffledSubarray(fills, { minLength: fills.length, maxLength: fills.length }),
          fc.subarray(fills),
          fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        )
        .map(([shuffled, again, keys]) => {
          const mixed = [...shuffled, ...again].map((fill) => ({ fill, key: keys.next().value ?? 0 }));
          return { plan, fills, mixed: mixed.sort((a, b) => a.key - b.key).map(({ fill }) => fill) };
        }),
    );
    fc.assert(
      fc.property(retold, ({ plan, fills, mixed }) => {
        expect(effectiveFills(mixed)).toEqual(effectiveFills(fills));
        expect(foldPosition({ plan, fills: mixed })).toEqual(foldPosition({ plan, fills }));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on which of two differing reports of one execution came first', () => {
    const differing = history.chain(({ plan, fills }) => {
      const reports = fills.flatMap((fill) => [fill, { ...fill, orderRef: '' }, { ...fill, commission: 0 }]);
      const shuffled = fc.shuffledSubarray(reports, { minLength: reports.length, maxLength: reports.length });
      return shuffled.map((mixed) => ({ plan, reports, mixed }));
    });
    fc.assert(
      fc.property(differing, ({ plan, reports, mixed }) => {
        expect(effectiveFills(mixed)).toEqual(effectiveFills(reports));
        expect(foldPosition({ plan, fills: mixed })).toEqual(foldPosition({ plan, fills: reports }));
      }),
      { numRuns: 500 },
    );
  });

  it('is idempotent: folding the counted fills again changes nothing', () => {
    fc.assert(
      fc.property(history, ({ fills }) => {
        const once = effectiveFills(fills);
        expect(effectiveFills(once)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('conserves contracts, cash and commissions', () => {
    fc.assert(
      fc.property(history, ({ plan, fills }) => {
        const folded = foldPosition({ plan, fills });
        const counted = effectiveFills(fills).filter((fill) => fill.secType === 'OPT');
        const signed = (fill: Fill) => actionSign(fill.side) * fill.quantity;
        plan.legs.forEach((leg, index) => {
          const own = counted.filter((fill) => fill.conId === leg.contract.conId);
          assert.equal(
            folded.legs[index]?.openQuantity,
            own.reduce((sum, fill) => sum + signed(fill), 0),
          );
        });
        assert.equal(
          folded.commissions,
          counted.reduce((sum, fill) => sum + (fill.commission ?? 0), 0),
        );
        assert.ok(folded.openCombos >= 0);
        assert.ok(folded.openCombos <= folded.openedCombos);
        assert.equal(folded.flat, counted.length > 0 && folded.legs.every((leg) => leg.openQuantity === 0));
        if (!folded.flat) return;
        const cash = counted.reduce((sum, fill) => sum - signed(fill) * fill.price, 0);
        assert.equal(folded.realizedPnl, cash * plan.multiplier - folded.commissions);
      }),
      { numRuns: 2000 },
    );
  });

  it('is flat and balanced after whole combos were opened and closed, whatever the split', () => {
    const splits = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyPlan, splits, (plan, parts) => {
        const total = parts.reduce((sum, part) => sum + part, 0);
        const prices = plan.legs.map((_, index) => usd(index + 1));
        const fills = [
          ...parts.flatMap((part) => combos(plan, 'open', part, prices)),
          ...combos(plan, 'close', total, prices),
        ];
        const folded = foldPosition({ plan: { ...plan, quantity: total }, fills });
        expect(folded).toMatchObject({
          openedCombos: total,
          openCombos: 0,
          flat: true,
          unbalanced: false,
          realizedPnl: 0,
        });
      }),
      { numRuns: 500 },
    );
  });
});
