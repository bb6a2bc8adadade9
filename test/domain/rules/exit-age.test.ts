/** The age of an exit: trading time only, urgency by what the exit is for, and the deadline of short legs. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MINUTE_MS } from 'market-time';
import type { OptionContract } from '../../../src/domain/option.js';
import { orderSettingsSchema } from '../../../src/domain/order/settings.js';
import { URGENCY_RANK, type Urgency } from '../../../src/domain/rules/decision.js';
import { ageOfExit, type ExitOrigin } from '../../../src/domain/rules/exit-age.js';
import { RULES } from '../../../src/domain/rules/registry.js';

const SETTINGS = orderSettingsSchema.parse({}).exitAge;
const LAST_TRADE = Date.parse('2026-04-17T20:15:00Z');
/** A Monday, 10:00 in New York. */
const MONDAY = Date.parse('2026-03-02T15:00:00Z');

const contract = (lastTradeAt = LAST_TRADE): OptionContract => ({
  conId: 1,
  symbol: 'SPY',
  tradingClass: 'SPY',
  right: 'PUT',
  strike: 600,
  expiry: '20260417',
  multiplier: 100,
  lastTradeAt,
  style: 'american',
});

interface Given extends Partial<ExitOrigin> {
  readonly urgency?: Urgency;
  readonly isFixed?: boolean;
  readonly now: number;
}

function age({ since = MONDAY, rules = ['stop_loss_hard'], urgency = 'NORMAL', isFixed = false, now }: Given) {
  const contracts = [contract()];
  return ageOfExit({ origin: { since, rules }, urgency, isFixed, contracts, shorts: contracts, now }, SETTINGS);
}

const after = (minutes: number) => MONDAY + minutes * MINUTE_MS;

describe('urgency by age', () => {
  it.each([
    [0, 'NORMAL', false, 0],
    [2.9, 'NORMAL', false, 0],
    [3, 'HIGH', false, 0],
    [5, 'HIGH', false, 1],
    [6, 'IMMEDIATE', false, 1],
    [14.9, 'IMMEDIATE', false, 2],
    [15, 'IMMEDIATE', true, 3],
  ] as const)('after %d minutes an exit that limits risk is %s', (minutes, urgency, lastResort, alerts) => {
    expect(age({ now: after(minutes) })).toMatchObject({ urgency, lastResort, alerts, escalates: true });
  });

  it.each([
    ['takes a profit', { rules: ['take_profit_full'] }, false],
    ['has the price of a person', { rules: ['manual_close'], isFixed: true }, false],
    ['takes a profit, and a stop has joined', { rules: ['take_profit_full', 'stop_loss_hard'] }, true],
    ['was asked for by a person', { rules: ['manual_close'] }, true],
    ['closes what is left of a structure', { rules: ['broken_structure'] }, true],
  ] as const)('an exit that %s', (_what, given, escalates) => {
    const found = age({ ...given, now: after(30) });
    expect(found).toMatchObject({ escalates, lastResort: escalates, alerts: 6 });
    expect(found.urgency).toBe(escalates ? 'IMMEDIATE' : 'NORMAL');
  });

  it('a night adds nothing', () => {
    const evening = Date.parse('2026-03-02T21:13:00Z');
    const morning = Date.parse('2026-03-03T14:30:30Z');
    expect(age({ since: evening, now: morning })).toMatchObject({ minutes: 2, urgency: 'NORMAL' });
  });

  it('is never below the requested one, and never below the earlier one', () => {
    const minute = fc.double({ min: 0, max: 300, noNaN: true });
    const urgency = fc.constantFrom<Urgency>('IMMEDIATE', 'HIGH', 'NORMAL', 'LOW');
    fc.assert(
      fc.property(minute, minute, urgency, fc.boolean(), (one, other, asked, isFixed) => {
        const [early, late] = [one, other]
          .sort((a, b) => a - b)
          .map((at) => age({ now: after(at), urgency: asked, isFixed }));
        if (early === undefined || late === undefined) return;
        expect(URGENCY_RANK[late.urgency]).toBeLessThanOrEqual(URGENCY_RANK[early.urgency]);
        expect(URGENCY_RANK[early.urgency]).toBeLessThanOrEqual(URGENCY_RANK[asked]);
        expect(early.nextAt).toBeGreaterThan(after(Math.min(one, other)));
      }),
    );
  });

  it('nothing changes before the next mark', () => {
    const seconds = fc.integer({ min: 0, max: 3 * 3600 });
    fc.assert(
      fc.property(seconds, (at) => {
        const now = MONDAY + at * 1000;
        const present = age({ now });
        const { nextAt: _next, minutes: _minutes, ...rest } = present;
        expect(age({ now: present.nextAt - 1 })).toMatchObject(rest);
        expect(age({ now: present.nextAt })).not.toMatchObject(rest);
      }),
    );
  });
});

describe('the last trade of a short leg', () => {
  const late = LAST_TRADE - 60 * MINUTE_MS;

  it.each([
    ['takes a profit', ['take_profit_full'], false, 'IMMEDIATE'],
    ['limits risk', ['stop_loss_hard'], false, 'IMMEDIATE'],
    ['has the price of a person', ['manual_close'], true, 'LOW'],
  ] as const)('makes an exit that %s urgent, or raises an alert', (_what, rules, isFixed, urgency) => {
    const given = { since: late - MINUTE_MS, rules, isFixed, urgency: 'LOW' } as const;
    expect(age({ ...given, now: late - 1 })).toMatchObject({ urgency: 'LOW', alerts: 0, nextAt: late });
    expect(age({ ...given, now: late })).toMatchObject({ urgency, alerts: 1, lastTradeAt: LAST_TRADE });
  });

  it('leaves the combination its time, and no more', () => {
    const given = { since: late, rules: ['take_profit_full'] };
    expect(age({ ...given, now: late + 5 * MINUTE_MS })).toMatchObject({ lastResort: false });
    expect(age({ ...given, now: late + 6 * MINUTE_MS })).toMatchObject({ lastResort: true });
  });
});

it('what takes a profit is a decision of its rule', () => {
  for (const { decisions, takesProfit = [] } of RULES)
    expect(decisions).toEqual(expect.arrayContaining([...takesProfit]));
});

it.each([
  [{ highMinutes: 10 }, 'highMinutes must not exceed immediateMinutes'],
  [{ immediateMinutes: 20 }, 'immediateMinutes must not exceed lastResortMinutes'],
  [{ alertMinutes: 0 }, 'alertMinutes'],
  [{ lastResort: 'pray' }, 'lastResort'],
])('%j is refused', (exitAge, text) => {
  const parsed = orderSettingsSchema.safeParse({ exitAge });
  expect(parsed.success).toBe(false);
  expect(JSON.stringify(parsed.error?.issues)).toContain(text);
});
