import { rulesSettingsSchema } from '../../../src/domain/rules/settings.js';

const accepted = (changes: unknown) => rulesSettingsSchema.safeParse(changes).success;

describe('the settings of the rules', () => {
  it('have the defaults of the design', () => {
    expect(rulesSettingsSchema.parse({})).toMatchObject({
      firstMinutes: 5,
      basis: { minPremiumShare: 0.1 },
      confirmation: {
        samples: 3,
        needed: 2,
        immediateGapSeconds: 3,
        otherGapSeconds: 10,
        spreadMax: 0.2,
        spreadPct: 0.25,
        wideSeconds: 60,
        underlyingMovePct: 0.01,
      },
      dteRoll: { rollDte: 21, rollToDte: 45, action: 'roll_or_close', from: '10:00', to: '15:30' },
      deltaRisk: { condorLimit: 0.3, condorRelease: 0.24, dollarLimit: 0.5, confirmSeconds: 60 },
    });
  });

  it('refuse what contradicts itself', () => {
    expect(accepted({ dteRoll: { rollDte: 25 } })).toBe(true);
    expect(accepted({ dteRoll: { forceDte: 22 } })).toBe(false);
    expect(accepted({ dteRoll: { rollToDte: 21 } })).toBe(false);
    expect(accepted({ dteRoll: { from: '16:00' } })).toBe(false);
    expect(accepted({ timeExit: { from: '25:00' } })).toBe(false);
    expect(accepted({ timeExit: { to: '09:00' } })).toBe(false);
    expect(accepted({ takeProfit: { partial: 0.9 } })).toBe(false);
    expect(accepted({ takeProfit: { debit: 0.4 } })).toBe(false);
    expect(accepted({ takeProfit: { debit: 2 } })).toBe(true);
    expect(accepted({ takeProfit: { closeRatio: 1 } })).toBe(false);
    expect(accepted({ deltaRisk: { condorRelease: 0.31 } })).toBe(false);
    expect(accepted({ confirmation: { needed: 4 } })).toBe(false);
    expect(accepted({ stopLoss: { hard: 2 } })).toBe(false);
  });
});
