/** One idea of a ticker: what may be typed, allowed, entered and named (case C04). */
import fc from 'fast-check';
import { parsePositionId, positionIdOf } from '../../src/domain/ids.js';
import { passRiskGate } from '../../src/domain/risk/gate.js';
import { riskSettingsSchema } from '../../src/domain/risk/settings.js';
import { symbolOf } from '../../src/domain/symbol.js';
import { PLANS } from './strategy/fixtures.js';

const WRITTEN = ['BRK B', 'brk b', 'BRK.B', 'Brk/b', ' BRK.B '];

test.each(WRITTEN)('%p is BRK B', (text) => {
  expect(symbolOf(text)).toBe('BRK B');
});

test.each(['', 'A/B', 'BRK  B', 'BRK-B', 'BRK.B.C', '.B', 'BRK.', 'BRK BBB', '1AB', 'SPY;DROP', 'TOOLONGTICKER'])(
  '%p is no ticker',
  (text) => {
    expect(symbolOf(text)).toBeUndefined();
    expect(riskSettingsSchema.safeParse({ symbols: [text] }).success).toBe(false);
  },
);

test.each(WRITTEN)('risk.symbols [%p] allows BRK B and no other', (text) => {
  const settings = riskSettingsSchema.parse({ symbols: [text, 'SPY'] });
  const allowed = (symbol: string) => {
    const plan = { ...PLANS[0], symbol };
    const verdict = passRiskGate(
      { plan, whatIf: {}, todaysResult: 0, openPositions: 0, tradingState: 'ACTIVE' } as never,
      settings,
    );
    return verdict.checks.find(({ name }) => name === 'symbol')?.passed;
  };
  expect([allowed('BRK B'), allowed('SPY'), allowed('BRK')]).toEqual([true, true, false]);
});

test('every ticker can be allowed, and makes a position id', () => {
  const ticker = fc.stringMatching(/^[A-Z][A-Z0-9]{1,7}([ ./][A-Z]{1,2})?$/);
  fc.assert(
    fc.property(ticker, (text) => {
      const symbol = symbolOf(text);
      if (symbol === undefined) throw new Error(`${text} is no ticker`);
      expect(symbolOf(symbol)).toBe(symbol);
      expect(riskSettingsSchema.safeParse({ symbols: [text] }).success).toBe(true);
      const id = positionIdOf(symbol, 'bps', '20260302', 'entry-4k0eai');
      expect(parsePositionId(id)).toBe(id);
    }),
  );
});
