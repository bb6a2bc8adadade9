/** The conflicts between the rules and how each is settled (docs of the rules; one test a row). */
import { fromNumber } from '../../../src/domain/money.js';
import { bookFacts } from '../../../src/domain/rules/book-delta.js';
import { catastropheProtection } from '../../../src/domain/rules/catastrophe-protection.js';
import { evaluateRules } from '../../../src/domain/rules/engine.js';
import { gammaRisk } from '../../../src/domain/rules/gamma-risk.js';
import { nextMemory, partialDone } from '../../../src/domain/rules/memory.js';
import { RULES } from '../../../src/domain/rules/registry.js';
import { hardStopLoss } from '../../../src/domain/rules/stop-loss.js';
import { valuePosition } from '../../../src/domain/rules/valuation.js';
import { vixExit } from '../../../src/domain/rules/vix-exit.js';
import {
  ask,
  CONDOR,
  condorLegs,
  DEBIT,
  debitLegs,
  GREEKS,
  gaining,
  HOUR,
  MARKET,
  moment,
  SETTINGS,
  type Situation,
  settings,
  situation,
} from './world.js';

const decide = (changes: Situation, of = SETTINGS) => evaluateRules(situation(changes), of).decision;
/** Condor whose gamma per combo is that of its short legs, large. */
const nervous = (close = 2) =>
  condorLegs(close).map((one) => (one.action === 'SELL' ? { ...one, greeks: { ...GREEKS, gamma: 0.05 } } : one));

describe('P&L % after a partial close', () => {
  it('is per open combo, so that closing half changes nothing', () => {
    const legs = condorLegs(0.8);
    const whole = valuePosition({ position: CONDOR, legs }).profitPct;
    expect(valuePosition({ position: { ...CONDOR, openCombos: 1 }, legs }).profitPct).toBe(whole);
    expect(whole).toBe(0.6);
  });
});

describe('dte_roll hides gamma_risk and time_exit', () => {
  it('fixed: gamma_risk wins at 13 days and the roll is only reported', () => {
    const evaluation = evaluateRules(situation({ now: moment(13), legs: nervous() }), SETTINGS);
    expect(evaluation.all.map(({ rule }) => rule)).toEqual(['gamma_risk', 'dte_roll']);
    expect(evaluation.decision).toMatchObject({ action: 'CLOSE', rule: 'gamma_risk' });
  });

  it('fixed: time_exit wins on the eve', () => {
    const evaluation = evaluateRules(situation({ now: moment(1) }), SETTINGS);
    expect(evaluation.all.map(({ rule }) => rule)).toEqual(['time_exit', 'dte_roll']);
  });

  it('and the roll still comes when nothing else does, in its hours', () => {
    expect(decide({ now: moment(18) })).toMatchObject({ action: 'ROLL', rule: 'dte_roll' });
    expect(decide({ now: moment(18, 9 * HOUR + 45) }).action).toBe('HOLD');
  });

  it('and beyond a loss of 100 % it closes', () => {
    expect(decide({ ...gaining(-1.2), now: moment(18) })).toMatchObject({ action: 'CLOSE', rule: 'dte_roll' });
  });
});

describe('partial take-profit fires forever', () => {
  it('fixed: once per position', () => {
    expect(decide(gaining(0.6)).rule).toBe('take_profit_partial');
    const memory = partialDone(nextMemory(situation(gaining(0.6)).memory, { profitPct: 0.6 }));
    expect(decide({ ...gaining(0.6), memory }).action).toBe('HOLD');
    expect(decide({ ...gaining(0.8), memory }).rule).toBe('take_profit_full');
  });

  it('and then the rules of lower priority apply', () => {
    const input = { ...gaining(0.6), market: { ...MARKET, ivPercentile: 0.1 } };
    expect(decide({ ...input, memory: { partialTakeProfitDone: true } }).rule).toBe('iv_percentile_exit');
  });

  it('with one combo it closes all, or holds when so configured', () => {
    const one = { ...gaining(0.6), position: { openCombos: 1 } };
    expect(decide(one)).toMatchObject({
      action: 'CLOSE',
      rule: 'take_profit_partial',
      metadata: { close_ratio: 1, close_combos: 1 },
    });
    expect(decide(one, settings({ takeProfit: { onIndivisible: 'hold' } })).action).toBe('HOLD');
  });
});

describe('-200 % cannot fire for debits, nor for credits above a third of the width', () => {
  it('a rich credit stops at 75 % of the maximum loss', () => {
    const rich = { entryNet: fromNumber(4), maxLoss: fromNumber(6) };
    expect(hardStopLoss(rich, fromNumber(4), SETTINGS)).toBe(fromNumber(4.5));
    expect(decide({ position: rich, legs: condorLegs(8.5) })).toMatchObject({
      rule: 'stop_loss_hard',
      urgency: 'IMMEDIATE',
      metadata: { threshold: -1.125 },
    });
    expect(decide({ position: rich, legs: condorLegs(8.49) }).action).toBe('HOLD');
  });

  it('a poor credit stops at 200 % of it', () => {
    expect(hardStopLoss({ entryNet: fromNumber(1), maxLoss: fromNumber(9) }, fromNumber(1), SETTINGS)).toBe(
      fromNumber(2),
    );
  });

  it('a debit stops at -50 %', () => {
    expect(decide({ position: DEBIT, legs: debitLegs(2) })).toMatchObject({ rule: 'stop_loss_hard' });
    expect(decide({ position: DEBIT, legs: debitLegs(2.01) }).action).toBe('HOLD');
  });
});

describe('the delta limit on the summed book closes everything', () => {
  it('fixed: one of three condors over the limit is chosen, and only its decision fires', () => {
    const positions = ['a', 'b', 'c'].map((positionId, index) => ({
      positionId,
      structure: 'iron_condor' as const,
      combos: 1 + index,
      closing: false,
      deltaPerCombo: 0.35,
      deltaDollars: 0,
      profitPct: -0.1,
    }));
    const { facts } = bookFacts(
      [
        ...positions,
        {
          ...positions[0],
          positionId: 'd',
          structure: 'iron_condor',
          combos: 2,
          closing: false,
          deltaPerCombo: 0.28,
          deltaDollars: 0,
          profitPct: 0.1,
        },
      ],
      { netLiquidation: fromNumber(100_000), active: false },
      SETTINGS,
    );
    const closing = [...facts.entries()].filter(([, book]) => decide({ book }).rule === 'delta_risk_portfolio');
    expect(closing.map(([id]) => id)).toEqual(['c']);
  });
});

describe('gamma 0.10 is never reached per share', () => {
  it('so it is the change of delta for 1 %: gamma 0.02 at 600 is 0.12', () => {
    expect(ask(gammaRisk, { now: moment(10) }, { gamma: 0.02 }).kind).toBe('fired');
  });
});

describe('custom counts as single-leg', () => {
  it('fixed: single-leg rules leave a custom position of two legs alone', () => {
    const position = { ...DEBIT, strategyType: 'custom', structure: 'custom' } as const;
    const { all } = evaluateRules(situation({ position, legs: debitLegs(8), now: moment(5) }), SETTINGS);
    expect(all.filter(({ rule }) => rule.startsWith('single_leg'))).toEqual([]);
  });
});

describe('catastrophe and VIX close winners too', () => {
  const fell = { ...MARKET, underlying: fromNumber(570), underlyingHourAgo: fromNumber(600) };
  const stormy = { ...MARKET, vix: 50, impliedVolatility: 0.5 };

  it('a position that gains by the fall stays open, one that loses is closed', () => {
    const at = (delta: number, gamma: number) =>
      ask(catastropheProtection, { market: fell }, { delta, gamma, vega: 1 }).kind;
    expect(at(-0.3, 0)).toBe('quiet');
    expect(at(0.3, 0)).toBe('fired');
    expect(at(0, -0.01)).toBe('fired');
    expect(at(0.1, 0.01)).toBe('quiet');
  });

  it('long vega gains by volatility, so neither rule fires', () => {
    for (const rule of [catastropheProtection, vixExit]) {
      expect(ask(rule, { market: stormy }, { vega: 0.5 }).kind).toBe('quiet');
      expect(ask(rule, { market: stormy }, { vega: 0 }).kind).toBe('quiet');
      expect(ask(rule, { market: stormy }, { vega: -0.5 }).kind).toBe('fired');
    }
  });
});

describe('time_exit at DTE <= 1 fires at the open', () => {
  it('fixed: not in the first half hour of the eve, nor in the first minutes of the last day', () => {
    const quiet = settings({ dteRoll: { enabled: false } });
    expect(decide({ now: moment(1, 571) }, quiet).action).toBe('HOLD');
    expect(decide({ now: moment(0, 571) }, quiet).action).toBe('HOLD');
    expect(decide({ now: moment(0, 575) }, quiet).rule).toBe('time_exit');
  });
});

describe('two trailing stops', () => {
  it('are one, on P&L %', () => {
    expect(RULES.filter(({ name }) => name.includes('trailing')).map(({ name }) => name)).toEqual([
      'trailing_stop_loss',
    ]);
  });
});

describe('missing data passes silently', () => {
  it('fixed: every rule without its data is named', () => {
    const legs = condorLegs().map(({ bid: _bid, ask: _ask, greeks: _greeks, ...rest }) => rest);
    const { decision, skipped } = evaluateRules(
      situation({ legs, market: {}, book: { chosenForDelta: false }, memory: { peakProfitPct: 0.9 } }),
      SETTINGS,
    );
    expect(decision.action).toBe('HOLD');
    expect(skipped.map(({ rule }) => rule)).toEqual([
      'catastrophe_protection',
      'assignment_risk',
      'trailing_stop_loss',
      'vix_exit',
      'take_profit',
      'stop_loss',
      'delta_risk',
      'iv_crush',
      'iv_percentile_exit',
    ]);
  });
});
