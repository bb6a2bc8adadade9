import fc from 'fast-check';
import type { LegAction } from '../../../src/domain/option.js';
import { type BuildInput, buildStrategy, midOf } from '../../../src/domain/strategy/build.js';
import { strategySettingsSchema } from '../../../src/domain/strategy/settings.js';
import { STRATEGY_TYPES, type StrategyPlan, type StrategyType } from '../../../src/domain/strategy/strategy.js';
import { validateStrategy } from '../../../src/domain/strategy/validate.js';
import { candidateOf, chainOf, EXPIRY, NOW, present, usd } from './fixtures.js';

const settings = strategySettingsSchema.parse({});
const NAMED = STRATEGY_TYPES.filter((type) => type !== 'custom');

function inputOf(strategyType: StrategyType, changes: Partial<BuildInput> = {}): BuildInput {
  return {
    symbol: 'SPY',
    strategyType,
    underlyingConId: 756733,
    underlyingPrice: usd(700),
    quantity: 2,
    candidates: chainOf(),
    settings,
    forbidden: new Map(),
    now: NOW,
    ...changes,
  };
}

function built(strategyType: StrategyType, changes: Partial<BuildInput> = {}): StrategyPlan {
  const result = buildStrategy(inputOf(strategyType, changes));
  if (result.kind !== 'plan') throw new Error(result.reasons.join(' '));
  return result.plan;
}

const reasons = (strategyType: StrategyType, changes: Partial<BuildInput>): string => {
  const result = buildStrategy(inputOf(strategyType, changes));
  return result.kind === 'refused' ? result.reasons.join(' ') : 'built';
};

const shape = (plan: StrategyPlan) =>
  plan.legs.map(({ action, contract }) => `${action} ${contract.right} ${contract.strike}`);

describe('the builders', () => {
  it('choose shorts by delta and wings by distance', () => {
    // A delta of 0.18 lies 22.7 points from 700 in this chain; the wing 2 % of the price, 14 points, further.
    expect(shape(built('iron_condor'))).toEqual(['BUY PUT 663', 'SELL PUT 677', 'SELL CALL 723', 'BUY CALL 737']);
    // 0.30 lies 12.7 points away, the wing 7 further.
    expect(shape(built('bull_put_spread'))).toEqual(['BUY PUT 680', 'SELL PUT 687']);
    expect(shape(built('bear_call_spread'))).toEqual(['BUY CALL 720', 'SELL CALL 713']);
    expect(shape(built('bull_call_spread'))).toEqual(['BUY CALL 700', 'SELL CALL 707']);
    expect(shape(built('bear_put_spread'))).toEqual(['BUY PUT 700', 'SELL PUT 693']);
    expect(shape(built('long_call'))).toEqual(['BUY CALL 706']);
    expect(shape(built('long_put'))).toEqual(['BUY PUT 694']);
  });

  it('price a plan from its quotes, credit positive', () => {
    const plan = built('bull_put_spread');
    const [long, short] = [candidateOf('PUT', 680).quote, candidateOf('PUT', 687).quote];
    expect(plan.netMid).toBe(midOf(short) - midOf(long));
    expect(plan.netNatural).toBe((short.bid ?? 0) - (long.ask ?? 0));
    expect(plan).toMatchObject({ quantity: 2, width: usd(7), expiry: EXPIRY, dte: 46, structure: 'vertical_spread' });
    expect(plan.maxLoss).toBe((usd(7) - plan.netMid) * 100);
    expect(plan.maxProfit).toBe(plan.netMid * 100);
    expect(plan.netDelta).toBeGreaterThan(0);
  });

  it.each(NAMED)('make a valid %s at any price of the underlying', (type) => {
    fc.assert(
      fc.property(fc.integer({ min: 650, max: 750 }), fc.integer({ min: 1, max: 10 }), (price, quantity) => {
        const candidates = chainOf(price, price - 120, price + 120);
        const plan = built(type, { underlyingPrice: usd(price), quantity, candidates });
        expect(validateStrategy(plan)).toEqual([]);
        expect(plan.netNatural).toBeLessThanOrEqual(plan.netMid);
        const listed = new Set(candidates.map(({ contract }) => contract.conId));
        for (const { contract } of plan.legs) expect(listed.has(contract.conId)).toBe(true);
        expect(plan.maxLoss).toBeGreaterThan(0);
        if (plan.legs.length > 1) expect(Math.abs(plan.netMid)).toBeLessThan(plan.width);
      }),
      { numRuns: 40 },
    );
  });

  it.each(NAMED)('never put a %s on the opposite side of a held or worked contract', (type) => {
    const sides = fc.array(fc.tuple(fc.integer({ min: 655, max: 745 }), fc.constantFrom<LegAction>('BUY', 'SELL')), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(sides, (taken) => {
        const forbidden = new Map(
          taken.flatMap(([strike, action]) =>
            (['CALL', 'PUT'] as const).map((right) => [candidateOf(right, strike).contract.conId, action] as const),
          ),
        );
        const result = buildStrategy(inputOf(type, { forbidden }));
        if (result.kind === 'refused') {
          expect(result.reasons.length).toBeGreaterThan(0);
          return;
        }
        for (const { contract, action } of result.plan.legs) {
          expect([undefined, action]).toContain(forbidden.get(contract.conId));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('widen the wings of an index priced in thousands', () => {
    const candidates = chainOf(7000, 6800, 7200, 5);
    const plan = built('iron_condor', { underlyingPrice: usd(7000), candidates });
    expect(plan.width).toBe(usd(140));
  });

  it('refuse when no strike has the delta, no wing lies near, or nothing is listed', () => {
    const far = chainOf(700, 600, 640).concat(chainOf(700, 760, 800));
    expect(reasons('iron_condor', { candidates: far })).toContain('to a delta of 0.18');
    expect(reasons('iron_condor', { candidates: [] })).toContain('No listed put with a delta');
    const wingless = chainOf().filter(({ contract }) => contract.strike >= 675);
    expect(
      reasons('bull_put_spread', { candidates: wingless.filter(({ contract }) => contract.strike >= 685) }),
    ).toContain('points from 687');
  });

  it('refuse legs without a quote, and name them', () => {
    const candidates = chainOf().map((one) => {
      if (one.contract.strike !== 680) return one;
      const { bid: _bid, ask: _ask, ...silent } = one.quote;
      return { ...one, quote: silent };
    });
    expect(reasons('bull_put_spread', { candidates })).toBe('SPY 20260417 680 PUT has no quote.');
  });
});

describe('custom legs', () => {
  const leg = { right: 'CALL' as const, strike: 700, expiry: EXPIRY, action: 'BUY' as const, ratio: 1 };
  it('are taken as given', () => {
    const legs = [leg, { ...leg, strike: 710, action: 'SELL' as const, ratio: 2 }, { ...leg, strike: 720 }];
    const plan = built('custom', { legs });
    expect(shape(plan)).toEqual(['BUY CALL 700', 'SELL CALL 710', 'BUY CALL 720']);
    expect(plan).toMatchObject({ structure: 'custom', width: usd(20) });
    expect(plan.legs.map(({ ratio }) => ratio)).toEqual([1, 2, 1]);
    expect(validateStrategy(plan)).toEqual([]);
  });

  it('with one leg are a single leg, whatever the name', () => {
    expect(built('custom', { legs: [leg] }).structure).toBe('single_leg');
  });

  it('without a cover have no maximum loss', () => {
    expect(built('custom', { legs: [{ ...leg, action: 'SELL' }] })).not.toHaveProperty('maxLoss');
  });

  it('are refused when none is given, or one is not listed or held on the opposite side', () => {
    expect(reasons('custom', {})).toContain('at least one leg');
    expect(reasons('custom', { legs: [{ ...leg, strike: 700.5 }] })).toMatch(
      /^CALL 700\.5 of \d{8} is not listed, or shows no live price now\.$/,
    );
    const forbidden = new Map<number, LegAction>([[candidateOf('CALL', 700).contract.conId, 'SELL']]);
    expect(reasons('custom', { legs: [leg], forbidden })).toContain('on the opposite side');
  });
});

describe('the mid of a quote', () => {
  it('is half the ask without a bid, and the bid without an ask', () => {
    expect(midOf({ bid: usd(1), ask: usd(1.1) })).toBe(usd(1.05));
    expect(midOf({ ask: usd(0.1) })).toBe(usd(0.05));
    expect(midOf({ bid: usd(1) })).toBe(usd(1));
    expect(midOf({})).toBe(0);
  });
});

describe('ratios with a common divisor (case C21)', () => {
  const legsOf = (short: number, long: number) => [
    { right: 'PUT' as const, strike: 690, expiry: EXPIRY, action: 'SELL' as const, ratio: short },
    { right: 'PUT' as const, strike: 680, expiry: EXPIRY, action: 'BUY' as const, ratio: long },
  ];

  it.each([
    [1, 2, 2, 1, 1, 2],
    [3, 2, 2, 1, 1, 6],
    [1, 2, 4, 1, 2, 2],
    [2, 6, 9, 2, 3, 6],
    [1, 2, 3, 2, 3, 1],
  ])('%d x %d:%d is %d:%d, %d times', (quantity, short, long, lowestShort, lowestLong, times) => {
    const plan = built('custom', { quantity, legs: legsOf(short, long) });
    expect(plan.legs.map(({ ratio }) => ratio)).toEqual([lowestShort, lowestLong]);
    expect(plan.quantity).toBe(times);
  });

  it('a single leg is always one contract a combo', () => {
    expect(built('custom', { quantity: 2, legs: legsOf(5, 1).slice(0, 1) })).toMatchObject({
      quantity: 10,
      legs: [{ ratio: 1 }],
    });
  });

  it('the totals are the same: contracts, money at mid, maximum loss', () => {
    const ratio = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(ratio, ratio, ratio, (short, long, factor) => {
        const once = built('custom', { quantity: factor, legs: legsOf(short, long) });
        const folded = built('custom', { quantity: 1, legs: legsOf(short * factor, long * factor) });
        expect({ ...folded, netMid: folded.netMid * folded.quantity }).toEqual({
          ...once,
          netMid: once.netMid * once.quantity,
        });
        expect(folded.quantity * present(folded.legs[0]).ratio).toBe(short * factor);
      }),
    );
  });
});
