import { fromNumber } from '../../../src/domain/money.js';
import { assignmentRisk } from '../../../src/domain/rules/assignment-risk.js';
import { catastropheProtection } from '../../../src/domain/rules/catastrophe-protection.js';
import { deltaRisk } from '../../../src/domain/rules/delta-risk.js';
import { dteRoll } from '../../../src/domain/rules/dte-roll.js';
import { gammaRisk } from '../../../src/domain/rules/gamma-risk.js';
import type { LegState } from '../../../src/domain/rules/input.js';
import { timeExit } from '../../../src/domain/rules/time-exit.js';
import { vixExit } from '../../../src/domain/rules/vix-exit.js';
import {
  ask,
  condorLegs,
  DEBIT,
  debitLegs,
  decisionOf,
  gaining,
  HOUR,
  leg,
  MARKET,
  moment,
  settings,
  situation,
  without,
} from './world.js';

const QUIET = { kind: 'quiet' };
const SHORT = { delta: 0, gamma: -0.01, vega: -0.5 };

describe('catastrophe_protection', () => {
  const moved = (to: number, greeks = SHORT) =>
    ask(
      catastropheProtection,
      { market: { ...MARKET, underlying: fromNumber(to), underlyingHourAgo: fromNumber(100) } },
      greeks,
    );

  it('fires beyond a drop of 3 %, not at it', () => {
    expect(decisionOf(moved(96.99))).toMatchObject({
      action: 'CLOSE',
      urgency: 'IMMEDIATE',
      rule: 'catastrophe_3pct_drop',
      metadata: { hour_change: -0.0301, threshold: -0.03 },
    });
    expect(moved(97)).toEqual(QUIET);
  });

  it('fires beyond a rise of 3 %, not at it', () => {
    expect(decisionOf(moved(103.01))).toMatchObject({ rule: 'catastrophe_3pct_rise', metadata: { threshold: 0.03 } });
    expect(moved(103)).toEqual(QUIET);
  });

  it('fires on implied volatility beyond +50 %, not at it', () => {
    const at = (impliedVolatility: number) =>
      ask(catastropheProtection, { market: { ...MARKET, impliedVolatility } }, SHORT);
    expect(decisionOf(at(0.301))).toMatchObject({
      urgency: 'IMMEDIATE',
      rule: 'catastrophe_iv_spike',
      metadata: { iv_change_percent: 0.505, threshold: 0.5 },
    });
    expect(at(0.3)).toEqual(QUIET);
  });

  it('needs delta and gamma to show that a move loses', () => {
    const market = { ...MARKET, underlying: fromNumber(570) };
    const legs = condorLegs().map((one) => without(one, 'greeks'));
    for (const greeks of [
      { delta: 1, vega: 1 },
      { gamma: -1, vega: 1 },
    ]) {
      expect(ask(catastropheProtection, { market, legs }, greeks)).toEqual({ kind: 'missing', missing: 'Greeks' });
    }
  });

  it('names everything that is missing, and a part with its data still fires', () => {
    const market = without(MARKET, 'underlyingHourAgo');
    expect(ask(catastropheProtection, { market: without(market, 'impliedVolatility') }, SHORT)).toEqual({
      kind: 'missing',
      missing: "underlying's price one hour ago, underlying's implied volatility",
    });
    expect(ask(catastropheProtection, { market: { ...market, impliedVolatility: 0.4 } }, SHORT).kind).toBe('fired');
  });
});

describe('vix_exit', () => {
  const at = (vix: number, entryVix = 34, greeks = SHORT) =>
    ask(vixExit, { market: { ...MARKET, vix }, position: { entryVix } }, greeks);

  it('fires above 35, not at it', () => {
    expect(decisionOf(at(35.01))).toMatchObject({
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'vix_level',
      metadata: { vix: 35.01, threshold: 35 },
    });
    expect(at(35)).toEqual(QUIET);
  });

  it('fires on a rise by more than 5 points, not by 5', () => {
    expect(decisionOf(at(23.5, 18))).toMatchObject({
      rule: 'vix_change',
      metadata: { vix: 23.5, vix_entry: 18, vix_change: 5.5, threshold: 5 },
    });
    expect(at(23, 18)).toEqual(QUIET);
  });

  it('names a missing VIX, now or at entry', () => {
    expect(ask(vixExit, { market: without(MARKET, 'vix') }, SHORT)).toEqual({ kind: 'missing', missing: 'VIX' });
    const input = situation();
    const unknown = { ...input, position: without(input.position, 'entryVix') };
    expect(vixExit.evaluate(unknown, SHORT, settings({}))).toEqual({ kind: 'missing', missing: 'VIX at entry' });
  });
});

describe('delta_risk', () => {
  it('closes the chosen condor for the condors’ delta', () => {
    const book = { condorDeltaPerCombo: -0.31, dollarDeltaShare: -0.1, chosenForDelta: true };
    expect(decisionOf(ask(deltaRisk, { book }))).toMatchObject({
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'delta_risk_portfolio',
      metadata: { portfolio_delta: -0.31, delta_limit: 0.3, strategy_type: 'iron_condor', measure: 'condor_delta' },
    });
    expect(ask(deltaRisk, { book: { ...book, chosenForDelta: false } })).toEqual(QUIET);
    expect(ask(deltaRisk, { book: { ...book, condorDeltaPerCombo: 0.24 } })).toEqual(QUIET);
    expect(ask(deltaRisk, { book: { ...book, condorDeltaPerCombo: 0.241 } }).kind).toBe('fired');
  });

  it('closes a directional position for the dollar delta only', () => {
    const at = (dollarDeltaShare: number) =>
      ask(deltaRisk, {
        position: DEBIT,
        legs: debitLegs(4),
        book: { condorDeltaPerCombo: 0.9, dollarDeltaShare, chosenForDelta: true },
      });
    expect(decisionOf(at(0.51)).metadata).toMatchObject({ portfolio_delta: 0.51, measure: 'dollar_delta_share' });
    expect(at(0.4)).toEqual(QUIET);
  });

  it('says that the book is unknown', () => {
    expect(ask(deltaRisk, { book: { chosenForDelta: false } }).kind).toBe('missing');
    expect(ask(deltaRisk, { book: { chosenForDelta: true } }).kind).toBe('missing');
    expect(ask(deltaRisk, { book: { dollarDeltaShare: 0, chosenForDelta: false } }).kind).toBe('missing');
    const directional = { position: DEBIT, legs: debitLegs(4) };
    expect(ask(deltaRisk, { ...directional, book: { dollarDeltaShare: 0, chosenForDelta: false } })).toEqual(QUIET);
  });
});

describe('gamma_risk', () => {
  const at = (gamma: number, dte = 13) =>
    ask(gammaRisk, { now: moment(dte), market: { ...MARKET, underlying: fromNumber(500) } }, { gamma });

  it('fires when 1 % changes the delta by more than 0.10, not by 0.10', () => {
    expect(decisionOf(at(-0.0201))).toMatchObject({
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'gamma_risk',
      metadata: { gamma: -0.0201, dte: 13, gamma_threshold: 0.1, dte_threshold: 14 },
    });
    expect(at(-0.02)).toEqual(QUIET);
    expect(at(0.0201).kind).toBe('fired');
  });

  it('counts below 14 days, not at 14', () => {
    expect(at(-0.5, 14)).toEqual(QUIET);
  });

  it('names what is missing', () => {
    const now = moment(5);
    const legs = condorLegs().map((one) => without(one, 'greeks'));
    expect(ask(gammaRisk, { now, legs })).toEqual({ kind: 'missing', missing: 'Greeks' });
    expect(ask(gammaRisk, { now, market: without(MARKET, 'underlying') }).kind).toBe('missing');
    expect(ask(gammaRisk, { legs: [] })).toEqual({ kind: 'missing', missing: 'expiry' });
  });
});

describe('time_exit', () => {
  const at = (dte: number, minute: number) => ask(timeExit, { now: moment(dte, minute) });

  it('on the eve from 10:00 until before 15:30', () => {
    expect(decisionOf(at(1, 10 * HOUR))).toMatchObject({
      action: 'CLOSE',
      urgency: 'IMMEDIATE',
      rule: 'time_exit',
      metadata: { dte: 1, threshold: 1, last_day: false },
    });
    expect(at(1, 10 * HOUR - 1)).toEqual(QUIET);
    expect(at(1, 15 * HOUR + 29).kind).toBe('fired');
    expect(at(1, 15 * HOUR + 30)).toEqual(QUIET);
    expect(at(2, 12 * HOUR)).toEqual(QUIET);
  });

  it('on the last day from five minutes after the open until trading ends', () => {
    expect(at(0, 575).kind).toBe('fired');
    expect(at(0, 574)).toEqual(QUIET);
    expect(at(0, 16 * HOUR - 1).kind).toBe('fired');
    expect(at(0, 16 * HOUR)).toEqual(QUIET);
  });

  it('takes the trading day before the last one as the eve, across a weekend and a holiday', () => {
    const [one] = condorLegs() as [LegState];
    const legs = [{ ...one, contract: { ...one.contract, expiry: '20270119', lastTradeAt: moment(-4, 16 * HOUR) } }];
    expect(decisionOf(ask(timeExit, { legs, now: moment(0) })).metadata).toMatchObject({ dte: 4, last_day: false });
    expect(ask(timeExit, { legs, now: moment(1) })).toEqual(QUIET);
  });

  it('stays quiet while the session is closed', () => {
    expect(ask(timeExit, { now: moment(0), session: { isOpen: false } })).toEqual(QUIET);
  });
});

describe('dte_roll', () => {
  const at = (dte: number, minute = 11 * HOUR) => ask(dteRoll, { now: moment(dte, minute) });

  it('rolls at 21 days, not at 22', () => {
    expect(decisionOf(at(21))).toMatchObject({
      action: 'ROLL',
      urgency: 'HIGH',
      rule: 'dte_roll',
      metadata: { current_dte: 21, roll_to_dte: 45, force_roll: true },
    });
    expect(at(22)).toEqual(QUIET);
  });

  it('keeps the band of 25 and 21 when configured', () => {
    const of = settings({ dteRoll: { rollDte: 25 } });
    const with25 = (dte: number) => ask(dteRoll, { now: moment(dte) }, {}, of);
    expect(decisionOf(with25(25))).toMatchObject({ urgency: 'NORMAL', metadata: { force_roll: false } });
    expect(decisionOf(with25(22)).urgency).toBe('NORMAL');
    expect(decisionOf(with25(21)).urgency).toBe('HIGH');
    expect(with25(26)).toEqual(QUIET);
  });

  it('rolls from 10:00 until before 15:30', () => {
    expect(at(20, 10 * HOUR).kind).toBe('fired');
    expect(at(20, 10 * HOUR - 1)).toEqual(QUIET);
    expect(at(20, 15 * HOUR + 30)).toEqual(QUIET);
  });

  it('closes when so configured, and closes a loss beyond 100 %, not one of 100 %', () => {
    const close = settings({ dteRoll: { action: 'close' } });
    expect(decisionOf(ask(dteRoll, { now: moment(20) }, {}, close)).action).toBe('CLOSE');
    const losing = (share: number) => decisionOf(ask(dteRoll, { ...gaining(-share), now: moment(20) }));
    expect(losing(1).action).toBe('ROLL');
    expect(losing(1.005).action).toBe('CLOSE');
  });

  it('does not roll an unknown loss', () => {
    const legs = condorLegs().map((one) => without(one, 'ask'));
    expect(ask(dteRoll, { now: moment(20), legs })).toEqual({ kind: 'missing', missing: 'option prices' });
  });
});

describe('assignment_risk', () => {
  const short = (right: 'CALL' | 'PUT', strike: number, price: number, more: Partial<LegState> = {}) => [
    leg('SELL', right, strike, price, more),
  ];

  it('fires with less than 0.10 of extrinsic value in the money, not at 0.10', () => {
    expect(decisionOf(ask(assignmentRisk, { legs: short('PUT', 610, 10.09) }))).toMatchObject({
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'assignment_risk',
      metadata: { strike: 610, right: 'PUT', extrinsic: fromNumber(0.09), threshold: fromNumber(0.1) },
    });
    expect(ask(assignmentRisk, { legs: short('PUT', 610, 10.1) })).toEqual(QUIET);
    expect(ask(assignmentRisk, { legs: short('CALL', 590, 10.09) }).kind).toBe('fired');
  });

  it('leaves legs that are out of the money, at it, long or European', () => {
    expect(ask(assignmentRisk, { legs: short('PUT', 600, 0.01) })).toEqual(QUIET);
    expect(ask(assignmentRisk, { legs: short('CALL', 601, 0.01) })).toEqual(QUIET);
    expect(ask(assignmentRisk, { legs: [leg('BUY', 'PUT', 610, 10)] })).toEqual(QUIET);
    const [one] = short('PUT', 610, 10) as [LegState];
    expect(ask(assignmentRisk, { legs: [{ ...one, contract: { ...one.contract, style: 'european' } }] })).toEqual(
      QUIET,
    );
  });

  it('closes a call whose extrinsic value is below the dividend, on the trading day before ex-date only', () => {
    const on = (daysBefore: number, amount: number, right: 'CALL' | 'PUT' = 'CALL') =>
      ask(assignmentRisk, {
        legs: short(right, right === 'CALL' ? 590 : 610, 11),
        now: moment(daysBefore),
        market: { ...MARKET, dividend: { exDate: '20270111', amount: fromNumber(amount) } },
      });
    expect(decisionOf(on(7, 1.01)).metadata).toMatchObject({ cause: 'dividend', threshold: fromNumber(1.01) });
    expect(on(7, 1)).toEqual(QUIET);
    expect(on(8, 1.5)).toEqual(QUIET);
    expect(on(4, 1.5)).toEqual(QUIET);
    expect(on(7, 1.5, 'PUT')).toEqual(QUIET);
  });

  it('stays quiet when the broker reports no announced dividend', () => {
    expect(ask(assignmentRisk, { legs: short('CALL', 590, 11), market: { ...MARKET, dividend: 'none' } })).toEqual(
      QUIET,
    );
  });

  it('names what is missing', () => {
    expect(ask(assignmentRisk, { market: without(MARKET, 'underlying') }).kind).toBe('missing');
    expect(ask(assignmentRisk, { legs: [without(leg('SELL', 'PUT', 610, 10), 'ask')] }).kind).toBe('missing');
    expect(ask(assignmentRisk, { legs: short('CALL', 590, 11) })).toEqual({
      kind: 'missing',
      missing: 'next dividend',
    });
  });
});
