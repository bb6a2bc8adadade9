import fc from 'fast-check';
import { fromNumber } from '../../../src/domain/money.js';
import { Confirmation, needsConfirmation, type Observation } from '../../../src/domain/rules/confirmation.js';
import type { Decision, Urgency } from '../../../src/domain/rules/decision.js';
import type { RulesSettings } from '../../../src/domain/rules/settings.js';
import { SETTINGS, settings } from './world.js';

function decision(rule: string, urgency: Urgency = 'NORMAL'): Decision {
  return { action: rule === 'none' ? 'HOLD' : 'CLOSE', urgency, rule, reason: 'because', metadata: {}, at: 0 };
}

const NARROW = { netSpread: fromNumber(0.2), netMid: fromNumber(0.5), underlying: fromNumber(600) };
const WIDE = { ...NARROW, netSpread: fromNumber(0.21) };

/** A confirmation, and a function that polls it at a second. */
function looking(of: RulesSettings = SETTINGS) {
  const confirmation = new Confirmation();
  return (second: number, rule: string, urgency: Urgency = 'NORMAL', prices: Partial<Observation> = NARROW) =>
    confirmation.observe({ decision: decision(rule, urgency), at: second * 1000, ...prices }, of);
}

const rule = (observed: { confirmed?: Decision }) => observed.confirmed?.rule;

describe('confirmation of a price rule', () => {
  it('takes two samples ten seconds apart', () => {
    const look = looking();
    expect(look(0, 'take_profit_full')).toEqual({ nextSampleAt: 10_000 });
    expect(look(9.999, 'take_profit_full')).toEqual({ nextSampleAt: 10_000 });
    expect(rule(look(10, 'take_profit_full'))).toBe('take_profit_full');
  });

  it('takes three seconds when immediate', () => {
    const look = looking();
    expect(look(0, 'stop_loss_hard', 'IMMEDIATE')).toEqual({ nextSampleAt: 3_000 });
    expect(rule(look(2.9, 'stop_loss_hard', 'IMMEDIATE'))).toBeUndefined();
    expect(rule(look(3, 'stop_loss_hard', 'IMMEDIATE'))).toBe('stop_loss_hard');
  });

  it('is given by two of three samples', () => {
    const look = looking();
    look(0, 'take_profit_full');
    expect(look(10, 'none')).toEqual({ nextSampleAt: 20_000 });
    expect(rule(look(20, 'take_profit_full'))).toBe('take_profit_full');
  });

  it('is not given to one bad tick, however many polls see it', () => {
    const look = looking();
    look(0, 'stop_loss_hard', 'IMMEDIATE');
    look(0.1, 'stop_loss_hard', 'IMMEDIATE');
    look(0.2, 'none');
    look(3, 'none');
    look(6, 'none');
    expect(rule(look(9, 'stop_loss_hard', 'IMMEDIATE'))).toBeUndefined();
  });

  it('is not affected by polls between the samples', () => {
    const look = looking();
    look(0, 'take_profit_full');
    for (const second of [1, 2, 3, 9]) look(second, 'none');
    expect(rule(look(10, 'take_profit_full'))).toBe('take_profit_full');
  });

  it('is forgotten after three samples against', () => {
    const look = looking();
    look(0, 'stop_loss_hard', 'IMMEDIATE');
    look(3, 'none');
    look(6, 'none');
    expect(look(9, 'none')).toEqual({});
  });

  it('starts over once given', () => {
    const look = looking();
    look(0, 'take_profit_full');
    expect(look(10, 'take_profit_full').nextSampleAt).toBeUndefined();
    expect(look(20, 'take_profit_full')).toEqual({ nextSampleAt: 30_000 });
  });

  it('counts a decision of lower priority as against, and one of higher priority as unseen', () => {
    const against = looking();
    against(0, 'trailing_stop');
    against(10, 'take_profit_full');
    against(20, 'take_profit_full');
    expect(rule(against(30, 'trailing_stop'))).toBeUndefined();
    const unseen = looking();
    unseen(0, 'take_profit_full');
    unseen(10, 'trailing_stop');
    expect(rule(unseen(20, 'take_profit_full'))).toBe('take_profit_full');
  });
});

describe('a wide spread', () => {
  const immediate = (of: RulesSettings, prices: Partial<Observation>) => {
    const look = looking(of);
    for (let second = 0; second <= 120; second += 3) {
      if (rule(look(second, 'stop_loss_hard', 'IMMEDIATE', prices))) return second;
    }
    return undefined;
  };

  it('is above 0.20 and above 25 % of the mid', () => {
    expect(immediate(SETTINGS, NARROW)).toBe(3);
    expect(immediate(SETTINGS, WIDE)).toBe(60);
    expect(immediate(SETTINGS, { ...WIDE, netMid: fromNumber(-0.84) })).toBe(3);
    expect(immediate(SETTINGS, { ...WIDE, netMid: fromNumber(0.83) })).toBe(60);
  });

  it('needs no more than two samples when they lie a minute apart, as in poll mode', () => {
    const look = looking();
    look(0, 'take_profit_full', 'NORMAL', WIDE);
    expect(rule(look(60, 'take_profit_full', 'NORMAL', WIDE))).toBe('take_profit_full');
  });

  it('that was never narrow is excused by a move since the first poll', () => {
    const look = looking();
    look(0, 'none', 'NORMAL', WIDE);
    look(10, 'stop_loss_hard', 'IMMEDIATE', { ...WIDE, underlying: fromNumber(590) });
    const observed = look(13, 'stop_loss_hard', 'IMMEDIATE', { ...WIDE, underlying: fromNumber(590) });
    expect(rule(observed)).toBe('stop_loss_hard');
  });

  it('that is unknown counts as wide', () => {
    expect(immediate(SETTINGS, {})).toBe(60);
  });

  it('must hold: a sample against starts the minute again', () => {
    const look = looking();
    for (let second = 0; second < 57; second += 3) look(second, 'stop_loss_hard', 'IMMEDIATE', WIDE);
    look(57, 'none', 'NORMAL', WIDE);
    expect(rule(look(60, 'stop_loss_hard', 'IMMEDIATE', WIDE))).toBeUndefined();
    expect(rule(look(117, 'stop_loss_hard', 'IMMEDIATE', WIDE))).toBeUndefined();
    expect(rule(look(120, 'stop_loss_hard', 'IMMEDIATE', WIDE))).toBe('stop_loss_hard');
  });

  it('is excused by a move of the underlying of 1 % since it was narrow', () => {
    const after = (price: number) => {
      const look = looking();
      look(0, 'none');
      look(10, 'stop_loss_hard', 'IMMEDIATE', { ...WIDE, underlying: fromNumber(price) });
      return rule(look(13, 'stop_loss_hard', 'IMMEDIATE', { ...WIDE, underlying: fromNumber(price) }));
    };
    expect(after(594)).toBe('stop_loss_hard');
    expect(after(606)).toBe('stop_loss_hard');
    expect(after(594.01)).toBeUndefined();
  });

  it('does not affect rules of the underlying, which are sampled anyway', () => {
    const look = looking();
    expect(rule(look(0, 'catastrophe_3pct_drop', 'IMMEDIATE', WIDE))).toBeUndefined();
    expect(rule(look(3, 'catastrophe_3pct_drop', 'IMMEDIATE', WIDE))).toBe('catastrophe_3pct_drop');
  });
});

describe('confirmation by rule', () => {
  it.each(['dte_roll', 'time_exit', 'single_leg_dte'])('is not needed for %s, which the clock alone decides', (id) => {
    expect(rule(looking()(0, id, 'NORMAL', WIDE))).toBe(id);
  });

  it('lets delta_risk hold for sixty seconds', () => {
    const look = looking();
    const seconds = [0, 10, 20, 30, 40, 50].map((second) => rule(look(second, 'delta_risk_portfolio', 'HIGH')));
    expect(seconds.every((id) => id === undefined)).toBe(true);
    expect(rule(look(60, 'delta_risk_portfolio', 'HIGH'))).toBe('delta_risk_portfolio');
  });

  it('can be switched off, for all or for one, by rule or by decision', () => {
    const off = settings({ confirmation: { enabled: false, perRule: { stop_loss: true } } });
    expect(rule(looking(off)(0, 'take_profit_full'))).toBe('take_profit_full');
    expect(rule(looking(off)(0, 'stop_loss_hard'))).toBeUndefined();
    const one = settings({ confirmation: { perRule: { stop_loss: false, stop_loss_accelerated: true } } });
    expect(needsConfirmation('stop_loss_hard', one)).toBe(false);
    expect(needsConfirmation('stop_loss_accelerated', one)).toBe(true);
    expect(needsConfirmation('take_profit_full', one)).toBe(true);
  });
});

describe('for any sequence of polls', () => {
  it('the next sample lies ahead, and a confirmation takes at least two samples', () => {
    const ids = ['none', 'trailing_stop', 'take_profit_full', 'stop_loss_hard', 'delta_risk_portfolio'];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...ids), fc.integer({ min: 1, max: 20 }))), (looks) => {
        const look = looking();
        const seen = new Map<string, number[]>();
        let second = 0;
        for (const [id, gap] of looks) {
          second += gap;
          const observed = look(second, id);
          seen.set(id, [...(seen.get(id) ?? []), second]);
          if (observed.nextSampleAt !== undefined) expect(observed.nextSampleAt).toBeGreaterThan(second * 1000);
          const confirmed = rule(observed);
          if (confirmed === undefined) continue;
          expect(confirmed).toBe(id);
          const times = seen.get(id) ?? [];
          expect(second - (times[0] ?? second)).toBeGreaterThanOrEqual(10);
          seen.set(id, []);
        }
      }),
    );
  });
});
