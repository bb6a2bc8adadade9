/** A position's value and profit compared with the broker's. */
import fc from 'fast-check';
import { type ComparedLeg, compareWithBroker } from '../../../src/domain/position/broker-value.js';
import { usd } from '../strategy/fixtures.js';

/** Three short puts sold at 4.00, now at 5.00 by 4.90 x 5.10, as the broker would have them too. */
const short = (more: Partial<ComparedLeg> = {}): ComparedLeg => ({
  ...{ contracts: -3, multiplier: 100, mark: usd(5), spread: usd(0.2), openPrice: usd(4) },
  broker: { quantity: -3, value: usd(-1500), unrealized: usd(-301.95) },
  ...more,
});
const theirs = (mark: number, unrealized: number, quantity = -3) =>
  short({ broker: { quantity, value: usd(mark * 100 * quantity), unrealized: usd(unrealized) } });

it.each<[string, readonly ComparedLeg[], boolean]>([
  ['the same, with commissions in its cost', [short()], false],
  ['another model within the share', [theirs(5.7, -511.95)], false],
  ['a mark beyond it', [theirs(5.76, -529.95)], true],
  ['as many contracts of another position beside', [theirs(5, -603.9, -6)], false],
  ['a profit that lacks a fill', [theirs(5, -1.95)], true],
  ['a multiplier of 10', [short({ multiplier: 10 })], true],
  [
    'legs whose differences offset',
    [theirs(6, -601.95), short({ contracts: 3, broker: { quantity: 3, value: usd(1800), unrealized: usd(601.95) } })],
    false,
  ],
  [
    'cheap wings by some cents',
    [
      short({
        mark: usd(0.02),
        spread: usd(0.01),
        openPrice: usd(0.1),
        broker: { quantity: -3, value: usd(-15), unrealized: usd(13) },
      }),
    ],
    false,
  ],
])('%s', (_what, legs, differs) => {
  expect(compareWithBroker(legs, usd(1.95), 0.15).differs).toBe(differs);
});

it("agrees with itself for any holdings, and for any share of the account's holdings", () => {
  const leg = fc
    .record({
      contracts: fc.integer({ min: -20, max: 20 }).filter((count) => count !== 0),
      mark: fc.integer({ min: 0, max: 300_000_000 }),
      openPrice: fc.integer({ min: 0, max: 300_000_000 }),
      spread: fc.integer({ min: 0, max: 1_000_000 }),
      more: fc.integer({ min: 0, max: 5 }),
    })
    .map(({ more, ...one }) => {
      const quantity = one.contracts + Math.sign(one.contracts) * more;
      const broker = {
        quantity,
        value: quantity * 100 * one.mark,
        unrealized: quantity * 100 * (one.mark - one.openPrice),
      };
      return { ...one, multiplier: 100, broker };
    });
  fc.assert(
    fc.property(fc.array(leg, { minLength: 1, maxLength: 4 }), (legs) => {
      const { differs, ours, broker } = compareWithBroker(legs, 0, 0);
      expect(differs).toBe(false);
      expect(Math.abs(ours.pnl - broker.pnl)).toBeLessThan(usd(0.01));
    }),
  );
});
