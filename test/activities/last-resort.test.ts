/** The last resort of an exit, and what its alert says about it, whatever the entry requested. */
import { describe, expect, test } from '@jest/globals';
import { alertIfUnfilled } from '../../src/activities/orders/exit-alert.js';
import { lastResortOf } from '../../src/activities/orders/last-resort.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { OrderRole } from '../../src/domain/ids.js';
import { ENTRY_MODES, type EntryMode, positionMode } from '../../src/domain/order/legs.js';
import type { PositionRow } from '../../src/store/api.js';
import { NOW, PLAN, payload } from '../store/support.js';

const AGE = { minutes: 16, urgency: 'IMMEDIATE', escalates: true, lastResort: true, alerts: 3, nextAt: NOW } as const;

interface Case {
  readonly mode: EntryMode;
  readonly legs?: number;
  readonly role?: OrderRole;
  readonly orderType?: 'LMT' | 'MKT';
  readonly lastResort?: 'legs' | 'wait';
  readonly allowComboMarket?: boolean;
}

/** The last resort, and the message of its alert. */
async function atLast(one: Case) {
  const { mode, legs = PLAN.legs.length, role = 'combo', orderType = 'LMT', lastResort, allowComboMarket } = one;
  const told: string[] = [];
  const settings = settingsSchema.parse({ orders: { allowComboMarket, exitAge: { lastResort } } });
  const deps = {
    settings: () => settings,
    broker: { clock: { now: () => NOW } },
    store: {
      intents: { attempts: async () => [] },
      alerts: { list: async () => [], raise: async ({ message }: { message: string }) => told.push(message) },
    },
  } as unknown as Parameters<typeof lastResortOf>[0] & Parameters<typeof alertIfUnfilled>[0];
  const row = { symbol: 'SPY', plan: { ...PLAN, legs: PLAN.legs.slice(0, legs) }, mode } as unknown as PositionRow;
  const spec = { positionId: 'x', step: 2, role, purpose: 'REDUCE', pricing: { kind: 'walk' } } as const;
  const resort = await lastResortOf(deps, spec, row, AGE);
  const exit = { since: NOW, rules: ['stop_loss_hard'] };
  await alertIfUnfilled(deps, row, { spec: { ...spec, exit }, age: AGE, resort, payload: payload('x', { orderType }) });
  return { resort, message: told.join() };
}

describe.each(ENTRY_MODES)('an entry with mode %s', (wanted) => {
  test.each([false, true])('with a limit: %s', async (isLimited) => {
    const mode = positionMode(wanted, 4, isLimited);
    const { resort, message } = await atLast({ mode });
    expect(resort).toBe(wanted === 'combo' ? undefined : 'legs');
    expect(message.includes('leg by leg')).toBe(wanted !== 'combo');
    // Several orders cannot hold the limit of the opening.
    if (isLimited) expect(mode).not.toBe('legs');
  });
});

test.each<[string, Case, string]>([
  ['legs come next', { mode: 'auto' }, 'Its last resort comes next: leg by leg, shorts bought back first.'],
  ['legs at work', { mode: 'auto', role: 'leg2' }, 'It is at its last resort, leg by leg.'],
  ['market comes next', { mode: 'combo', allowComboMarket: true }, 'comes next: a market order on the combination.'],
  [
    'market at work',
    { mode: 'combo', allowComboMarket: true, orderType: 'MKT' },
    'It is at its last resort, a market order on the combination.',
  ],
  ['combinations only', { mode: 'combo' }, 'the position was opened with mode combo, so there is no last resort.'],
  ['wait', { mode: 'auto', lastResort: 'wait' }, 'orders.exitAge.lastResort is wait, so there is no last resort.'],
  ['a single leg', { mode: 'combo', legs: 1 }, 'a single leg has no last resort.'],
  ['shares', { mode: 'auto', role: 'shares' }, 'shares have no last resort.'],
])('the alert is true: %s', async (_what, one, text) => {
  expect((await atLast(one)).message).toContain(text);
});

test.each(ENTRY_MODES)('a single leg is one order with mode %s', (wanted) => {
  expect([positionMode(wanted, 1, false), positionMode(wanted, 1, true)]).toEqual(['combo', 'combo']);
});
