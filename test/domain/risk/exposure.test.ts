/** What positions add to the book of Greeks, and the limits of the book. */
import fc from 'fast-check';
import { entrySettingsSchema } from '../../../src/domain/entry/settings.js';
import { betaOf } from '../../../src/domain/risk/beta.js';
import { bookChecks, sumsOf, whyMissing } from '../../../src/domain/risk/book-checks.js';
import {
  type CountedPosition,
  countedCombos,
  type Exposure,
  exposureOf,
  exposureOfPlan,
  type SeenGreeks,
} from '../../../src/domain/risk/exposure.js';
import { NOW, PLANS, present, usd } from '../strategy/fixtures.js';

const condor = { ...present(PLANS[0]), netDelta: 0.02, netGamma: -0.004 };
const TERMS = { beta: 1, now: NOW, freshMs: 120_000 };
const seen: SeenGreeks = { at: NOW - 30_000, delta: 0.1, gamma: -0.01, underlying: usd(700) };

/** Three combos of the condor, with legs in their ratio. */
function position(more: Partial<CountedPosition> = {}, open = 3): CountedPosition {
  return {
    positionId: 'spy-ic-1',
    status: 'FILLED',
    quantity: 3,
    openCombos: open,
    multiplier: 100,
    legs: condor.legs.map(({ action, ratio }, index) => ({
      ...{ legNo: index + 1, action, ratio },
      openQuantity: (action === 'BUY' ? 1 : -1) * ratio * open,
    })),
    shares: 0,
    plan: { ...condor, quantity: 3 },
    createdAt: NOW - 86_400_000,
    fillTime: NOW - 86_400_000,
    openingEndedAt: NOW - 86_400_000,
    ...more,
  };
}

describe('combos that limits count', () => {
  const working = { openingEndedAt: undefined } as unknown as Partial<CountedPosition>;
  it.each<[string, Partial<CountedPosition>, number, number]>([
    ['an opening without a fill', { status: 'PENDING', ...working }, 0, 3],
    ['an opening that has filled in part', { status: 'PARTIAL', ...working }, 1, 3],
    ['a part whose opening is over', { status: 'PARTIAL' }, 1, 1],
    ['a filled position', { status: 'FILLED' }, 3, 3],
    ['one of which some was closed', { status: 'FILLED' }, 2, 2],
    ['one that is being closed', { status: 'EXITING' }, 2, 2],
  ])('%s', (_what, more, open, counted) => {
    expect(countedCombos(position(more, open))).toBe(counted);
    const { combos, dollarDelta } = exposureOf(position(more, open), seen, TERMS);
    expect([combos, dollarDelta]).toEqual([counted, usd(0.1 * counted * 100 * 700)]);
  });
});

describe('what a position adds', () => {
  it('is delta x shares x price, and its change for one per cent', () => {
    expect(exposureOf(position(), seen, TERMS)).toEqual({
      ...{ positionId: 'spy-ic-1', symbol: 'SPY', structure: 'iron_condor', combos: 3, deltaPerCombo: 0.1, beta: 1 },
      dollarDelta: usd(0.1 * 300 * 700),
      dollarGamma: usd(-0.01 * 300 * 7 * 700),
    });
  });

  it('is that of the held legs when they are out of their ratio', () => {
    const legs = position().legs.map((leg, index) => (index === 0 ? { ...leg, openQuantity: 1 } : leg));
    const held = { ...seen, shareDelta: 44, shareGamma: -2 };
    expect(exposureOf(position({ legs }), held, TERMS)).toMatchObject({ dollarDelta: usd(44 * 700) });
    expect(exposureOf(position({ legs }), seen, TERMS).dollarDelta).toBeUndefined();
  });

  it.each<[string, readonly number[], number, number]>([
    ['shares beside whole combos', [3, -3, -3, 3], 3, 100],
    ['shares in the place of a short put', [3, -2, -3, 3], 3, 100],
    ['shares alone', [0, 0, 0, 0], 0, -100],
    ['a leg on its own', [1, 0, 0, 0], 0, 0],
  ])('is that of everything held of a broken position: %s', (_, quantities, openCombos, shares) => {
    const legs = position().legs.map((leg, index) => ({ ...leg, openQuantity: present(quantities[index]) }));
    const broken = position({ status: 'BROKEN', legs, shares }, openCombos);
    const held = { at: NOW, shareDelta: 44, shareGamma: -2, underlying: usd(700) };
    // No combo of it counts, so that the average over the condors is known.
    const known = { combos: 0, dollarDelta: usd(44 * 700), dollarGamma: usd(-2 * 7 * 700) };
    const exposure = exposureOf(broken, held, TERMS);
    expect(exposure).toMatchObject(known);
    expect(exposure).not.toHaveProperty('missing');
    expect(exposure).not.toHaveProperty('deltaPerCombo');
    expect(sumsOf([exposure, exposureOf(position(), seen, TERMS)], usd(100_000)).condorDelta).toBeCloseTo(0.1, 12);
    // The Greeks of a combo, seen before it broke, are not those of what is left.
    expect(exposureOf(broken, { ...seen, shareDelta: undefined } as never, TERMS).dollarDelta).toBeUndefined();
  });

  it('is that of the plan while an opening leg by leg has Greeks of single legs only', () => {
    const opening = { status: 'PARTIAL', openingEndedAt: undefined, shares: 0 } as unknown as Partial<CountedPosition>;
    const legs = position().legs.map((leg, index) => (index === 0 ? { ...leg, openQuantity: 1 } : leg));
    const some = { at: NOW, shareDelta: 44, shareGamma: 0, underlying: usd(700) };
    const { combos, dollarDelta } = exposureOf(position({ ...opening, legs }, 0), some, TERMS);
    expect([combos, dollarDelta]).toEqual([3, usd(0.02 * 300 * present(condor.underlyingPrice / 1e6))]);
  });

  it('is known as long as it is fresh, to the millisecond', () => {
    const at = (age: number) => exposureOf(position(), { ...seen, at: NOW - age }, TERMS);
    expect(at(120_000).missing).toBeUndefined();
    expect(at(120_001)).toMatchObject({ missing: 'The Greeks of spy-ic-1 are 121 s old; 120 s are allowed.' });
    expect(at(900_000).missing).toContain('900 s old');
    expect(at(900_000).dollarDelta).toBeUndefined();
  });

  it('is missing with its reason when no watch has seen it, or a leg has no Greeks', () => {
    expect(exposureOf(position(), undefined, TERMS).missing).toContain('spy-ic-1 has no Greeks yet');
    expect(exposureOf(position(), { at: NOW }, TERMS).missing).toContain('gives none for one of its legs');
    const { missing } = exposureOf(position(), seen, { ...TERMS, beta: undefined });
    expect(missing).toContain('risk.betas.SPY');
  });

  it('is that of the plan for an entry, and until the first poll after its fills', () => {
    const filled = position({ fillTime: NOW - 1_000 });
    expect(exposureOf(filled, undefined, TERMS)).toMatchObject({ dollarDelta: usd(0.02 * 300 * 700) });
    const plan = { ...condor, quantity: 2 };
    expect(exposureOfPlan('new', plan, 1.5)).toMatchObject({
      combos: 2,
      dollarDelta: usd(0.02 * 200 * 700),
      beta: 1.5,
    });
    const { netDelta: _none, ...bare } = plan;
    expect(exposureOfPlan('new', bare, 1).missing).toBe('The broker gives no Greeks of a leg of the entry.');
  });
});

const settings = entrySettingsSchema.parse({});
const NET = usd(100_000);
const one = (more: Partial<Exposure> = {}): Exposure => ({
  ...{ positionId: 'a', symbol: 'SPY', structure: 'vertical_spread', combos: 1, beta: 1 },
  ...{ dollarDelta: 0, dollarGamma: 0, deltaPerCombo: 0 },
  ...more,
});
const failing = (entry: Exposure, others: readonly Exposure[] = [], net = NET) =>
  bookChecks(entry, [...others, entry], net, settings)
    .filter(({ passed }) => !passed)
    .map(({ name }) => name);

describe('limits of the book', () => {
  it.each<[string, Exposure, readonly Exposure[], readonly string[]]>([
    ['condors below', one({ structure: 'iron_condor', deltaPerCombo: 0.299 }), [], []],
    ['condors at it', one({ structure: 'iron_condor', deltaPerCombo: -0.3 }), [], ['portfolio_delta_after']],
    [
      'condors averaged over combos',
      one({ structure: 'iron_condor', deltaPerCombo: 0.9 }),
      [one({ structure: 'iron_condor', deltaPerCombo: 0, combos: 3 })],
      [],
    ],
    [
      'beta weighs the dollar delta of the book',
      one({ symbol: 'QQQ', dollarDelta: usd(30_000), beta: 1.2 }),
      [one({ dollarDelta: usd(14_000) })],
      ['dollar_delta_after'],
    ],
    [
      'a small beta does not',
      one({ symbol: 'QQQ', dollarDelta: usd(39_000), beta: 0.5 }),
      [one({ dollarDelta: usd(30_000) })],
      [],
    ],
    [
      'one underlying by itself, unweighted',
      one({ dollarDelta: usd(25_000), beta: 0.1 }),
      [one({ dollarDelta: usd(15_000), beta: 0.1 })],
      ['symbol_delta_after'],
    ],
    [
      'other underlyings do not count there',
      one({ dollarDelta: usd(25_000) }),
      [one({ symbol: 'IWM', dollarDelta: usd(-39_000) })],
      [],
    ],
    ['gamma of the book, beta squared', one({ dollarGamma: usd(-12_500), beta: 2 }), [], ['gamma_after']],
    ['gamma of one underlying', one({ dollarGamma: usd(-30_000), beta: 0.5 }), [], ['symbol_gamma_after']],
  ])('%s', (_what, entry, others, names) => {
    expect(failing(entry, others)).toEqual(names);
  });

  it('a missing figure refuses and names the missing data', () => {
    const blind: Exposure = { ...one({ positionId: 'b', symbol: 'IWM', missing: 'No Greeks of b.' }) };
    const { dollarDelta: _delta, dollarGamma: _gamma, ...rest } = blind;
    expect(failing(one(), [rest])).toEqual(['dollar_delta_after', 'gamma_after']);
    const [check] = bookChecks(one(), [rest, one()], NET, settings);
    expect(check?.text).toBe(
      'The dollar delta, as a share of net liquidation, after the entry is missing. No Greeks of b.',
    );
    expect(failing(one(), [], 0)).toHaveLength(4);
    expect(whyMissing([], undefined)).toBe('The net liquidation value is missing.');
  });

  it('without positions the sums are zero, not missing', () => {
    expect(sumsOf([], NET)).toEqual({ condorDelta: 0, deltaShare: 0, gammaShare: 0 });
  });
});

describe('beta', () => {
  const series = (moves: readonly number[]) => {
    let close = 100;
    return [close, ...moves.map((move) => (close *= 1 + move))];
  };
  const bars = (closes: readonly number[]) => closes.map((close, day) => ({ date: String(20_250_000 + day), close }));
  const moves = Array.from({ length: 120 }, (_, day) => 0.01 * Math.sin(day * 1.7));

  it('is how much more the underlying moves than the index', () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (factor) => {
        const own = series(moves.map((move) => move * factor));
        expect(betaOf(bars(own), bars(series(moves)))).toBeCloseTo(factor, 9);
      }),
    );
  });

  it('compares common days, and needs sixty returns', () => {
    const index = bars(series(moves));
    const own = bars(series(moves.map((move) => 2 * move)));
    expect(
      betaOf(
        own.filter((_, day) => day % 7 !== 3),
        index,
      ),
    ).toBeCloseTo(2, 1);
    expect(betaOf(own.slice(0, 61), index)).toBeCloseTo(2, 9);
    expect(betaOf(own.slice(0, 60), index)).toBeUndefined();
    expect(betaOf(own, bars(index.map(() => 100)))).toBeUndefined();
  });
});
