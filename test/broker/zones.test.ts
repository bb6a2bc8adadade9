/** A1: sessions and last trades by the zone that the contract names, over TCP. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { easternTime, parseDay, sessionAt } from 'market-time';
import { present, START, usable } from './support.js';
import { startTapped, type TappedWorld } from './tap.js';

let world: TappedWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const newYork = (date: string, hours: number, minutes: number) =>
  easternTime(present(parseDay(date)), hours * 60 + minutes);

/** The details of an option of a class, from a broker that gives it these `fields`. */
async function detailsOf(tradingClass: string, expiry: string, fields: Readonly<Record<string, unknown>>) {
  world = await startTapped({ gateway: { stepped: true }, control: true }, (tap) => {
    tap.answer = ({ name, values }) =>
      name === 'CONTRACT_DATA' && values.secType === 'OPT'
        ? [{ name, values: { ...values, ...fields } as typeof values }]
        : undefined;
  });
  const { broker } = world;
  await usable(broker);
  const underlying = await broker.underlying(tradingClass === 'SPXW' ? 'SPX' : 'SPY');
  const chain = present((await broker.optionClasses(underlying)).find((row) => row.tradingClass === tradingClass));
  const strike = present(chain.strikes[Math.floor(chain.strikes.length / 2)]);
  const [details] = await broker.qualify(underlying, [{ tradingClass, expiry, strike, right: 'PUT', multiplier: 100 }]);
  return present(details);
}

describe('A1', () => {
  const later = '20260303';

  it('A1 hours in US/Central are read in Chicago: the session of SPXW lasts to 16:15 New York, and at 15:30 it is open', async () => {
    const { contract, sessions } = await detailsOf('SPXW', later, {
      timeZoneId: 'US/Central',
      liquidHours: '20260302:0830-20260302:1515;20260303:0830-20260303:1500',
    });
    const monday = { open: newYork('20260302', 9, 30), close: newYork('20260302', 16, 15) };
    const tuesday = { open: newYork('20260303', 9, 30), close: newYork('20260303', 16, 0) };
    expect(sessions).toEqual([monday, tuesday]);
    const half = newYork('20260302', 15, 30);
    expect(sessionAt(half, 'SPXW', contract.expiry, sessions)).toEqual(monday);
    // On its expiry day the class stops at three o'clock in Chicago.
    expect(sessionAt(monday.close, 'SPXW', contract.expiry, sessions)).toEqual(tuesday);
  });

  it('A1 the last trade is read in the zone that comes with it', async () => {
    const { contract } = await detailsOf('SPXW', later, {
      timeZoneId: 'US/Central',
      lastTradeDateOrContractMonth: `${later} 15:00 US/Central`,
    });
    expect(contract.lastTradeAt).toBe(newYork(later, 16, 0));
  });

  it("A1 hours in an unknown zone are not read as New York's: they are left out and reported", async () => {
    const { sessions, hoursProblem } = await detailsOf('SPY', '20260306', {
      timeZoneId: 'Nowhere/Land',
      liquidHours: '20260302:0830-20260302:1200',
    });
    expect(sessions).toEqual([]);
    expect(hoursProblem).toContain('Nowhere/Land');
    // The calendar of the exchanges then counts alone.
    expect(sessionAt(START, 'SPY', '20260306', sessions)).toEqual({
      open: newYork('20260302', 9, 30),
      close: newYork('20260302', 16, 15),
    });
  });
});
