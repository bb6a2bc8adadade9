/** Legs that the rules would close at once are refused, or reported (case C14). */
import fc from 'fast-check';
import { sessionFacts } from 'market-time';
import { staysOpen } from '../../../src/domain/entry/stays-open.js';
import { evaluateRules } from '../../../src/domain/rules/engine.js';
import { rulesSettingsSchema } from '../../../src/domain/rules/settings.js';
import type { StrategyPlan } from '../../../src/domain/strategy/strategy.js';
import { contractOf, legOf, planOf, usd } from '../strategy/fixtures.js';

const DAY_MS = 86_400_000;
const rules = rulesSettingsSchema.parse({});

/** A plan whose legs expire on Friday 17 April, this many days before, at noon. */
const LAST = Date.parse('2026-04-17T16:00:00-04:00');
const noonBefore = (days: number) => Date.parse('2026-04-17T12:00:00-04:00') - days * DAY_MS;
const spread = planOf('bull_put_spread', [legOf('BUY', 'PUT', 670), legOf('SELL', 'PUT', 680)], usd(2.4));
const custom = { ...spread, strategyType: 'custom', structure: 'custom' } as const;
const call = planOf('custom', [legOf('BUY', 'CALL', 705)], usd(-3.45));

test.each<[string, StrategyPlan, number, object, boolean, string]>([
  ['a bull put of 11 days', custom, 11, {}, false, 'dte_roll rolls at 21 days or fewer'],
  ['a long call of 7 days', call, 7, {}, false, 'single_leg_exit closes at 21 days or fewer'],
  ['a long call on its last day', call, 0, {}, false, 'time_exit closes on the eve of the last trading day'],
  ['at the threshold', custom, 21, {}, false, 'dte_roll'],
  ['above it', custom, 22, {}, true, 'no rule closes it for that'],
  ['45 days', call, 45, {}, true, 'no rule'],
  ['dte_roll switched off', custom, 11, { dteRoll: { enabled: false } }, true, 'no rule'],
  ['the eve, with dte_roll off', custom, 1, { dteRoll: { enabled: false } }, false, 'time_exit'],
  ['a roll that only closes', custom, 11, { dteRoll: { action: 'close' } }, false, 'dte_roll closes'],
  [
    'all of them off',
    call,
    0,
    { dteRoll: { enabled: false }, singleLegExit: { enabled: false }, timeExit: { enabled: false } },
    true,
    'no rule',
  ],
])('%s', (_, plan, days, changes, passed, text) => {
  const check = staysOpen(plan, rulesSettingsSchema.parse(changes), noonBefore(days));
  expect(check).toMatchObject({ name: 'stays_open', passed, value: days });
  expect(check.text).toContain(text);
});

test('agrees with the rules about a new position, on every trading day before its expiry', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.constantFrom(custom, call), (days, plan) => {
      const now = noonBefore(days);
      const session = sessionFacts(now, { open: now - 2 * 3_600_000, close: now + 4 * 3_600_000 });
      const evaluation = evaluateRules(
        {
          now,
          position: {
            ...{ positionId: 'p', symbol: 'SPY', strategyType: plan.strategyType, structure: plan.structure },
            ...{
              openedCombos: 1,
              openCombos: 1,
              entryNet: plan.netMid,
              multiplier: 100,
              openedAt: now,
              maxLoss: usd(7),
            },
          },
          legs: plan.legs.map(({ action, ratio, contract: { right, strike } }, index) => {
            const price = plan.legs.length === 1 ? usd(3.45) : usd(index === 0 ? 1 : 3.4);
            const contract = contractOf(right, strike, { lastTradeAt: LAST });
            return { contract, action, ratio, bid: price, ask: price, mark: price, quoteAgeMs: 0 };
          }),
          market: { underlying: usd(700), underlyingHourAgo: usd(700) },
          session,
          book: { chosenForDelta: false },
          memory: { peakProfitPct: 0, partialTakeProfitDone: false },
        },
        rules,
      );
      const seen = {
        ...plan,
        legs: plan.legs.map((one) => ({ ...one, contract: { ...one.contract, lastTradeAt: LAST } })),
      };
      // On Saturdays and Sundays the rules wait for Monday, when expiry is nearer still.
      const weekday = new Date(now).getUTCDay();
      fc.pre(weekday !== 0 && weekday !== 6);
      expect(staysOpen(seen, rules, now).passed).toBe(evaluation.decision.action === 'HOLD');
    }),
    { numRuns: 300 },
  );
});
