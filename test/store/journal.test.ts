import { describe, expect, test } from '@jest/globals';
import type { AlertRow, DecisionRow, SnapshotRow } from '../../src/store/index.js';
import { failing, NOW, newPositionId, testServer } from './support.js';

const server = testServer();

describe('decisions', () => {
  function decision(subjectId: string, more: Partial<DecisionRow> = {}): DecisionRow {
    return {
      subjectId,
      kind: 'monitor',
      action: 'CLOSE',
      urgency: 'HIGH',
      rule: 'take_profit',
      reason: 'Profit 52.0 % reached 50 %.',
      metadata: { profit: 0.52, confirmed: true, note: null },
      inputs: { quotes: [{ conId: 101, ageMs: 250 }], vix: 0.1 + 0.2 },
      configHash: 'c0ffee',
      skipped: [{ rule: 'delta', missing: 'greeks of leg 2' }],
      at: NOW,
      ...more,
    };
  }

  test('keep everything they were based on, the latest first', async () => {
    const subjectId = newPositionId();
    const early = decision(subjectId);
    const late = decision(subjectId, { kind: 'entry', action: 'HOLD', rule: 'none', at: NOW + 1, skipped: [] });
    const lateId = await server.store.decisions.append(late);
    const earlyId = await server.store.decisions.append(early);
    expect(earlyId).toBeGreaterThan(lateId);
    expect(await server.store.decisions.ofSubject(subjectId, 10)).toEqual([
      { ...late, id: lateId },
      { ...early, id: earlyId },
    ]);
    expect(await server.store.decisions.ofSubject(subjectId, 1)).toEqual([{ ...late, id: lateId }]);
  });

  test('count the evaluations since the previous decision, and give the newest', async () => {
    const subjectId = newPositionId();
    const { decisions, snapshots } = server.store;
    const at = (seconds: number) => NOW + seconds * 1000;
    for (const [seconds, polls] of [
      [0, 1],
      [30, 41],
      [60, 12],
      [90, 7],
    ] as const)
      await snapshots.append({ positionId: subjectId, watchEpoch: 1, at: at(seconds), polls });
    for (const seconds of [0, 60, 90])
      await decisions.append(decision(subjectId, { kind: 'monitor', at: at(seconds) }));
    await decisions.append(decision(subjectId, { kind: 'manual', at: at(95) }));
    expect((await decisions.ofSubject(subjectId, 9)).map(({ polls }) => polls)).toEqual([undefined, 7, 53, 1]);
    const other = newPositionId();
    const latest = await decisions.latest([subjectId, other]);
    expect([...latest.keys()]).toEqual([subjectId]);
    expect(latest.get(subjectId)).toMatchObject({ kind: 'manual', at: at(95) });
    const ofRules = await decisions.latest([subjectId], 'monitor');
    expect(ofRules.get(subjectId)).toMatchObject({ kind: 'monitor', at: at(90) });
  });

  test('are counted by rule of one subject without HOLD', async () => {
    const subjectId = newPositionId();
    for (const more of [{}, {}, { rule: 'stop_loss' }, { action: 'HOLD' as const, rule: 'none' }]) {
      await server.store.decisions.append(decision(subjectId, more));
    }
    await server.store.decisions.append(decision(newPositionId()));
    expect(await server.store.decisions.countByRule(subjectId)).toEqual({ take_profit: 2, stop_loss: 1 });
  });
});

describe('snapshots', () => {
  function snapshot(positionId: string, watchEpoch: number, more: Partial<SnapshotRow> = {}): SnapshotRow {
    return { positionId, at: NOW, watchEpoch, ...more };
  }

  test('keep money to the micro and Greeks unchanged; missing values stay missing', async () => {
    const positionId = newPositionId();
    const full = snapshot(positionId, 1, {
      underlying: 668_120_001,
      closeNet: -1_250_001,
      unrealizedPnl: -99_999_999_999,
      profitPct: 0.1 + 0.2,
      delta: -0.12345678901,
      gamma: 1e-9,
      theta: 0,
      vega: -3.5,
      impliedVolatility: 0.1834,
      vix: 17.25,
      quoteAgeMsMax: 812.5,
    });
    const bare = snapshot(positionId, 1, { at: NOW + 1 });
    expect(await server.store.snapshots.append(full)).toBe(true);
    expect(await server.store.snapshots.append(bare)).toBe(true);
    expect(await server.store.snapshots.since(positionId, NOW)).toEqual([full, bare]);
    expect(await server.store.snapshots.since(positionId, NOW + 1)).toEqual([bare]);
    expect(await server.store.snapshots.latest(positionId)).toEqual(bare);
    expect(await server.store.snapshots.latest('nobody')).toBeUndefined();
  });

  test('a repeated row is kept once', async () => {
    const positionId = newPositionId();
    expect(await server.store.snapshots.append(snapshot(positionId, 1))).toBe(true);
    expect(await server.store.snapshots.append(snapshot(positionId, 1))).toBe(true);
    expect(await server.store.snapshots.since(positionId, 0)).toHaveLength(1);
  });

  test('an earlier epoch is refused once a later one was taken, written or not', async () => {
    const positionId = newPositionId();
    const { snapshots } = server.store;
    const first = await snapshots.nextWatchEpoch(positionId);
    expect(await snapshots.append(snapshot(positionId, first))).toBe(true);
    const second = await snapshots.nextWatchEpoch(positionId);
    expect(second).toBe(first + 1);
    expect(await snapshots.append(snapshot(positionId, first, { at: NOW + 1 }))).toBe(false);
    expect(await snapshots.append(snapshot(positionId, second, { at: NOW + 2 }))).toBe(true);
    expect((await snapshots.since(positionId, 0)).map(({ watchEpoch }) => watchEpoch)).toEqual([first, second]);
  });

  test('an epoch that only wrote also fences, and the next one goes on from it', async () => {
    const positionId = newPositionId();
    const { snapshots } = server.store;
    expect(await snapshots.append(snapshot(positionId, 5))).toBe(true);
    expect(await snapshots.append(snapshot(positionId, 4, { at: NOW + 1 }))).toBe(false);
    expect(await snapshots.nextWatchEpoch(positionId)).toBe(6);
  });

  test('epochs taken at once all differ', async () => {
    const positionId = newPositionId();
    const epochs = await Promise.all(
      Array.from({ length: 8 }, () => server.store.snapshots.nextWatchEpoch(positionId)),
    );
    expect([...epochs].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('alerts', () => {
  function alert(more: Partial<AlertRow> = {}): Parameters<typeof server.store.alerts.raise>[0] {
    return {
      type: 'WARNING',
      severity: 'HIGH',
      title: 'Delta',
      message: 'Delta 0.31 exceeds 0.30.',
      rule: 'delta',
      metadata: { delta: 0.31 },
      createdAt: NOW,
      ...more,
    };
  }

  test('are raised ACTIVE and counted up while open, even concurrently', async () => {
    const positionId = newPositionId();
    const { alerts } = server.store;
    const first = await alerts.raise(alert({ positionId, symbol: 'SPY' }));
    expect(first).toEqual({
      ...alert({ positionId, symbol: 'SPY' }),
      alertId: first.alertId,
      status: 'ACTIVE',
      count: 1,
      lastAt: NOW,
    });
    await Promise.all([1, 2, 3].map((index) => alerts.raise(alert({ positionId, createdAt: NOW + index }))));
    const last = await alerts.raise(
      alert({ positionId, createdAt: NOW + 2, message: 'Delta 0.35.', type: 'CRITICAL' }),
    );
    expect(last).toMatchObject({
      alertId: first.alertId,
      count: 5,
      createdAt: NOW,
      lastAt: NOW + 3,
      message: 'Delta 0.35.',
      type: 'CRITICAL',
    });
    expect(await alerts.list({ positionId })).toEqual([last]);
  });

  test('an acknowledged alert goes on counting; after its end a new one begins', async () => {
    const positionId = newPositionId();
    const { alerts } = server.store;
    const { alertId } = await alerts.raise(alert({ positionId }));
    expect(await alerts.move(alertId, 'ACKNOWLEDGED', NOW + 1)).toMatchObject({ acknowledgedAt: NOW + 1 });
    expect(await alerts.raise(alert({ positionId }))).toMatchObject({ alertId, status: 'ACKNOWLEDGED', count: 2 });
    expect(await alerts.move(alertId, 'RESOLVED', NOW + 2)).toMatchObject({
      status: 'RESOLVED',
      acknowledgedAt: NOW + 1,
      resolvedAt: NOW + 2,
    });
    const next = await alerts.raise(alert({ positionId }));
    expect(next.alertId).not.toBe(alertId);
    expect(next.count).toBe(1);
  });

  test('other rules, positions and symbols have alerts of their own', async () => {
    const positionId = newPositionId();
    const { alerts } = server.store;
    const raised = [
      await alerts.raise(alert({ positionId })),
      await alerts.raise(alert({ positionId, rule: 'gamma' })),
      await alerts.raise(alert({ positionId: newPositionId() })),
      await alerts.raise(alert({ rule: 'halted' })),
      await alerts.raise(alert({ rule: 'halted', symbol: 'SPY' })),
      await alerts.raise(alert({ rule: 'halted', symbol: 'QQQ' })),
    ];
    expect(new Set(raised.map(({ alertId }) => alertId)).size).toBe(6);
    expect(await alerts.raise(alert({ rule: 'halted' }))).toMatchObject({ count: 2 });
  });

  test.each(['RESOLVED', 'DISMISSED'] as const)('%s is an end', async (end) => {
    const { alerts } = server.store;
    const { alertId } = await alerts.raise(alert({ positionId: newPositionId() }));
    expect(await alerts.move(alertId, end, NOW + 1)).toMatchObject({ status: end, resolvedAt: NOW + 1 });
    for (const status of ['ACKNOWLEDGED', 'RESOLVED', 'DISMISSED'] as const) {
      await expect(alerts.move(alertId, status, NOW)).rejects.toEqual(failing('INVALID_INPUT', new RegExp(end)));
    }
  });

  test('an alert is acknowledged once, and an unknown one is NOT_FOUND', async () => {
    const { alerts } = server.store;
    const { alertId } = await alerts.raise(alert({ positionId: newPositionId() }));
    await alerts.move(alertId, 'ACKNOWLEDGED', NOW);
    await expect(alerts.move(alertId, 'ACKNOWLEDGED', NOW)).rejects.toEqual(
      failing('INVALID_INPUT', /RESOLVED or DISMISSED/),
    );
    for (const unknown of ['00000000-0000-4000-8000-000000000000', 'no-uuid']) {
      await expect(alerts.move(unknown, 'RESOLVED', NOW)).rejects.toEqual(failing('NOT_FOUND'));
    }
  });

  test('the end of a condition ends its open alert, acknowledged or not, and no other', async () => {
    const positionId = newPositionId();
    const { alerts } = server.store;
    const open = await alerts.raise(alert({ positionId, symbol: 'SPY' }));
    await alerts.move(open.alertId, 'ACKNOWLEDGED', NOW);
    const others = [
      await alerts.raise(alert({ positionId, rule: 'gamma' })),
      await alerts.raise(alert({ positionId: newPositionId(), symbol: 'SPY' })),
      await alerts.raise(alert({ symbol: 'SPY' })),
      await alerts.raise(alert()),
    ];
    await alerts.end(open, NOW + 1);
    const stored = new Map((await alerts.list({})).map((one) => [one.alertId, one]));
    expect(stored.get(open.alertId)).toMatchObject({ status: 'RESOLVED', resolvedAt: NOW + 1 });
    expect(others.map(({ alertId }) => stored.get(alertId))).toEqual(others);
  });

  test.each(['RESOLVED', 'DISMISSED'] as const)('one that a person has %s stays so', async (end) => {
    const positionId = newPositionId();
    const { alerts } = server.store;
    const { alertId } = await alerts.raise(alert({ positionId }));
    const over = await alerts.move(alertId, end, NOW + 1);
    await alerts.end({ rule: 'delta', positionId }, NOW + 2);
    expect(await alerts.list({ positionId })).toEqual([over]);
    await alerts.end({ rule: 'never raised' }, NOW);
  });

  test('are listed by status, symbol and position, the latest first', async () => {
    const { alerts } = server.store;
    const old = await alerts.raise(alert({ symbol: 'IWM', positionId: newPositionId(), createdAt: NOW - 10 }));
    const young = await alerts.raise(alert({ symbol: 'IWM', positionId: newPositionId() }));
    const moved = await alerts.move(old.alertId, 'DISMISSED', NOW);
    expect(await alerts.list({ symbol: 'IWM' })).toEqual([young, moved]);
    expect(await alerts.list({ symbol: 'IWM', limit: 1 })).toEqual([young]);
    expect(await alerts.list({ symbol: 'IWM', statuses: ['DISMISSED'] })).toEqual([moved]);
  });

  test('the beginning of an id is enough if no other alert shares it', async () => {
    const { alerts } = server.store;
    // More than the letters that can begin an id, so that two share one.
    const raised = await Promise.all([...Array(17)].map(() => alerts.raise(alert({ positionId: newPositionId() }))));
    const [first] = raised;
    const letters = raised.map(({ alertId }) => alertId.charAt(0));
    const shared = letters.find((letter, index) => letters.indexOf(letter) !== index) ?? '';
    await expect(alerts.move(shared, 'DISMISSED', NOW)).rejects.toThrow(
      `alert: "${shared}" is not allowed; expected more characters of the id: several alerts begin with these.`,
    );
    await expect(alerts.move('', 'DISMISSED', NOW)).rejects.toThrow(/does not exist/);
    const begin = (first?.alertId ?? '').slice(0, 13).toUpperCase();
    expect(await alerts.move(begin, 'DISMISSED', NOW)).toMatchObject({
      alertId: first?.alertId,
      status: 'DISMISSED',
    });
  });

  test('the schema enforces valid alerts', async () => {
    const positionId = newPositionId();
    const { alertId } = await server.store.alerts.raise(alert({ positionId }));
    for (const status of ['ACKNOWLEDGED', 'RESOLVED', 'DISMISSED']) {
      const write = server.sql('UPDATE alerts SET status = $2 WHERE alert_id = $1', [alertId, status]);
      await expect(write).rejects.toMatchObject({ code: '23514' });
    }
    const twin = server.sql(
      `INSERT INTO alerts (type, severity, title, message, rule, position_id, metadata, created_at, last_at)
       SELECT type, severity, title, message, rule, position_id, metadata, created_at, last_at FROM alerts WHERE alert_id = $1`,
      [alertId],
    );
    await expect(twin).rejects.toMatchObject({ code: '23505', constraint: 'alerts_one_open' });
    await expect(server.store.alerts.raise(alert({ title: '' }))).rejects.toEqual(failing('INVARIANT_BROKEN', /title/));
  });
});
