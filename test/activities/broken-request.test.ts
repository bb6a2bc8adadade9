/** A roll or a reduction of a broken position: it stays open with the reason, or is closed, as the policy says. */
import { describe, expect, test } from '@jest/globals';
import { buildRoll, type RollParts } from '../../src/activities/entry/roll.js';
import type { SessionCalendar } from '../../src/activities/market/session-calendar.js';
import { draftOrder } from '../../src/activities/orders/prepare.js';
import { projectPosition } from '../../src/activities/orders/project.js';
import { type ExitParts, planExit } from '../../src/activities/positions/exit.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { OrderSpec } from '../../src/contract/activities.js';
import { exitCommand } from '../../src/contract/exit-command.js';
import type { ExitCommand } from '../../src/contract/requests.js';
import { externalRefOf } from '../../src/domain/ids.js';
import type { Fill } from '../../src/domain/order/fill.js';
import { present } from '../domain/strategy/fixtures.js';
import { execution, fill, intent, NOW, newPositionId, PLAN, testServer } from '../store/support.js';
import { NO_METERS } from '../support/meters.js';

const server = testServer();

const SHARES = { secType: 'STK', conId: PLAN.underlyingConId, side: 'BUY' } as const;

/** What came to two spreads after they were opened, and what is held then. */
const BREAKS: readonly (readonly [string, readonly Partial<Fill>[], RegExp])[] = [
  [
    'all assigned',
    [{ side: 'BUY' }, { ...SHARES, quantity: 200 }],
    /holds 200 shares of SPY, 2 SPY 20260417 630 PUT\./,
  ],
  [
    'one of two assigned',
    [
      { side: 'BUY', quantity: 1 },
      { ...SHARES, quantity: 100 },
    ],
    /holds 100 shares of SPY, -1 SPY 20260417 640\.25 PUT, 2 SPY 20260417 630 PUT\./,
  ],
  [
    'a long leg sold by hand',
    [{ conId: 102, quantity: 1 }],
    /holds -2 SPY 20260417 640\.25 PUT, 1 SPY 20260417 630 PUT\./,
  ],
];

interface Asked extends Partial<ExitCommand> {
  /** Contracts that the last list of the account lacked. */
  readonly absent?: readonly number[];
  readonly rules?: object;
  readonly begun?: { readonly filledCombos: number; readonly since?: number };
  /** The exit has sent an order for this leg, which brought the breaks. */
  readonly ownLeg?: 1 | 2;
}

async function planned(breaks: readonly Partial<Fill>[], { rules = {}, begun, absent = [], ownLeg, ...asked }: Asked) {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  const opening = `LW|${positionId}|1|combo|1`;
  const closing = ownLeg === undefined ? externalRefOf(positionId) : `LW|${positionId}|2|leg${ownLeg}|1`;
  if (ownLeg !== undefined) {
    const order = { step: 2, role: `leg${ownLeg}`, purpose: 'REDUCE', orderRef: closing } as const;
    await store.intents.plan(intent(positionId, order), NOW);
  }
  await store.fills.append([
    fill(`${positionId}-1`, opening),
    fill(`${positionId}-2`, opening, { conId: 102, side: 'BUY' }),
    ...breaks.map((one, index) => fill(`${positionId}-x${index}`, closing, { at: NOW + 1, ...one })),
  ]);
  await store.absences.note({ absent, unclear: [], session: 'a-test', at: NOW });
  const parts = {
    deps: {
      ...{ store, broker: { clock: { now: () => NOW } }, configHash: () => '' },
      ...{ meters: NO_METERS, settings: () => settingsSchema.parse({ rules }) },
    },
    tracker: { projectNow: async () => present(await projectPosition(store, positionId, NOW)) },
    tryRoll: () => ({ kind: 'refused', code: 'SIGNAL_REFUSED', reasons: ['Not now.'], checks: [] }),
  } as unknown as ExitParts;
  const command = exitCommand({
    ...{
      requestId: `of-${positionId}`,
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'manual_close',
      reason: 'x',
      by: 'person',
    },
    ...asked,
  });
  const plan = await planExit(parts, { positionId, command, step: 2, ...(begun && { begun }) });
  return { plan, positionId, status: (await store.executions.get_execution(positionId))?.status };
}

const PEOPLE_CLOSE = { roll: { people: 'roll_or_close' } };
const rule = (id: string) => ({ by: 'rule', rule: id }) as const;

describe.each(BREAKS)('%s', (_what, breaks, held) => {
  test.each<[string, Asked]>([
    ['a person rolls it', { action: 'ROLL' }],
    ['a person reduces it', { action: 'REDUCE', ratio: 0.5 }],
    [
      'a person reduces it, and one combo would be closed',
      { action: 'REDUCE', rules: { takeProfit: { onIndivisible: 'close' } } },
    ],
    [
      'a rule rolls it with the policy roll',
      { action: 'ROLL', ...rule('dte_roll'), rules: { dteRoll: { action: 'roll' } } },
    ],
    [
      'a rule of perRule rolls it with the policy roll',
      { action: 'ROLL', ...rule('gamma_risk'), rules: { roll: { perRule: { gamma_risk: 'roll' } } } },
    ],
    [
      'a partial profit that does not close',
      { action: 'REDUCE', ...rule('take_profit_partial'), rules: { takeProfit: { onIndivisible: 'hold' } } },
    ],
  ])('stays open: %s', async (_asked, asked) => {
    const { plan, positionId, status } = await planned(breaks, asked);
    expect(plan).toMatchObject({ kind: 'nothing', result: 'REFUSED', code: 'RISK_REFUSED' });
    const reason = plan.kind === 'nothing' ? plan.reason : '';
    expect(reason).toMatch(held);
    expect(reason).toContain(`legwork close ${positionId}`);
    expect(status).not.toBe('EXITING');
  });

  test.each<[string, Asked]>([
    ['a person closes it', {}],
    ['a person rolls it, or closes', { action: 'ROLL', orClose: true }],
    ['a person rolls it, and people may close', { action: 'ROLL', rules: PEOPLE_CLOSE }],
    ['a rule rolls it with the default policy', { action: 'ROLL', ...rule('dte_roll') }],
    ['a partial profit that closes one combo', { action: 'REDUCE', ...rule('take_profit_partial') }],
    ['a roll that has closed a part', { action: 'ROLL', begun: { filledCombos: 1 } }],
  ])('is closed: %s', async (_asked, asked) => {
    expect((await planned(breaks, asked)).plan).toMatchObject({ kind: 'exit', closesAll: true });
  });
});

describe('the account does not list a leg', () => {
  const [SHORT, LONG] = [101, 102];
  const leg = (legNo: number, contracts = 2) => ({ role: `leg${legNo}`, contracts });
  test.each<[string, readonly number[], Asked, object]>([
    ['the long one: the short is closed', [LONG], {}, { kind: 'exit', closesAll: true, legs: [leg(1)] }],
    ['the short one: the long may cover it', [SHORT], {}, { kind: 'nothing', code: 'PARKED' }],
    ['neither: nothing can be closed', [SHORT, LONG], {}, { kind: 'nothing', code: 'PARKED' }],
    ['one of another position', [999], {}, { kind: 'exit', combos: 2 }],
    ['a reduction has no whole combo', [LONG], { action: 'REDUCE' }, { kind: 'nothing', code: 'RISK_REFUSED' }],
    ['a roll has none', [LONG], { action: 'ROLL' }, { kind: 'nothing', code: 'RISK_REFUSED' }],
    ['a roll or close', [LONG], { action: 'ROLL', orClose: true }, { kind: 'exit', legs: [leg(1)] }],
    [
      'no net price can be held',
      [LONG],
      { pricing: { kind: 'limit', price: '1.00' } },
      { kind: 'nothing', reason: expect.stringMatching(/does not show leg 2\. .*no net price/) },
    ],
  ])('%s', async (_what, absent, asked, expected) => {
    expect((await planned([], { absent, ...asked })).plan).toMatchObject(expected);
  });

  test('what remains of a broken one is closed without it', async () => {
    const [, , [, soldByHand]] = BREAKS as [(typeof BREAKS)[0], (typeof BREAKS)[0], (typeof BREAKS)[0]];
    expect((await planned(soldByHand, { absent: [LONG] })).plan).toMatchObject({ legs: [leg(1)] });
    expect((await planned(soldByHand, { absent: [SHORT] })).plan).toMatchObject({
      reason: expect.stringContaining('leg 1 (SPY 20260417 640.25 PUT)'),
    });
  });
});

describe('once the exit has begun', () => {
  const [[, assigned], , [, halfClosed]] = BREAKS as [(typeof BREAKS)[0], (typeof BREAKS)[0], (typeof BREAKS)[0]];
  const begun = { filledCombos: 0, since: NOW };
  const absent = [102];
  const limit = { pricing: { kind: 'limit', price: '1.00' } } as const;
  test.each<[string, readonly Partial<Fill>[], Asked, 'exit' | 'nothing']>([
    ['legs that it has closed one by one are closed to the end', halfClosed, { action: 'REDUCE', ownLeg: 2 }, 'exit'],
    [
      'not those of an exit before it',
      halfClosed,
      { action: 'REDUCE', ownLeg: 2, begun: { ...begun, since: NOW + 1 } },
      'nothing',
    ],
    ['a reduction of whole combos ends when a leg is sold by hand', halfClosed, { action: 'REDUCE' }, 'nothing'],
    ['so does a roll', halfClosed, { action: 'ROLL' }, 'nothing'],
    [
      'a roll that has closed a part goes on',
      halfClosed,
      { action: 'ROLL', begun: { ...begun, filledCombos: 1 } },
      'exit',
    ],
    ['a close goes on', halfClosed, {}, 'exit'],
    ['shares that come end a reduction', assigned, { action: 'REDUCE', ownLeg: 2 }, 'nothing'],
    ['a reduction ends when the account lacks a leg', [], { action: 'REDUCE', absent }, 'nothing'],
    ['so does a close at a limit', [], { ...limit, absent }, 'nothing'],
    ['a close goes on without the leg', [], { absent }, 'exit'],
  ])('%s', async (_what, breaks, asked, kind) => {
    expect((await planned(breaks, { begun, ...asked })).plan.kind).toBe(kind);
  });
});

test.each([
  [undefined, 'nothing'],
  [{ filledCombos: 0 }, 'nothing'],
  [{ filledCombos: 1 }, 'exit'],
])('a whole position that cannot be rolled, begun: %j', async (begun, kind) => {
  expect((await planned([], { action: 'ROLL', ...(begun && { begun }) })).plan.kind).toBe(kind);
});

test('what closed no whole combo opens none', async () => {
  const { positionId } = await planned([], {});
  const parts = { deps: { store: server.store } } as unknown as RollParts;
  const command = exitCommand({
    ...{ requestId: 'r', action: 'ROLL', urgency: 'HIGH', rule: 'manual_roll', reason: 'x', by: 'person' },
  });
  expect(await buildRoll(parts, { positionId, command, combos: 0 })).toMatchObject({
    kind: 'refused',
    reasons: [expect.stringContaining('opens none')],
  });
});

test.each([
  ['an exit whose leg somebody else closed goes on with the rest', 'leg2', true, { kind: 'nothing', over: true }],
  ['an order that is no part of an exit does not', 'leg2', false, { kind: 'nothing' }],
] as const)('%s', async (_what, role, isExit, expected) => {
  const { positionId } = await planned([{ conId: 102, quantity: 2 }], {});
  const row = present(await server.store.executions.get_execution(positionId));
  const exit = isExit && { exit: { since: NOW, rules: ['manual_close'] } };
  const spec = { positionId, step: 2, role, attempt: 1, purpose: 'REDUCE', combos: 2, ...exit } as unknown as OrderSpec;
  const deps = { store: server.store, broker: { clock: { now: () => NOW } } } as unknown as Parameters<
    typeof draftOrder
  >[0];
  const reason = 'The ledger holds nothing to close.';
  expect(await draftOrder(deps, {} as SessionCalendar, spec, row)).toEqual({ ...expected, reason });
});
