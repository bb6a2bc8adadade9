import fc from 'fast-check';
import { InvalidInput } from '../../src/domain/errors.js';
import { orderRefOf, orderRefPrefix, parseOrderRef, parsePositionId, positionIdOf } from '../../src/domain/ids.js';

describe('a position id', () => {
  it('is readable and a function of the entry', () => {
    const id = positionIdOf('SPY', 'ic', '20260302', 'entry-SPY-A1B2C3');
    expect(id).toBe('spy-ic-20260302-a1b2c3');
    expect(positionIdOf('SPY', 'ic', '20260302', 'entry-SPY-A1B2C3')).toBe(id);
    expect(parsePositionId(id)).toBe(id);
  });

  it.each(['', 'ab', 'SPY-ic', '-spy', 'spy_ic', 'a'.repeat(42), 'spy|ic'])('%j is refused', (text) => {
    expect(() => parsePositionId(text)).toThrow(InvalidInput);
  });
});

describe('an order reference', () => {
  const parts = fc.record({
    positionId: fc.stringMatching(/^[a-z0-9][a-z0-9-]{2,40}$/),
    step: fc.nat(10_000),
    role: fc.constantFrom('combo' as const, 'stop' as const, 'target' as const, 'leg2' as const, 'unwind3' as const),
    attempt: fc.integer({ min: 1, max: 99 }),
  });

  it('is parsed back into its parts', () => {
    fc.assert(fc.property(parts, (one) => expect(parseOrderRef(orderRefOf(one))).toEqual(one)));
  });

  it('shares its prefix only with the attempts of the same intent', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = one.positionId === other.positionId && one.step === other.step && one.role === other.role;
        expect(orderRefOf(other).startsWith(orderRefPrefix(one))).toBe(same);
        expect(orderRefOf({ ...one, attempt: other.attempt }).startsWith(orderRefPrefix(one))).toBe(true);
      }),
    );
  });

  it.each(['', 'by hand', 'LW|x|1|combo', 'LW|x|1|wing|1', 'LW|X|1|combo|1', 'LW|x|1|combo|1 ', 'XLW|x|1|combo|1'])(
    'is not recognised in %j',
    (text) => {
      expect(parseOrderRef(text)).toBeUndefined();
    },
  );
});
