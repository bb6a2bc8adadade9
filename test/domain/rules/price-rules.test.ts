import { fromNumber } from '../../../src/domain/money.js';
import { ivCrush } from '../../../src/domain/rules/iv-crush.js';
import { ivPercentileExit } from '../../../src/domain/rules/iv-percentile-exit.js';
import { combosToClose } from '../../../src/domain/rules/reduce-size.js';
import { singleLegExit } from '../../../src/domain/rules/single-leg-exit.js';
import { stopLoss } from '../../../src/domain/rules/stop-loss.js';
import { takeProfit } from '../../../src/domain/rules/take-profit.js';
import { trailingStopLoss } from '../../../src/domain/rules/trailing-stop-loss.js';
import { valuePosition } from '../../../src/domain/rules/valuation.js';
import {
  ask,
  CONDOR,
  condorLegs,
  DEBIT,
  debitLegs,
  decisionOf,
  gaining,
  LONG_CALL,
  longCallLegs,
  MARKET,
  moment,
  settings,
  situation,
  without,
} from './world.js';

const QUIET = { kind: 'quiet' };
const NO_PRICE = { legs: [without(condorLegs()[1] ?? never(), 'ask')] };

function never(): never {
  throw new Error('no leg');
}

describe('single_leg_exit', () => {
  const call = (value: number, dte = 40) => ({ position: LONG_CALL, legs: longCallLegs(value), now: moment(dte) });

  it('takes a profit of exactly 80 %, not less', () => {
    expect(decisionOf(ask(singleLegExit, call(7.2)))).toMatchObject({
      action: 'CLOSE',
      urgency: 'NORMAL',
      rule: 'single_leg_tp',
      metadata: { upl_pct: 0.8, threshold: 0.8 },
    });
    expect(ask(singleLegExit, call(7.19))).toEqual(QUIET);
  });

  it('stops a loss of exactly 50 %, not less', () => {
    expect(decisionOf(ask(singleLegExit, call(2)))).toMatchObject({
      urgency: 'HIGH',
      rule: 'single_leg_sl',
      metadata: { upl_pct: -0.5, threshold: -0.5 },
    });
    expect(ask(singleLegExit, call(2.01))).toEqual(QUIET);
  });

  it('closes at 21 days, not at 22, with or without a price', () => {
    expect(decisionOf(ask(singleLegExit, call(4, 21)))).toMatchObject({
      urgency: 'NORMAL',
      rule: 'single_leg_dte',
      metadata: { dte: 21, threshold: 21 },
    });
    expect(ask(singleLegExit, call(4, 22))).toEqual(QUIET);
    const unpriced = { ...call(4, 21), legs: longCallLegs(0) };
    expect(decisionOf(ask(singleLegExit, unpriced)).rule).toBe('single_leg_dte');
    expect(ask(singleLegExit, { ...unpriced, now: moment(22) })).toEqual({ kind: 'missing', missing: 'option prices' });
  });

  it('applies to one leg only, not to custom positions or spreads', () => {
    const position = { ...LONG_CALL, strategyType: 'custom', structure: 'custom' } as const;
    expect(ask(singleLegExit, { ...call(8, 5), position })).toEqual(QUIET);
    expect(ask(singleLegExit, { now: moment(5) })).toEqual(QUIET);
  });
});

describe('trailing_stop_loss', () => {
  const after = (peakProfitPct: number, profit: number) => ({ ...gaining(profit), memory: { peakProfitPct } });

  it('fires at exactly 40 % of the peak, not above', () => {
    expect(decisionOf(ask(trailingStopLoss, after(0.5, 0.2)))).toMatchObject({
      action: 'CLOSE',
      urgency: 'NORMAL',
      rule: 'trailing_stop',
      metadata: { upl_pct: 0.2, peak: 0.5, trailing_stop: 0.2, trail_ratio: 0.4 },
    });
    expect(ask(trailingStopLoss, after(0.5, 0.205))).toEqual(QUIET);
  });

  it('is active from a peak of exactly 40 %', () => {
    expect(ask(trailingStopLoss, after(0.4, 0.1)).kind).toBe('fired');
    expect(ask(trailingStopLoss, after(0.3999, -0.5))).toEqual(QUIET);
  });

  it('reports that it cannot be evaluated', () => {
    expect(ask(trailingStopLoss, { ...NO_PRICE, memory: { peakProfitPct: 0.5 } }).kind).toBe('missing');
  });
});

describe('take_profit', () => {
  it('closes at exactly 80 %', () => {
    expect(decisionOf(ask(takeProfit, gaining(0.8)))).toMatchObject({
      action: 'CLOSE',
      urgency: 'NORMAL',
      rule: 'take_profit_full',
      metadata: { upl_pct: 0.8, threshold: 0.8 },
    });
    expect(decisionOf(ask(takeProfit, gaining(0.795))).rule).toBe('take_profit_partial');
  });

  it.each([
    ['a debit closes at its own profit', { position: DEBIT, legs: debitLegs(10) }, { debit: 1.5 }, 'take_profit_full'],
    ['a debit below it', { position: DEBIT, legs: debitLegs(9.99) }, { debit: 1.5 }, 'take_profit_partial'],
    ['a debit without one closes at full', { position: DEBIT, legs: debitLegs(7.2) }, {}, 'take_profit_full'],
    ['a credit knows only full', gaining(0.8), { debit: 5 }, 'take_profit_full'],
  ])('%s', (_what, at, limits, rule) => {
    expect(decisionOf(ask(takeProfit, at, {}, settings({ takeProfit: limits }))).rule).toBe(rule);
  });

  it('says the profit of a debit in its distance', () => {
    const of = settings({ takeProfit: { debit: 1.5 } });
    const at = situation({ position: DEBIT, legs: debitLegs(5) });
    expect(takeProfit.distance(at, valuePosition(at), of)).toContain('of 150.0 %');
  });

  it('reduces by half at exactly 50 %', () => {
    expect(decisionOf(ask(takeProfit, gaining(0.5)))).toMatchObject({
      action: 'REDUCE',
      urgency: 'NORMAL',
      rule: 'take_profit_partial',
      metadata: { upl_pct: 0.5, threshold: 0.5, close_ratio: 0.5, close_combos: 2, open_combos: 4 },
    });
    expect(ask(takeProfit, gaining(0.495))).toEqual(QUIET);
  });

  it('needs prices', () => {
    expect(ask(takeProfit, NO_PRICE)).toEqual({ kind: 'missing', missing: 'option prices' });
  });

  it.each([
    [1, 0.5, 1],
    [2, 0.5, 1],
    [3, 0.5, 2],
    [2, 0.99, 1],
    [10, 0.01, 1],
    [10, 0.3, 3],
  ])('of %i combos a ratio of %f closes %i', (open, ratio, combos) => {
    expect(combosToClose(open, ratio)).toBe(combos);
  });
});

describe('stop_loss', () => {
  const wide = { ...CONDOR, maxLoss: fromNumber(18) };

  it('stops a credit at exactly 200 % of it', () => {
    expect(decisionOf(ask(stopLoss, { position: wide, legs: condorLegs(6) }))).toMatchObject({
      action: 'CLOSE',
      urgency: 'IMMEDIATE',
      rule: 'stop_loss_hard',
      metadata: { upl_pct: -2, threshold: -2 },
    });
    expect(ask(stopLoss, { position: wide, legs: condorLegs(5.99) })).toEqual(QUIET);
  });

  it('stops a credit without a maximum loss at 200 %', () => {
    const input = situation({ legs: condorLegs(6) });
    const position = without(input.position, 'maxLoss');
    const valuation = { pnl: fromNumber(-4), basis: fromNumber(2), profitPct: -2 };
    expect(stopLoss.evaluate({ ...input, position }, valuation, settings({})).kind).toBe('fired');
  });

  it('is accelerated below 7 days at exactly -50 %', () => {
    const at = (dte: number, close: number) => ask(stopLoss, { now: moment(dte), legs: condorLegs(close) });
    expect(decisionOf(at(6, 3))).toMatchObject({
      urgency: 'IMMEDIATE',
      rule: 'stop_loss_accelerated',
      metadata: { upl_pct: -0.5, threshold: -0.5, dte: 6 },
    });
    expect(at(6, 2.99)).toEqual(QUIET);
    expect(at(7, 3.2)).toEqual(QUIET);
  });

  it('does not stop on the noise of a premium too small to be a basis', () => {
    const position = { ...CONDOR, entryNet: fromNumber(0.1), maxLoss: fromNumber(10) };
    expect(ask(stopLoss, { position, legs: condorLegs(0.4) })).toEqual(QUIET);
    expect(ask(stopLoss, { position, legs: condorLegs(7.6) }).kind).toBe('fired');
    const even = { ...position, entryNet: 0 };
    expect(ask(stopLoss, { position: even, legs: condorLegs(7.49) })).toEqual(QUIET);
    expect(ask(stopLoss, { position: even, legs: condorLegs(7.5) }).kind).toBe('fired');
  });

  it('needs prices', () => {
    expect(ask(stopLoss, { ...NO_PRICE, now: moment(3) })).toEqual({ kind: 'missing', missing: 'option prices' });
  });
});

describe('iv_crush', () => {
  const at = (impliedVolatility: number, profit: number, entry = 0.3) =>
    ask(ivCrush, {
      ...gaining(profit),
      position: { entryImpliedVolatility: entry },
      market: { ...MARKET, impliedVolatility },
    });

  it('fires at exactly -30 % and exactly 20 %', () => {
    expect(decisionOf(at(0.21, 0.2))).toMatchObject({
      action: 'CLOSE',
      urgency: 'NORMAL',
      rule: 'iv_crush',
      metadata: { iv_change_percent: -0.3, upl_pct: 0.2, iv_threshold: -0.3, profit_threshold: 0.2 },
    });
    expect(decisionOf(at(0.14, 0.2, 0.2)).metadata.iv_change_percent).toBe(-0.3);
    expect(at(0.2101, 0.2)).toEqual(QUIET);
    expect(at(0.21, 0.195)).toEqual(QUIET);
  });

  it('names what is missing', () => {
    expect(ask(ivCrush, { market: without(MARKET, 'impliedVolatility') }).kind).toBe('missing');
    expect(at(0.1, 0.5, 0)).toEqual({ kind: 'missing', missing: "underlying's implied volatility at entry" });
  });
});

describe('iv_percentile_exit', () => {
  const at = (ivPercentile: number, profit: number) =>
    ask(ivPercentileExit, { ...gaining(profit), market: { ...MARKET, ivPercentile } });

  it('fires below 30 % and at exactly 20 % of profit', () => {
    expect(decisionOf(at(0.299, 0.2))).toMatchObject({
      action: 'CLOSE',
      urgency: 'NORMAL',
      rule: 'iv_percentile_exit',
      metadata: { iv_percentile: 0.299, upl_pct: 0.2, percentile_threshold: 0.3, profit_threshold: 0.2 },
    });
    expect(at(0.3, 0.5)).toEqual(QUIET);
    expect(at(0.1, 0.195)).toEqual(QUIET);
  });

  it('names what is missing', () => {
    expect(ask(ivPercentileExit, { market: without(MARKET, 'ivPercentile') }).kind).toBe('missing');
  });
});

describe('a debit spread', () => {
  it('takes profits and stops on what was paid', () => {
    const at = (value: number) => ({ position: DEBIT, legs: debitLegs(value) });
    expect(decisionOf(ask(takeProfit, at(7.2))).rule).toBe('take_profit_full');
    expect(decisionOf(ask(stopLoss, at(2))).metadata.threshold).toBe(-0.5);
    expect(ask(stopLoss, at(2.01))).toEqual(QUIET);
  });
});
