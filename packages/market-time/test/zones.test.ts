import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { present } from '../../../test/domain/strategy/fixtures.js';
import { closeMinute, isEarlyClose, isTradingDay } from '../src/calendar.js';
import { dayOf, dayText, easternTime, parseDay } from '../src/eastern.js';
import { parseHours, regularSession, sessionAt } from '../src/session.js';
import { zonedTime, zoneOf } from '../src/zones.js';

const day = (date: string) => present(parseDay(date));
const iso = (at: number) => new Date(at).toISOString();

describe('the names of zones', () => {
  it.each([
    ['US/Eastern', 'America/New_York'],
    ['America/New_York', 'America/New_York'],
    ['EST', 'America/New_York'],
    ['EST5EDT', 'America/New_York'],
    ['EST (Eastern Standard Time)', 'America/New_York'],
    ['Eastern Standard Time', 'America/New_York'],
    ['US/Central', 'America/Chicago'],
    ['America/Chicago', 'America/Chicago'],
    ['CST', 'America/Chicago'],
    ['CST (Central Standard Time)', 'America/Chicago'],
    ['US/Pacific', 'America/Los_Angeles'],
    ['PST', 'America/Los_Angeles'],
    ['MST', 'America/Denver'],
    ['UTC', 'Etc/UTC'],
    ['GMT', 'Etc/UTC'],
    ['Europe/London', 'Europe/London'],
    ['GB-Eire', 'Europe/London'],
    ['MET', 'Europe/Berlin'],
    ['MET (Middle Europe Time)', 'Europe/Berlin'],
    ['CET', 'Europe/Berlin'],
    ['JST', 'Asia/Tokyo'],
    ['Japan', 'Asia/Tokyo'],
    ['Hongkong', 'Asia/Hong_Kong'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
  ])('%s keeps the time of %s', (name, zone) => {
    const read = present(zoneOf(name));
    for (const date of ['20260115', '20260715'])
      expect(iso(zonedTime(read, day(date), 600))).toBe(iso(zonedTime(zone, day(date), 600)));
  });

  it.each(['', ' ', 'Nowhere/Land', 'XST', 'US/Nowhere', '(Central Standard Time)'])('%j is no zone', (name) => {
    expect(zoneOf(name)).toBeUndefined();
  });

  it('a time in an unknown zone is refused, never read in another', () => {
    expect(() => zonedTime('Nowhere/Land', day('20260302'), 600)).toThrow(RangeError);
  });

  it('agrees with the zone rules of the platform', () => {
    const zones = ['America/Chicago', 'America/New_York', 'Europe/London', 'Asia/Tokyo', 'Etc/UTC', 'Australia/Sydney'];
    const days = fc.integer({ min: dayOf(2024, 1, 1), max: dayOf(2031, 12, 31) });
    fc.assert(
      fc.property(fc.constantFrom(...zones), days, fc.integer({ min: 240, max: 1439 }), (zone, civilDay, minutes) => {
        const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
        const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
        const date = dayText(civilDay).replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3');
        expect(clock.format(zonedTime(zone, civilDay, minutes))).toBe(
          `${date} ${hours}:${String(minutes % 60).padStart(2, '0')}`,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

/** Days around each change of the clock in the US and in Europe, ordinary ones, and those that close early. */
const DAYS = [
  '20260302',
  '20260306',
  '20260309',
  '20260320',
  '20260330',
  '20260702',
  '20261023',
  '20261026',
  '20261030',
  '20261102',
  '20261127',
  '20261224',
];

/** The zones in which a broker may give the hours, and how far their clock was ahead of New York on each of those days. */
const AHEAD: readonly (readonly [string, readonly number[]])[] = [
  ['US/Eastern', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['America/New_York', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['EST', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['US/Central', [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1]],
  ['CST (Central Standard Time)', [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1]],
  ['US/Pacific', [-3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3]],
  ['UTC', [5, 5, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5]],
  ['GMT', [5, 5, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5]],
  ['Europe/London', [5, 5, 4, 4, 5, 5, 5, 4, 4, 5, 5, 5]],
];

const clockText = (minutes: number) => {
  const inDay = minutes % 1440;
  return `${String(Math.floor(inDay / 60)).padStart(2, '0')}${String(inDay % 60).padStart(2, '0')}`;
};

describe('the hours of a contract in any zone are the session of the exchanges', () => {
  const cases = AHEAD.flatMap(([zone, ahead]) =>
    DAYS.flatMap((date, index) =>
      ['SPY', 'SPXW', 'AAPL'].map((tradingClass) => [zone, date, tradingClass, present(ahead[index])] as const),
    ),
  );

  it.each(cases)('%s on %s for %s', (zone, date, tradingClass, hoursAhead) => {
    const expiry = date;
    const session = present(regularSession(tradingClass, expiry, day(date)));
    const minuteOf = (at: number) => (at - easternTime(day(date), 0)) / 60_000 + hoursAhead * 60;
    const text = `${date}:${clockText(minuteOf(session.open))}-${date}:${clockText(minuteOf(session.close))}`;
    const own = parseHours(text, present(zoneOf(zone)));
    expect(own).toEqual([session]);
    expect(isEarlyClose(day(date))).toBe(closeMinute(day(date)) === 780);
    for (const at of [session.open - 1, session.open, session.close - 1])
      expect(sessionAt(at, tradingClass, expiry, own)).toEqual(session);
    expect(sessionAt(session.close, tradingClass, expiry, own)?.open).toBeGreaterThan(session.close);
  });

  it('a session has the same hours in whatever zone they are given', () => {
    const days = fc
      .integer({ min: dayOf(2024, 1, 1), max: dayOf(2030, 12, 31) })
      .filter((civilDay) => isTradingDay(civilDay));
    fc.assert(
      fc.property(fc.constantFrom('America/Chicago', 'America/Los_Angeles', 'Etc/UTC'), days, (zone, civilDay) => {
        const session = present(regularSession('SPXW', '', civilDay));
        const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
        const words = (at: number) => format.format(at).replaceAll('-', '').replaceAll(':', '').replace(' ', ':');
        const own = parseHours(`${words(session.open)}-${words(session.close)}`, zone);
        expect(sessionAt(session.open, 'SPXW', '', own)).toEqual(session);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the text of hours', () => {
  const chicago = 'America/Chicago';
  const at = (hours: number, minutes = 0) => zonedTime(chicago, day('20260302'), hours * 60 + minutes);

  it('names each day, or only the first of a range, as old gateways write it', () => {
    const expected = [{ open: at(8, 30), close: at(15, 15) }];
    expect(parseHours('20260302:0830-20260302:1515', chicago)).toEqual(expected);
    expect(parseHours('20260302:0830-1515', chicago)).toEqual(expected);
  });

  it('adjacent sessions are one, and those with a pause stay two', () => {
    expect(parseHours('20260302:0830-20260302:1500;20260302:1500-20260302:1515', chicago)).toEqual([
      { open: at(8, 30), close: at(15, 15) },
    ]);
    const paused = parseHours('20260302:0830-1500,1530-1600', chicago);
    expect(paused).toEqual([
      { open: at(8, 30), close: at(15) },
      { open: at(15, 30), close: at(16) },
    ]);
    // New York's 16:15 is Chicago's 15:15: the second part lies behind it.
    expect(sessionAt(at(10), 'SPY', '20270115', paused)).toEqual({ open: at(8, 30), close: at(15) });
  });

  it('a night session belongs to both of its days, and midnight is 0000 or 2400', () => {
    const night = parseHours('20260301:1715-20260302:1600', chicago);
    expect(night).toEqual([{ open: zonedTime(chicago, day('20260301'), 17 * 60 + 15), close: at(16) }]);
    expect(sessionAt(at(9), 'SPY', '20270115', night)).toEqual({ open: at(8, 30), close: at(15, 15) });
    expect(parseHours('20260302:0000-20260302:2400', chicago)).toEqual([{ open: at(0), close: at(24) }]);
  });

  it('a part that has ended is skipped for the next one of the same day', () => {
    const split = parseHours('20260302:0830-1000,1030-1515', chicago);
    expect(sessionAt(at(10, 10), 'SPY', '20270115', split)).toEqual({ open: at(10, 30), close: at(15, 15) });
  });
});
