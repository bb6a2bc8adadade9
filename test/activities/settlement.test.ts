/** Contracts that left the account without an execution, taken into the ledger of a real database (cases C06, C07, C08). */
import { describe, expect, it } from '@jest/globals';
import { adoptOutside } from '../../src/activities/orders/adopt.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import type { BrokerPosition, DailyBar } from '../../src/broker/api.js';
import type { OptionContract, Right } from '../../src/domain/option.js';
import type { Fill } from '../../src/domain/order/fill.js';
import { foldPosition } from '../../src/domain/position/ledger.js';
import { payoffOf, widthOf } from '../../src/domain/strategy/payoff.js';
import type { StrategyLeg, StrategyPlan } from '../../src/domain/strategy/strategy.js';
import { execution, fill, newPositionId, PLAN, testServer } from '../store/support.js';

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
}

/** A position that was filled, its legs in the ledger. */
async function held({
  symbol = 'SPX',
  tradingClass,
  expiry,
  legs,
  combos = 1,
  opened = '2026-03-02T11:00:00-05:00',
}: Case) {
  const { store } = server;
  const positionId = newPositionId();
  const european = symbol !== 'SPY';
  const planLegs: StrategyLeg[] = legs.map(({ action, right, strike }) => {
    conIds += 1;
    const contract: OptionContract = {
      ...{ conId: conIds, symbol, right, strike, expiry, tradingClass, multiplier: 100 },
      lastTradeAt: Date.parse(`${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6)}T16:00:00-04:00`),
      style: european ? 'european' : 'american',
    };
    return { contract, action, ratio: 1 };
  });
  const payoff = payoffOf(planLegs, 0);
  const plan: StrategyPlan = {
    ...PLAN,
    ...{ symbol, legs: planLegs, quantity: combos, expiry, width: widthOf(planLegs), ...payoff },
    ...{ strategyType: 'custom', structure: 'custom' },
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
  await store.executions.applyLedger(positionId, await fold(), Date.parse(opened));
  await store.executions.update_execution_status(positionId, 'FILLED', Date.parse(opened));
  return { positionId, plan, fold };
}

interface Account {
  readonly now: string;
  readonly positions?: readonly Partial<BrokerPosition>[];
  readonly executions?: readonly Fill[];
  readonly bars?: readonly DailyBar[];
  /** Price of the underlying at the moment of looking. */
  readonly price?: number;
}

async function adopt({ now, positions = [], executions = [], bars = [], price = 0 }: Account) {
  const { store } = server;
  const quote = { kind: 'live', bid: usd(price), ask: usd(price), last: usd(price), at: Date.parse(now) };
  const complete = <T>(rows: readonly T[]) => ({ complete: true, epoch: 1, rows });
  const broker = {
    clock: { now: () => Date.parse(now) },
    positions: async () => complete(positions.map((row) => ({ account: 'DU1', secType: 'OPT', ...row }))),
    orders: { executions: async () => complete(executions) },
    dailyBars: async () => bars,
    quotes: {
      snapshot: async (asked: readonly { conId: number }[]) => new Map(asked.map(({ conId }) => [conId, quote])),
    },
  };
  const parts = {
    deps: { store, broker, log: () => undefined },
    feeds: { underlying: async (symbol: string) => ({ conId: 1, symbol, secType: 'IND', exchange: 'CBOE' }) },
    waits: { end: () => undefined },
    tracker: {
      drained: async () => undefined,
      projectNow: async (positionId: string) => {
        const row = await store.executions.get_execution(positionId);
        if (row === undefined) throw new Error('no position');
        const fills = await store.fills.ofPosition(positionId);
        const state = foldPosition({ plan: row.plan, fills });
        await store.executions.applyLedger(positionId, state, Date.parse(now));
        if (state.flat) await store.executions.update_execution_status(positionId, 'CLOSED', Date.parse(now));
      },
    },
  } as unknown as BrokerParts;
  return await adoptOutside(parts);
}

/** So that one test's position is not the next one's. */
async function forget(positionId: string): Promise<void> {
  await server.store.executions.update_execution_status(positionId, 'FAILED', Date.now());
}

const bar = (date: string, open: number, close: number): DailyBar => ({ date, open, high: close, low: open, close });
const spread = (right: Right, short: number, long: number): readonly LegText[] => [
  { action: 'SELL', right, strike: short, price: 20 },
  { action: 'BUY', right, strike: long, price: 9.05 },
];

describe('cash settlement that is seen late is that of its day (case C07)', () => {
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
    const told = await adopt(account);
    expect(told).toHaveLength(2);
    expect(told.join(' ')).toMatch(/estimated/);
    expect(await fold()).toMatchObject({ flat: true, realizedPnl: usd(dollars) });
    const fills = await server.store.fills.ofPosition(positionId);
    expect(fills.slice(-2).map((one) => new Date(one.at).toISOString())).toEqual(
      Array(2).fill(new Date(at).toISOString()),
    );
  });

  it('is unknown, and nothing is taken, where the broker does not tell that day', async () => {
    const { positionId, fold } = await held({
      tradingClass: 'SPXW',
      expiry: '20260313',
      legs: spread('PUT', 6720, 6670),
    });
    expect(await adopt({ now: MONDAY, price: 6664.59, bars: [bar('20260316', 6680, 6664.59)] })).toEqual([]);
    expect(await fold()).toMatchObject({ flat: false, openCombos: 1 });
    const alerts = await server.store.alerts.list({ positionId });
    expect(alerts.map(({ message }) => message).join(' ')).toContain('the value at which it settled is not known yet');
    await forget(positionId);
  });
});
