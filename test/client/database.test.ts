/** The commands that read and settle, on a real Postgres. None of them needs Temporal. */
import { describe, expect, it } from '@jest/globals';
import { connectClient } from '../../src/client/index.js';
import { waitFor } from '../../src/client/waiting.js';
import { execution, fill, intent, NOW, newPositionId, testServer } from '../store/support.js';
import { legwork } from './support.js';

const server = testServer();
const env = () => ({ DATABASE_URL: server.url });
const ask = (...argv: string[]) => legwork(argv, { env: env() });

/** A filled position with a snapshot. */
async function filledPosition(): Promise<string> {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  const legs = [
    { legNo: 1, openQuantity: -2, status: 'FILLED' as const },
    { legNo: 2, openQuantity: 2, status: 'FILLED' as const },
  ];
  await store.executions.applyLedger(
    positionId,
    () => ({ openedCombos: 2, openCombos: 2, shares: 0, entryNet: 2_500_000, commissions: 2_600_000, legs }),
    NOW,
  );
  await store.executions.update_execution_status(positionId, 'FILLED', NOW);
  const watchEpoch = await store.snapshots.nextWatchEpoch(positionId);
  await store.snapshots.append({
    positionId,
    at: NOW,
    watchEpoch,
    closeNet: 1_250_000,
    unrealizedPnl: 250_000_000,
    profitPct: 0.5,
    delta: -0.04,
  });
  return positionId;
}

async function parkedOrder(positionId: string): Promise<string> {
  const { orderRef } = await server.store.intents.plan(intent(positionId), NOW);
  await server.store.intents.mark(orderRef, 'PARKED', { at: NOW, reason: 'two live orders' });
  return orderRef;
}

describe('looking', () => {
  it('lists positions as a table and as JSON with money as decimal strings', async () => {
    const positionId = await filledPosition();
    await server.store.marketClock.note(NOW + 60_000);
    await server.store.decisions.append({
      ...{ subjectId: positionId, kind: 'monitor', action: 'HOLD', urgency: 'NORMAL', rule: 'none', reason: 'waits' },
      ...{ metadata: { firing: 'take_profit_full' }, at: NOW - 180_000, inputs: {}, configHash: '', skipped: [] },
    });
    const { status, out } = await ask('positions', 'spy');
    expect(status).toBe(0);
    const line = out.split('\n').find((row) => row.startsWith(positionId));
    expect(line).toMatch(
      /SPY bull put spread +2026-04-17 +46 +2\/2 +2\.50 +1\.25 +250\.00 +50\.0 % +-0\.04 +6\d s +HOLD \(take_profit_full\) 4 min +FILLED$/,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for the escape character is the point.
    expect(out).not.toMatch(/\u001b/);
    const found = (await ask('positions', '--json')).json().positions as Record<string, unknown>[];
    expect(found.find((row) => row.positionId === positionId)).toMatchObject({
      entryNet: '2.50',
      commissions: '2.60',
      openCombos: 2,
      shares: 0,
      filledAt: new Date(NOW).toISOString(),
      snapshot: { unrealizedPnl: '250.00', profitPct: 0.5 },
      dte: 46,
      lastDecision: { action: 'HOLD', rule: 'none' },
    });
  });

  it('uses colours only on a terminal', async () => {
    await filledPosition();
    expect((await legwork(['positions'], { env: env(), tty: true })).out).toContain('\u001b[32m250.00');
    expect((await legwork(['positions'], { env: { ...env(), NO_COLOR: '1' }, tty: true })).out).not.toContain('\u001b');
  });

  it('reports an empty list, and an unknown position', async () => {
    expect((await ask('positions', 'XSP')).out).toBe('No open positions.\n');
    const { status, json } = await ask('show', 'spy-ic-20260302-absent', '--json');
    expect(status).toBe(2);
    expect(json()).toEqual({
      error: { code: 'NOT_FOUND', message: 'position id: spy-ic-20260302-absent does not exist.' },
    });
    expect((await ask('decisions', 'spy-ic-20260302-absent')).status).toBe(2);
  });

  it('shows one position in full', async () => {
    const positionId = await filledPosition();
    const orderRef = await parkedOrder(positionId);
    await server.store.decisions.append({
      subjectId: positionId,
      kind: 'monitor',
      action: 'HOLD',
      urgency: 'LOW',
      rule: 'none',
      reason: 'Nothing fired.',
      metadata: {},
      at: NOW,
      inputs: { profitPct: 0.5 },
      configHash: 'abc',
      skipped: [],
    });
    const { status, out } = await ask('show', positionId);
    expect(status).toBe(0);
    for (const part of [positionId, '2.50 credit', '640.25', orderRef, 'PARKED', 'Nothing fired.', '250.00 (50.0 %)']) {
      expect(out).toContain(part);
    }
    const json = (await ask('show', positionId, '--json')).json();
    expect(json).toMatchObject({ positionId, rules: null, orders: [{ orderRef, limitPrice: '-2.50' }] });
    expect(json.legs).toHaveLength(2);
    expect(JSON.stringify(json)).not.toContain('DU1');
    expect((await ask('decisions', positionId, '--json')).json().decisions).toMatchObject([
      { inputs: { profitPct: 0.5 } },
    ]);
  });

  it('watches until it is interrupted, printing only what changed', async () => {
    const positionId = await filledPosition();
    // Ages in days: none of them changes meanwhile.
    await server.store.marketClock.note(NOW + 9.5 * 86_400_000);
    const ended = new AbortController();
    let changed = false;
    const onOut = (out: string) => {
      if (!changed && out.includes(positionId)) {
        changed = true;
        void server.store.executions.setPaused(positionId, true);
      }
      if (new RegExp(`${positionId}.* paused$`, 'm').test(out)) ended.abort();
    };
    const { status, out } = await legwork(['watch', '--every', '0.02'], {
      env: env(),
      interruption: ended.signal,
      onOut,
    });
    expect(status).toBe(0);
    expect(out.split('STATUS').length - 1).toBe(2);
  });
});

/** Sold for 2.50 twice with mid at 2.55, bought back for 1.20 with mid at 1.15, `days` later. */
async function closedPosition(days: number, exitRule: string, more: object = {}): Promise<string> {
  const { store } = server;
  const positionId = newPositionId();
  const closedAt = NOW + days * 86_400_000;
  await store.executions.save_execution(execution(positionId, more));
  const walk = { stepNo: 1, stepEndsAt: 0, endsAt: 0, limits: [], limit: 0 };
  await store.intents.plan(intent(positionId, { walk: { ...walk, startMid: -2_550_000 } }), NOW);
  await store.intents.plan(
    intent(positionId, { step: 2, purpose: 'REDUCE', walk: { ...walk, startMid: 1_150_000 } }),
    NOW,
  );
  const [open, close] = [`LW|${positionId}|1|combo|1`, `LW|${positionId}|2|combo|1`];
  await store.fills.append([
    fill(`${positionId}-1`, open, { price: 4_000_000 }),
    fill(`${positionId}-2`, open, { conId: 102, side: 'BUY', price: 1_500_000 }),
    fill(`${positionId}-3`, close, { side: 'BUY', price: 2_000_000, at: closedAt }),
    fill(`${positionId}-4`, close, { conId: 102, price: 800_000, at: closedAt }),
  ]);
  const state = {
    openedCombos: 2,
    openCombos: 0,
    shares: 0,
    entryNet: 2_500_000,
    exitNet: 1_200_000,
    commissions: 5_200_000,
  };
  const closed = { ...state, realizedPnl: 254_800_000, legs: [] };
  await store.executions.applyLedger(positionId, () => closed, closedAt);
  await store.executions.update_execution_status(positionId, 'FILLED', NOW);
  await store.executions.update_execution_status(positionId, 'CLOSED', closedAt, { exitRule, exitAction: 'CLOSE' });
  return positionId;
}

describe('looking back', () => {
  it('history: days held, chain of rolls, slippage against mid, and totals', async () => {
    expect((await ask('history', 'XSP')).out).toBe('No closed positions.\n');
    const first = await closedPosition(10.5, 'dte_roll');
    const second = await closedPosition(31, 'stop_loss', { rolledFrom: first });
    await server.store.executions.update_execution_status(first, 'CLOSED', NOW, { rolledTo: second });
    // One that never opened does not count.
    await server.store.executions.update_execution_status(await closedPosition(1, 'x'), 'FAILED', NOW);
    const { positions, totals } = (await ask('history', '--json')).json() as {
      positions: Record<string, unknown>[];
      totals: Record<string, unknown>;
    };
    expect(positions.map(({ positionId }) => positionId)).toEqual([second, first]);
    expect(positions[1]).toMatchObject({
      ...{ days: 10.5, month: '2026-03', entryNet: '2.50', exitNet: '1.20', realizedPnl: '254.80' },
      // 0.05 twice a share of two combos.
      ...{ slippage: '20.00', exitRule: 'dte_roll', chain: [first, second] },
    });
    const both = { positions: 2, winners: 2, realizedPnl: '509.60', commissions: '10.40', slippage: '40.00' };
    const one = { positions: 1, winners: 1, realizedPnl: '254.80', commissions: '5.20', slippage: '20.00' };
    expect(totals).toEqual({
      all: { key: 'all', ...both },
      strategy: [{ key: 'bull put spread', ...both }],
      rule: [
        { key: 'dte_roll', ...one },
        { key: 'stop_loss', ...one },
      ],
      month: [
        { key: '2026-03', ...one },
        { key: '2026-04', ...one },
      ],
    });
    const { out } = await ask('history', 'spy', '--limit', '1');
    expect(out).toMatch(
      new RegExp(`^${second} .* 31\\.0 .* 254\\.80 .* 20\\.00 +stop_loss +2 of 2, from ${first}$`, 'm'),
    );
    expect(out).not.toMatch(new RegExp(`^${first}`, 'm'));
    const [head = '', ...lines] = (await ask('history', '--csv')).out.trim().split('\r\n');
    expect(head.split(',').slice(0, 3)).toEqual(['positionId', 'symbol', 'strategy']);
    expect(lines).toHaveLength(2);
    expect(lines[0]?.split(',')).toHaveLength(head.split(',').length);
    expect(lines[0]).toMatch(new RegExp(`,${first} ${second}$`));
    expect((await ask('history', '--csv', '--json')).status).toBe(2);
  });

  it('series: the snapshots over time, thinned and cut, as text, JSON and CSV', async () => {
    const positionId = await filledPosition();
    for (let minute = 1; minute <= 10; minute++)
      await server.store.snapshots.append({
        positionId,
        at: NOW + minute * 60_000,
        watchEpoch: 9,
        closeNet: minute * 1e6,
      });
    const minutes = async (...argv: string[]) => {
      const { snapshots } = (await ask('series', positionId, '--json', ...argv)).json() as {
        snapshots: { closeNet: string }[];
      };
      return snapshots.map(({ closeNet }) => Number(closeNet));
    };
    expect(await minutes()).toEqual([1.25, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await minutes('--every', '5')).toEqual([1.25, 5, 10]);
    expect(await minutes('--limit', '2')).toEqual([9, 10]);
    const csv = (await ask('series', positionId, '--csv')).out.trim().split('\r\n');
    expect(csv[0]).toMatch(/^at,underlying,closeNet,/);
    expect(csv.at(-1)).toMatch(new RegExp(`^${new Date(NOW + 600_000).toISOString()},,10\\.00,`));
    expect((await ask('series', positionId, '--limit', '1')).out).toMatch(/10\.00/);
    expect((await ask('series', 'spy-ic-20260302-absent')).status).toBe(2);
    expect((await ask('series', positionId, '--every', 'x')).status).toBe(2);
  });
});

describe('settling', () => {
  it('acknowledges, resolves and dismisses alerts', async () => {
    const alert = await server.store.alerts.raise({
      type: 'CRITICAL',
      severity: 'HIGH',
      title: 'Order parked',
      message: 'two live orders',
      rule: 'parked',
      symbol: 'SPY',
      metadata: {},
      createdAt: NOW,
    });
    expect((await ask('alerts')).out).toContain('Order parked: two live orders');
    expect((await ask('alerts', 'ack', alert.alertId, '--json')).json()).toMatchObject({ status: 'ACKNOWLEDGED' });
    expect((await ask('alerts', 'resolve', alert.alertId)).out).toBe(`Alert ${alert.alertId}: resolved.\n`);
    expect((await ask('alerts')).out).not.toContain('two live orders');
    expect((await ask('alerts', '--all')).out).toContain('two live orders');
    expect((await ask('alerts', 'ack', alert.alertId)).status).toBe(2);
    expect((await ask('alerts', 'dismiss', '999999')).status).toBe(2);
  });

  it.each([
    ['placed', 'WORKING'],
    ['absent', 'EXPIRED'],
  ])('decides a parked order as %s', async (verdict, state) => {
    const orderRef = await parkedOrder(await filledPosition());
    expect((await ask('orders', '--open')).out).toContain(orderRef);
    const { status, json } = await ask(
      'orders',
      'resolve',
      orderRef,
      '--as',
      verdict,
      '--reason',
      'seen in TWS',
      '--json',
    );
    expect(status).toBe(0);
    expect(json()).toMatchObject({ orderRef, state, reason: `a person decided: ${verdict} (seen in TWS)` });
    const again = await ask('orders', 'resolve', orderRef, '--as', verdict);
    expect(again.status).toBe(2);
    expect(again.err).toContain('expected an order in state PARKED or UNKNOWN');
  });

  it('refuses to decide an order that does not exist', async () => {
    const { status, err } = await ask('orders', 'resolve', 'LW|x|1|combo|1', '--as', 'absent');
    expect(status).toBe(2);
    expect(err).toBe('order: LW|x|1|combo|1 does not exist.\n');
  });

  it('sets the trading state', async () => {
    expect((await ask('halt', '--reason', 'drill', '--json')).json()).toEqual({
      state: 'HALTED',
      before: 'ACTIVE',
      reason: 'drill',
    });
    expect(await server.store.trading.state()).toMatchObject({ state: 'HALTED', reason: 'drill' });
    expect((await ask('reduce-only')).status).toBe(0);
    expect((await ask('doctor')).out).toMatch(/warn +trading +REDUCING by \S+: no reason given/);
    expect((await ask('activate')).status).toBe(0);
    expect((await server.store.trading.state()).state).toBe('ACTIVE');
    const { states } = (await ask('trading', '--history', '--json')).json() as { states: { state: string }[] };
    expect(states.map(({ state }) => state).slice(0, 3)).toEqual(['ACTIVE', 'REDUCING', 'HALTED']);
    expect(states[2]).toMatchObject({ reason: 'drill' });
    const { out } = await ask('trading');
    expect(out.trim().split('\n')).toHaveLength(2);
    expect(out).toMatch(/ACTIVE/);
  });

  it('doctor reports a problem that a person must fix at the gateway, until it is fixed', async () => {
    const message = 'The gateway takes no orders: its Read-Only API is on (321). Untick it.';
    const alert = { type: 'CRITICAL', severity: 'IMMEDIATE', rule: 'read_only_api', metadata: {} } as const;
    await server.store.alerts.raise({ ...alert, title: 'The gateway is read-only', message, createdAt: NOW });
    const told = await ask('doctor', '--json');
    expect(told.out).toContain(message);
    await server.store.alerts.end({ rule: 'read_only_api' }, NOW);
    expect((await ask('doctor', '--json')).out).not.toContain(message);
  });

  it('closing a closed position is success, closing an unknown one is not', async () => {
    const positionId = await filledPosition();
    await server.store.executions.update_execution_status(positionId, 'CLOSED', NOW);
    for (const argv of [['close'], ['roll'], ['reduce', '--ratio', '0.5']]) {
      const [name = '', ...options] = argv;
      const { status, json } = await ask(name, positionId, ...options, '--json');
      expect(status).toBe(0);
      expect(json()).toMatchObject({ positionId, result: 'ALREADY_CLOSED' });
    }
    expect((await ask('close', 'spy-ic-20260302-absent')).err).toBe(
      'position id: spy-ic-20260302-absent does not exist.\n',
    );
  });
});

describe('waiting', () => {
  const never = new Promise<string>(() => undefined);
  const about = (positionId: string) => async () => positionId;

  it('gives the result, or its failure', async () => {
    const done = await waitFor(Promise.resolve('answer'), server.store, about('x'), {});
    expect(done).toEqual({ kind: 'done', value: 'answer' });
    await expect(waitFor(Promise.reject(new Error('no')), server.store, about('x'), {})).rejects.toThrow('no');
  });

  it('ends as soon as an order of the position is parked', async () => {
    const positionId = await filledPosition();
    const lines: string[] = [];
    const waiting = waitFor(never, server.store, about(positionId), { onProgress: (line) => lines.push(line) });
    const progressed = async (): Promise<void> => {
      if (lines.length > 0) return;
      await server.sql('SELECT pg_sleep(0.02)');
      return progressed();
    };
    await progressed();
    const orderRef = await parkedOrder(positionId);
    expect(await waiting).toEqual({ kind: 'parked', orderRef, reason: 'two live orders', positionId });
    expect(lines[0]).toContain(`${positionId}: FILLED`);
  });

  it('stops waiting when interrupted or when the time is up', async () => {
    const ended = new AbortController();
    const waiting = waitFor(never, server.store, about('x'), { signal: ended.signal });
    ended.abort();
    expect(await waiting).toEqual({ kind: 'left', why: 'interrupted' });
    expect(await waitFor(never, server.store, about('x'), { timeoutMs: 10 })).toEqual({ kind: 'left', why: 'timeout' });
  });
});

it('is usable as a library', async () => {
  const positionId = await filledPosition();
  const client = connectClient({ cwd: '/', env: env() });
  try {
    expect((await client.execution(positionId)).status).toBe('FILLED');
    await expect(client.monitor()).rejects.toMatchObject({ code: 'TEMPORAL_UNREACHABLE' });
  } finally {
    await client.disconnect();
  }
});
