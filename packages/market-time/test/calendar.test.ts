import fc from 'fast-check';
import { present } from '../../../test/domain/strategy/fixtures.js';
import { isEarlyClose, isTradingDay, nthWeekday, tradingDayFrom, tradingDayUpTo } from '../src/calendar.js';
import {
  civil,
  DAY_MS,
  dayOf,
  dayText,
  easternDay,
  easternMidnight,
  easternTime,
  parseDay,
  weekdayOf,
} from '../src/eastern.js';

const days = fc.integer({ min: dayOf(2020, 1, 1), max: dayOf(2035, 12, 31) });

/** The published calendar of the exchanges: weekdays without trading, and those that close at 13:00. */
const PUBLISHED: Readonly<Record<number, { readonly closed: string; readonly early: string }>> = {
  2026: { closed: '0101 0119 0216 0403 0525 0619 0703 0907 1126 1225', early: '1127 1224' },
  2027: { closed: '0101 0118 0215 0326 0531 0618 0705 0906 1125 1224', early: '1126' },
  2028: { closed: '0117 0221 0414 0529 0619 0704 0904 1123 1225', early: '0703 1124' },
};

describe('the calendar of the exchanges', () => {
  it.each([2026, 2027, 2028])('matches the published one in %i', (year) => {
    const all = Array.from(
      { length: dayOf(year + 1, 1, 1) - dayOf(year, 1, 1) },
      (_, index) => dayOf(year, 1, 1) + index,
    );
    const monthDay = (day: number) => dayText(day).slice(4);
    const closed = all.filter((day) => ![0, 6].includes(weekdayOf(day)) && !isTradingDay(day)).map(monthDay);
    expect(closed.join(' ')).toBe(PUBLISHED[year]?.closed);
    expect(all.filter(isEarlyClose).map(monthDay).join(' ')).toBe(PUBLISHED[year]?.early);
  });

  it('finds the trading day at or beside a day', () => {
    const friday = present(parseDay('20260619'));
    expect(dayText(tradingDayUpTo(friday))).toBe('20260618');
    expect(dayText(tradingDayFrom(friday))).toBe('20260622');
    expect(tradingDayFrom(friday - 1)).toBe(friday - 1);
    expect(dayText(nthWeekday(2026, 4, 5, 3))).toBe('20260417');
  });

  it('never closes early on a day without trading', () => {
    fc.assert(
      fc.property(days, (day) => {
        if (isEarlyClose(day)) expect(isTradingDay(day)).toBe(true);
        if ([0, 6].includes(weekdayOf(day))) expect(isTradingDay(day)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('New York time', () => {
  it('keeps local time over a change of offset', () => {
    expect(new Date(easternTime(present(parseDay('20260306')), 570)).toISOString()).toBe('2026-03-06T14:30:00.000Z');
    expect(new Date(easternTime(present(parseDay('20260309')), 570)).toISOString()).toBe('2026-03-09T13:30:00.000Z');
    expect(new Date(easternTime(present(parseDay('20261102')), 570)).toISOString()).toBe('2026-11-02T14:30:00.000Z');
    // The day of the change itself has 23 or 25 hours.
    const spring = present(parseDay('20260308'));
    expect(easternMidnight(spring + 1) - easternMidnight(spring)).toBe(DAY_MS - 3_600_000);
    const autumn = present(parseDay('20261101'));
    expect(easternMidnight(autumn + 1) - easternMidnight(autumn)).toBe(DAY_MS + 3_600_000);
  });

  it('agrees with the zone rules of the platform at every hour', () => {
    const platform = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/New_York', dateStyle: 'short' });
    const moments = fc.integer({ min: Date.UTC(2024, 0, 1) / 60_000, max: Date.UTC(2032, 0, 1) / 60_000 });
    fc.assert(
      fc.property(moments, (minute) => {
        const at = minute * 60_000;
        expect(dayText(easternDay(at))).toBe(platform.format(at).replaceAll('-', ''));
      }),
      { numRuns: 3000 },
    );
  });

  it('writes days that are read back, and refuses an invalid date', () => {
    fc.assert(
      fc.property(days, (day) => {
        expect(parseDay(dayText(day))).toBe(day);
        const { year, month, date, weekday } = civil(day);
        expect(dayOf(year, month, date)).toBe(day);
        expect(weekday).toBe(weekdayOf(day));
        expect(easternDay(easternMidnight(day))).toBe(day);
        expect(easternDay(easternMidnight(day) - 1)).toBe(day - 1);
      }),
      { numRuns: 1000 },
    );
    for (const text of ['20260230', '2026-03-02', '20261301', '', '202603']) expect(parseDay(text)).toBeUndefined();
  });
});
