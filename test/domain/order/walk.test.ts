import assert from 'node:assert/strict';
import fc from 'fast-check';
import { exitLimit } from '../../../src/domain/order/exit-limit.js';
import { completingLimit, marketableLimit } from '../../../src/domain/order/marketable-limit.js';
import { comboIncrement, incrementAt, roundToIncrement } from '../../../src/domain/order/ticks.js';
import { netOf, openingWalk } from '../../../src/domain/order/walk.js';
import { PLANS, present, usd } from '../strategy/fixtures.js';

const CENT = usd(0.01);
const NICKEL = usd(0.05);

describe('increments', () => {
  const penny = [
    { lowEdge: 0, increment: CENT },
    { lowEdge: usd(3), increment: NICKEL },
  ];
  it('follow the band of the price, whatever the order of the bands', () => {
    for (const bands of [penny, penny.toReversed()]) {
      expect(incrementAt(bands, usd(2.99))).toBe(CENT);
      expect(incrementAt(bands, usd(3))).toBe(NICKEL);
      expect(incrementAt(bands, 0)).toBe(CENT);
    }
    expect(incrementAt([], usd(1))).toBe(CENT);
    expect(incrementAt([{ lowEdge: usd(3), increment: NICKEL }], usd(1))).toBe(NICKEL);
  });

  it('of a combination are a nickel on SPX and SPXW and the finest leg otherwise, never under a cent', () => {
    const nickels = [{ lowEdge: 0, increment: NICKEL }];
    const fine = [{ lowEdge: 0, increment: 1000 }];
    expect(comboIncrement([penny], 'SPXW')).toBe(NICKEL);
    expect(comboIncrement([penny], 'SPX')).toBe(NICKEL);
    expect(comboIncrement([penny, nickels], 'SPY')).toBe(CENT);
    expect(comboIncrement([nickels, nickels], 'ABC')).toBe(NICKEL);
    expect(comboIncrement([fine], 'XSP')).toBe(CENT);
    expect(comboIncrement([], '')).toBe(CENT);
  });

  it('round signed prices', () => {
    expect(roundToIncrement(usd(-1.234), CENT, 'down')).toBe(usd(-1.24));
    expect(roundToIncrement(usd(-1.234), CENT, 'up')).toBe(usd(-1.23));
    expect(roundToIncrement(usd(1.234), NICKEL, 'nearest')).toBe(usd(1.25));
    expect(Object.is(roundToIncrement(usd(-0.004), CENT, 'up'), 0)).toBe(true);
  });

  it('round onto the grid, by less than one increment, and leave the grid alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2e9, max: 2e9 }), fc.constantFrom(CENT, NICKEL, usd(0.1)), (price, increment) => {
        const down = roundToIncrement(price, increment, 'down');
        const up = roundToIncrement(price, increment, 'up');
        assert.ok(down % increment === 0 && up % increment === 0);
        assert.ok(down <= price && price <= up && up - down < 2 * increment);
        assert.equal(up === down, price % increment === 0);
        expect([down, up]).toContain(roundToIncrement(price, increment, 'nearest'));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the net of legs', () => {
  const sides = [
    { action: 'BUY' as const, ratio: 1, bid: usd(0.5), ask: usd(0.6) },
    { action: 'SELL' as const, ratio: 1, bid: usd(1.5), ask: usd(1.7) },
  ];
  it('pays offers and receives bids', () => {
    expect(netOf(sides)).toEqual({ mid: usd(-1.05), natural: usd(-0.9) });
  });

  it('has no price when a leg to be bought has no offer', () => {
    expect(netOf([{ action: 'BUY', ratio: 1, bid: usd(0.5) }])).toBeUndefined();
  });

  it('prices one-sided legs between nothing and their one side', () => {
    expect(netOf([{ action: 'BUY', ratio: 1, ask: usd(0.1) }])).toEqual({ mid: usd(0.05), natural: usd(0.1) });
    expect(netOf([{ action: 'SELL', ratio: 2, ask: usd(0.1) }])).toEqual({ mid: usd(-0.05), natural: 0 });
    expect(netOf([{ action: 'SELL', ratio: 1, bid: usd(0.1) }])).toEqual({ mid: usd(-0.1), natural: usd(-0.1) });
    expect(netOf([{ action: 'SELL', ratio: 1 }])).toEqual({ mid: 0, natural: 0 });
  });

  it('lets a far wing without a bid neither block nor carry the exit of a condor', () => {
    const exit = netOf([
      { action: 'SELL', ratio: 1, ask: usd(0.05) },
      { action: 'BUY', ratio: 1, bid: usd(0.1), ask: usd(0.15) },
      { action: 'BUY', ratio: 1, bid: usd(0.2), ask: usd(0.25) },
      { action: 'SELL', ratio: 1, ask: usd(0.05) },
    ]);
    expect(exit).toEqual({ mid: usd(0.325), natural: usd(0.4) });
  });

  it('never has natural below mid, with bids at or below asks, and is linear in the ratio', () => {
    const side = fc
      .record({
        action: fc.constantFrom('BUY' as const, 'SELL' as const),
        ratio: fc.integer({ min: 1, max: 4 }),
        bid: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }),
        spread: fc.option(fc.nat(100), { nil: undefined }),
      })
      .map(({ action, ratio, bid, spread }) => ({
        action,
        ratio,
        ...(bid !== undefined && { bid: bid * 10_000 }),
        ...(spread !== undefined && { ask: ((bid ?? 0) + spread + 1) * 10_000 }),
      }));
    fc.assert(
      fc.property(fc.array(side, { minLength: 1, maxLength: 4 }), (legs) => {
        const net = netOf(legs);
        assert.equal(
          net === undefined,
          legs.some((one) => one.action === 'BUY' && one.ask === undefined),
        );
        if (net === undefined) return;
        assert.ok(net.natural >= net.mid);
        const double = present(netOf(legs.map((one) => ({ ...one, ratio: 2 * one.ratio }))));
        expect(double).toEqual({ mid: 2 * net.mid, natural: 2 * net.natural });
      }),
      { numRuns: 2000 },
    );
  });
});

const market = fc
  .record({
    mid: fc.integer({ min: -20_000_000, max: 20_000_000 }),
    room: fc.nat(3_000_000),
    steps: fc.integer({ min: 1, max: 12 }),
    increment: fc.constantFrom(CENT, NICKEL),
  })
  .map(({ room, ...rest }) => ({ ...rest, natural: rest.mid + room }));

describe('the walk of an opening', () => {
  it('goes from mid to its worst share in even steps', () => {
    const walk = openingWalk({ mid: usd(-3), natural: usd(-2.8), steps: 4, increment: CENT });
    expect(walk).toEqual([usd(-3), usd(-2.95), usd(-2.9), usd(-2.85)]);
    expect(openingWalk({ mid: usd(2), natural: usd(2.4), steps: 3, increment: CENT, worstShare: 1 })).toEqual([
      usd(2),
      usd(2.2),
      usd(2.4),
    ]);
  });

  it('is one price when there is no room, and the worst price with one step', () => {
    expect(openingWalk({ mid: usd(2), natural: usd(2), steps: 5, increment: CENT })).toEqual([usd(2)]);
    expect(openingWalk({ mid: usd(2), natural: usd(1), steps: 5, increment: CENT })).toEqual([usd(2)]);
    expect(openingWalk({ mid: usd(2), natural: usd(2.4), steps: 1, increment: CENT })).toEqual([usd(2.3)]);
  });

  it('rises strictly, on the grid, from mid and never beyond the worst price', () => {
    fc.assert(
      fc.property(market, fc.double({ min: 0, max: 1, noNaN: true }), (input, worstShare) => {
        const walk = openingWalk({ ...input, worstShare });
        assert.ok(walk.length >= 1);
        assert.ok(walk.length <= input.steps);
        for (const limit of walk) {
          assert.equal(Math.abs(limit % input.increment), 0);
          assert.ok(limit <= input.mid + (input.natural - input.mid) * worstShare);
          assert.ok(limit > input.mid - input.increment);
        }
        for (const [index, limit] of walk.slice(1).entries()) assert.ok(limit > present(walk[index]));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the limit of an exit', () => {
  const quotes = { mid: usd(1.5), natural: usd(1.7), increment: CENT, steps: 5 };
  it('is mid at the first step and natural from the last on', () => {
    expect(exitLimit({ ...quotes, step: 1 })).toBe(usd(1.5));
    expect(exitLimit({ ...quotes, step: 3 })).toBe(usd(1.6));
    expect(exitLimit({ ...quotes, step: 5 })).toBe(usd(1.7));
    expect(exitLimit({ ...quotes, step: 50 })).toBe(usd(1.7));
    expect(exitLimit({ ...quotes, step: 1, steps: 1 })).toBe(usd(1.7));
  });

  it('asks for at least one increment where even natural pays nothing', () => {
    expect(exitLimit({ mid: usd(-0.02), natural: 0, step: 9, steps: 3, increment: CENT })).toBe(-CENT);
    expect(exitLimit({ mid: 0, natural: 0, step: 1, steps: 3, increment: NICKEL })).toBe(-NICKEL);
  });

  it('stays inside the width when told it', () => {
    const deep = { mid: usd(9.9), natural: usd(10.3), increment: CENT, steps: 3, width: usd(10) };
    expect(exitLimit({ ...deep, step: 1 })).toBe(usd(9.9));
    expect(exitLimit({ ...deep, step: 3 })).toBe(usd(9.99));
    expect(marketableLimit({ ...deep, capPct: 0.1 })).toBe(usd(9.99));
  });

  it('asks no more than the structure can bring, and pays nothing to be rid of what was paid for', () => {
    const debit = { increment: CENT, steps: 3, width: 0, worth: usd(10) };
    expect(exitLimit({ ...debit, mid: usd(-10.02), natural: usd(-9.9), step: 1 })).toBe(usd(-9.99));
    expect(exitLimit({ ...debit, mid: usd(-0.01), natural: usd(0.04), step: 3 })).toBe(-CENT);
    const credit = { increment: CENT, steps: 3, width: usd(10), worth: 0 };
    expect(exitLimit({ ...credit, mid: 0, natural: usd(0.05), step: 1 })).toBe(CENT);
    expect(marketableLimit({ ...credit, mid: usd(-0.03), natural: 0, capPct: 0.02 })).toBe(CENT);
  });

  it('never falls as the steps go on, starts at mid and reaches natural', () => {
    fc.assert(
      fc.property(market, (input) => {
        const limits = Array.from({ length: input.steps + 2 }, (_, index) => exitLimit({ ...input, step: index + 1 }));
        for (const [index, limit] of limits.slice(1).entries()) {
          assert.ok(limit >= present(limits[index]));
        }
        const last = present(limits.at(-1));
        assert.notEqual(last, 0);
        assert.equal(Math.abs(last % input.increment), 0);
        if (input.natural > 0) assert.equal(last, roundToIncrement(input.natural, input.increment, 'up'));
        else assert.ok(last < 0);
        if (input.steps > 1 && input.natural > 0) {
          assert.equal(present(limits[0]), roundToIncrement(input.mid, input.increment, 'up'));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('that must trade now is natural, or the cap beyond mid when that is further', () => {
    expect(marketableLimit({ ...quotes, capPct: 0.1 })).toBe(usd(1.7));
    expect(marketableLimit({ ...quotes, natural: usd(1.55), capPct: 0.1 })).toBe(usd(1.65));
    expect(marketableLimit({ mid: usd(-1), natural: usd(-0.95), increment: CENT, capPct: 0.1 })).toBe(usd(-0.9));
    expect(marketableLimit({ mid: usd(-0.02), natural: 0, increment: CENT, capPct: 0.1 })).toBe(-CENT);
  });

  it('that completes a structure is marketable up to its cap, on its own side of zero', () => {
    const leg = { increment: CENT, marketPct: 0.1, capPct: 0.25 };
    expect(completingLimit({ ...leg, mid: usd(2), natural: usd(2.1) })).toBe(usd(2.2));
    expect(completingLimit({ ...leg, mid: usd(2), natural: usd(9) })).toBe(usd(2.5));
    expect(completingLimit({ ...leg, mid: usd(-2), natural: usd(-1) })).toBe(usd(-1.5));
    expect(completingLimit({ ...leg, mid: usd(-0.04), natural: 0 })).toBe(-CENT);
    expect(completingLimit({ ...leg, mid: usd(0.04), natural: usd(0.2) })).toBe(usd(0.09));
  });

  it('that completes a structure never pays beyond its cap', () => {
    const input = fc.record({
      mid: fc.integer({ min: 1, max: 5_000 }).chain((cents) => fc.constantFrom(cents, -cents)),
      half: fc.integer({ min: 0, max: 5_000 }),
      increment: fc.constantFrom(CENT, NICKEL),
    });
    fc.assert(
      fc.property(input, ({ mid, half, increment }) => {
        const at = { mid: mid * CENT, natural: (mid < 0 ? Math.min(0, mid + half) : mid + half) * CENT };
        const limit = completingLimit({ ...at, increment, marketPct: 0.1, capPct: 0.25 });
        assert.equal(Math.abs(limit % increment), 0);
        if (mid < 0) assert.ok(limit < 0);
        assert.ok(limit <= at.mid + Math.max(usd(0.05), Math.abs(at.mid) * 0.25));
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps every structure inside its width on the whole walk', () => {
    for (const { width, netMid } of PLANS.filter((plan) => plan.width > 0)) {
      const mid = Math.abs(netMid);
      for (let step = 1; step < 8; step++) {
        const limit = exitLimit({ mid, natural: mid + usd(20), step, steps: 5, increment: NICKEL, width });
        expect(limit).toBeLessThan(width);
        expect(limit).toBeGreaterThan(0);
      }
    }
  });
});
