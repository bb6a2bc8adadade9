/** Every shipped scenario does what its name says to a position that is entered at its start. */
import { listScenarios } from '../../src/index.js';
import { lifeOf } from './first-rule.js';
import { DAY, type Plan } from './structure.js';

/** The last days need a position that was not rolled before. */
const LAST_DAYS: Plan = { days: 11, without: ['dte_roll'] };

/** Scenario, the rules that fire in it one after the other, and the position if it is no SPY condor. */
const LIVES: readonly (readonly [string, readonly string[], Plan])[] = [
  ['catastrophe-drop', ['catastrophe_3pct_drop'], {}],
  ['catastrophe-rise', ['catastrophe_3pct_rise'], {}],
  ['iv-spike', ['catastrophe_iv_spike'], {}],
  ['single-leg', ['single_leg_sl'], { structure: 'longCall', delta: 0.4 }],
  ['assignment', ['assignment_risk'], { every: 30 }],
  ['trailing-stop', ['trailing_stop'], { every: 30 }],
  ['vix-spike', ['vix_change'], {}],
  ['vix-level', ['vix_level'], {}],
  ['take-profit', ['take_profit_partial', 'take_profit_full'], { every: 30 }],
  ['stop-loss', ['stop_loss_hard'], { every: 30 }],
  ['delta-drift', ['delta_risk_portfolio'], { every: 30 }],
  ['iv-crush', ['iv_crush'], {}],
  ['iv-percentile', ['iv_percentile_exit'], { every: 30 }],
  ['dte-roll', ['dte_roll'], { every: 60 }],
  ['gamma-pin', ['gamma_risk'], { ...LAST_DAYS, every: 30 }],
  ['time-exit', ['time_exit'], { ...LAST_DAYS, symbol: 'META', every: 30 }],
  ['crash', ['catastrophe_3pct_drop'], {}],
];

describe('a shipped scenario', () => {
  it.each(LIVES)('%s: %j', (name, rules, plan) => {
    expect(lifeOf(name, 2, plan).map(({ rule }) => rule)).toEqual(rules);
  });

  it('is said to be for the rule it ends in, and there is one for each', () => {
    const about = new Map(listScenarios().map((scenario) => [scenario.name, scenario.about]));
    for (const [name, rules] of LIVES) {
      if (name !== 'crash') expect(about.get(name)).toContain(rules.at(-1));
    }
  });
});

describe('the demo', () => {
  it.each([1, 7])('earns half of the credit, later four fifths, with seed %i', (seed) => {
    const life = lifeOf('demo', seed, { every: 30 });
    expect(life.map(({ rule }) => rule)).toEqual(['take_profit_partial', 'take_profit_full']);
    expect(life[0]?.day).toBeLessThan(14);
    expect((life[1]?.at ?? 0) - (life[0]?.at ?? 0)).toBeGreaterThan(5 * DAY);
  });
});
