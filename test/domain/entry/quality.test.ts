import { checkQuality, type LegMarket } from '../../../src/domain/entry/quality.js';
import { entrySettingsSchema } from '../../../src/domain/entry/settings.js';
import { PLANS, present, usd } from '../strategy/fixtures.js';

const settings = entrySettingsSchema.parse({});
const spread = present(PLANS[1]);
const leg: LegMarket = { label: 'PUT 680', bid: usd(2), ask: usd(2.1), openInterest: 100 };
const failing = (plan: typeof spread, legs: readonly LegMarket[]) =>
  checkQuality({ plan, legs }, settings)
    .filter((check) => !check.passed)
    .map((check) => check.name);

describe('market quality', () => {
  it('reports the net and the credit once, and the spread and open interest of each leg', () => {
    const checks = checkQuality({ plan: spread, legs: [leg, leg] }, settings);
    expect(checks.map((check) => check.name)).toEqual([
      'net_of_legs',
      'credit_of_width',
      'leg_spread',
      'open_interest',
      'leg_spread',
      'open_interest',
    ]);
    expect(checks.every((check) => check.passed)).toBe(true);
  });

  it('needs at least a fifth of the width as credit', () => {
    expect(failing({ ...spread, netMid: usd(2) }, [])).toEqual([]);
    expect(failing({ ...spread, netMid: usd(1.999999) }, [])).toEqual(['credit_of_width']);
    for (const plan of PLANS.filter(({ netMid }) => netMid < 0)) expect(failing(plan, [])).toEqual([]);
  });

  it('needs a net that the structure can be worth, and names net and bound', () => {
    const lost = { ...spread, netMid: usd(-36.5), netNatural: usd(-36.6) };
    const [check] = checkQuality({ plan: lost, legs: [] }, settings);
    expect(check).toEqual({
      name: 'net_of_legs',
      passed: false,
      text: "The legs' quotes give a debit of 36.50 per share; the structure can be worth at least -10.00, at most 0.00.",
      value: '-36.50',
      bound: 'at least -10.00, at most 0.00',
    });
    expect(failing({ ...spread, netMid: usd(10.5), netNatural: usd(10.4) }, [])).toEqual(['net_of_legs']);
    expect(failing({ ...spread, netMid: usd(9.99), netNatural: usd(9.9) }, [])).toEqual([]);
  });

  it('does not check the net of a single leg, nor of several expirations', () => {
    const [first, second] = spread.legs;
    const single = { ...spread, legs: [present(first)] };
    const later = { ...present(second), contract: { ...present(second).contract, expiry: '20991217' } };
    for (const legs of [single.legs, [present(first), later]]) {
      const plan = { ...spread, legs, netMid: usd(-300), netNatural: usd(-301) };
      expect(checkQuality({ plan, legs: [] }, settings)[0]).toMatchObject({
        name: 'net_of_legs',
        passed: true,
        value: null,
      });
    }
  });

  it('allows a spread of a nickel or a tenth of mid, whichever is wider', () => {
    expect(failing(spread, [{ ...leg, bid: usd(0.1), ask: usd(0.15) }])).toEqual([]);
    expect(failing(spread, [{ ...leg, bid: usd(0.1), ask: usd(0.16) }])).toEqual(['leg_spread']);
    expect(failing(spread, [{ ...leg, bid: usd(9.5), ask: usd(10.5) }])).toEqual([]);
    expect(failing(spread, [{ ...leg, bid: usd(9.49), ask: usd(10.5) }])).toEqual(['leg_spread']);
    expect(failing(spread, [{ ...leg, bid: usd(2.1), ask: usd(2) }])).toEqual(['leg_spread']);
  });

  it('needs both prices and a known open interest', () => {
    expect(failing(spread, [{ ...leg, bid: undefined }])).toEqual(['leg_spread']);
    expect(failing(spread, [{ ...leg, ask: undefined }])).toEqual(['leg_spread']);
    expect(failing(spread, [{ ...leg, openInterest: 99 }])).toEqual(['open_interest']);
    expect(failing(spread, [{ ...leg, openInterest: undefined }])).toEqual(['open_interest']);
  });
});
