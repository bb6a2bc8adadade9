import fc from 'fast-check';
import { InvalidInput } from '../../src/domain/errors.js';
import { divideRounded, formatMoney, fromNumber, parseMoney, toNumber } from '../../src/domain/money.js';

const micros = fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 });

describe('money', () => {
  it.each([
    ['1.25', 1_250_000],
    ['-1.2345', -1_234_500],
    ['+3', 3_000_000],
    [' 0.000001 ', 1],
    ['0', 0],
  ])('reads %j', (text, value) => {
    expect(parseMoney(text)).toBe(value);
  });

  it.each(['', '1.', '.5', '1,25', '1e3', 'NaN', '1.2345678', '99999999999999999', '--1'])('refuses %j', (text) => {
    expect(() => parseMoney(text)).toThrow(InvalidInput);
  });

  it('writes at least the requested decimals and no more than needed', () => {
    expect(formatMoney(1_250_000)).toBe('1.25');
    expect(formatMoney(-50_000)).toBe('-0.05');
    expect(formatMoney(1_000_001)).toBe('1.000001');
    expect(formatMoney(3_000_000, 0)).toBe('3');
    expect(formatMoney(0)).toBe('0.00');
  });

  it('survives writing and reading, as text and as the double of the broker', () => {
    fc.assert(
      fc.property(micros, fc.integer({ min: 0, max: 6 }), (value, decimals) => {
        expect(parseMoney(formatMoney(value, decimals))).toBe(value);
        expect(fromNumber(toNumber(value))).toBe(value);
      }),
    );
  });

  it('takes the nearest micro of a double', () => {
    expect(fromNumber(0.1 + 0.2)).toBe(300_000);
    expect(Object.is(fromNumber(-0.0000001), 0)).toBe(true);
  });

  it('rounds halves away from zero, for both signs', () => {
    expect(divideRounded(5, 2)).toBe(3);
    expect(divideRounded(-5, 2)).toBe(-3);
    expect(divideRounded(5, -2)).toBe(-3);
    expect(Object.is(divideRounded(0, -2), 0)).toBe(true);
    fc.assert(
      fc.property(micros, fc.integer({ min: 1, max: 1000 }), (numerator, denominator) => {
        const result = divideRounded(numerator, denominator);
        expect(Math.abs(result * denominator - numerator) * 2).toBeLessThanOrEqual(denominator);
        expect(divideRounded(-numerator, denominator)).toBe(-result + 0);
      }),
    );
  });
});
