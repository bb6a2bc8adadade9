import fc from 'fast-check';
import { present } from '../../../test/domain/strategy/fixtures.js';
import { isTradingDay } from '../src/calendar.js';
import { easternTime, parseDay } from '../src/eastern.js';
import { daysToExpiry, marketDate, parseHours, regularSession, sessionAt, sessionFacts } from '../src/session.js';

const at = (date: string, hours: number, minutes = 0) => easternTime(present(parseDay(date)), hours * 60 + minutes);
const session = (date: string, close: number, open = 9 * 60 + 30) => ({
  open: at(date, 0, open),
  close: at(date, 0, close),
});
const NEW_YORK = 'America/New_York';
const QUARTER_PAST_FOUR = 16 * 60 + 15;

describe('the regular session', () => {
  it.each([
    ['SPY', '20260417', '20260302', QUARTER_PAST_FOUR],
    ['AAPL', '20260417', '20260302', 16 * 60],
    ['SPXW', '20260302', '20260302', 16 * 60],
    ['SPXW', '20260303', '20260302', QUARTER_PAST_FOUR],
    ['SPY', '20260302', '20260302', QUARTER_PAST_FOUR],
    ['SPY', '20270115', '20261127', 13 * 60 + 15],
    ['AAPL', '20270115', '20261127', 13 * 60],
    ['SPXW', '20261127', '20261127', 13 * 60 + 15],
  ])('of %s expiring %s on %s closes at minute %i', (tradingClass, expiry, date, close) => {
    expect(regularSession(tradingClass, expiry, present(parseDay(date)))).toEqual(session(date, close));
  });

  it('there is no session on holidays and weekends', () => {
    for (const date of ['20261126', '20260228', '20260301']) {
      expect(regularSession('SPY', '20270115', present(parseDay(date)))).toBeUndefined();
    }
  });
});

describe('the session at or after a moment', () => {
  const next = (now: number, own: Parameters<typeof sessionAt>[3] = []) => sessionAt(now, 'SPY', '20260417', own);

  it('is the one under way, half open, or the next', () => {
    expect(next(at('20260302', 9, 30))).toEqual(session('20260302', QUARTER_PAST_FOUR));
    expect(next(at('20260302', 16, 15) - 1)).toEqual(session('20260302', QUARTER_PAST_FOUR));
    expect(next(at('20260302', 16, 15))).toEqual(session('20260303', QUARTER_PAST_FOUR));
    expect(next(at('20260306', 18))).toEqual(session('20260309', QUARTER_PAST_FOUR));
  });

  it("is bounded by the contract's own hours where they are known", () => {
    const own = [session('20260302', 15 * 60, 10 * 60), session('20260304', QUARTER_PAST_FOUR)];
    expect(next(at('20260302', 9), own)).toEqual(session('20260302', 15 * 60, 10 * 60));
    // The third is in reach of the text but not in it: both must agree.
    expect(next(at('20260302', 15), own)).toEqual(session('20260304', QUARTER_PAST_FOUR));
    expect(next(at('20260304', 17), own)).toEqual(session('20260305', QUARTER_PAST_FOUR));
  });

  it('does not believe hours on a holiday', () => {
    const own = [session('20260403', 16 * 60), session('20260406', QUARTER_PAST_FOUR)];
    expect(next(at('20260403', 8), own)).toEqual(session('20260406', QUARTER_PAST_FOUR));
  });

  it('ends after the moment, starts on a trading day, and is the same until it ends', () => {
    const moments = fc.integer({ min: at('20260101', 12) / 60_000, max: at('20290101', 12) / 60_000 });
    fc.assert(
      fc.property(moments, (minute) => {
        const now = minute * 60_000;
        const found = present(next(now));
        expect(found.close).toBeGreaterThan(now);
        expect(isTradingDay(present(parseDay(marketDate(found.open))))).toBe(true);
        expect(next(found.close - 1)).toEqual(found);
        expect(present(next(found.close)).open).toBeGreaterThan(found.close);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('where a moment stands', () => {
  const today = session('20260302', QUARTER_PAST_FOUR);
  it('in an open session', () => {
    expect(sessionFacts(at('20260302', 10), today)).toEqual({
      isOpen: true,
      sinceOpenMs: 30 * 60_000,
      untilCloseMs: 375 * 60_000,
      minuteOfDay: 600,
      date: '20260302',
    });
  });

  it('before, after and without one', () => {
    for (const moment of [at('20260302', 9, 29), at('20260302', 16, 15)]) {
      expect(sessionFacts(moment, today)).toMatchObject({ isOpen: false, sinceOpenMs: 0, untilCloseMs: 0 });
    }
    expect(sessionFacts(at('20260301', 12), undefined)).toMatchObject({
      isOpen: false,
      date: '20260301',
      minuteOfDay: 720,
    });
  });

  it('counts days to expiry on the calendar of New York', () => {
    expect(daysToExpiry(at('20260302', 23, 59), '20260417')).toBe(46);
    expect(daysToExpiry(at('20260303', 0), '20260417')).toBe(45);
    expect(daysToExpiry(at('20260417', 16), '20260417')).toBe(0);
    expect(daysToExpiry(at('20260418', 9), '20260417')).toBe(-1);
    expect(daysToExpiry(at('20260418', 9), 'soon')).toBeNaN();
  });
});

describe("the broker's text of hours", () => {
  it('is read into sessions, leaving out closed days and what it does not understand', () => {
    const text =
      '20261125:0930-20261125:1615;20261126:CLOSED;20261127:0930-20261127:1315;nonsense;20261128:0930-20261128:0900';
    expect(parseHours(text, NEW_YORK)).toEqual([
      session('20261125', QUARTER_PAST_FOUR),
      session('20261127', 13 * 60 + 15),
    ]);
    expect(parseHours('', NEW_YORK)).toEqual([]);
  });
});
