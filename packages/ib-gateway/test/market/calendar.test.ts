import { dayOf, dayText, easternDay, easternTime, isEarlyClose, isTradingDay, weekdayOf } from 'market-time';
import { expirationsOn, isExpiry, monthlyExpiry, movedExpiry } from '../../src/market/expirations.js';
import { OPTION_CLASSES } from '../../src/market/option-classes.js';
import { present } from './fixtures.js';

const CLOSED: Readonly<Record<number, string>> = {
  2026: '0101 0119 0216 0403 0525 0619 0703 0907 1126 1225',
  2027: '0101 0118 0215 0326 0531 0618 0705 0906 1125 1224',
  2028: '0117 0221 0414 0529 0619 0704 0904 1123 1225',
};
const EARLY: Readonly<Record<number, string>> = { 2026: '1127 1224', 2027: '1126', 2028: '0703 1124' };

function weekdays(year: number): number[] {
  const days: number[] = [];
  for (let day = dayOf(year, 1, 1); day < dayOf(year + 1, 1, 1); day += 1) {
    if (weekdayOf(day) !== 0 && weekdayOf(day) !== 6) days.push(day);
  }
  return days;
}

const classOf = (name: string) => present(OPTION_CLASSES.find((listed) => listed.tradingClass === name));

describe('the exchange calendar', () => {
  it.each([2026, 2027, 2028])('has exactly the published closures and early closes of %i', (year) => {
    const text = (days: number[]) => days.map((day) => dayText(day).slice(4)).join(' ');
    expect(text(weekdays(year).filter((day) => !isTradingDay(day)))).toBe(CLOSED[year]);
    expect(text(weekdays(year).filter(isEarlyClose))).toBe(EARLY[year]);
  });

  it('keeps New York wall time over both clock changes', () => {
    const iso = (day: number) => new Date(easternTime(day, 570)).toISOString();
    expect(iso(dayOf(2026, 10, 30))).toBe('2026-10-30T13:30:00.000Z');
    expect(iso(dayOf(2026, 11, 2))).toBe('2026-11-02T14:30:00.000Z');
    expect(iso(dayOf(2027, 3, 15))).toBe('2027-03-15T13:30:00.000Z');
    expect(easternDay(Date.parse('2026-11-23T04:59:59Z'))).toBe(dayOf(2026, 11, 22));
    expect(easternDay(Date.parse('2026-11-23T05:00:00Z'))).toBe(dayOf(2026, 11, 23));
    expect(easternDay(Date.parse('2026-07-01T03:59:59Z'))).toBe(dayOf(2026, 6, 30));
    expect(easternDay(Date.parse('2026-07-01T04:00:00Z'))).toBe(dayOf(2026, 7, 1));
  });
});

describe('listed expirations', () => {
  it('moves the standard monthly before a closed third Friday', () => {
    expect(dayText(monthlyExpiry(2026, 6))).toBe('20260618');
    expect(dayText(monthlyExpiry(2027, 6))).toBe('20270617');
    expect(dayText(monthlyExpiry(2028, 6))).toBe('20280616');
  });

  it('moves a closed Friday back and a closed Monday on', () => {
    expect(dayText(movedExpiry(dayOf(2027, 3, 26)))).toBe('20270325');
    expect(dayText(movedExpiry(dayOf(2027, 1, 18)))).toBe('20270119');
    expect(dayText(movedExpiry(dayOf(2028, 12, 25)))).toBe('20281226');
  });

  it.each([2026, 2027, 2028])('lists only trading days, ascending, through %i', (year) => {
    for (const listed of OPTION_CLASSES) {
      for (let day = dayOf(year, 1, 1); day < dayOf(year + 1, 1, 1); day += 13) {
        const list = expirationsOn(listed, day);
        expect(list).toEqual([...new Set(list)].sort((left, right) => left - right));
        expect(list.filter((expiry) => !isExpiry(listed, expiry) || expiry < day)).toEqual([]);
      }
    }
  });

  it('has an expiry within a week of 45 days away, through three years', () => {
    for (const name of ['SPY', 'SPXW', 'XSP', 'AAPL']) {
      for (let day = dayOf(2026, 1, 2); day < dayOf(2029, 1, 1); day += 3) {
        const away = expirationsOn(classOf(name), day).map((expiry) => Math.abs(expiry - day - 45));
        expect(Math.min(...away)).toBeLessThanOrEqual(7);
      }
    }
  });

  it('lists the December 2028 options of SPY two years ahead, and AM-settled SPX by its last trading Thursday', () => {
    const today = dayOf(2026, 11, 23);
    expect(expirationsOn(classOf('SPY'), today)).toContain(dayOf(2028, 12, 15));
    const spx = expirationsOn(classOf('SPX'), today);
    expect(spx).toContain(dayOf(2026, 12, 17));
    // The third Friday of June 2027 is a holiday: settlement on Thursday, last trade on Wednesday.
    expect(spx).toContain(dayOf(2027, 6, 16));
    expect(spx.filter((day) => weekdayOf(day) !== 4)).toEqual([dayOf(2027, 6, 16)]);
    expect(expirationsOn(classOf('SPXW'), today)).toContain(dayOf(2026, 12, 18));
  });
});
