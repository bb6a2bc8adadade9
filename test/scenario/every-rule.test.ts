/**
 * Every rule fires in the running worker: the market triggers the rule, the decision is recorded with the rule's id, and
 * the resulting order reaches the gateway. Only the tests move the prices.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MICROS_PER_DOLLAR } from '../../src/domain/money.js';
import type { StrategyType } from '../../src/domain/strategy/strategy.js';
import type { DecisionRow, PositionRow } from '../../src/store/api.js';
import { answerOf, close, decided, ended, enter, namedCondor, WILLING, watchedSince } from '../support/life.js';
import { STILL, UNHURRIED } from '../support/market.js';
import { onlyRules } from '../support/rules.js';
import { isWhole } from '../support/whole.js';
import { ordersOf, sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const CALLS_EXPIRY = '20260313';
/** QQQ goes ex tomorrow, IWM after `CALLS_EXPIRY`; each loses 1 % of its price. */
const DIVIDENDS = [
  { kind: 'dividend', symbol: 'QQQ', exDate: '+1 09:30', amount: 6 },
  { kind: 'dividend', symbol: 'IWM', exDate: '2026-03-16 09:30', amount: 2.4 },
] as const;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 11,
    speed: 20,
    // A price that lags behind a shock is refused at once, so that orders end as expected below.
    scenario: {
      market: { ...STILL, events: [...DIVIDENDS] },
      exchange: { ...WILLING.exchange, tooFarAnswer: 'refused' },
    },
    settings: { ...UNHURRIED, rules: onlyRules({}) },
    worker: false,
  });
});
afterAll(() => world?.stop());

/** Moves the market for as long as the steps take, and back again. */
async function moved<T>(
  { symbol = 'SPY', spotFactor = 1, ivAdd = 0 }: { symbol?: string; spotFactor?: number; ivAdd?: number },
  steps: () => Promise<T>,
): Promise<T> {
  world.gateway.set({ kind: 'shock', symbol, spotFactor, ivAdd });
  try {
    return await steps();
  } finally {
    world.gateway.set({ kind: 'shock', symbol, spotFactor: 1 / spotFactor, ivAdd: -ivAdd });
    await settled();
  }
}

/** The worker has had a minute of the broker's time to receive the new prices: an entry sees no moved quote. */
async function settled(): Promise<void> {
  const heard = world.gateway.now() + 60_000;
  await world.waitUntil('the market is quoted where it was', () => world.gateway.now() >= heard);
}

/** The rule decides, its order reaches the gateway, and the position ends. */
async function expectClosedBy(row: PositionRow, rule: string): Promise<DecisionRow> {
  const { positionId } = row;
  const decision = await decided(world, positionId, rule);
  expect(decision).toMatchObject({ action: 'CLOSE', kind: 'monitor' });
  const over = await ended(world, positionId);
  expect(over).toMatchObject({ status: 'CLOSED', exitRule: rule, exitAction: 'CLOSE', openCombos: 0 });
  const [opening, closing] = ordersOf(world.gateway, positionId);
  // One close filled; another attempt is made only after a proof that the earlier one is absent.
  const closes = (await world.store.intents.list({ positionId })).filter(({ purpose }) => purpose === 'REDUCE');
  expect(closes.filter(({ state }) => state === 'FILLED')).toHaveLength(1);
  expect(closes.filter(({ state }) => !['FILLED', 'REJECTED', 'EXPIRED'].includes(state))).toEqual([]);
  expect(closing?.first.n).toBeGreaterThan(opening?.first.n ?? Number.POSITIVE_INFINITY);
  // Both by the worker's clock, which never goes back: the gateway's may differ within the whole second it reports.
  for (const { sentAt } of closes) {
    if (sentAt !== undefined) expect(sentAt).toBeGreaterThanOrEqual(decision.at);
  }
  expect(closes.some(({ sentAt }) => sentAt !== undefined)).toBe(true);
  await world.agree();
  return decision;
}

/** A custom condor around the spot of 670 that expires on the given day. */
function expiring(expiry: string, quantity = 1): Parameters<typeof enter>[1] {
  const { legs = [] } = namedCondor();
  const strikes = [650, 660, 680, 690];
  return namedCondor({
    quantity,
    ignoreSignal: true,
    legs: legs.map((leg, index) => ({ ...leg, strike: strikes[index] ?? 0, expiry })),
  });
}

describe('price rules, in their natural order', () => {
  beforeAll(() =>
    world.startWorker({
      ...UNHURRIED,
      rules: onlyRules({
        catastropheProtection: {},
        singleLegExit: {},
        assignmentRisk: {},
        vixExit: {},
        // Unconfirmed, one poll between two legs' new quotes may see too much profit.
        takeProfit: { full: 1 },
        ivCrush: {},
      }),
    }),
  );
  afterAll(() => world.stopWorker());

  test('catastrophe_protection', async () => {
    const row = await enter(world, namedCondor());
    await moved({ spotFactor: 0.95, ivAdd: 0.02 }, async () => {
      const decision = await expectClosedBy(row, 'catastrophe_3pct_drop');
      expect(decision.urgency).toBe('IMMEDIATE');
      expect(decision.metadata.hour_change).toBeCloseTo(-0.05, 2);
    });
  });

  test("a paused rule does not precede a person's exit; once resumed, it does", async () => {
    const { positionId } = await enter(world, namedCondor());
    await world.client.pause(positionId);
    const asked = await world.client.close(positionId, {
      urgency: 'NORMAL',
      pricing: { kind: 'limit', price: '2.00' },
    });
    const exit = async () => (await world.store.intents.unsettled(positionId)).find(({ state }) => state === 'WORKING');
    const working = await world.waitUntil('the exit rests', exit);
    await moved({ symbol: 'VIX', spotFactor: 1.3 }, async () => {
      await settled();
      expect(await exit()).toEqual(working);
      const decisions = await world.store.decisions.ofSubject(positionId, 10);
      expect(decisions.filter(({ kind, action }) => kind === 'monitor' && action !== 'HOLD')).toEqual([]);
      await world.client.resume(positionId);
      await decided(world, positionId, 'vix_change');
      expect(await answerOf(Promise.resolve(asked))).toMatchObject({ result: 'NO_ACTION', filledCombos: 0 });
      expect(await ended(world, positionId)).toMatchObject({ status: 'CLOSED', exitRule: 'vix_change' });
    });
    await world.agree();
  });

  test('single_leg_exit', async () => {
    const row = await enter(world, singleCall());
    await moved({ spotFactor: 1.05 }, async () => {
      const decision = await expectClosedBy(row, 'single_leg_tp');
      expect(decision.metadata.upl_pct).toBeGreaterThanOrEqual(0.8);
    });
  });

  test("assignment_risk by tomorrow's dividend; a dividend after the expiry closes nothing", async () => {
    const [row, other] = await Promise.all([
      enter(world, callsInTheMoney('QQQ', [585, 595])),
      enter(world, callsInTheMoney('IWM', [228, 232])),
    ]);
    const { metadata, reason, at } = await expectClosedBy(row, 'assignment_risk');
    expect(metadata).toMatchObject({ strike: 585, right: 'CALL', cause: 'dividend', threshold: 6 * MICROS_PER_DOLLAR });
    expect(reason).toMatch(/ less than the dividend of 6\.00 with ex-date 20260303\.$/);
    // The dividend of IWM also exceeds the extrinsic value, but it goes ex after the expiry.
    const look = await world.waitUntil('its dividend is known', async () => {
      const [answer] = await answerOf(world.client.monitor(other.positionId));
      return answer !== undefined && 'skipped' in answer && answer.skipped.length === 0 && answer;
    });
    const text = look.distances.find(({ rule }) => rule === 'assignment_risk')?.text;
    const extrinsic = Number(/ 228 CALL (\S+);/.exec(text ?? '')?.[1]);
    expect(extrinsic).toBeGreaterThan(0.1);
    expect(extrinsic).toBeLessThan(2.4);
    expect(look.decision).toMatchObject({ action: 'HOLD', rule: 'none' });
    await watchedSince(world, other.positionId, at);
    expect(await world.store.decisions.countByRule(other.positionId)).toEqual({});
    expect(await close(world, other.positionId)).toMatchObject({ result: 'CLOSED' });
  });

  test('vix_exit', async () => {
    const row = await enter(world, namedCondor());
    await moved({ symbol: 'VIX', spotFactor: 1.3 }, async () => {
      const decision = await expectClosedBy(row, 'vix_change');
      expect(decision.metadata.vix_change).toBeGreaterThan(5);
    });
  });

  test('take_profit reduces by half, once; iv_crush closes the rest', async () => {
    const row = await enter(world, namedCondor({ quantity: 4 }));
    await moved({ ivAdd: -0.06 }, async () => {
      const decision = await decided(world, row.positionId, 'take_profit_partial');
      expect(decision).toMatchObject({ action: 'REDUCE', metadata: { close_combos: 2, open_combos: 4 } });
      const half = await world.waitUntil('half is closed', async () => {
        const now = await world.client.execution(row.positionId);
        return now.openCombos === 2 && now;
      });
      expect(half.legs.map((leg) => leg.openQuantity)).toEqual([2, -2, -2, 2]);
      await world.waitUntil('its alert is over, since the rule does not fire any more', async () => {
        const [alert] = await world.store.alerts.list({ positionId: row.positionId, rule: 'take_profit_partial' });
        return alert?.status === 'RESOLVED';
      });
      // The profit is unchanged: the rule has finished with this position.
      await world.agree();
    });
    await moved({ ivAdd: -0.075 }, async () => {
      const decision = await decided(world, row.positionId, 'iv_crush');
      expect(decision.metadata.iv_change_percent).toBeLessThanOrEqual(-0.3);
      expect(await ended(world, row.positionId)).toMatchObject({ status: 'CLOSED', exitRule: 'iv_crush' });
    });
    const decisions = await world.store.decisions.countByRule(row.positionId);
    expect(decisions).toEqual({ take_profit_partial: 1, iv_crush: 1 });
    const alerts = await world.store.alerts.list({ positionId: row.positionId });
    expect(alerts.map(({ rule, status }) => [rule, status])).toEqual([
      ['iv_crush', 'RESOLVED'],
      ['take_profit_partial', 'RESOLVED'],
    ]);
    expect(ordersOf(world.gateway, row.positionId).map((order) => order.first.fields.quantity)).toEqual([4, 2, 2]);
    await world.agree();
  });
});

/** A short call in the money and a long one further up. */
function callsInTheMoney(symbol: string, strikes: readonly [number, number]): Parameters<typeof enter>[1] {
  const legs = strikes.map((strike, index) => ({
    ...({ right: 'CALL', strike, expiry: CALLS_EXPIRY, ratio: 1 } as const),
    action: index === 0 ? ('SELL' as const) : ('BUY' as const),
  }));
  return { symbol, strategyType: 'custom', legs, ignoreSignal: true };
}

/** One call some per cent out of the money. */
function singleCall(): Parameters<typeof enter>[1] {
  const leg = { right: 'CALL', strike: 690, expiry: '20260417', action: 'BUY', ratio: 1 } as const;
  const strategyType: StrategyType = 'custom';
  return { strategyType, legs: [leg], ignoreSignal: true };
}

if (isWhole) {
  describe('price rules that others would precede', () => {
    beforeAll(() =>
      world.startWorker({
        ...UNHURRIED,
        rules: onlyRules({
          trailingStopLoss: { activation: 0.25 },
          stopLoss: {},
          deltaRisk: { condorLimit: 0.06, condorRelease: 0.05, confirmSeconds: 0 },
        }),
      }),
    );
    afterAll(() => world.stopWorker());

    test('trailing_stop_loss', async () => {
      const row = await enter(world, namedCondor());
      await moved({ ivAdd: -0.05 }, () =>
        world.waitUntil('the peak is kept', async () => {
          const { memory } = await world.client.execution(row.positionId);
          return memory.peakProfitPct > 0.35;
        }),
      );
      const decision = await expectClosedBy(row, 'trailing_stop');
      expect(decision.metadata.upl_pct).toBeLessThanOrEqual(0.4 * Number(decision.metadata.peak));
    });

    test('stop_loss', async () => {
      const row = await enter(world, namedCondor());
      await moved({ spotFactor: 0.8 }, async () => {
        const decision = await expectClosedBy(row, 'stop_loss_hard');
        expect(decision.metadata.upl_pct).toBeLessThanOrEqual(Number(decision.metadata.threshold));
      });
    });

    test('delta_risk', async () => {
      const row = await enter(world, { quantity: 2, ignoreSignal: true });
      // Not so far that the stop loss, which comes first, would fire as well.
      await moved({ spotFactor: 0.95 }, async () => {
        const decision = await expectClosedBy(row, 'delta_risk_portfolio');
        expect(Math.abs(Number(decision.metadata.portfolio_delta))).toBeGreaterThan(0.06);
      });
    });
  });
}

if (isWhole) {
  describe('rules that need rare conditions', () => {
    beforeAll(() =>
      world.startWorker({
        ...UNHURRIED,
        rules: onlyRules({ assignmentRisk: {}, ivPercentileExit: {}, gammaRisk: { deltaChange: 0.05 } }),
      }),
    );
    afterAll(() => world.stopWorker());

    test('assignment_risk', async () => {
      const row = await enter(world, namedCondor());
      await moved({ spotFactor: 0.75 }, async () => {
        const decision = await expectClosedBy(row, 'assignment_risk');
        expect(decision.metadata).toMatchObject({ strike: 618, right: 'PUT', cause: 'extrinsic' });
      });
    });

    test('iv_percentile_exit', async () => {
      const row = await enter(world, namedCondor());
      await moved({ ivAdd: -0.095 }, async () => {
        const decision = await expectClosedBy(row, 'iv_percentile_exit');
        expect(decision.metadata.iv_percentile).toBeLessThan(0.3);
      });
    });

    test('gamma_risk', async () => {
      const decision = await expectClosedBy(await enter(world, expiring('20260309')), 'gamma_risk');
      expect(decision.metadata.delta_change).toBeGreaterThan(0.05);
      expect(decision.metadata.dte).toBe(7);
    });
  });
}

describe('rules of the calendar', () => {
  beforeAll(() => world.startWorker({ ...UNHURRIED, rules: onlyRules({ timeExit: {}, dteRoll: {} }) }));
  afterAll(() => world.stopWorker());

  test('time_exit', async () => {
    const decision = await expectClosedBy(await enter(world, expiring('20260303')), 'time_exit');
    expect(decision.metadata).toMatchObject({ last_day: false, dte: 1 });
  });

  test('dte_roll closes and opens again, linked both ways', async () => {
    const row = await enter(world, expiring('20260320', 2));
    const decision = await decided(world, row.positionId, 'dte_roll');
    expect(decision).toMatchObject({ action: 'ROLL', metadata: { current_dte: 18, roll_to_dte: 45 } });
    const old = await ended(world, row.positionId, 40_000);
    expect(old).toMatchObject({ status: 'CLOSED', exitRule: 'dte_roll', exitAction: 'ROLL', openCombos: 0 });
    const next = await world.client.execution(old.rolledTo ?? '');
    expect(next).toMatchObject({ status: 'FILLED', openCombos: 2, rolledFrom: row.positionId });
    expect(next.legs.map((leg) => leg.contract.strike)).toEqual([650, 660, 680, 690]);
    expect(next.plan.dte).toBeGreaterThanOrEqual(31);
    await world.agree();
    // Three orders, and the holdings are the legs of the new position.
    expect(ordersOf(world.gateway, row.positionId)).toHaveLength(2);
    expect(ordersOf(world.gateway, next.positionId)).toHaveLength(1);
    expect(sentOrders(world.gateway).at(-1)?.orderRef).toContain(next.positionId);
  });
});

if (isWhole) {
  describe('in poll mode', () => {
    const intervalSeconds = 15;
    beforeAll(() =>
      world.startWorker({
        ...UNHURRIED,
        rules: onlyRules({ catastropheProtection: {} }),
        // Every poll leaves a snapshot.
        watch: { mode: 'poll', intervalSeconds, snapshotSeconds: 1 },
      }),
    );
    afterAll(() => world.stopWorker());

    test('the rules are evaluated every interval, whatever ticks come, and decide at one of those polls', async () => {
      const row = await enter(world, namedCondor());
      const { positionId } = row;
      const looks = async () => (await world.store.snapshots.since(positionId, row.fillTime ?? 0)).map(({ at }) => at);
      // The polls of the opening come with its ticks: the watch begins after them.
      const from = world.gateway.now();
      const watched = async () => (await looks()).filter((at) => at > from);
      await world.waitUntil('it has looked three times', async () => (await watched()).length >= 3);
      world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 0.999, ivAdd: 0 });
      await world.waitUntil('it has looked twice more', async () => (await watched()).length >= 5);
      await moved({ spotFactor: 0.95, ivAdd: 0.02 }, async () => {
        const { at: decidedAt } = await expectClosedBy(row, 'catastrophe_3pct_drop');
        const times = (await watched()).filter((at) => at <= decidedAt);
        expect(times.at(-1)).toBe(decidedAt);
        for (const [index, at] of times.slice(1).entries()) {
          expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(intervalSeconds * 1000);
        }
      });
    });
  });
}
