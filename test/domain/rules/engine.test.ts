import fc from 'fast-check';
import { fromNumber } from '../../../src/domain/money.js';
import { evaluateRules } from '../../../src/domain/rules/engine.js';
import { INITIAL_MEMORY, nextMemory, partialDone } from '../../../src/domain/rules/memory.js';
import { combosToClose } from '../../../src/domain/rules/reduce-size.js';
import { RULES, ruleOfDecision } from '../../../src/domain/rules/registry.js';
import type { Rule } from '../../../src/domain/rules/rule.js';
import { valuePosition } from '../../../src/domain/rules/valuation.js';
import {
  CONDOR,
  condorLegs,
  GREEKS,
  gaining,
  MARKET,
  moment,
  present,
  SETTINGS,
  settings,
  situation,
} from './world.js';

const fall = { ...MARKET, underlying: fromNumber(570) };

describe('the registry', () => {
  it('holds the twelve rules and assignment_risk in the order of their priorities', () => {
    expect(RULES.map(({ name, priority }) => `${name} ${priority}`)).toEqual([
      'catastrophe_protection 1',
      'single_leg_exit 1.3',
      'assignment_risk 1.35',
      'trailing_stop_loss 1.4',
      'vix_exit 1.5',
      'take_profit 2',
      'stop_loss 3',
      'delta_risk 4',
      'iv_crush 5',
      'iv_percentile_exit 5.5',
      'gamma_risk 7',
      'time_exit 8',
      'dte_roll 8.5',
    ]);
  });

  it('knows the rule of each decision id', () => {
    expect(ruleOfDecision('take_profit_partial')?.name).toBe('take_profit');
    expect(ruleOfDecision('none')).toBeUndefined();
    const ids = RULES.flatMap((rule) => rule.decisions);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the engine', () => {
  it('holds when nothing fires, with the number of rules and the distance of each', () => {
    const { decision, all, skipped, distances } = evaluateRules(situation(), SETTINGS);
    expect(decision).toEqual({
      action: 'HOLD',
      urgency: 'NORMAL',
      rule: 'none',
      reason: 'No rule triggered.',
      metadata: { rules_evaluated: 13 },
      at: moment(40),
    });
    expect([all, skipped]).toEqual([[], []]);
    expect(distances.map(({ rule }) => rule)).toEqual(RULES.map(({ name }) => name));
    expect(distances.find(({ rule }) => rule === 'take_profit')?.text).toBe(
      'profit 0.0 % of 80.0 %; partial at 50.0 %',
    );
  });

  it('takes the first by priority and reports the rest', () => {
    const { decision, all } = evaluateRules(situation({ ...gaining(-2.5), market: fall, now: moment(5) }), SETTINGS);
    expect(decision.rule).toBe('stop_loss_hard');
    expect(all.map(({ rule }) => rule)).toEqual(['stop_loss_hard', 'dte_roll']);
    expect(decision.at).toBe(moment(5));
  });

  it('runs only the underlying’s rules in the first five minutes, and says so', () => {
    const at = (minute: number) => evaluateRules(situation({ ...gaining(0.9), now: moment(40, minute) }), SETTINGS);
    expect(at(574).decision.action).toBe('HOLD');
    expect(at(574).skipped).toContainEqual({ rule: 'take_profit', missing: 'the first 5 minutes of the session' });
    expect(at(574).skipped.map(({ rule }) => rule)).not.toContain('vix_exit');
    expect(at(575).decision.rule).toBe('take_profit_full');
  });

  it('lets a catastrophe fire at the open, since an opening gap is one', () => {
    const legs = condorLegs().map((leg) =>
      leg.action === 'SELL' ? { ...leg, greeks: { ...GREEKS, gamma: 0.05 } } : leg,
    );
    const gap = situation({ legs, market: fall, now: moment(40, 570) });
    expect(evaluateRules(gap, SETTINGS).decision.rule).toBe('catastrophe_3pct_drop');
  });

  it('runs no price rule while the session is closed', () => {
    const { decision, skipped } = evaluateRules(situation({ ...gaining(0.9), session: { isOpen: false } }), SETTINGS);
    expect(decision.action).toBe('HOLD');
    expect(skipped).toContainEqual({ rule: 'take_profit', missing: 'the session is closed' });
  });

  it('reports a rule that throws and evaluates the next', () => {
    const broken: Rule = {
      name: 'broken',
      priority: 0,
      kind: 'underlying',
      decisions: ['broken'],
      enabled: () => true,
      evaluate: () => {
        throw new Error('no such thing');
      },
      distance: () => {
        throw new Error('nor this');
      },
    };
    const { decision, skipped, distances } = evaluateRules(situation(gaining(0.9)), SETTINGS, [broken, ...RULES]);
    expect(decision.rule).toBe('take_profit_full');
    expect(skipped).toEqual([{ rule: 'broken', missing: 'failed: no such thing' }]);
    expect(distances[0]).toEqual({ rule: 'broken', text: 'failed: nor this' });
  });

  it('skips a rule that is switched off', () => {
    const of = settings({ takeProfit: { enabled: false } });
    const { decision, distances } = evaluateRules(situation(gaining(0.9)), of);
    expect(decision).toMatchObject({ rule: 'none', metadata: { rules_evaluated: 12 } });
    expect(distances.find(({ rule }) => rule === 'take_profit')?.text).toBe('switched off');
  });

  it('takes the basis from the settings', () => {
    const input = situation({ ...gaining(0.6) });
    expect(evaluateRules(input, settings({ basis: { minPremiumShare: 0.5 } })).decision.action).toBe('HOLD');
    expect(evaluateRules(input, SETTINGS).decision.action).toBe('REDUCE');
  });
});

/** Any situation of a condor, each datum present or not. */
const anything = fc.record({
  dte: fc.integer({ min: 0, max: 60 }),
  minute: fc.integer({ min: 570, max: 959 }),
  close: fc.integer({ min: 0, max: 1000 }).map((cents) => cents / 100),
  combos: fc.integer({ min: 1, max: 20 }),
  peak: fc.double({ min: 0, max: 1, noNaN: true }),
  done: fc.boolean(),
  gamma: fc.double({ min: 0, max: 0.05, noNaN: true }),
  underlying: fc.option(fc.integer({ min: 500, max: 700 }), { nil: undefined }),
  vix: fc.option(fc.integer({ min: 10, max: 60 }), { nil: undefined }),
  iv: fc.option(fc.double({ min: 0.05, max: 1, noNaN: true }), { nil: undefined }),
  percentile: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  priced: fc.boolean(),
});

type Anything = typeof anything extends fc.Arbitrary<infer T> ? T : never;

function inputOf(any: Anything) {
  return situation({
    now: moment(any.dte, any.minute),
    legs: condorLegs(any.close).map((leg) => {
      const { bid, ask, greeks, ...rest } = leg;
      const shown = { ...rest, greeks: { ...present(greeks), gamma: leg.action === 'SELL' ? any.gamma : 0 } };
      return any.priced ? { ...shown, bid: present(bid), ask: present(ask) } : shown;
    }),
    position: { openCombos: any.combos },
    memory: { peakProfitPct: any.peak, partialTakeProfitDone: any.done },
    market: {
      underlyingHourAgo: fromNumber(600),
      ...(any.underlying !== undefined && { underlying: fromNumber(any.underlying) }),
      ...(any.vix !== undefined && { vix: any.vix }),
      ...(any.iv !== undefined && { impliedVolatility: any.iv }),
      ...(any.percentile !== undefined && { ivPercentile: any.percentile }),
    },
  });
}

describe('in any situation', () => {
  it('the decision is the one of lowest priority of all that fire', () => {
    fc.assert(
      fc.property(anything, (any) => {
        const { decision, all } = evaluateRules(inputOf(any), SETTINGS);
        const priorities = all.map(({ rule }) => present(ruleOfDecision(rule)).priority);
        if (all.length === 0) expect(decision.action).toBe('HOLD');
        else expect(present(ruleOfDecision(decision.rule)).priority).toBe(Math.min(...priorities));
        expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
      }),
    );
  });

  it('each rule fires, is quiet or is skipped; none fails, and missing data make none fire', () => {
    fc.assert(
      fc.property(anything, (any) => {
        const { all, skipped } = evaluateRules(inputOf(any), SETTINGS);
        expect(skipped.filter(({ missing }) => missing.startsWith('failed'))).toEqual([]);
        const rules = [
          ...all.map(({ rule }) => present(ruleOfDecision(rule)).name),
          ...skipped.map(({ rule }) => rule),
        ];
        expect(new Set(rules).size).toBe(rules.length);
        const blind = situation({
          now: moment(any.dte, any.minute),
          legs: inputOf({ ...any, priced: false }).legs.map(({ greeks: _greeks, ...rest }) => rest),
          market: {},
          book: { chosenForDelta: true },
          memory: { peakProfitPct: any.peak },
        });
        const fired = evaluateRules(blind, SETTINGS).all.map(({ rule }) => rule);
        expect(fired.filter((rule) => rule !== 'time_exit')).toEqual([]);
      }),
    );
  });

  it('a partial close leaves a combo and closes one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 500 }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (open, ratio) => {
          const closed = combosToClose(open, ratio);
          expect(closed).toBeGreaterThanOrEqual(1);
          expect(closed).toBeLessThanOrEqual(open - 1);
        },
      ),
    );
  });
});

describe('the memory', () => {
  it('keeps the highest profit, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: -5, max: 1, noNaN: true }), { nil: undefined })), (profits) => {
        const memory = profits.reduce(
          (before, profitPct) => nextMemory(before, profitPct === undefined ? {} : { profitPct }),
          INITIAL_MEMORY,
        );
        expect(memory.peakProfitPct).toBe(Math.max(0, ...profits.filter((one) => one !== undefined)));
      }),
    );
  });

  it('remembers the partial profit and keeps the peak', () => {
    const memory = nextMemory(INITIAL_MEMORY, valuePosition({ position: CONDOR, legs: condorLegs(1) }));
    expect(partialDone(memory)).toEqual({ peakProfitPct: 0.5, partialTakeProfitDone: true });
    expect(nextMemory(memory, { profitPct: 0.4 })).toBe(memory);
  });
});
