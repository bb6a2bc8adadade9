import { InvalidInput } from '../../../src/domain/errors.js';
import {
  chooseExpiration,
  classesFor,
  type ListedClass,
  strikesToQuote,
} from '../../../src/domain/strategy/expiration.js';
import { parseStrategyName, strategyCode, strategyPremium, structureOf } from '../../../src/domain/strategy/names.js';
import { strategySettingsSchema } from '../../../src/domain/strategy/settings.js';
import { STRATEGY_TYPES, type StrategyPlan } from '../../../src/domain/strategy/strategy.js';
import { validateStrategy } from '../../../src/domain/strategy/validate.js';
import { legOf, NOW, PLANS, planOf, present, usd } from './fixtures.js';

const settings = strategySettingsSchema.parse({});
const [condor, bullPut, , bullCall] = PLANS.map(present);

describe('a built strategy', () => {
  it('is valid in every shipped structure', () => {
    for (const plan of PLANS) expect(validateStrategy(plan)).toEqual([]);
  });

  it('has legs of one class at each expiration', () => {
    for (const plan of PLANS.filter(({ legs }) => legs.length > 1)) {
      const [first, ...rest] = plan.legs.map(present);
      const other = (more: object) => ({ ...present(first), contract: { ...present(first).contract, ...more } });
      const mixed = validateStrategy({ ...plan, legs: [other({ tradingClass: 'SPYX' }), ...rest] });
      expect(mixed).toContainEqual(expect.stringMatching(/^The legs of \d{8} are of different classes: SPYX, SPY\./));
      const apart = {
        ...plan,
        strategyType: 'custom',
        legs: [other({ tradingClass: 'SPYX', expiry: '20270115' }), ...rest],
      };
      expect(validateStrategy(apart as StrategyPlan)).toEqual([]);
    }
  });

  const of = (plan: StrategyPlan | undefined, changes: Partial<StrategyPlan>) =>
    validateStrategy({ ...present(plan), ...changes }).join(' ');

  it.each([0, -1, 1.5])('refuses a quantity of %s', (quantity) => {
    expect(of(condor, { quantity })).toContain('quantity');
  });

  it('refuses no legs, too many, broken ratios and doubled contracts', () => {
    const custom = present(PLANS.at(-1));
    expect(of(custom, { legs: [] })).toContain('1 to 4 legs');
    const five = [600, 610, 620, 630, 640].map((strike) => legOf('BUY', 'CALL', strike));
    expect(of(custom, { legs: five })).toContain('1 to 4 legs');
    expect(of(custom, { legs: [legOf('BUY', 'CALL', 700, 0)] })).toContain('ratio');
    expect(of(custom, { legs: [legOf('BUY', 'CALL', 700), legOf('SELL', 'CALL', 700)] })).toContain('same contract');
    const mini = {
      ...legOf('SELL', 'CALL', 710),
      contract: { ...legOf('SELL', 'CALL', 710).contract, multiplier: 10 },
    };
    expect(of(custom, { legs: [legOf('BUY', 'CALL', 700), mini] })).toContain('multipliers');
  });

  it('refuses a malformed condor', () => {
    const legs = present(condor).legs;
    expect(of(condor, { legs: legs.slice(0, 3) })).toContain('buys and sells');
    expect(of(condor, { netMid: 0 })).toContain('credit');
    expect(of(condor, { underlyingPrice: usd(745) })).toContain('around the price');
    const crossed = [legOf('BUY', 'PUT', 660), ...legs.slice(1)];
    expect(of(condor, { legs: crossed })).toContain('must rise');
    const later = legs.map((leg, index) =>
      index === 0 ? { ...leg, contract: { ...leg.contract, expiry: '20260515' } } : leg,
    );
    expect(of(condor, { legs: later })).toContain('one expiration');
  });

  it('refuses a malformed vertical, or one priced the other way', () => {
    expect(of(bullPut, { netMid: usd(-1) })).toContain('for a credit');
    expect(of(bullCall, { netMid: usd(1) })).toContain('for a debit');
    expect(of(bullPut, { legs: [legOf('BUY', 'PUT', 670)] })).toContain('two legs');
    expect(of(bullPut, { legs: [legOf('BUY', 'PUT', 670), legOf('SELL', 'CALL', 680)] })).toContain('same right');
    expect(of(bullPut, { legs: [legOf('SELL', 'PUT', 670), legOf('SELL', 'PUT', 680)] })).toContain('buys one leg');
  });

  it('refuses a long option that is sold', () => {
    expect(of(planOf('long_call', [legOf('SELL', 'CALL', 700)], usd(3)), {})).toContain('one bought leg');
  });
});

describe('names of strategies', () => {
  it('are read with hyphens or underscores, in any case', () => {
    expect(parseStrategyName('iron-condor')).toBe('iron_condor');
    expect(parseStrategyName(' Bull_Put ')).toBe('bull_put_spread');
    expect(() => parseStrategyName('wheel')).toThrow(InvalidInput);
  });

  it('have codes of their own, and every type is parsed from its own name', () => {
    expect(new Set(STRATEGY_TYPES.map(strategyCode)).size).toBe(STRATEGY_TYPES.length);
    expect(STRATEGY_TYPES.map((type) => parseStrategyName(type))).toEqual([...STRATEGY_TYPES]);
  });

  it('say which strategies receive or pay, and which are a single leg', () => {
    expect(STRATEGY_TYPES.filter((type) => strategyPremium(type) === 'credit')).toEqual([
      'iron_condor',
      'bear_call_spread',
      'bull_put_spread',
    ]);
    expect(structureOf('custom', 1)).toBe('single_leg');
    expect(structureOf('custom', 2)).toBe('custom');
  });
});

describe('the expiration', () => {
  const listed = (changes: Partial<ListedClass> = {}): ListedClass => ({
    tradingClass: 'SPY',
    exchange: 'SMART',
    multiplier: 100,
    expirations: ['20260320', '20260410', '20260417', '20260424', '20260619'],
    strikes: [690, 700, 710],
    ...changes,
  });

  it('is the listed one nearest to the target', () => {
    expect(chooseExpiration([listed()], NOW, settings, 21)).toMatchObject({ expiry: '20260417', dte: 46 });
  });

  it('is never nearer than the roll threshold and its margin', () => {
    expect(chooseExpiration([listed()], NOW, { ...settings, dte: 20, dteMin: 5 }, 21)).toMatchObject({ dte: 39 });
    expect(
      chooseExpiration([listed({ expirations: ['20260401'] })], NOW, { ...settings, dteMin: 5 }, 20),
    ).toMatchObject({
      dte: 30,
    });
    expect(
      chooseExpiration([listed({ expirations: ['20260401'] })], NOW, { ...settings, dteMin: 5 }, 21),
    ).toHaveProperty('refused');
  });

  it('is refused when none lies in the window', () => {
    expect(chooseExpiration([listed({ expirations: ['20260320', '20260619'] })], NOW, settings, 21)).toEqual({
      refused: 'No listed expiration lies between 35 and 60 days; the target is 45.',
    });
  });

  it('leaves out adjusted contracts, and morning settlement unless allowed', () => {
    expect(chooseExpiration([listed({ multiplier: 10 })], NOW, settings, 21)).toHaveProperty('refused');
    const spx = [listed({ tradingClass: 'SPX' }), listed({ tradingClass: 'SPXW', expirations: ['20260410'] })];
    expect(chooseExpiration(spx, NOW, settings, 21)).toMatchObject({ tradingClass: 'SPXW' });
    const allowed = { ...settings, allowAmSettled: true };
    expect(chooseExpiration(spx, NOW, allowed, 21)).toMatchObject({ tradingClass: 'SPX', expiry: '20260417' });
  });
});

describe('the classes that may be opened (case C02)', () => {
  const of = (tradingClass: string, ...expirations: string[]): ListedClass => ({
    ...{ tradingClass, exchange: 'SMART', multiplier: 100, strikes: [690, 700], expirations },
  });
  const names = (classes: readonly ListedClass[], strikes: readonly number[], of = { allowAmSettled: false }) =>
    classesFor(classes, '20260417', strikes, of).map(({ tradingClass }) => tradingClass);
  const choose = (classes: readonly ListedClass[], changes = {}) =>
    chooseExpiration(classes, NOW, { ...settings, ...changes }, 21);

  it.each([['AMC1'], ['2SPY'], ['SPY1'], ['1SPX']])('never %s: a corporate action or a flexible contract', (name) => {
    expect(choose([of(name, '20260417'), of('ROOT', '20260424', '20260410')])).toMatchObject({ tradingClass: 'ROOT' });
    expect(choose([of(name, '20260417')], { allowAmSettled: true })).toHaveProperty('refused');
    expect(names([of(name, '20260417'), of('ROOT', '20260417')], [700])).toEqual(['ROOT']);
  });

  it.each(['SPX', 'VIX', 'VIXW', 'NDX', 'RUT', 'DJX', 'RUI', 'RLG', 'RLV', 'MNX'])(
    "%s settles in the morning: by setting, or for a person's legs",
    (name) => {
      expect(choose([of(name, '20260417')])).toHaveProperty('refused');
      expect(choose([of(name, '20260417')], { allowAmSettled: true })).toMatchObject({ tradingClass: name });
      expect(names([of(name, '20260417')], [700])).toEqual([]);
    },
  );

  it.each(['SPXW', 'NDXP', 'RUTW', 'XSP', 'MRUT', 'XND'])('%s settles at the close', (name) => {
    expect(choose([of(name, '20260417')])).toMatchObject({ tradingClass: name });
  });

  it.each<[string, readonly number[], readonly number[], readonly number[], string[]]>([
    ['both list them', [690, 700], [690, 700], [690, 700], ['SPX', 'SPXW']],
    ['SPX lacks one', [700], [690, 700], [690, 700], ['SPXW']],
    ['SPXW lacks one', [690, 700], [690], [690, 700], ['SPX']],
    ['each has one', [690], [700], [690, 700], []],
    ['neither has one', [690, 700], [690, 700], [695, 700], []],
  ])("a person's legs of one day come from one class, in any order: %s", (_what, spx, spxw, strikes, expected) => {
    const both = [
      { ...of('SPXW', '20260417'), strikes: spxw },
      { ...of('SPX', '20260417'), strikes: spx },
    ];
    for (const classes of [both, both.toReversed()]) {
      expect(names(classes, strikes, { allowAmSettled: true })).toEqual(expected);
      expect(names(classes, strikes)).toEqual(expected.filter((name) => name === 'SPXW'));
    }
  });
});

describe('the strikes to quote', () => {
  it('lie within three deviations, at most the requested number', () => {
    const strikes = Array.from({ length: 801 }, (_, index) => 300 + index);
    const chosen = strikesToQuote(strikes, 700, 0.2, 45, 40);
    const deviation = 700 * 0.2 * Math.sqrt(45 / 365);
    expect(chosen.length).toBeLessThanOrEqual(40);
    expect(chosen.length).toBeGreaterThan(20);
    expect(Math.min(...chosen)).toBeGreaterThanOrEqual(700 - 3 * deviation);
    expect(Math.max(...chosen)).toBeLessThanOrEqual(700 + 3 * deviation);
    expect(strikesToQuote([699, 700, 701], 700, 0.2, 45, 40)).toEqual([699, 700, 701]);
  });
});
