import { describe, expect, test } from '@jest/globals';
import { OBSERVED_CAUSES, RUN_CAUSES } from '../../src/domain/position/attention.js';
import type { FoldedPosition } from '../../src/domain/position/ledger.js';
import type { PositionRow } from '../../src/store/index.js';
import { execution, failing, NOW, newPositionId, option, PLAN, testServer } from './support.js';

const server = testServer();
const ALL_CAUSES = [...OBSERVED_CAUSES, ...RUN_CAUSES];

async function saved(more: Parameters<typeof execution>[1] = {}): Promise<string> {
  const positionId = newPositionId();
  await server.store.executions.save_execution(execution(positionId, more));
  return positionId;
}

async function stored(positionId: string): Promise<PositionRow> {
  const row = await server.store.executions.get_execution(positionId);
  if (row === undefined) throw new Error(`${positionId} is not stored`);
  return row;
}

describe('save_execution', () => {
  test('stores a PENDING execution with its exact plan', async () => {
    const positionId = await saved({ entryWorkflowId: 'entry-1', rolledFrom: 'spy-bps-20260101-old001' });
    expect(await server.store.executions.get_execution(positionId)).toEqual({
      positionId,
      account: 'DU1',
      symbol: 'SPY',
      underlyingConId: 756733,
      strategyType: 'bull_put_spread',
      structure: 'vertical_spread',
      status: 'PENDING',
      legs: PLAN.legs.map((leg, index) => ({
        legNo: index + 1,
        contract: leg.contract,
        action: leg.action,
        ratio: leg.ratio,
        status: 'PENDING',
        openQuantity: 0,
      })),
      quantity: 2,
      multiplier: 100,
      openedCombos: 0,
      openCombos: 0,
      shares: 0,
      maxLoss: 774_500_000,
      width: 10_250_000,
      expiry: '20260417',
      plan: PLAN,
      workflowId: `position-${positionId}`,
      entryWorkflowId: 'entry-1',
      rolledFrom: 'spy-bps-20260101-old001',
      commissions: 0,
      attention: false,
      attentionReasons: {},
      paused: false,
      memory: { peakProfitPct: 0, partialTakeProfitDone: false },
      lastStep: 0,
      createdAt: NOW,
    });
  });

  test('an unlimited loss has no maxLoss', async () => {
    const { maxLoss: _, ...unlimited } = PLAN;
    expect(await stored(await saved({ plan: unlimited }))).not.toHaveProperty('maxLoss');
  });

  test('the same plan again is a no-op, whatever the order of its keys', async () => {
    const positionId = await saved();
    await server.store.executions.update_execution_status(positionId, 'PARTIAL', NOW);
    const turned = Object.fromEntries(Object.entries(PLAN).reverse()) as unknown as typeof PLAN;
    await server.store.executions.save_execution(execution(positionId, { plan: turned, createdAt: NOW + 1 }));
    expect(await stored(positionId)).toMatchObject({ status: 'PARTIAL', createdAt: NOW, legs: { length: 2 } });
  });

  test('another plan for the same position is a broken invariant', async () => {
    const positionId = await saved();
    const again = server.store.executions.save_execution(execution(positionId, { plan: { ...PLAN, quantity: 3 } }));
    await expect(again).rejects.toEqual(failing('INVARIANT_BROKEN', /already stored with another plan/));
    expect((await stored(positionId)).quantity).toBe(2);
  });

  test('concurrent saves of one position store it once', async () => {
    const positionId = newPositionId();
    await Promise.all(Array.from({ length: 6 }, () => server.store.executions.save_execution(execution(positionId))));
    expect((await stored(positionId)).legs).toHaveLength(2);
  });

  test.each([
    ['a quantity of 0', { ...PLAN, quantity: 0 }, /quantity/],
    ['no symbol', { ...PLAN, symbol: '' }, /symbol/],
    [
      'a leg with ratio 0',
      { ...PLAN, legs: [{ contract: option(1, 600), action: 'BUY' as const, ratio: 0 }] },
      /ratio/,
    ],
    [
      'a leg with strike 0',
      { ...PLAN, legs: [{ contract: option(1, 0), action: 'BUY' as const, ratio: 1 }] },
      /strike/,
    ],
  ])('the schema refuses %s and stores nothing', async (_, plan, words) => {
    const positionId = newPositionId();
    const saving = server.store.executions.save_execution(execution(positionId, { plan }));
    await expect(saving).rejects.toEqual(failing('INVARIANT_BROKEN', words));
    expect(await server.store.executions.get_execution(positionId)).toBeUndefined();
  });
});

describe('update_execution_status', () => {
  test('FILLED and CLOSED take their times, and a repeated step keeps the first', async () => {
    const positionId = await saved();
    const { executions } = server.store;
    await executions.update_execution_status(positionId, 'FILLED', NOW + 10);
    await executions.update_execution_status(positionId, 'FILLED', NOW + 20);
    await executions.update_execution_status(positionId, 'EXITING', NOW + 30, {
      exitRule: 'take_profit',
      exitAction: 'ROLL',
    });
    await executions.update_execution_status(positionId, 'CLOSED', NOW + 40, { rolledTo: 'next-position' });
    await executions.update_execution_status(positionId, 'CLOSED', NOW + 50);
    expect(await stored(positionId)).toMatchObject({
      status: 'CLOSED',
      fillTime: NOW + 10,
      closeTime: NOW + 40,
      exitRule: 'take_profit',
      exitAction: 'ROLL',
      rolledTo: 'next-position',
    });
  });

  test('a position opened again by a late fill has no close time', async () => {
    const positionId = await saved();
    await server.store.executions.update_execution_status(positionId, 'CLOSED', NOW);
    await server.store.executions.update_execution_status(positionId, 'EXITING', NOW + 1);
    expect(await stored(positionId)).not.toHaveProperty('closeTime');
  });

  test('keeps why an opening failed', async () => {
    const positionId = await saved();
    await server.store.executions.update_execution_status(positionId, 'FAILED', NOW, { failReason: 'not filled' });
    expect(await stored(positionId)).toMatchObject({ status: 'FAILED', failReason: 'not filled' });
  });

  test('the schema itself refuses FILLED and CLOSED without a time', async () => {
    const positionId = await saved();
    for (const status of ['FILLED', 'CLOSED', 'SOLD']) {
      const write = server.sql('UPDATE executions SET status = $2 WHERE position_id = $1', [positionId, status]);
      await expect(write).rejects.toMatchObject({ code: '23514' });
    }
  });

  test('every write to an unknown position is NOT_FOUND', async () => {
    const { executions } = server.store;
    const ledger = { openedCombos: 0, openCombos: 0, shares: 0, commissions: 0, legs: [] };
    const writes = [
      executions.update_execution_status('nobody', 'FILLED', NOW),
      executions.applyLedger('nobody', () => ledger, NOW),
      executions.setAttention('nobody', { exit: 'x' }),
      executions.setPaused('nobody', true),
      executions.saveMemory('nobody', { peakProfitPct: 1, partialTakeProfitDone: false }),
      executions.raiseStep('nobody', 1),
    ];
    for (const write of writes) await expect(write).rejects.toEqual(failing('NOT_FOUND'));
    expect(await executions.get_execution('nobody')).toBeUndefined();
  });
});

describe('applyLedger', () => {
  const LEDGER: Omit<FoldedPosition, 'cash' | 'flat' | 'unbalanced'> = {
    openedCombos: 2,
    openCombos: 1,
    shares: 0,
    entryNet: 2_512_345,
    exitNet: -1,
    realizedPnl: -123_456_789,
    commissions: 5_200_001,
    legs: [
      { legNo: 1, status: 'FILLED', openQuantity: -1, openPrice: 4_100_000, closePrice: 1_000_001 },
      { legNo: 2, status: 'PARTIAL', openQuantity: 1, openPrice: 1_600_000 },
    ],
  };

  test('writes quantities, prices and money to the micro, and leaves the status alone', async () => {
    const positionId = await saved();
    await server.store.executions.applyLedger(positionId, () => LEDGER, NOW);
    const row = await stored(positionId);
    const { legs, ...combos } = LEDGER;
    expect(row).toMatchObject({ ...combos, status: 'PENDING' });
    expect(row.legs).toEqual(
      legs.map((leg, index) => expect.objectContaining({ ...leg, action: PLAN.legs[index]?.action })),
    );
    expect(row.legs[1]).not.toHaveProperty('closePrice');
  });

  test('a value the fold no longer has is gone', async () => {
    const positionId = await saved();
    await server.store.executions.applyLedger(positionId, () => LEDGER, NOW);
    await server.store.executions.applyLedger(
      positionId,
      () => ({ openedCombos: 0, openCombos: 0, shares: 0, commissions: 0, legs: [] }),
      NOW,
    );
    const row = await stored(positionId);
    for (const name of ['entryNet', 'exitNet', 'realizedPnl']) expect(row).not.toHaveProperty(name);
  });

  test('more open than opened, or an unknown leg, changes nothing', async () => {
    const positionId = await saved();
    const { executions } = server.store;
    const tooMany = executions.applyLedger(positionId, () => ({ ...LEDGER, openCombos: 3 }), NOW);
    await expect(tooMany).rejects.toEqual(failing('INVARIANT_BROKEN', /executions_open_within_opened/));
    const leg = { legNo: 9, status: 'FILLED' as const, openQuantity: 1 };
    const noLeg = executions.applyLedger(positionId, () => ({ ...LEDGER, legs: [leg] }), NOW);
    await expect(noLeg).rejects.toEqual(failing('INVARIANT_BROKEN', /no leg 9/));
    expect(await stored(positionId)).toMatchObject({ openedCombos: 0, openCombos: 0 });
  });

  test('open quantities are summed by contract over open positions only', async () => {
    const far = { ...PLAN, legs: [{ contract: option(901, 600), action: 'BUY' as const, ratio: 1 }] };
    const [first, second, closed] = [
      await saved({ plan: far }),
      await saved({ plan: far }),
      await saved({ plan: far }),
    ];
    for (const [positionId, openQuantity] of [
      [first, 5],
      [second, -2],
      [closed, 7],
    ] as const) {
      const legs = [{ legNo: 1, status: 'FILLED' as const, openQuantity }];
      await server.store.executions.applyLedger(
        positionId,
        () => ({ openedCombos: 1, openCombos: 1, shares: 0, commissions: 0, legs }),
        NOW,
      );
    }
    await server.store.executions.update_execution_status(closed, 'CLOSED', NOW);
    expect((await server.store.fills.openQuantities()).get(901)).toBe(3);
  });
});

describe('flags, memory and steps', () => {
  test('attention comes with a reason and goes without one', async () => {
    const positionId = await saved();
    expect(await server.store.executions.setAttention(positionId, { parked: 'two live orders' })).toBe(true);
    expect(await server.store.executions.setAttention(positionId, { parked: 'two live orders' })).toBe(false);
    await server.store.executions.setPaused(positionId, true);
    expect(await stored(positionId)).toMatchObject({
      attention: true,
      attentionReason: 'two live orders',
      paused: true,
    });
    await server.store.executions.setAttention(positionId, { parked: null });
    await server.store.executions.setPaused(positionId, false);
    const row = await stored(positionId);
    expect(row).toMatchObject({ attention: false, paused: false });
    expect(row).not.toHaveProperty('attentionReason');
  });

  test('a reason that ends leaves those of other causes, also when all are written at once', async () => {
    const positionId = await saved();
    const { executions } = server.store;
    await Promise.all(ALL_CAUSES.map((cause) => executions.setAttention(positionId, { [cause]: `why ${cause}` })));
    for (const [at, cause] of ALL_CAUSES.entries()) {
      await executions.setAttention(positionId, { [cause]: null });
      const left = ALL_CAUSES.slice(at + 1);
      const row = await stored(positionId);
      expect(Object.keys(row?.attentionReasons ?? {}).sort()).toEqual([...left].sort());
      expect(row).toMatchObject({ attention: left.length > 0 });
      for (const one of left) expect(row?.attentionReason).toContain(`why ${one}`);
    }
  });

  test('what the release before writes is the reason, and what it clears is over', async () => {
    const positionId = await saved();
    await server.store.executions.setAttention(positionId, { parked: 'two live orders', reversed: 'closed twice' });
    const before = (attention: boolean, reason: string | null) =>
      server.sql('UPDATE executions SET attention = $2, attention_reason = $3 WHERE position_id = $1', [
        positionId,
        attention,
        reason,
      ]);
    await before(true, 'a step failed');
    expect(await stored(positionId)).toMatchObject({ attentionReasons: { position: 'a step failed' } });
    await before(false, null);
    expect(await stored(positionId)).toMatchObject({ attention: false, attentionReasons: {} });
    await server.store.executions.setAttention(positionId, { exit: 'trading is halted' });
    expect(await stored(positionId)).toMatchObject({ attentionReasons: { exit: 'trading is halted' } });
  });

  test('memory is kept', async () => {
    const positionId = await saved();
    await server.store.executions.saveMemory(positionId, { peakProfitPct: 0.4125, partialTakeProfitDone: true });
    expect((await stored(positionId)).memory).toEqual({ peakProfitPct: 0.4125, partialTakeProfitDone: true });
  });

  test('the step only rises, also when raised concurrently', async () => {
    const positionId = await saved();
    const { executions } = server.store;
    await Promise.all([3, 9, 5, 1].map((step) => executions.raiseStep(positionId, step)));
    expect(await executions.raiseStep(positionId, 4)).toBe(9);
    expect((await stored(positionId)).lastStep).toBe(9);
  });
});

describe('reading many', () => {
  test('open strategies come oldest first, the list latest first, both by symbol', async () => {
    const plan = { ...PLAN, symbol: 'QQQ' };
    const { executions } = server.store;
    const second = await saved({ plan, createdAt: NOW + 2 });
    const first = await saved({ plan, createdAt: NOW + 1 });
    const closed = await saved({ plan, createdAt: NOW + 3 });
    const failed = await saved({ plan, createdAt: NOW + 4 });
    await executions.update_execution_status(closed, 'CLOSED', NOW);
    await executions.update_execution_status(failed, 'FAILED', NOW);
    const ids = (rows: readonly PositionRow[]) => rows.map(({ positionId }) => positionId);
    expect(ids(await executions.get_open_strategies('QQQ'))).toEqual([first, second]);
    expect(ids(await executions.get_open_strategies())).toEqual(expect.arrayContaining([first, second]));
    expect(ids(await executions.list({ symbol: 'QQQ' }))).toEqual([failed, closed, second, first]);
    expect(ids(await executions.list({ symbol: 'QQQ', open: false }))).toEqual([failed, closed]);
    expect(ids(await executions.list({ symbol: 'QQQ', open: true, limit: 1 }))).toEqual([second]);
    expect(await executions.get_open_strategies('IWM')).toEqual([]);
  });
});
