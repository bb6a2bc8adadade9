/**
 * The eleven integration tests of the system that this one succeeds, by their names there, on real parts: a Temporal
 * server, a Postgres, a worker process, and the gateway over TCP through the unmodified client library.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { isEvaluated } from '../../src/contract/evaluation.js';
import {
  accounted,
  answerOf,
  ask,
  cashFlow,
  checkNamed,
  close,
  decided,
  dollars,
  ended,
  enter,
  legFills,
  namedCondor,
  WILLING,
  wireCashFlow,
} from '../support/life.js';
import { UNHURRIED } from '../support/market.js';
import { ordersOf, sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 11,
    speed: 20,
    scenario: { ...WILLING, market: { underlyings: { QQQ: { ivRank: 40 } } } },
    settings: { ...UNHURRIED, rules: { confirmation: { enabled: false } } },
  });
});
afterAll(() => world?.stop());
afterEach(() => world.agree());

describe('entry workflow', () => {
  test('test_entry_workflow_signal_validation: a good market for selling passes every check', async () => {
    const verdict = await answerOf(world.client.signal(ask()));
    expect(verdict.kind).toBe('accepted');
    expect(verdict.checks.every((check) => check.passed)).toBe(true);
    const rank = checkNamed(verdict.checks, 'iv_rank');
    expect(rank).toMatchObject({ bound: '> 50' });
    // The market has moved a little since the scenario's start.
    expect(rank.value).toBeGreaterThan(55);
    expect(rank.value).toBeLessThan(65);
    expect(checkNamed(verdict.checks, 'vix').value).toBeLessThan(35);
    expect(checkNamed(verdict.checks, 'vix').bound).toBe('< 35');
    expect(checkNamed(verdict.checks, 'portfolio_delta')).toMatchObject({ value: 0, bound: '|x| < 0.3' });
    expect(checkNamed(verdict.checks, 'positions_in_symbol')).toMatchObject({ value: 0, bound: '< 5' });
    expect(Number(checkNamed(verdict.checks, 'underlying_price').value)).toBeGreaterThan(600);
    expect(sentOrders(world.gateway)).toEqual([]);
  });

  test('test_entry_workflow_rejects_low_iv_rank: a rank from 25 to 50 neither sells nor buys', async () => {
    for (const [strategyType, bound] of [
      ['iron_condor', '> 50'],
      ['long_call', '< 25'],
    ] as const) {
      const result = await answerOf(world.client.enter(ask({ symbol: 'QQQ', strategyType })));
      expect(result).toMatchObject({ status: 'NOT_ENTERED', code: 'SIGNAL_REFUSED', filledCombos: 0 });
      const rank = checkNamed(result.checks, 'iv_rank');
      expect(rank).toMatchObject({ passed: false, bound });
      expect(rank.value).toBeGreaterThan(35);
      expect(rank.value).toBeLessThan(45);
      // No short circuit: the other checks were made, and they passed.
      expect(result.checks.filter((check) => !check.passed).map((check) => check.name)).toEqual(['iv_rank']);
      expect(result.reasons).toEqual([rank.text]);
    }
    expect(sentOrders(world.gateway)).toEqual([]);
  });

  test('test_entry_workflow_rejects_high_vix: at or above 35 nothing is entered', async () => {
    world.gateway.set({ kind: 'shock', symbol: 'VIX', spotFactor: 1.6 });
    try {
      const result = await world.waitUntil('the VIX is refused', async () => {
        const answer = await answerOf(world.client.signal(ask()));
        return answer.kind === 'refused' && answer;
      });
      expect(await answerOf(world.client.enter(ask()))).toMatchObject({
        status: 'NOT_ENTERED',
        code: 'SIGNAL_REFUSED',
        filledCombos: 0,
      });
      const vix = checkNamed(result.checks, 'vix');
      expect(vix).toMatchObject({ passed: false, bound: '< 35' });
      expect(vix.value).toBeGreaterThanOrEqual(35);
      expect(result.checks.filter((check) => !check.passed).map((check) => check.name)).toEqual(['vix']);
    } finally {
      world.gateway.set({ kind: 'shock', symbol: 'VIX', spotFactor: 1 / 1.6 });
    }
    await world.waitUntil('the VIX is accepted again', async () => {
      return (await answerOf(world.client.signal(ask()))).kind === 'accepted';
    });
    expect(sentOrders(world.gateway)).toEqual([]);
  });

  test('test_entry_workflow_full_execution: an iron condor is built, ordered, filled and recorded', async () => {
    const row = await enter(world, { quantity: 2 });
    expect(row).toMatchObject({ status: 'FILLED', strategyType: 'iron_condor', openedCombos: 2, openCombos: 2 });
    expect(row.fillTime).toBeGreaterThan(row.createdAt);
    expect(row.legs.map((leg) => [leg.contract.right, leg.action, leg.openQuantity])).toEqual([
      ['PUT', 'BUY', 2],
      ['PUT', 'SELL', -2],
      ['CALL', 'SELL', -2],
      ['CALL', 'BUY', 2],
    ]);
    const strikes = row.legs.map((leg) => leg.contract.strike);
    expect(strikes).toEqual([...strikes].sort((a, b) => a - b));

    const [order, ...more] = ordersOf(world.gateway, row.positionId);
    expect(more).toEqual([]);
    expect(order?.first.fields).toMatchObject({ secType: 'BAG', action: 'BUY', quantity: 2, orderType: 'LMT' });
    // A credit is received: the price of the combo bought is negative.
    expect(order?.first.fields.limitPrice).toBeLessThan(0);

    const fills = await legFills(world, row.positionId);
    expect(fills.reduce((sum, fill) => sum + fill.quantity, 0)).toBe(8);
    const net = fills.reduce((sum, fill) => sum + (fill.side === 'SELL' ? 1 : -1) * fill.quantity * fill.price, 0);
    expect(row.entryNet).toBe(net / 2);
    expect(dollars(row.entryNet)).toBeGreaterThanOrEqual(0.2 * dollars(row.width));
    // At risk is the width less the credit, of both combos.
    expect(dollars(row.maxLoss)).toBeLessThan(dollars(row.width) * 100);

    const outcome = await close(world, row.positionId);
    expect(outcome).toMatchObject({ result: 'CLOSED', filledCombos: 2, openCombos: 0 });
    await ended(world, row.positionId);
  });
});

describe('monitoring workflow', () => {
  test('test_monitoring_workflow_no_positions: nothing open, nothing evaluated', async () => {
    expect(await world.store.executions.get_open_strategies()).toEqual([]);
    expect(await answerOf(world.client.monitor())).toEqual([]);
  });

  test('test_monitoring_workflow_with_position: each open position gets its decision', async () => {
    const spy = await enter(world, namedCondor());
    const spread = await enter(world, { strategyType: 'bull_put_spread' });
    // What a look is given depends on the quotes that have come by then.
    const evaluations = await world.waitUntil('the rules lack nothing', async () => {
      const found = (await answerOf(world.client.monitor())).filter(isEvaluated);
      return found.every(({ skipped }) => skipped.length === 0) && found;
    });
    expect(evaluations.map((one) => one.positionId).sort()).toEqual([spy.positionId, spread.positionId].sort());
    for (const { decision, distances, skipped } of evaluations) {
      expect(decision).toMatchObject({ action: 'HOLD', rule: 'none' });
      expect(skipped).toEqual([]);
      for (const rule of ['take_profit', 'stop_loss', 'vix_exit', 'dte_roll', 'time_exit', 'delta_risk']) {
        expect(distances.find((one) => one.rule === rule)?.text).toMatch(/\d/);
      }
    }
    await answerOf(world.client.closeAll());
    await ended(world, spy.positionId);
    await ended(world, spread.positionId);
  });

  test('test_monitoring_workflow_single_position: one position, its snapshot and its decision', async () => {
    const row = await enter(world, namedCondor());
    const [evaluation, ...others] = (await answerOf(world.client.monitor(row.positionId))).filter(isEvaluated);
    expect(others).toEqual([]);
    expect(evaluation?.positionId).toBe(row.positionId);
    expect(evaluation?.decision.action).toBe('HOLD');
    const snapshot = await world.waitUntil('a snapshot with a price and Greeks', async () => {
      const latest = await world.store.snapshots.latest(row.positionId);
      return latest?.closeNet !== undefined && latest.theta !== undefined && latest;
    });
    expect(snapshot.closeNet).toBeGreaterThan(0);
    // A condor near its entry: little delta, decay for it, short vega.
    expect(Math.abs(snapshot.delta ?? 1)).toBeLessThan(0.3);
    expect(snapshot.theta).toBeGreaterThan(0);
    expect(snapshot.vega).toBeLessThan(0);
    expect(snapshot.unrealizedPnl).toBe(((row.entryNet ?? 0) - (snapshot.closeNet ?? 0)) * 100);
    await close(world, row.positionId);
    await ended(world, row.positionId);
  });
});

describe('exit workflow', () => {
  test('test_exit_workflow_hold_decision: HOLD answers NO_ACTION and sends nothing', async () => {
    const row = await enter(world, namedCondor());
    const before = sentOrders(world.gateway).length;
    const outcome = await answerOf(world.client.exit({ positionId: row.positionId, action: 'HOLD' }));
    expect(outcome).toMatchObject({ result: 'NO_ACTION', filledCombos: 0, openCombos: 1 });
    expect(sentOrders(world.gateway)).toHaveLength(before);
    expect(await world.client.execution(row.positionId)).toMatchObject({ status: 'FILLED', openCombos: 1 });
    await close(world, row.positionId);
    await ended(world, row.positionId);
  });

  test('test_exit_workflow_close_decision: CLOSE buys back every leg; P&L is cash flow less commissions', async () => {
    const { positionId } = await enter(world, namedCondor({ quantity: 3 }));
    const outcome = await close(world, positionId);
    expect(outcome).toMatchObject({ result: 'CLOSED', filledCombos: 3, openCombos: 0 });
    await ended(world, positionId);
    const row = await accounted(world, positionId);
    expect(row).toMatchObject({ status: 'CLOSED', openCombos: 0, exitRule: 'manual_close', exitAction: 'CLOSE' });
    expect(row.closeTime).toBeGreaterThan(row.fillTime ?? Number.POSITIVE_INFINITY);
    const fills = await legFills(world, positionId);
    expect(fills.reduce((sum, fill) => sum + fill.quantity, 0)).toBe(24);
    expect(row.realizedPnl).toBe(cashFlow(fills));
    expect(row.commissions).toBe(fills.reduce((sum, fill) => sum + (fill.commission ?? 0), 0));
    expect(dollars(row.realizedPnl)).toBeCloseTo(wireCashFlow(positionId, world.gateway.journal()), 4);
    // Again: it is closed already, and that is success.
    expect(await close(world, positionId)).toMatchObject({ result: 'ALREADY_CLOSED' });
  });

  test('test_exit_workflow_close_all: every position of the symbol, and no other', async () => {
    const mine = [await enter(world, namedCondor()), await enter(world, namedCondor())];
    const other = await enter(world, { symbol: 'IWM', strategyType: 'bull_put_spread' });
    const result = await answerOf(world.client.closeAll({ symbol: 'SPY' }));
    expect(result.outcomes.map((one) => one.positionId).sort()).toEqual(mine.map((row) => row.positionId).sort());
    expect(result.outcomes.map(({ result: how, reason }) => `${how} ${how === 'CLOSED' ? '' : reason}`.trim())).toEqual(
      ['CLOSED', 'CLOSED'],
    );
    for (const { positionId } of mine) {
      expect(await ended(world, positionId)).toMatchObject({ status: 'CLOSED', exitRule: 'manual_close_all' });
    }
    expect((await world.store.executions.get_open_strategies()).map((row) => row.positionId)).toEqual([
      other.positionId,
    ]);
    await answerOf(world.client.closeAll());
    await ended(world, other.positionId);
  });
});

test('test_end_to_entry_monitor_exit: entered, watched, closed by a rule', async () => {
  const { positionId, entryNet } = await enter(world, namedCondor({ quantity: 2 }));
  const [evaluation] = (await answerOf(world.client.monitor(positionId))).filter(isEvaluated);
  expect(evaluation?.decision.action).toBe('HOLD');

  // Five per cent down in no time: the position loses by its Greeks, and the first rule closes it.
  world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 0.95, ivAdd: 0.06 });
  const decision = await decided(world, positionId, 'catastrophe_3pct_drop');
  expect(decision).toMatchObject({ action: 'CLOSE', urgency: 'IMMEDIATE', kind: 'monitor' });
  expect(decision.metadata.hour_change).toBeLessThan(-0.03);
  expect(decision.inputs).toBeDefined();

  await ended(world, positionId);
  const row = await accounted(world, positionId);
  expect(row).toMatchObject({
    status: 'CLOSED',
    exitRule: 'catastrophe_3pct_drop',
    exitAction: 'CLOSE',
    openCombos: 0,
  });
  expect(row.closeTime).toBeGreaterThan(row.fillTime ?? Number.POSITIVE_INFINITY);
  expect(row.exitNet).toBeGreaterThan(entryNet ?? Number.POSITIVE_INFINITY);
  expect(row.realizedPnl).toBe(cashFlow(await legFills(world, positionId)));
  expect(dollars(row.realizedPnl)).toBeCloseTo(wireCashFlow(positionId, world.gateway.journal()), 4);
  // One opening and one close filled; another attempt is made only after a proof that the one before is not there.
  const intents = await world.store.intents.list({ positionId });
  expect(intents.filter(({ state }) => state === 'FILLED')).toHaveLength(2);
  expect(intents.filter(({ state }) => !['FILLED', 'REJECTED', 'EXPIRED'].includes(state))).toEqual([]);
});
