/**
 * Contracts that left the account without an execution, imported into the ledger of a real database (cases C06, C07, C08).
 */
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { InTurn } from '../../src/activities/context/in-turn.js';
import type { AdjustParts } from '../../src/activities/orders/adjust-protection.js';
import { importExternalFills } from '../../src/activities/orders/import-external-fills.js';
import { heldUnits } from '../../src/activities/orders/over-close.js';
import { planProtection } from '../../src/activities/orders/plan-protection.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import { settlePositions } from '../../src/activities/positions/settle.js';
import type { BrokerPosition, DailyBar } from '../../src/broker/api.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { ProtectionPlan } from '../../src/contract/activities.js';
import { LegworkError } from '../../src/domain/errors.js';
import type { OptionContract, Right } from '../../src/domain/option.js';
import type { Fill } from '../../src/domain/order/fill.js';
import type { OrderLeg } from '../../src/domain/order/order.js';
import { effectiveFills } from '../../src/domain/position/effective-fills.js';
import type { FlexSettlement } from '../../src/domain/position/flex.js';
import type { FlexDividend } from '../../src/domain/position/flex-dividends.js';
import { foldPosition } from '../../src/domain/position/ledger.js';
import { losingHolders } from '../../src/domain/position/shrunk.js';
import { unbalancedLegs } from '../../src/domain/position/unbalanced.js';
import { payoffOf, widthOf } from '../../src/domain/strategy/payoff.js';
import type { StrategyLeg, StrategyPlan } from '../../src/domain/strategy/strategy.js';
import { execution, fill, intent, newPositionId, PLAN, testServer } from '../store/support.js';

const server = testServer();
const usd = (dollars: number) => Math.round(dollars * 1e6);
let conIds = 500;

interface LegText {
  readonly action: 'BUY' | 'SELL';
  readonly right: Right;
  readonly strike: number;
  readonly price: number;
}

interface Case {
  readonly symbol?: string;
  readonly tradingClass: string;
  readonly expiry: string;
  readonly legs: readonly LegText[];
  readonly combos?: number;
  readonly opened?: string;
  /** Of contracts that another position has too. */
  readonly ids?: readonly number[];
}

/** A filled position, with its legs in the ledger. */
async function held({
  symbol = 'SPX',
  tradingClass,
  expiry,
  legs,
  combos = 1,
  opened = '2026-03-02T11:00:00-05:00',
  ids = [],
}: Case) {
  const { store } = server;
  const positionId = newPositionId();
  const european = symbol !== 'SPY';
  const planLegs: StrategyLeg[] = legs.map(({ action, right, strike }, index) => {
    conIds += 1;
    const contract: OptionContract = {
      ...{ conId: ids[index] ?? conIds, symbol, right, strike, expiry, tradingClass, multiplier: 100 },
      lastTradeAt: Date.parse(`${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6)}T16:00:00-04:00`),
      style: european ? 'european' : 'american',
    };
    return { contract, action, ratio: 1 };
  });
  const payoff = payoffOf(planLegs, 0);
  const plan: StrategyPlan = {
    ...PLAN,
    ...{ symbol, legs: planLegs, quantity: combos, expiry, width: widthOf(planLegs), ...payoff },
    ...{ strategyType: 'custom', structure: 'custom', ...(european && { underlyingConId: 416904 }) },
  };
  await store.executions.save_execution(execution(positionId, { plan, createdAt: Date.parse(opened) }));
  const ref = `LW|${positionId}|1|combo|1`;
  await store.fills.append(
    legs.map(({ action, price }, index) =>
      fill(`${positionId}-open${index}`, ref, {
        ...{ conId: planLegs[index]?.contract.conId ?? 0, side: action, quantity: combos, price: usd(price) },
        at: Date.parse(opened),
      }),
    ),
  );
  const fold = async () => foldPosition({ plan, fills: await store.fills.ofPosition(positionId) });
  await store.executions.applyLedger(positionId, (fills) => foldPosition({ plan, fills }), Date.parse(opened));
  await store.executions.update_execution_status(positionId, 'FILLED', Date.parse(opened));
  return { positionId, plan, fold };
}

interface Account {
  readonly now: string;
  readonly positions?: readonly Partial<BrokerPosition>[];
  readonly executions?: readonly Fill[];
  readonly bars?: readonly DailyBar[];
  /** Price of the underlying at the moment of the check. */
  readonly price?: number;
  /** Number of the connection. */
  readonly epoch?: number;
}

function partsOf({ now, positions = [], executions = [], bars = [], price = 0, epoch = 1 }: Account): BrokerParts {
  const { store } = server;
  const quote = { kind: 'live', bid: usd(price), ask: usd(price), last: usd(price), at: Date.parse(now) };
  const complete = <T>(rows: readonly T[]) => ({ complete: true, epoch, rows });
  const broker = {
    clock: { now: () => Date.parse(now) },
    positions: async () => complete(positions.map((row) => ({ account: 'DU1', secType: 'OPT', ...row }))),
    orders: { executions: async () => complete(executions) },
    dailyBars: async () => bars,
    quotes: {
      snapshot: async (asked: readonly { conId: number }[]) => new Map(asked.map(({ conId }) => [conId, quote])),
    },
  };
  return {
    deps: { store, broker, processId: 'a-test', settings: () => settingsSchema.parse({}), log: () => undefined },
    feeds: { underlying: async (symbol: string) => ({ conId: 1, symbol, secType: 'IND', exchange: 'CBOE' }) },
    waits: { changed: () => undefined },
    imports: new InTurn(),
    tracker: {
      drained: async () => undefined,
      projectNow: async (positionId: string) => {
        const row = await store.executions.get_execution(positionId);
        if (row === undefined) throw new Error('no position');
        const fold = (fills: readonly Fill[]) => foldPosition({ plan: row.plan, fills });
        const state = await store.executions.applyLedger(positionId, fold, Date.parse(now));
        if (state.flat) await store.executions.update_execution_status(positionId, 'CLOSED', Date.parse(now));
      },
    },
  } as unknown as BrokerParts;
}

async function compared(account: Account) {
  return await importExternalFills(partsOf(account));
}

/** Gives each test its own position. */
async function forget(positionId: string): Promise<void> {
  await server.store.executions.update_execution_status(positionId, 'FAILED', Date.now());
}

const bar = (date: string, open: number, close: number): DailyBar => ({ date, open, high: close, low: open, close });
const spread = (right: Right, short: number, long: number): readonly LegText[] => [
  { action: 'SELL', right, strike: short, price: 20 },
  { action: 'BUY', right, strike: long, price: 9.05 },
];

describe('a late cash settlement uses the value of its day (case C07)', () => {
  const MONDAY = '2026-03-16T11:03:00-04:00';
  it.each<[string, Case, Account, number, string]>([
    [
      'SPXW puts out of the money on Friday, in the money on Monday',
      { tradingClass: 'SPXW', expiry: '20260313', legs: spread('PUT', 6720, 6670) },
      { now: MONDAY, price: 6664.59, bars: [bar('20260313', 6700, 6731.1), bar('20260316', 6680, 6664.59)] },
      1095,
      '2026-03-13T16:00:00-04:00',
    ],
    [
      'SPXW puts in the money on Friday, out of it on Monday',
      { tradingClass: 'SPXW', expiry: '20260313', legs: spread('PUT', 6720, 6670) },
      { now: MONDAY, price: 6800, bars: [bar('20260313', 6800, 6700.25), bar('20260316', 6780, 6800)] },
      1095 - 1975,
      '2026-03-13T16:00:00-04:00',
    ],
    [
      'SPX, which settles at the open of the morning after',
      { tradingClass: 'SPX', expiry: '20260319', legs: spread('CALL', 6700, 6750) },
      {
        now: '2026-03-23T10:00:00-04:00',
        price: 6900,
        bars: [bar('20260319', 6600, 6790), bar('20260320', 6712.5, 6800)],
      },
      1095 - 1250,
      '2026-03-20T09:30:00-04:00',
    ],
    [
      'SPX before Good Friday, on the Monday after',
      { tradingClass: 'SPX', expiry: '20260402', legs: spread('CALL', 6700, 6750) },
      {
        now: '2026-04-07T10:00:00-04:00',
        price: 6900,
        bars: [bar('20260402', 6600, 6790), bar('20260406', 6690, 6800)],
      },
      1095,
      '2026-04-06T09:30:00-04:00',
    ],
  ])('%s', async (_, position, account, dollars, at) => {
    const { positionId, fold } = await held(position);
    const told = await compared(account);
    expect(told).toHaveLength(2);
    expect(told.join(' ')).toMatch(/estimated/);
    expect(await fold()).toMatchObject({ flat: true, realizedPnl: usd(dollars) });
    const fills = await server.store.fills.ofPosition(positionId);
    expect(fills.slice(-2).map((one) => new Date(one.at).toISOString())).toEqual(
      Array(2).fill(new Date(at).toISOString()),
    );
  });

  it('is unknown, and nothing is imported, when the broker does not report that day', async () => {
    const { positionId, fold } = await held({
      tradingClass: 'SPXW',
      expiry: '20260313',
      legs: spread('PUT', 6720, 6670),
    });
    expect(await compared({ now: MONDAY, price: 6664.59, bars: [bar('20260316', 6680, 6664.59)] })).toEqual([]);
    expect(await fold()).toMatchObject({ flat: false, openCombos: 1 });
    const alerts = await server.store.alerts.list({ positionId });
    expect(alerts.map(({ message }) => message).join(' ')).toContain('its settlement value is not known yet');
    await forget(positionId);
  });
});

describe('legwork settle', () => {
  const MONDAY = '2026-03-16T11:03:00-04:00';
  const FRIDAY: Case = { tradingClass: 'SPXW', expiry: '20260313', legs: spread('PUT', 6720, 6670) };
  const bars = [bar('20260313', 6800, 6700.25)];
  const byPrice = (positionId: string, price: string, account: Account = { now: MONDAY, bars }) =>
    settlePositions(partsOf(account), { kind: 'price', positionId, price });
  const row = (conId: number, more: Partial<FlexSettlement>): FlexSettlement => ({
    ...{ account: 'DU1234567', conId, contracts: 1, kind: 'settled', price: 0, ...more },
  });

  it('corrects an estimate, by a person and then by the statement, which is final', async () => {
    const { positionId, plan, fold } = await held(FRIDAY);
    await compared({ now: MONDAY, bars });
    expect((await fold()).realizedPnl).toBe(usd(1095 - 1975));
    expect((await byPrice(positionId, '6702.25')).map(({ outcome }) => outcome)).toEqual(['corrected', 'corrected']);
    expect((await fold()).realizedPnl).toBe(usd(1095 - 1775));
    const [short = 0] = plan.legs.map(({ contract }) => contract.conId);
    const { account } = execution(positionId);
    const said = { account, conId: short, contracts: 1, kind: 'settled', price: usd(17.8) } as const;
    const lines = await settlePositions(partsOf({ now: MONDAY }), { kind: 'statement', rows: [said] });
    expect(lines).toMatchObject([{ outcome: 'corrected' }]);
    const [later] = await byPrice(positionId, '6700');
    expect(later).toMatchObject({ outcome: 'refused', text: expect.stringContaining('better evidence (flex)') });
    const changes = await server.store.externalChanges.ofPosition(positionId);
    expect(changes.filter(({ legNo }) => legNo === 1).map(({ evidence, price }) => [evidence, price])).toEqual([
      ['official', usd(19.75)],
      ['person', usd(17.75)],
      ['flex', usd(17.8)],
    ]);
  });

  it('settles an unknown result, and refuses legs that have not expired, are in the account, or were closed by orders', async () => {
    const { positionId, plan, fold } = await held(FRIDAY);
    const early = await byPrice(positionId, '6700', { now: '2026-03-12T11:00:00-04:00' });
    expect(early.map(({ text }) => text)).toEqual(['it has not expired', 'it has not expired']);
    const shown = plan.legs.map(({ contract }) => ({ conId: contract.conId, quantity: 1 }));
    expect(
      (await byPrice(positionId, '6700', { now: MONDAY, positions: shown })).map(({ outcome }) => outcome),
    ).toEqual(['refused', 'refused']);
    await expect(byPrice(positionId, '-1')).rejects.toThrow('above zero');
    const rows = plan.legs.map(({ contract, action }) =>
      row(contract.conId, {
        account: execution(positionId).account,
        ...(action === 'SELL' ? { price: usd(19.75) } : { kind: 'expired' as const }),
      }),
    );
    const other = rows.map((one) => ({ ...one, account: 'DU9999999' }));
    expect(await settlePositions(partsOf({ now: MONDAY }), { kind: 'statement', rows: other })).toEqual([]);
    const lines = await settlePositions(partsOf({ now: MONDAY }), { kind: 'statement', rows });
    expect(lines.map(({ outcome }) => outcome)).toEqual(['settled', 'settled']);
    expect(await fold()).toMatchObject({ flat: true, realizedPnl: usd(1095 - 1975) });
    expect((await server.store.executions.get_execution(positionId))?.status).toBe('CLOSED');
    // A repeated request gets that answer; the ledger is unchanged.
    const again = await settlePositions(partsOf({ now: MONDAY }), { kind: 'statement', rows });
    expect(again.map(({ outcome }) => outcome)).toEqual(['agrees', 'agrees']);
  });
});

const SPY_PUTS: Case = {
  ...{ symbol: 'SPY', tradingClass: 'SPY', expiry: '20260417', combos: 3 },
  legs: [
    { action: 'SELL', right: 'PUT', strike: 660, price: 6 },
    { action: 'BUY', right: 'PUT', strike: 650, price: 4 },
  ],
};

describe('an outside change that does not reach zero is imported (case C08)', () => {
  const NOW_TEXT = '2026-03-03T11:00:00-05:00';
  const shares = (quantity: number): Partial<BrokerPosition> => ({
    secType: 'STK',
    symbol: 'SPY',
    conId: 756733,
    quantity,
  });

  it('one of three short puts is assigned: it leaves at zero, and the rest is closed leg by leg', async () => {
    const { positionId, plan, fold } = await held(SPY_PUTS);
    const [short = 0, long = 0] = plan.legs.map(({ contract }) => contract.conId);
    const told = await compared({
      now: NOW_TEXT,
      price: 9,
      positions: [{ conId: short, quantity: -2 }, { conId: long, quantity: 3 }, shares(100)],
    });
    expect(told).toEqual([
      expect.stringContaining(
        '1 of 3 SPY 20260417 660 PUT was assigned; booked at 0.00, with 100 shares of SPY at 660.00',
      ),
    ]);
    const state = await fold();
    expect(state).toMatchObject({ unbalanced: true, flat: false });
    expect(state.legs.map(({ openQuantity }) => openQuantity)).toEqual([-2, 3]);
    const legs = state.legs.map(({ legNo, openQuantity }, index) => ({
      ...{ legNo, openQuantity, ratio: 1, action: plan.legs[index]?.action ?? 'BUY' },
    }));
    expect(unbalancedLegs(legs, state.openCombos)).toEqual([
      { legNo: 1, contracts: 2 },
      { legNo: 2, contracts: 3 },
    ]);
    // A second comparison imports nothing more.
    const same = {
      now: NOW_TEXT,
      positions: [{ conId: short, quantity: -2 }, { conId: long, quantity: 3 }, shares(100)],
    };
    expect(await compared(same)).toEqual([]);
    await forget(positionId);
  });

  it.each<[string, number, number, number, number, RegExp]>([
    [
      'a long put is exercised in part',
      -3,
      2,
      -100,
      0,
      /1 of 3 SPY 20260417 650 PUT was exercised; booked at 0.00, with -100 shares/,
    ],
    [
      'somebody traded on an earlier day',
      -3,
      1,
      0,
      4.2,
      /2 of 3 SPY 20260417 650 PUT are gone .* booked at 4.20, estimated/,
    ],
    ['shares of the other side are no exercise', -3, 2, 100, 4.2, /1 of 3 .* is gone .* booked at 4.20, estimated/],
    [
      'too few shares are an assignment in part',
      -1,
      3,
      100,
      4.2,
      /1 of 3 .* was assigned.* 1 of 2 .* is gone .* estimated/,
    ],
  ])('%s', async (_, short, long, stock, price, text) => {
    const { positionId, plan, fold } = await held(SPY_PUTS);
    const [shortId = 0, longId = 0] = plan.legs.map(({ contract }) => contract.conId);
    const positions = [
      { conId: shortId, quantity: short },
      { conId: longId, quantity: long },
    ];
    const told = await compared({
      now: NOW_TEXT,
      price,
      positions: stock === 0 ? positions : [...positions, shares(stock)],
    });
    expect(told.join(' ')).toMatch(text);
    expect((await fold()).legs.map(({ openQuantity }) => openQuantity)).toEqual([short, long]);
    await forget(positionId);
  });

  it.each([
    ['59 s after our own fill the account may only be late', '2026-03-02T11:00:59-05:00', [-3, 3]],
    ['61 s after it the account is right', '2026-03-02T11:01:01-05:00', [-3, 1]],
  ])('%s', async (_, now, open) => {
    const { positionId, plan, fold } = await held({ ...SPY_PUTS, opened: '2026-03-02T11:00:00-05:00' });
    const [shortId = 0, longId = 0] = plan.legs.map(({ contract }) => contract.conId);
    const positions = [
      { conId: shortId, quantity: -3 },
      { conId: longId, quantity: 1 },
    ];
    await compared({ now, price: 4.2, positions });
    expect((await fold()).legs.map(({ openQuantity }) => openQuantity)).toEqual(open);
    await forget(positionId);
  });

  it.each([
    ['PLANNED', 'combo', true],
    ['WORKING', 'combo', true],
    ['WORKING', 'shares', true],
    ['PARKED', 'combo', false],
    ['UNKNOWN', 'combo', false],
    ['WORKING', 'stop', true],
    ['UNKNOWN', 'stop', false],
  ] as const)('beside an order that is %s (%s): imported is %s', async (state, role, imported) => {
    const { positionId, plan, fold } = await held(SPY_PUTS);
    const [short = 0, long = 0] = plan.legs.map(({ contract }) => contract.conId);
    const at = Date.parse(NOW_TEXT);
    const { intents } = server.store;
    const { orderRef } = await intents.plan(intent(positionId, { step: 2, role, purpose: 'REDUCE' }), at);
    if (state !== 'PLANNED') await intents.mark(orderRef, state, { at });
    const trade = { conId: short, side: 'BUY', quantity: 1, price: usd(5), at: at - 60_000 } as const;
    await compared({
      now: NOW_TEXT,
      executions: [fill(`${positionId}.1.01`, '', trade)],
      positions: [
        { conId: short, quantity: -2 },
        { conId: long, quantity: 3 },
      ],
    });
    expect((await fold()).legs.map(({ openQuantity }) => openQuantity)).toEqual([imported ? -2 : -3, 3]);
    if (state !== 'PLANNED') await intents.mark(orderRef, 'CANCELLED', { at });
    else expect(await intents.expireUnsent(orderRef, 'a test', at)).toBe(true);
    await forget(positionId);
  });

  it('a list without the contract proves nothing: it may have come too early', async () => {
    const { positionId, plan, fold } = await held(SPY_PUTS);
    const [, long = 0] = plan.legs.map(({ contract }) => contract.conId);
    expect(await compared({ now: NOW_TEXT, price: 9, positions: [{ conId: long, quantity: 3 }] })).toEqual([]);
    expect((await fold()).legs.map(({ openQuantity }) => openQuantity)).toEqual([-3, 3]);
    await forget(positionId);
  });

  it('somebody trades one, and the process dies before the position is folded: it is not taken twice', async () => {
    const { positionId, plan, fold } = await held(SPY_PUTS);
    const [short = 0, long = 0] = plan.legs.map(({ contract }) => contract.conId);
    const trade = fill(`${positionId}.1.01`, '', { conId: short, side: 'BUY', quantity: 1, price: usd(5) });
    const account = {
      now: NOW_TEXT,
      ...{ price: 9, executions: [{ ...trade, at: Date.parse(NOW_TEXT) - 60_000 }] },
      positions: [
        { conId: short, quantity: -2 },
        { conId: long, quantity: 3 },
      ],
    };
    const parts = partsOf(account);
    const projectNow = async (id: string) => {
      const { length } = await server.store.fills.ofPosition(id);
      if (length > plan.legs.length) throw new Error('dead');
      return await parts.tracker.projectNow(id);
    };
    const dying = { ...parts, tracker: { ...parts.tracker, projectNow } } as unknown as BrokerParts;
    await expect(importExternalFills(dying)).rejects.toThrow('dead');
    expect(await compared(account)).toEqual([]);
    expect((await fold()).legs.map(({ openQuantity }) => openQuantity)).toEqual([-2, 3]);
    const { legs } = (await server.store.executions.get_execution(positionId)) ?? { legs: [] };
    expect(legs.map(({ openQuantity }) => openQuantity)).toEqual([-2, 3]);
    await forget(positionId);
  });
});

describe('a contract that the account does not list is gone when enough lists lack it (issue 16, C08 to zero)', () => {
  const CALLS: Case = { tradingClass: 'SPXW', expiry: '20260417', legs: spread('CALL', 6700, 6750) };
  const ROW = (conId: number, quantity: number): Partial<BrokerPosition> => ({ conId, quantity });
  const SHARES = { secType: 'STK' as const, symbol: 'SPY', conId: 756733, quantity: 150 };
  const idsOf = ({ plan }: { readonly plan: StrategyPlan }) => plan.legs.map(({ contract }) => contract.conId);
  const openOf = async ({ fold }: Awaited<ReturnType<typeof held>>) =>
    (await fold()).legs.map(({ openQuantity }) => openQuantity);

  it('of every kind of position, estimated and told with what to do; not when it is there again or an order of it works', async () => {
    const { store } = server;
    await store.ownShares.note(756733, 0, Date.parse('2026-03-02T11:00:00-05:00'));
    const all = {
      longSold: await held(SPY_PUTS),
      inCash: await held(CALLS),
      bothClosed: await held(CALLS),
      assignedBesideATrade: await held({ ...SPY_PUTS, combos: 1 }),
      thereAgain: await held(CALLS),
      ordered: await held(CALLS),
    };
    const ids = Object.fromEntries(Object.entries(all).map(([name, one]) => [name, idsOf(one)]));
    const [short = 0] = ids.ordered ?? [];
    const exit = intent(all.ordered.positionId, { step: 2, role: 'leg2', purpose: 'REDUCE' });
    await store.intents.plan(exit, Date.parse('2026-03-03T11:00:00-05:00'));
    const state = (name: string) =>
      server.sql(`UPDATE order_intents SET state = '${name}' WHERE order_ref = '${exit.orderRef}'`);
    await state('CANCELLED');
    const look = async (time: string, { again = false, works = false, epoch = 1 } = {}) => {
      if (works) await state('WORKING');
      const told = await compared({
        ...{ now: `2026-03-03T${time}-05:00`, price: 4.2, epoch },
        positions: [
          ROW(ids.longSold?.[0] ?? 0, -3),
          ROW(ids.inCash?.[0] ?? 0, -1),
          ROW(ids.assignedBesideATrade?.[1] ?? 0, 1),
          ROW(ids.thereAgain?.[0] ?? 0, -1),
          ...(again ? [ROW(ids.thereAgain?.[1] ?? 0, 1)] : []),
          ROW(short, -1),
          SHARES,
        ],
      });
      await state('CANCELLED');
      return told;
    };
    // Evidence of another connection does not count.
    expect(await look('10:59:00')).toEqual([]);
    expect(await look('11:00:00', { epoch: 2 })).toEqual([]);
    expect(await look('11:00:30', { epoch: 2, again: true, works: true })).toEqual([]);
    expect(await look('11:00:59', { epoch: 2 })).toEqual([]);
    expect(await openOf(all.longSold)).toEqual([-3, 3]);
    const told = await look('11:01:00', { epoch: 2 });
    expect(told).toHaveLength(5);
    expect(told.join(' ')).toContain(
      `3 SPY 20260417 650 PUT are gone without an execution; booked at 4.20, estimated from the current mid. If you closed it at another price, \`legwork settle ${all.longSold.positionId} --leg 2 --price P\` corrects this.`,
    );
    expect(await Promise.all(Object.values(all).map(openOf))).toEqual([
      [-3, 0],
      [-1, 0],
      [0, 0],
      [0, 1],
      [-1, 1],
      [-1, 1],
    ]);
    const { positionId: sold } = all.longSold;
    const [alert] = await store.alerts.list({ positionId: sold });
    expect(alert).toMatchObject({ type: 'CRITICAL', severity: 'IMMEDIATE', rule: 'outside_change' });
    const changes = await store.externalChanges.ofPosition(sold);
    expect(changes).toMatchObject([{ legNo: 2, kind: 'unexplained', quantity: 3, price: usd(4.2), estimated: true }]);
    const said = async (positionId: string, legNo: number, more: Partial<Account> = {}) => {
      const account = { now: '2026-03-03T11:02:00-05:00', positions: [ROW(short, -1)], ...more };
      return await settlePositions(partsOf(account), { kind: 'price', positionId, price: '3.5', legNo });
    };
    // A person corrects the estimate, and settles at once what is not certain yet.
    expect(await said(sold, 2)).toMatchObject([
      { outcome: 'corrected', text: expect.stringContaining('4.20 to 3.50') },
    ]);
    expect(await said(sold, 2)).toMatchObject([{ outcome: 'agrees' }]);
    expect(await said(all.ordered.positionId, 1)).toMatchObject([{ outcome: 'refused' }]);
    expect(await said(all.ordered.positionId, 2)).toMatchObject([
      { outcome: 'settled', text: '1 SPX 20260417 6750 CALL traded at 3.50, by a person.' },
    ]);
    await expect(said(sold, 3)).rejects.toThrow('a leg of');
    expect(await all.bothClosed.fold()).toMatchObject({ flat: true, realizedPnl: usd(1095) });
    for (const { positionId } of Object.values(all)) await forget(positionId);
    await server.sql('DELETE FROM own_shares');
  });

  it.each([
    ['all data lines are in use', 'DATA_MISSING', 'snapshot'],
    ['the broker no longer knows its symbol', 'UNKNOWN_SYMBOL', 'underlying'],
  ] as const)('%s: it waits, and another trade is taken', async (_what, code, failing) => {
    const renamed = await held(CALLS);
    const traded = await held(SPY_PUTS);
    const [short = 0, long = 0] = idsOf(traded);
    const [left = 0] = idsOf(renamed);
    const trade = { conId: short, side: 'BUY', quantity: 1, price: usd(5) } as const;
    const look = async (time: string) => {
      const now = `2026-03-03T${time}-05:00`;
      const executions = [fill(`${traded.positionId}.1.01`, '', { ...trade, at: Date.parse(now) - 5_000 })];
      const parts = partsOf({
        ...{ now, price: 4.2 },
        ...(time === '11:01:00' && { executions }),
        positions: [ROW(left, -1), ROW(short, time === '11:01:00' ? -2 : -3), ROW(long, 3)],
      });
      const fails = () => Promise.reject(new LegworkError(code, 'a test'));
      const quotes = failing === 'snapshot' ? { snapshot: fails } : parts.deps.broker.quotes;
      const feeds = failing === 'underlying' ? { underlying: fails } : parts.feeds;
      const deps = { ...parts.deps, broker: { ...parts.deps.broker, quotes } };
      return await importExternalFills({ ...parts, deps, feeds } as unknown as BrokerParts);
    };
    for (const time of ['11:00:00', '11:00:30']) expect(await look(time)).toEqual([]);
    expect(await look('11:01:00')).toHaveLength(failing === 'underlying' ? 2 : 1);
    expect(await openOf(traded)).toEqual([-2, 3]);
    for (const { positionId } of [renamed, traded]) await forget(positionId);
  });

  it.each([
    ['seen first', 'seen', true, 'corrected', 3.5],
    ['seen first, by another process', 'seen', false, 'settled', 3.5],
    ['said first, to another process', 'said', false, 'refused', 4.2],
  ] as const)('is booked once, if a person says it while a comparison finds it: %s', async (...row) => {
    const [, begins, isOneProcess, outcome, price] = row;
    const { store } = server;
    const one = await held(CALLS);
    const { positionId } = one;
    const account = (time: string) => ({
      ...{ now: `2026-03-03T${time}-05:00`, price: 4.2 },
      positions: [ROW(idsOf(one)[0] ?? 0, -1), SHARES],
    });
    for (const time of ['11:00:00', '11:00:30']) expect(await compared(account(time))).toEqual([]);
    const see = (parts: BrokerParts) => importExternalFills(parts);
    const say = (parts: BrokerParts) => settlePositions(parts, { kind: 'price', positionId, price: '3.5', legNo: 2 });
    const [first, then] = begins === 'seen' ? [see, say] : [say, see];
    const parts = partsOf(account('11:01:00'));
    let second: Promise<unknown> | undefined;
    // While the first waits for the broker, the second ends, or waits for its turn.
    const meanwhile = async () => {
      second ??= then(isOneProcess ? parts : partsOf(account('11:01:00')));
      if (!isOneProcess) await second;
      else for (let query = 0; query < 100; query += 1) await store.externalChanges.ofPosition(positionId);
    };
    const { broker } = parts.deps;
    const late = <Asked extends readonly unknown[], T>(ask: (...asked: Asked) => Promise<T>) => {
      return async (...asked: Asked) => {
        const answer = await ask(...asked);
        await meanwhile();
        return answer;
      };
    };
    const slow =
      begins === 'seen'
        ? { ...broker, quotes: { ...broker.quotes, snapshot: late(broker.quotes.snapshot) } }
        : { ...broker, positions: late(broker.positions) };
    const answers = [await first({ ...parts, deps: { ...parts.deps, broker: slow } }), await second];
    const [told, said] = begins === 'seen' ? answers : [...answers].reverse();
    expect(said).toMatchObject([{ outcome }]);
    expect(told).toHaveLength(outcome === 'settled' ? 0 : 1);
    expect(await openOf(one)).toEqual([-1, 0]);
    const changes = await store.externalChanges.ofPosition(positionId);
    expect(changes.map((change) => change.price)).toEqual(
      outcome === 'corrected' ? [usd(4.2), usd(price)] : [usd(price)],
    );
    await forget(positionId);
  });

  it.each<[string, number, number, readonly string[], readonly [number, number]]>([
    ['one of three is gone', 1, 2, ['settled 1', 'agrees 0'], [0, 2]],
    ['nothing is gone', 1, 3, ['refused 0'], [1, 2]],
    ['a person holds more beside them', 1, 4, ['refused 0'], [1, 2]],
    ['of the two of a position one is gone', 2, 2, ['settled 1', 'refused 0'], [1, 1]],
    ['they are held the other way round', 2, -1, ['settled 2', 'agrees 0'], [1, 0]],
  ])('a person settles what the account lacks of a contract of two positions: %s', async (...row) => {
    const [, said, account, expected, open] = row;
    const first = await held(CALLS);
    const second = await held({ ...CALLS, combos: 2, ids: idsOf(first) });
    const both = [first, second] as const;
    const { positionId } = both[said - 1] ?? first;
    const parts = partsOf({ now: '2026-03-03T11:00:00-05:00', positions: [ROW(idsOf(first)[1] ?? 0, account)] });
    for (const outcome of expected) {
      const [line] = await settlePositions(parts, { kind: 'price', positionId, price: '3.5', legNo: 2 });
      expect(`${line?.outcome} ${line?.contracts}`).toBe(outcome);
    }
    expect((await Promise.all(both.map(openOf))).map(([, long]) => long)).toEqual(open);
    for (const one of both) await forget(one.positionId);
  });

  it('a person corrects the newest estimate of a leg, then the one before it, each request once', async () => {
    const { store } = server;
    const { positionId, plan } = await held({ ...CALLS, combos: 3 });
    const conId = plan.legs[1]?.contract.conId ?? 0;
    const at = Date.parse('2026-03-03T10:00:00-05:00');
    const left = async (from: number, price: number, estimated: boolean) => {
      const execId = `shrunk-${conId}-${positionId}-${from}to${from - 1}`;
      const of = { price: usd(price), quantity: 1, at };
      const kind = estimated ? ('unexplained' as const) : ('traded' as const);
      const evidence = estimated ? ('account' as const) : ('execution' as const);
      await store.externalChanges.append(
        { ...of, execId, positionId, legNo: 2, kind, shares: 0, evidence, estimated, text: `${from}.` },
        [fill(execId, `LW|${positionId}|0|external|1`, { ...of, conId, side: 'SELL' })],
      );
    };
    await left(3, 0.5, true);
    await left(2, 0.3, true);
    await left(1, 0.2, false);
    const parts = partsOf({ now: '2026-03-03T11:00:00-05:00' });
    await parts.tracker.projectNow(positionId);
    const said = async (price: string, requestId: string) => {
      const [line] = await settlePositions(parts, { kind: 'price', positionId, price, legNo: 2, requestId });
      return `${line?.outcome}: ${line?.text}`;
    };
    const prices = async () => {
      const fills = effectiveFills(await store.fills.ofPosition(positionId));
      return fills.filter((one) => one.conId === conId && one.side === 'SELL').map((one) => one.price);
    };
    expect(await said('0.7', 'a')).toMatch(
      /^corrected: 1 .* from 0.30 to 0.70, by a person. 1 more at 0.50 is still an/,
    );
    // The server repeats a request whose answer was lost.
    expect(await said('0.7', 'a')).toMatch(/^agrees/);
    expect(await said('0.7', 'b')).toMatch(/^corrected: 1 .* from 0.50 to 0.70, by a person.$/);
    expect(await said('0.7', 'b')).toMatch(/^agrees/);
    expect(await said('0.7', 'c')).toMatch(/^agrees/);
    expect(await said('0.6', 'd')).toMatch(/^corrected: 1 .* from 0.70 to 0.60/);
    expect((await prices()).sort((a, b) => a - b)).toEqual([usd(0.2), usd(0.6), usd(0.7)]);
    await forget(positionId);
  });

  it('after a quarter of an hour when the account seems to hold nothing at all', async () => {
    const one = await held(CALLS);
    const look = (time: string) => compared({ now: `2026-03-03T${time}-05:00`, price: 4.2, positions: [] });
    for (const time of ['11:00:00', '11:05:00', '11:14:59']) expect(await look(time)).toEqual([]);
    expect(await look('11:15:00')).toHaveLength(2);
    expect(await one.fold()).toMatchObject({ flat: true });
  });

  it('never expires as a fact when it was missing before its expiry', async () => {
    const EXPIRED = { ...SPY_PUTS, expiry: '20260313', combos: 1 };
    const one = await held(EXPIRED);
    const [short = 0] = idsOf(one);
    const rest = [ROW(short, -1)];
    expect(await compared({ now: '2026-03-13T15:59:00-04:00', price: 4, positions: rest })).toEqual([]);
    const AFTER = { now: '2026-03-16T11:00:00-04:00', positions: [{ ...SHARES, quantity: 100 }], price: 0 };
    const told = await compared({ ...AFTER, bars: [bar('20260313', 640, 645)] });
    expect(told.join(' ')).toMatch(
      /650 PUT is gone without an execution; booked at 5.00, estimated from the close of SPY/,
    );
    const changes = await server.store.externalChanges.ofPosition(one.positionId);
    expect(changes.map(({ legNo, kind, estimated }) => [legNo, kind, estimated])).toEqual([
      [1, 'assigned', false],
      [2, 'unexplained', true],
    ]);
    await forget(one.positionId);
  });
});

test('the oldest position loses first and no holding crosses zero, whatever the account still holds', () => {
  const holders = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(holders, fc.boolean(), fc.integer({ min: -40, max: 40 }), (sizes, short, account) => {
      const rows = sizes.map((size, index) => ({ positionId: `p${index}`, quantity: short ? -size : size }));
      const sum = rows.reduce((total, { quantity }) => total + quantity, 0);
      const losing = losingHolders(account, rows);
      const after = sum + losing.reduce((total, { from, to }) => total + to - from, 0);
      // No position loses more than it holds, and none gains.
      const left = short ? Math.min(0, Math.max(sum, account)) : Math.max(0, Math.min(sum, account));
      expect(after).toBe(left + 0);
      for (const { from, to } of losing) expect(Math.abs(to)).toBeLessThan(Math.abs(from));
    }),
  );
});

describe("the broker's correction of somebody else's trade is money, not another trade", () => {
  const NOW_TEXT = '2026-03-03T11:00:00-05:00';
  const at = Date.parse('2026-03-03T10:59:00-05:00');
  const PUTS: Case = {
    ...{ symbol: 'SPY', tradingClass: 'SPY', expiry: '20260417', combos: 2 },
    legs: spread('PUT', 660, 650),
  };
  /** A trade of the short (s) or the long leg (l), or of shares (x): its number, its correction and its price. */
  type Told = readonly ['s' | 'l' | 'x', number, number, number];
  /** The case, what is told before the first and before the second comparison, the contracts that stay, and the money. */
  type Corrected = readonly [string, readonly Told[], readonly Told[], readonly [number, number], number];
  // 2 x 100 x 10.95 received for the combos, less what closing them costs.
  const CASES: readonly Corrected[] = [
    [
      'after the import',
      [
        ['s', 2, 1, 5],
        ['l', 2, 1, 1],
      ],
      [['s', 2, 2, 4.95]],
      [0, 0],
      2190 - 2 * 395,
    ],
    [
      'before the first comparison',
      [
        ['s', 2, 1, 5],
        ['s', 2, 2, 4.95],
        ['l', 2, 1, 1],
      ],
      [],
      [0, 0],
      2190 - 2 * 395,
    ],
    [
      'before and after',
      [
        ['s', 2, 1, 5],
        ['s', 2, 2, 4.95],
        ['l', 2, 1, 1],
      ],
      [['s', 2, 3, 4.9]],
      [0, 0],
      2190 - 2 * 390,
    ],
    [
      'in both legs',
      [
        ['s', 2, 1, 5],
        ['l', 2, 1, 1],
      ],
      [
        ['s', 2, 2, 5.1],
        ['l', 2, 2, 0.8],
      ],
      [0, 0],
      2190 - 2 * 430,
    ],
    [
      'while one combo stays',
      [
        ['s', 1, 1, 5],
        ['l', 1, 1, 1],
      ],
      [['s', 1, 2, 4.95]],
      [-1, 1],
      1095 - 395,
    ],
  ];

  it('F10 after its import, before it, twice, in several legs, and while a part stays open', async () => {
    const all = await Promise.all(
      CASES.map(async ([name, first, later, open, dollars], index) => {
        const { positionId, plan } = await held(PUTS);
        const [s = 0, l = 0] = plan.legs.map(({ contract }) => contract.conId);
        const executions = (told: readonly Told[]): readonly Fill[] =>
          told.map(([leg, quantity, correction, price]) =>
            fill(`0000e0d5.${index}${leg}.01.0${correction}`, '', {
              ...{ conId: leg === 's' ? s : l, side: leg === 's' ? 'BUY' : 'SELL', quantity, price: usd(price), at },
            }),
          );
        const positions = [s, l].map((conId, leg) => ({ conId, quantity: open[leg] ?? 0 }));
        const expected = [name, ...open, usd(dollars)];
        return { name, positionId, positions, first: executions(first), later: executions(later), expected };
      }),
    );
    const account = { now: NOW_TEXT, positions: all.flatMap(({ positions }) => positions) };
    await compared({ ...account, executions: all.flatMap(({ first }) => first) });
    const executions = all.flatMap(({ first, later }) => [...first, ...later]);
    const told = await compared({ ...account, executions });
    expect(told).toEqual(
      all.flatMap(({ later }) =>
        later.map(() =>
          expect.stringMatching(/^The broker corrected [A-Z]+ \d SPY .* at \d\.\d\d to \d at \d\.\d\d\.$/),
        ),
      ),
    );
    const rows = await Promise.all(
      all.map(async ({ name, positionId }) => {
        const row = await server.store.executions.get_execution(positionId);
        return [name, ...(row?.legs.map(({ openQuantity }) => openQuantity) ?? []), row?.realizedPnl];
      }),
    );
    expect(rows).toEqual(all.map(({ expected }) => expected));
    // Nothing is said twice.
    expect(await compared({ ...account, executions })).toEqual([]);
    for (const { positionId } of all) await forget(positionId);
  });

  it('a cancelled trade leaves the position as it was before', async () => {
    const { positionId, plan, fold } = await held(PUTS);
    const [s = 0, l = 0] = plan.legs.map(({ contract }) => contract.conId);
    const traded = (correction: number, quantity: number) => [
      fill(`0000e0d5.busted-s.01.0${correction}`, '', { conId: s, side: 'BUY', quantity, price: usd(5), at }),
      fill(`0000e0d5.busted-l.01.0${correction}`, '', { conId: l, side: 'SELL', quantity, price: usd(1), at }),
    ];
    const account = (quantity: number, executions: readonly Fill[]) => ({
      ...{ now: NOW_TEXT, executions },
      positions: [
        { conId: s, quantity: -quantity },
        { conId: l, quantity },
      ],
    });
    await compared(account(0, traded(1, 2)));
    expect(await fold()).toMatchObject({ flat: true, realizedPnl: usd(2190 - 800) });
    expect(await compared(account(2, [...traded(1, 2), ...traded(2, 0)]))).toEqual([
      expect.stringMatching(/^The broker cancelled the trade SELL 2 SPY .* at 1\.00\.$/),
      expect.stringMatching(/^The broker cancelled the trade BUY 2 SPY .* at 5\.00\.$/),
    ]);
    const state = await fold();
    expect(state).toMatchObject({ flat: false, openCombos: 2 });
    expect(state.realizedPnl).toBeUndefined();
    await forget(positionId);
  });

  it('in every part of a trade in the shares of two positions', async () => {
    const { store } = server;
    await store.ownShares.note(756733, 0, at);
    const both: Awaited<ReturnType<typeof held>>[] = [];
    for (const _ of [1, 2]) {
      const one = await held({ ...PUTS, combos: 1 });
      const outside = `LW|${one.positionId}|0|external|1`;
      const [shortId = 0, longId = 0] = one.plan.legs.map(({ contract }) => contract.conId);
      const come = { secType: 'STK', conId: 756733, side: 'BUY', quantity: 100, price: usd(660), at } as const;
      await store.fills.append([
        fill(`${one.positionId}-a`, outside, { conId: shortId, side: 'BUY', quantity: 1, price: 0, at }),
        fill(`${one.positionId}-b`, outside, { conId: longId, side: 'SELL', quantity: 1, price: 0, at }),
        fill(`${one.positionId}-c`, outside, come),
      ]);
      await store.executions.applyLedger(one.positionId, (fills) => foldPosition({ plan: one.plan, fills }), at);
      both.push(one);
    }
    const account = (quantity: number, executions: readonly Fill[]) => ({
      ...{
        now: NOW_TEXT,
        executions,
        positions: [{ secType: 'STK' as const, symbol: 'SPY', conId: 756733, quantity }],
      },
    });
    const sold = (correction: number, price: number) =>
      fill(`0000e0d5.shares.01.0${correction}`, '', {
        ...{ secType: 'STK', conId: 756733, side: 'SELL', quantity: 150, price: usd(price), at: at + 1 },
      });
    await compared(account(200, []));
    expect(await compared(account(50, [sold(1, 640)]))).toHaveLength(2);
    const states = async () => await Promise.all(both.map(({ fold }) => fold()));
    expect((await states()).map(({ shares }) => shares)).toEqual([0, 50]);
    // The same trade is no assignment of the shares that it leaves behind.
    expect(await compared(account(50, [sold(1, 640)]))).toEqual([]);
    expect(await compared(account(50, [sold(1, 640), sold(2, 641)]))).toHaveLength(2);
    const after = await states();
    expect(after.map(({ shares }) => shares)).toEqual([0, 50]);
    // 1095 of each combo and its shares at 660: 100 sold at 641, and 50.
    expect(after.map(({ realizedPnl }) => realizedPnl)).toEqual([usd(1095 - 1900), usd(1095 - 950)]);
    for (const { positionId } of both) await forget(positionId);
  });
});

describe('contracts that a corporate action replaced are parked (case C06)', () => {
  const EXPIRED: Case = {
    ...{ symbol: 'SPY', tradingClass: 'SPY', expiry: '20260313', combos: 2 },
    legs: [
      { action: 'SELL', right: 'PUT', strike: 690, price: 21 },
      { action: 'BUY', right: 'PUT', strike: 680, price: 11.06 },
    ],
  };
  const instead: readonly Partial<BrokerPosition>[] = [
    { symbol: 'SPY', conId: 901, right: 'PUT', strike: 689.22, expiry: '20260313', quantity: -2 },
    { symbol: 'SPY', conId: 902, right: 'PUT', strike: 679.22, expiry: '20260313', quantity: 2 },
  ];

  it('never expire at zero before a person has decided, even when the replacements are gone', async () => {
    const { positionId, fold } = await held(EXPIRED);
    for (const now of ['2026-03-10T11:00:00-04:00', '2026-03-13T16:23:00-04:00'])
      expect(await compared({ now, positions: instead, price: 671 })).toEqual([]);
    const AFTER = '2026-03-16T11:00:00-04:00';
    expect(await compared({ now: AFTER, positions: [] })).toEqual([]);
    expect(await fold()).toMatchObject({ flat: false, openCombos: 2 });
    const row = await server.store.executions.get_execution(positionId);
    expect(row).toMatchObject({ attention: true, attentionReason: expect.stringContaining('(contract 901)') });
    const [alert] = (await server.store.alerts.list({ positionId })).filter(({ rule }) => rule === 'contract_replaced');
    expect(alert).toMatchObject({ status: 'ACTIVE', severity: 'IMMEDIATE' });
    await server.store.alerts.move(alert?.alertId ?? '', 'RESOLVED', Date.parse(AFTER));
    expect(await compared({ now: AFTER, positions: [], bars: [bar('20260313', 700, 701)] })).toHaveLength(2);
    expect(await fold()).toMatchObject({ flat: true });
  });

  it.each<[string, Partial<BrokerPosition>]>([
    ['another expiry', { expiry: '20260417' }],
    ['another right', { right: 'CALL' }],
    ['another symbol', { symbol: 'QQQ' }],
  ])('%s is not what replaced them', async (_, changes) => {
    const { fold } = await held(EXPIRED);
    const positions = instead.map((row) => ({ ...row, ...changes }));
    const bars = [bar('20260313', 700, 701)];
    expect(await compared({ now: '2026-03-16T08:01:00-04:00', positions, bars })).toHaveLength(2);
    expect(await fold()).toMatchObject({ flat: true });
  });
});

test.each<[string, readonly [number, number], number | undefined]>([
  ['all is there', [-3, 3], 3],
  ['one short is gone: two can be closed', [-2, 3], 2],
  ['the long is held the other way round: nothing can be said', [-3, -1], undefined],
  ['nothing is there', [0, 0], undefined],
])('what is free can still be closed: %s', async (_, [short, long], units) => {
  const positions = async () => ({
    complete: true,
    rows: [
      { conId: 1, quantity: short },
      { conId: 2, quantity: long },
    ],
  });
  const legs = [
    { contract: { conId: 1 }, action: 'BUY', ratio: 1 },
    { contract: { conId: 2 }, action: 'SELL', ratio: 1 },
  ] as unknown as readonly OrderLeg[];
  const held = (answer: unknown) => heldUnits({ broker: { positions: answer } } as unknown as BrokerDeps, legs);
  expect(await held(positions)).toBe(units);
  expect(await held(async () => ({ ...(await positions()), complete: false }))).toBeUndefined();
  expect(await held(() => Promise.reject(new Error('not now')))).toBeUndefined();
});

test.each<[string, string, ProtectionPlan['kind']]>([
  ['on the evening before its last day it waits for the open', '2026-03-19T20:00:00-04:00', 'later'],
  ['after its last trade nothing is placed, and its settlement is watched', '2026-03-20T16:30:00-04:00', 'none'],
])('a profit target is missing: %s', async (_what, now, kind) => {
  const { positionId } = await held({
    ...{ symbol: 'SPY', tradingClass: 'SPY', expiry: '20260320' },
    legs: [
      { action: 'BUY', right: 'PUT', strike: 600, price: 1 },
      { action: 'SELL', right: 'PUT', strike: 610, price: 2 },
    ],
  });
  const { deps } = partsOf({ now });
  const calendar = { of: async () => ({ isOpen: false, nextOpen: Date.parse(now) + 60_000 }) };
  const settings = () => settingsSchema.parse({ orders: { target: { enabled: true, profit: 0.5 } } });
  const tracker = { drained: async () => undefined };
  const parts = { deps: { ...deps, settings }, calendar, tracker } as unknown as AdjustParts;
  expect(await planProtection(parts, { positionId, step: 2, remove: false })).toMatchObject({ kind });
});

const SPY_CALLS: Case = {
  ...{ symbol: 'SPY', tradingClass: 'SPY', expiry: '20260417', combos: 2 },
  legs: [
    { action: 'SELL', right: 'CALL', strike: 660, price: 6 },
    { action: 'BUY', right: 'CALL', strike: 670, price: 4 },
  ],
};

describe('dividends of assigned shares', () => {
  const BEFORE = '2026-03-20T02:00:00-04:00';
  const LATER = '2026-03-23T11:00:00-04:00';
  const EX_DATE = '20260320';
  const byStatement = async (positionId: string, said: Partial<FlexDividend>) => {
    const { account } = execution(positionId);
    const dividends = [{ account, conId: PLAN.underlyingConId, exDate: EX_DATE, ...said }];
    const lines = await settlePositions(partsOf({ now: LATER }), { kind: 'statement', rows: [], dividends });
    return lines.filter((line) => line.positionId === positionId);
  };
  const byPerson = (positionId: string, amount: string, exDate = EX_DATE, now = LATER) =>
    settlePositions(partsOf({ now }), { kind: 'dividend', positionId, amount, exDate });

  /** One short leg of two is assigned, seen at this time, and its shares are gone after the weekend at 650. */
  async function assigned(position: Case, seen: string) {
    const { positionId, plan, fold } = await held(position);
    const [short = 0, long = 0] = plan.legs.map(({ contract }) => contract.conId);
    const shares = position === SPY_CALLS ? -100 : 100;
    const positions = [
      { conId: short, quantity: 1 - (position.combos ?? 1) },
      { conId: long, quantity: position.combos ?? 1 },
      { secType: 'STK', symbol: 'SPY', conId: plan.underlyingConId, quantity: shares },
    ];
    await compared({ now: seen, price: 9, positions });
    const sale = fill(`${positionId}-sale`, `LW|${positionId}|2|shares|1`, {
      ...{
        conId: plan.underlyingConId,
        secType: 'STK',
        side: shares > 0 ? 'SELL' : 'BUY',
        quantity: 100,
        price: usd(650),
      },
      at: Date.parse(LATER) - 3_600_000,
    });
    await server.store.fills.append([{ ...sale, commission: 0 }]);
    return { positionId, pnl: (await fold()).realizedPnl ?? Number.NaN, fold };
  }

  it.each<[string, Case, string, number]>([
    ['shares held short owe it', SPY_CALLS, BEFORE, -1],
    ['shares held long receive it', SPY_PUTS, BEFORE, 1],
    ['an assignment overnight that is seen late counts', SPY_CALLS, '2026-03-20T12:00:00-04:00', -1],
  ])('%s: once, from whatever source, and the statement wins', async (_, position, seen, sign) => {
    const { positionId, pnl, fold } = await assigned(position, seen);
    const result = async () => ((await fold()).realizedPnl ?? 0) - pnl;
    expect(await byPerson(positionId, '1.7999')).toMatchObject([
      {
        outcome: 'settled',
        legNo: 0,
        text: expect.stringMatching(/1\.7999 per share, (owed|received) on 100 shares, 179\.99 in all/),
      },
    ]);
    expect(await result()).toBe(sign * usd(179.99));
    expect(await byPerson(positionId, '1.7999')).toMatchObject([{ outcome: 'agrees' }]);
    expect(await byStatement(positionId, { amount: usd(1.802) })).toMatchObject([{ positionId, outcome: 'corrected' }]);
    expect(await byStatement(positionId, { amount: usd(1.802) })).toMatchObject([{ outcome: 'agrees' }]);
    expect(await byPerson(positionId, '1.7')).toMatchObject([
      { outcome: 'refused', text: expect.stringContaining('better evidence (flex)') },
    ]);
    expect(await result()).toBe(sign * usd(180.2));
    expect(await byStatement(positionId, { account: 'DU9999999', amount: usd(1.8) })).toEqual([]);
    const changes = await server.store.externalChanges.ofPosition(positionId);
    expect(changes.slice(1).map(({ kind, evidence, quantity, price }) => [kind, evidence, quantity, price])).toEqual([
      ['dividend', 'person', 100, usd(1.7999)],
      ['dividend', 'flex', 100, usd(1.802)],
    ]);
    expect((await server.store.executions.get_execution(positionId))?.realizedPnl).toBe((await fold()).realizedPnl);
    await forget(positionId);
  });

  it('is refused for days without shares, days to come, and amounts that are none', async () => {
    const { positionId } = await assigned(SPY_CALLS, '2026-03-19T02:00:00-04:00');
    for (const day of ['20260318', '20260323']) {
      const lines = await byPerson(positionId, '1.8', day, day === '20260323' ? '2026-03-24T11:00:00-04:00' : LATER);
      expect(lines.map(({ outcome }) => outcome)).toEqual([day === '20260323' ? 'settled' : 'refused']);
    }
    expect(await byPerson(positionId, '1.8', '20260324', '2026-03-24T11:00:00-04:00')).toMatchObject([
      { outcome: 'refused', text: 'it held no shares of SPY at the open of 20260324' },
    ]);
    await expect(byPerson(positionId, '1.8', '20260324')).rejects.toThrow('a day that has begun');
    await expect(byPerson(positionId, '-1.8')).rejects.toThrow('above zero');
    expect(await byPerson(positionId, '0')).toMatchObject([{ outcome: 'agrees' }]);
    expect(await byStatement(positionId, { exDate: '', unread: 'exDate: it is missing' })).toMatchObject([
      { outcome: 'refused', text: expect.stringContaining('exDate: it is missing') },
    ]);
    await forget(positionId);
  });

  it('is not taken back by a reversal alone: a person undoes it, and the statement that undid it is not taken again', async () => {
    const { positionId, pnl, fold } = await assigned(SPY_CALLS, BEFORE);
    const result = async () => ((await fold()).realizedPnl ?? 0) - pnl;
    const reversed = usd(1.8);
    expect(await byStatement(positionId, { reversed })).toMatchObject([{ outcome: 'agrees' }]);
    expect(await byStatement(positionId, { amount: usd(1.8) })).toMatchObject([{ outcome: 'settled' }]);
    expect(await byStatement(positionId, { reversed })).toMatchObject([
      {
        outcome: 'refused',
        text: expect.stringContaining(`legwork settle ${positionId} --dividend 0 --ex-date 2026-03-20`),
      },
    ]);
    expect(await result()).toBe(-usd(180));
    const again = { amount: usd(1.802), reversed };
    expect(await byStatement(positionId, again)).toMatchObject([{ outcome: 'corrected' }]);
    expect(await byStatement(positionId, again)).toMatchObject([{ outcome: 'agrees' }]);
    expect(await result()).toBe(-usd(180.2));
    // A special dividend of the same day may be in the ledger too: what is left is not known.
    expect(await byStatement(positionId, { amount: usd(1.81), reversed: usd(0.3) })).toMatchObject([
      { outcome: 'refused', text: expect.stringMatching(/takes back 0\.30 .* posts 1\.81, .* has 1\.802; undo it/) },
    ]);
    expect(await byPerson(positionId, '0')).toMatchObject([
      { outcome: 'corrected', text: expect.stringMatching(/undone, by a person: 1\.802 per share on 100 shares/) },
    ]);
    expect(await result()).toBe(0);
    expect(await byPerson(positionId, '0')).toMatchObject([{ outcome: 'agrees' }]);
    expect(await byStatement(positionId, { reversed })).toMatchObject([{ outcome: 'agrees' }]);
    expect(await byStatement(positionId, { amount: usd(1.802) })).toMatchObject([
      { outcome: 'refused', text: expect.stringContaining('a person undid it') },
    ]);
    expect(await result()).toBe(0);
    expect(await byStatement(positionId, { amount: usd(1.81), reversed })).toMatchObject([{ outcome: 'corrected' }]);
    expect(await result()).toBe(-usd(181));
    await forget(positionId);
  });

  it('is corrected when shares of the ex-date are found later, by the evidence that it has', async () => {
    const { positionId, plan, fold } = await held(SPY_CALLS);
    const [short = 0, long = 0] = plan.legs.map(({ contract }) => contract.conId);
    const seen = (now: string, count: number) =>
      compared({
        ...{ now, price: 9 },
        positions: [
          { conId: short, quantity: count - 2 },
          { conId: long, quantity: 2 },
          { secType: 'STK', symbol: 'SPY', conId: plan.underlyingConId, quantity: -100 * count },
        ],
      });
    await seen(BEFORE, 1);
    expect(await byPerson(positionId, '1.8', EX_DATE, '2026-03-20T09:31:00-04:00')).toMatchObject([
      { outcome: 'settled' },
    ]);
    await seen('2026-03-20T12:00:00-04:00', 2);
    const before = (await fold()).realizedPnl ?? Number.NaN;
    expect(await byStatement(positionId, { amount: usd(1.8) })).toMatchObject([
      {
        outcome: 'corrected',
        text: expect.stringMatching(/on 200 shares, 360\.00 in all.*instead of 1\.80 per share on 100/),
      },
    ]);
    expect(((await fold()).realizedPnl ?? 0) - before).toBe(-usd(180));
    expect(await byStatement(positionId, { amount: usd(1.8) })).toMatchObject([{ outcome: 'agrees' }]);
    await forget(positionId);
  });

  describe('a death while it, or a corrected settlement, is imported loses nothing', () => {
    const SETTLED: Case = { tradingClass: 'SPXW', expiry: '20260313', legs: spread('PUT', 6720, 6670) };
    /** A position, what settles it, and the money of that. */
    const KINDS = {
      'a dividend': async () => {
        const { positionId, fold } = await assigned(SPY_CALLS, BEFORE);
        const input = { kind: 'dividend', positionId, amount: '1.8', exDate: EX_DATE } as const;
        return { positionId, fold, change: -usd(180), input, now: LATER };
      },
      'a corrected estimate': async () => {
        const { positionId, fold } = await held(SETTLED);
        await compared({ now: LATER, bars: [bar('20260313', 6800, 6700.25)] });
        return {
          positionId,
          fold,
          change: usd(200),
          input: { kind: 'price', positionId, price: '6702.25' } as const,
          now: LATER,
        };
      },
    };

    async function staged(kind: keyof typeof KINDS) {
      const { positionId, fold, change, input, now } = await KINDS[kind]();
      const before = (await fold()).realizedPnl ?? Number.NaN;
      const settle = async (projectNow = partsOf({ now }).tracker.projectNow) => {
        const parts = { ...partsOf({ now }), tracker: { projectNow } } as unknown as BrokerParts;
        return await settlePositions(parts, input);
      };
      return { positionId, fold, expected: before + change, settle };
    }

    test.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('%s', async (kind) => {
      const { positionId, fold, expected, settle } = await staged(kind);
      await server.sql(`CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'dead'; END $$`);
      await server.sql('CREATE TRIGGER dies BEFORE INSERT ON fills FOR EACH ROW EXECUTE FUNCTION dies()');
      await expect(settle()).rejects.toThrow('dead');
      await server.sql('DROP FUNCTION dies CASCADE');
      await expect(settle(() => Promise.reject(new Error('dead after the commit')))).rejects.toThrow(
        'after the commit',
      );
      expect((await fold()).realizedPnl).toBe(expected);
      expect((await settle()).map(({ outcome }) => outcome)).not.toContain('refused');
      expect((await server.store.executions.get_execution(positionId))?.realizedPnl).toBe(expected);
      await forget(positionId);
    });
  });
});
