import fc from 'fast-check';
import { ivPercentile, ivRank } from '../../../src/domain/entry/iv-rank.js';
import { entrySettingsSchema, minutesOf } from '../../../src/domain/entry/settings.js';
import { type EntrySignalInput, evaluateEntrySignal } from '../../../src/domain/entry/signal.js';
import { usd } from '../strategy/fixtures.js';

const settings = entrySettingsSchema.parse({});
/** From 0.10 to 0.30 in 240 bars: a rank of 60 at 0.22. */
const HISTORY = Array.from({ length: 240 }, (_, index) => 0.1 + (0.2 * index) / 239);
const atRank = (rank: number) => 0.1 + 0.002 * rank;

const good: EntrySignalInput = {
  premium: 'credit',
  impliedVolatility: atRank(60),
  ivHistory: HISTORY,
  vix: 20,
  vixAgeMs: 1_000,
  portfolioDelta: 0,
  dollarDeltaShare: 0,
  openInSymbol: 0,
  underlyingPrice: usd(700),
  underlyingAgeMs: 1_000,
  session: { isOpen: true, minuteOfDay: 660 },
};
const failing = (changes: Partial<EntrySignalInput>, bounds = settings) =>
  evaluateEntrySignal({ ...good, ...changes }, bounds)
    .checks.filter((check) => !check.passed)
    .map((check) => check.name);

describe('the rank of implied volatility', () => {
  it('is the place between the lowest and the highest', () => {
    expect(ivRank(0.15, [0.1, 0.2])).toBeCloseTo(50);
    expect(ivRank(0.1, [0.1, 0.2])).toBe(0);
    expect(ivRank(0.5, [0.1, 0.2])).toBe(100);
    expect(ivRank(0.05, [0.1, 0.2])).toBe(0);
  });

  it('is undefined for an empty or flat past, and skips bars without a value', () => {
    expect(ivRank(0.2, [])).toBeUndefined();
    expect(ivRank(0.2, [0.2, 0.2])).toBeUndefined();
    expect(ivRank(0.15, [0, -1, Number.NaN, 0.1, 0.2])).toBeCloseTo(50);
  });

  it('as a percentile is the share of lower days', () => {
    expect(ivPercentile(0.2, [0.1, 0.2, 0.3, 0.15])).toBe(0.5);
    expect(ivPercentile(0.2, [])).toBe(0);
    expect(ivPercentile(0.15, [0, -1, Number.NaN, 0.1, 0.2])).toBe(0.5);
  });

  it('rises with the volatility and stays within its scale', () => {
    const iv = fc.double({ min: 0.01, max: 2, noNaN: true });
    fc.assert(
      fc.property(iv, iv, fc.array(iv, { minLength: 2 }), (one, other, past) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        const [lowRank, highRank] = [ivRank(low, past), ivRank(high, past)];
        expect(ivPercentile(low, past)).toBeLessThanOrEqual(ivPercentile(high, past));
        if (lowRank === undefined || highRank === undefined) return;
        expect(lowRank).toBeLessThanOrEqual(highRank);
        expect(lowRank >= 0 && highRank <= 100).toBe(true);
      }),
    );
  });
});

describe('the entry signal', () => {
  it('accepts a good market with every check reported', () => {
    const signal = evaluateEntrySignal(good, settings);
    expect(signal).toMatchObject({ accepted: true, reasons: [] });
    expect(signal.checks.map((check) => check.name)).toEqual([
      'iv_rank',
      'vix',
      'portfolio_delta',
      'dollar_delta',
      'positions_in_symbol',
      'underlying_price',
      'underlying_age',
      'entry_window',
    ]);
  });

  it.each([
    ['credit', 51, true],
    ['credit', 49, false],
    ['credit', 30, false],
    ['credit', 10, false],
    ['debit', 24, true],
    ['debit', 26, false],
    ['debit', 40, false],
    ['debit', 60, false],
    ['either', 24, true],
    ['either', 26, false],
    ['either', 49, false],
    ['either', 51, true],
  ] as const)('%s premium at rank %i: %s', (premium, rank, accepted) => {
    expect(evaluateEntrySignal({ ...good, premium, impliedVolatility: atRank(rank) }, settings).accepted).toBe(
      accepted,
    );
  });

  it('refuses at the bounds of the rank', () => {
    const past = [...Array.from({ length: 240 }, () => 1), 5];
    expect(failing({ ivHistory: past, impliedVolatility: 3 })).toEqual(['iv_rank']);
    expect(failing({ ivHistory: past, impliedVolatility: 2, premium: 'debit' })).toEqual(['iv_rank']);
    expect(failing({ ivHistory: past, impliedVolatility: 2, premium: 'either' })).toEqual(['iv_rank']);
  });

  it.each([
    ['vix', { vix: 35 }],
    ['portfolio_delta', { portfolioDelta: -0.3 }],
    ['dollar_delta', { dollarDeltaShare: 0.5 }],
    ['positions_in_symbol', { openInSymbol: 5 }],
    ['underlying_price', { underlyingPrice: 0 }],
    ['underlying_age', { underlyingAgeMs: 60_001 }],
    ['entry_window', { session: { isOpen: true, minuteOfDay: 599 } }],
    ['entry_window', { session: { isOpen: true, minuteOfDay: 930 } }],
    ['entry_window', { session: { isOpen: false, minuteOfDay: 660 } }],
  ])('refuses at the bound of %s', (name, changes) => {
    expect(failing(changes)).toEqual([name]);
  });

  it.each([
    { vix: 34.99 },
    { vixAgeMs: 300_000 },
    { portfolioDelta: 0.299 },
    { dollarDeltaShare: -0.49 },
    { openInSymbol: 4 },
    { underlyingAgeMs: 60_000 },
    { session: { isOpen: true, minuteOfDay: 600 } },
    { session: { isOpen: true, minuteOfDay: 929 } },
  ])('accepts just inside: %j', (changes) => {
    expect(failing(changes)).toEqual([]);
  });

  it.each([
    ['iv_rank', { impliedVolatility: undefined }],
    ['iv_rank', { ivHistory: HISTORY.slice(1) }],
    ['vix', { vix: undefined }],
    ['vix', { vixAgeMs: undefined }],
    ['vix', { vixAgeMs: 300_001 }],
    ['portfolio_delta', { portfolioDelta: undefined }],
    ['dollar_delta', { dollarDeltaShare: undefined }],
    ['underlying_price', { underlyingPrice: undefined }],
    ['underlying_age', { underlyingAgeMs: undefined }],
  ])('refuses when %s is missing; missing never counts as zero', (name, changes) => {
    const signal = evaluateEntrySignal({ ...good, ...changes }, settings);
    expect(signal.checks.filter((check) => !check.passed)).toMatchObject([{ name, value: null }]);
  });

  it('says why the Greeks of the book are missing', () => {
    const bookMissing = 'The Greeks of spy-ic-1 are 900 s old; 120 s are allowed.';
    const signal = evaluateEntrySignal({ ...good, portfolioDelta: undefined, bookMissing }, settings);
    expect(signal.reasons).toEqual([`The book's delta is missing. ${bookMissing}`]);
  });

  it('reports every reason at once', () => {
    const nothing = evaluateEntrySignal(
      { premium: 'credit', ivHistory: [], openInSymbol: 9, session: { isOpen: false, minuteOfDay: 0 } },
      settings,
    );
    expect(nothing.accepted).toBe(false);
    expect(nothing.reasons).toHaveLength(8);
  });

  it('ignores a missing VIX only when its check is switched off', () => {
    expect(failing({ vix: undefined }, { ...settings, vixSource: 'off' })).toEqual([]);
  });

  it('never passes a check without a value, unless the check is switched off', () => {
    const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
    const number = fc.double({ min: -1, max: 60, noNaN: true });
    const input: fc.Arbitrary<EntrySignalInput> = fc.record({
      premium: fc.constantFrom('credit' as const, 'debit' as const, 'either' as const),
      impliedVolatility: maybe(number),
      ivHistory: fc.constantFrom(HISTORY, []),
      vix: maybe(number),
      vixAgeMs: maybe(number),
      portfolioDelta: maybe(number),
      dollarDeltaShare: maybe(number),
      openInSymbol: fc.nat(9),
      underlyingPrice: maybe(fc.integer({ min: -1, max: 1_000_000 })),
      underlyingAgeMs: maybe(fc.nat(100_000)),
      session: fc.record({ isOpen: fc.boolean(), minuteOfDay: fc.nat(1439) }),
    });
    fc.assert(
      fc.property(input, (one) => {
        const { accepted, checks, reasons } = evaluateEntrySignal(one, settings);
        expect(accepted).toBe(checks.every((check) => check.passed));
        expect(reasons).toHaveLength(checks.filter((check) => !check.passed).length);
        for (const check of checks) expect(check.passed && check.value === null).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('times in the settings', () => {
  it('are read as minutes and refused in another form', () => {
    expect(minutesOf('10:00')).toBe(600);
    expect(minutesOf('15:30')).toBe(930);
    for (const windowFrom of ['24:00', '9:30', '10:60', 'noon']) {
      expect(entrySettingsSchema.safeParse({ windowFrom }).success).toBe(false);
    }
  });
});
