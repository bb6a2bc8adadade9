import { describe, expect, test } from '@jest/globals';
import { INTENT_STATES, type IntentState } from '../../src/domain/order/intent-state.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import type { WalkState } from '../../src/domain/order/walk.js';
import type { IntentRow } from '../../src/store/index.js';
import { spellingsOf, storedState } from '../../src/store/stored-states.js';
import { failing, intent, NOW, newPositionId, payload, testServer } from './support.js';

const server = testServer();

const WALK: WalkState = {
  stepNo: 1,
  stepEndsAt: NOW + 20_000,
  endsAt: NOW + 3_600_000,
  limits: [-3_900_000, -3_850_000],
  startMid: -3_960_000,
  limit: -3_950_000,
};

/** Plans an intent of a fresh position and returns its ref. */
async function planned(more: Parameters<typeof intent>[1] = {}): Promise<string> {
  return (await server.store.intents.plan(intent(newPositionId(), more), NOW)).orderRef;
}

async function brokerToken(): Promise<number> {
  const token = await server.store.leases.acquire('broker', 'worker-1', 60_000);
  if (token === undefined) throw new Error('the lease is taken');
  return token;
}

function sending(token: number, orderId = 41) {
  return { orderId, clientId: 11, sessionEpoch: 'worker-1:3', token, overrideHalt: false, at: NOW + 5 };
}

/** In the place of what `intent` plans. */
function change(to: OrderPayload) {
  return { payload: to, payloadHash: 'hash-2', replaces: 'hash-1', at: NOW + 1 };
}

/** Puts an intent into any state past the store. */
async function inState(state: IntentState): Promise<string> {
  const orderRef = await planned();
  await server.sql(
    `UPDATE order_intents SET state = $2, order_id = 1, client_id = 1, session_epoch = 'e', sent_at = created_at
     WHERE order_ref = $1`,
    [orderRef, state],
  );
  return orderRef;
}

describe('plan', () => {
  test('stores PLANNED with every field', async () => {
    const positionId = newPositionId();
    const wanted = intent(positionId, { step: 3, role: 'leg2', attempt: 2, purpose: 'REDUCE', walk: WALK });
    const row = await server.store.intents.plan(wanted, NOW);
    expect(row).toEqual({ ...wanted, state: 'PLANNED', createdAt: NOW, updatedAt: NOW });
    expect(await server.store.intents.get(wanted.orderRef)).toEqual(row);
  });

  test('the same ref and hash again returns the stored row', async () => {
    const wanted = intent(newPositionId());
    const row = await server.store.intents.plan(wanted, NOW);
    await server.store.intents.mark(row.orderRef, 'WORKING', { permId: 5, at: NOW + 1 });
    const again = await server.store.intents.plan({ ...wanted, validUntil: NOW + 99_000 }, NOW + 2);
    expect(again).toEqual({ ...row, state: 'WORKING', permId: 5, updatedAt: NOW + 1 });
  });

  test('the walk that was planned first is kept', async () => {
    const wanted = intent(newPositionId(), { walk: WALK });
    await server.store.intents.plan(wanted, NOW);
    const again = await server.store.intents.plan({ ...wanted, walk: { ...WALK, limits: [-3_000_000] } }, NOW + 2);
    expect(again.walk).toEqual(WALK);
  });

  test('another hash parks an intent that may be at the broker, and keeps its payload', async () => {
    const wanted = intent(newPositionId());
    await server.store.intents.plan(wanted, NOW);
    await server.store.intents.mark(wanted.orderRef, 'UNKNOWN', { at: NOW });
    const other = { ...wanted, payload: payload(wanted.positionId, { quantity: 5 }), payloadHash: 'hash-2' };
    const row = await server.store.intents.plan(other, NOW + 1);
    expect(row).toMatchObject({ state: 'PARKED', payloadHash: 'hash-1', payload: { quantity: 2 }, updatedAt: NOW + 1 });
    expect(row.reason).toMatch(/another payload/);
  });

  test('a planner that repeats itself after a modify does not park the order', async () => {
    const wanted = intent(newPositionId());
    await server.store.intents.plan(wanted, NOW);
    const token = await brokerToken();
    const replace = () =>
      server.store.intents.replacePayload(wanted.orderRef, { ...change(payload(wanted.positionId)), token });
    expect(await replace()).toBe(false);
    await server.store.intents.mark(wanted.orderRef, 'WORKING', { at: NOW });
    expect(await replace()).toBe(true);
    expect(await server.store.intents.plan(wanted, NOW + 2)).toMatchObject({ state: 'WORKING', payloadHash: 'hash-2' });
  });

  test('another hash does not bring a settled intent back', async () => {
    const wanted = intent(newPositionId());
    await server.store.intents.plan(wanted, NOW);
    await server.store.intents.mark(wanted.orderRef, 'FILLED', { at: NOW });
    const row = await server.store.intents.plan({ ...wanted, payloadHash: 'hash-2' }, NOW + 1);
    expect(row).toMatchObject({ state: 'FILLED', payloadHash: 'hash-1' });
  });

  test('planned twice at once, there is one row, and the first of two payloads counts', async () => {
    const same = intent(newPositionId());
    const rows = await Promise.all(Array.from({ length: 6 }, () => server.store.intents.plan(same, NOW)));
    expect(rows.map(({ state }) => state)).toEqual(Array(6).fill('PLANNED'));
    for (let round = 0; round < 50; round++) {
      const torn = intent(newPositionId());
      const both = await Promise.all(
        ['hash-1', 'hash-2'].map((payloadHash) => server.store.intents.plan({ ...torn, payloadHash }, NOW)),
      );
      expect(both.map(({ state }) => state)).toEqual(['PLANNED', 'PLANNED']);
      expect(new Set(both.map(({ payloadHash }) => payloadHash)).size).toBe(1);
    }
  });

  test('a reference that does not match its attempt breaks an invariant', async () => {
    const wanted = intent(newPositionId());
    const twin = server.store.intents.plan({ ...wanted, orderRef: `${wanted.orderRef}0` }, NOW);
    await expect(twin).rejects.toEqual(failing('INVARIANT_BROKEN', /order_intents_ref_names_attempt/));
  });
});

describe('markSending', () => {
  test.each([
    ['ACTIVE', 'OPEN', false, true],
    ['REDUCING', 'OPEN', false, false],
    ['REDUCING', 'REDUCE', false, true],
    ['HALTED', 'OPEN', true, false],
    ['HALTED', 'REDUCE', false, false],
    ['HALTED', 'REDUCE', true, true],
  ] as const)('trading %s, %s, override %s: %s', async (state, purpose, overrideHalt, goes) => {
    const token = await brokerToken();
    const { orderRef } = await server.store.intents.plan({ ...intent(newPositionId()), purpose }, NOW);
    await server.store.trading.set(state, 'a test', 'test', NOW);
    expect(await server.store.intents.markSending(orderRef, { ...sending(token), overrideHalt })).toBe(goes);
    await server.store.trading.set('ACTIVE', 'a test', 'test', NOW);
  });

  test('commits the reserved id from PLANNED, once', async () => {
    const token = await brokerToken();
    const orderRef = await planned();
    expect(await server.store.intents.markSending(orderRef, sending(token))).toBe(true);
    expect(await server.store.intents.get(orderRef)).toMatchObject({
      state: 'SENDING',
      orderId: 41,
      clientId: 11,
      sessionEpoch: 'worker-1:3',
      sentAt: NOW + 5,
      updatedAt: NOW + 5,
    });
    expect(await server.store.intents.markSending(orderRef, sending(token, 42))).toBe(false);
    expect(await server.store.intents.get(orderRef)).toMatchObject({ orderId: 41 });
  });

  test('one of many concurrent senders succeeds', async () => {
    const token = await brokerToken();
    const orderRef = await planned();
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, index) => server.store.intents.markSending(orderRef, sending(token, index))),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  test('an old token, a released lease and another lease do not send', async () => {
    const { intents, leases } = server.store;
    const old = await brokerToken();
    const token = await brokerToken();
    const orderRef = await planned();
    expect(await intents.markSending(orderRef, sending(old))).toBe(false);
    await leases.release('broker', 'worker-1', token);
    expect(await intents.markSending(orderRef, sending(token))).toBe(false);
    const other = await leases.acquire('other', 'worker-1', 60_000);
    expect(await intents.markSending(orderRef, sending(other ?? 0))).toBe(false);
    expect(await intents.get(orderRef)).toMatchObject({ state: 'PLANNED' });
  });

  test.each(INTENT_STATES.filter((state) => state !== 'PLANNED'))('does not send from %s', async (state) => {
    const orderRef = await inState(state);
    expect(await server.store.intents.markSending(orderRef, sending(await brokerToken()))).toBe(false);
  });

  test('the schema refuses SENDING without a reserved id', async () => {
    const orderRef = await planned();
    const write = server.sql("UPDATE order_intents SET state = 'SENDING' WHERE order_ref = $1", [orderRef]);
    await expect(write).rejects.toMatchObject({ code: '23514', constraint: 'order_intents_sending_has_id' });
  });
});

describe('mark', () => {
  const live: readonly IntentState[] = ['PLANNED', 'SENDING', 'WORKING', 'UNKNOWN', 'PARKED'];
  const reachable: readonly IntentState[] = [
    'WORKING',
    'UNKNOWN',
    'PARKED',
    'FILLED',
    'CANCELLED',
    'REJECTED',
    'EXPIRED',
  ];
  const afterEnd: readonly string[] = ['CANCELLED>FILLED', 'REJECTED>FILLED', 'EXPIRED>WORKING', 'EXPIRED>FILLED'];
  const pairs = INTENT_STATES.flatMap((from) =>
    INTENT_STATES.filter((to) => to !== from).map((to) => [from, to] as const),
  );

  test.each(INTENT_STATES)('from %s it moves only where the table of states allows', async (from) => {
    for (const [, to] of pairs.filter(([start]) => start === from)) {
      const orderRef = await inState(from);
      const before = await server.store.intents.get(orderRef);
      const row = await server.store.intents.mark(orderRef, to, { permId: 77, reason: 'evidence', at: NOW + 9 });
      // What was shown alive cannot be proved never to have been there.
      const possible = reachable.includes(to) && !(from === 'WORKING' && to === 'EXPIRED');
      const allowed = live.includes(from) ? possible : afterEnd.includes(`${from}>${to}`);
      expect([from, to, row]).toEqual([
        from,
        to,
        allowed ? { ...before, state: to, permId: 77, reason: 'evidence', updatedAt: NOW + 9 } : before,
      ]);
      expect(await server.store.intents.get(orderRef)).toEqual(row);
    }
  });

  test('the same state again adds new data and keeps the rest', async () => {
    const orderRef = await planned();
    await server.store.intents.mark(orderRef, 'WORKING', { reason: 'seen', at: NOW + 1 });
    const row = await server.store.intents.mark(orderRef, 'WORKING', { permId: 8, at: NOW + 2 });
    expect(row).toMatchObject({ permId: 8, reason: 'seen', updatedAt: NOW + 2 });
  });

  test.each(['WORKING', 'FILLED', 'CANCELLED'] as const)('the reason for a doubt ends with it: %s', async (to) => {
    const orderRef = await planned();
    await server.store.intents.mark(orderRef, 'UNKNOWN', { reason: 'no acknowledgement in time', at: NOW + 1 });
    const doubted = await server.store.intents.mark(orderRef, 'UNKNOWN', { permId: 8, at: NOW + 2 });
    expect(doubted).toMatchObject({ permId: 8, reason: 'no acknowledgement in time' });
    const known = await server.store.intents.mark(orderRef, to, { at: NOW + 3 });
    expect(known).toMatchObject({ state: to, permId: 8 });
    expect(known.reason).toBeUndefined();
  });

  test('writes to an unknown ref are NOT_FOUND', async () => {
    const { intents } = server.store;
    await expect(intents.mark('LW|x|1|combo|1', 'WORKING', { at: NOW })).rejects.toEqual(failing('NOT_FOUND'));
    const replacing = intents.replacePayload('LW|x|1|combo|1', { ...change(payload('x')), token: 1 });
    await expect(replacing).rejects.toEqual(failing('NOT_FOUND'));
    expect(await intents.get('LW|x|1|combo|1')).toBeUndefined();
  });
});

describe('rows of the previous release', () => {
  /** As a column holds it, past the store. */
  async function column(orderRef: string, name: string): Promise<unknown> {
    const { rows } = await server.sql(`SELECT ${name} AS value FROM order_intents WHERE order_ref = $1`, [orderRef]);
    return rows[0]?.value;
  }

  test('WORKING is stored by its old name, the only one that release reads', async () => {
    const orderRef = await planned();
    expect(await server.store.intents.mark(orderRef, 'WORKING', { at: NOW })).toMatchObject({ state: 'WORKING' });
    expect(await column(orderRef, 'state')).toBe(storedState('WORKING'));
    expect(storedState('WORKING')).not.toBe('WORKING');
  });

  test.each(spellingsOf(['WORKING']))(
    'a row that says %s works: it is unsettled, may be changed and may fill',
    async (stored) => {
      const orderRef = await planned();
      const token = await brokerToken();
      await server.sql('UPDATE order_intents SET state = $2 WHERE order_ref = $1', [orderRef, stored]);
      expect((await server.store.intents.unsettled()).map((row) => row.orderRef)).toContain(orderRef);
      expect(await server.store.intents.get(orderRef)).toMatchObject({ state: 'WORKING' });
      expect(
        await server.store.intents.changeLive(orderRef, { ...change(payload('x')), token, overrideHalt: false }),
      ).toBe(true);
      expect(await server.store.intents.mark(orderRef, 'FILLED', { at: NOW + 2 })).toMatchObject({ state: 'FILLED' });
    },
  );

  test('a requested cancel is also in the old column, and one stored there is read', async () => {
    const [ours, theirs] = [await planned(), await planned()];
    await server.store.intents.requestCancel(ours, NOW);
    expect(await column(ours, 'withdrawn_at')).toEqual(new Date(NOW));
    await server.sql('UPDATE order_intents SET withdrawn_at = $2 WHERE order_ref = $1', [
      theirs,
      new Date(NOW).toISOString(),
    ]);
    expect(await server.store.intents.get(theirs)).toMatchObject({ cancelRequestedAt: NOW });
  });
});

describe('requestCancel', () => {
  test.each(INTENT_STATES)('a request to cancel an order that is %s', async (state) => {
    const orderRef = await inState(state);
    const live = ['PLANNED', 'SENDING', 'WORKING', 'UNKNOWN', 'PARKED'].includes(state);
    expect(await server.store.intents.requestCancel(orderRef, NOW + 3)).toBe(live);
    expect(await server.store.intents.requestCancel(orderRef, NOW + 4)).toBe(live);
    const row = await server.store.intents.get(orderRef);
    expect([row?.state, row?.cancelRequestedAt]).toEqual([state, live ? NOW + 3 : undefined]);
  });

  test('an order whose cancel was requested is not sent any more', async () => {
    const orderRef = await planned();
    await server.store.intents.requestCancel(orderRef, NOW);
    expect(await server.store.intents.markSending(orderRef, sending(await brokerToken()))).toBe(false);
    expect(await server.store.intents.get(orderRef)).toMatchObject({ state: 'PLANNED' });
    await expect(server.store.intents.requestCancel('LW|x|1|combo|1', NOW)).rejects.toEqual(failing('NOT_FOUND'));
  });
});

describe('changeLive', () => {
  const working = async (purpose: 'OPEN' | 'REDUCE' = 'OPEN'): Promise<string> => {
    const { orderRef } = await server.store.intents.plan({ ...intent(newPositionId()), purpose }, NOW);
    await server.store.intents.mark(orderRef, 'WORKING', { at: NOW + 1 });
    return orderRef;
  };
  const changed = (orderRef: string, token: number, overrideHalt = false) =>
    server.store.intents.changeLive(orderRef, { ...change(payload('x')), token, overrideHalt });

  test.each([
    ['ACTIVE', 'OPEN', false, true],
    ['REDUCING', 'OPEN', false, false],
    ['REDUCING', 'REDUCE', false, true],
    ['HALTED', 'OPEN', true, false],
    ['HALTED', 'REDUCE', false, false],
    ['HALTED', 'REDUCE', true, true],
  ] as const)('trading %s, %s, override %s: %s', async (state, purpose, overrideHalt, goes) => {
    const token = await brokerToken();
    const orderRef = await working(purpose);
    await server.store.trading.set(state, 'a test', 'test', NOW);
    expect(await changed(orderRef, token, overrideHalt)).toBe(goes);
    await server.store.trading.set('ACTIVE', 'a test', 'test', NOW);
    const row = await server.store.intents.get(orderRef);
    expect(row).toMatchObject({ state: 'WORKING', payloadHash: goes ? 'hash-2' : 'hash-1' });
  });

  test('an old token, a requested cancel and another payload do not change it', async () => {
    const old = await brokerToken();
    const token = await brokerToken();
    const orderRef = await working();
    expect(await changed(orderRef, old)).toBe(false);
    expect(await changed(orderRef, token)).toBe(true);
    expect(await changed(orderRef, token)).toBe(false);
    const cancelled = await working();
    await server.store.intents.requestCancel(cancelled, NOW);
    expect(await changed(cancelled, token)).toBe(false);
    await expect(changed('LW|x|1|combo|1', token)).rejects.toEqual(failing('NOT_FOUND'));
  });

  test.each(INTENT_STATES.filter((state) => state !== 'WORKING'))('does not change what is %s', async (state) => {
    const orderRef = await inState(state);
    expect(await changed(orderRef, await brokerToken())).toBe(false);
  });
});

test('replacePayload changes the payload and not the state', async () => {
  const positionId = newPositionId();
  const { orderRef } = await server.store.intents.plan(intent(positionId), NOW);
  await server.store.intents.mark(orderRef, 'WORKING', { at: NOW + 1 });
  const dearer = payload(positionId, { limitPrice: -2_450_001 });
  const token = await brokerToken();
  expect(await server.store.intents.replacePayload(orderRef, { ...change(dearer), token })).toBe(true);
  expect(await server.store.intents.get(orderRef)).toMatchObject({
    state: 'WORKING',
    payload: dearer,
    payloadHash: 'hash-2',
    updatedAt: NOW + 1,
  });
});

test('replacePayload changes nothing when another payload has replaced the expected one', async () => {
  const positionId = newPositionId();
  const { orderRef } = await server.store.intents.plan(intent(positionId), NOW);
  await server.store.intents.mark(orderRef, 'WORKING', { at: NOW });
  const { intents } = server.store;
  const old = await brokerToken();
  const token = await brokerToken();
  const to = (limitPrice: number, by: number) =>
    intents.replacePayload(orderRef, { ...change(payload(positionId, { limitPrice })), token: by });
  // A process that was suspended comes with an old decision, or with a lost lease.
  expect(await to(-2_480_001, old)).toBe(false);
  expect(await to(-2_450_001, token)).toBe(true);
  expect(await to(-2_480_001, token)).toBe(false);
  expect(await intents.get(orderRef)).toMatchObject({ payload: { limitPrice: -2_450_001 }, payloadHash: 'hash-2' });
});

describe('reading', () => {
  const refs = (rows: readonly IntentRow[]) => rows.map(({ orderRef }) => orderRef);

  test('attempts are those of one step and role, ascending', async () => {
    const positionId = newPositionId();
    for (const attempt of [10, 2, 1]) await server.store.intents.plan(intent(positionId, { attempt }), NOW);
    await server.store.intents.plan(intent(positionId, { role: 'stop' }), NOW);
    await server.store.intents.plan(intent(positionId, { step: 10 }), NOW);
    const rows = await server.store.intents.attempts(positionId, 1, 'combo');
    expect(rows.map(({ attempt }) => attempt)).toEqual([1, 2, 10]);
  });

  test('unsettled leaves out the ends; list gives the latest first', async () => {
    const positionId = newPositionId();
    const made: string[] = [];
    for (const [index, state] of INTENT_STATES.entries()) {
      const row = await server.store.intents.plan(intent(positionId, { attempt: index + 1 }), NOW + index);
      made.push(row.orderRef);
      if (state !== 'PLANNED' && state !== 'SENDING') await server.store.intents.mark(row.orderRef, state, { at: NOW });
    }
    expect(refs(await server.store.intents.unsettled(positionId))).toEqual(made.slice(0, 5));
    expect(refs(await server.store.intents.unsettled())).toEqual(expect.arrayContaining(made.slice(0, 5)));
    expect(refs(await server.store.intents.list({ positionId }))).toEqual([...made].reverse());
    expect(await server.store.intents.list({ limit: 3 })).toHaveLength(3);
  });

  test('the highest order id is kept per client and starts at 0', async () => {
    const token = await brokerToken();
    for (const orderId of [900, 1_200, 1_000]) {
      await server.store.intents.markSending(await planned(), { ...sending(token, orderId), clientId: 77 });
    }
    expect(await server.store.intents.highestOrderId(77)).toBe(1_200);
    expect(await server.store.intents.highestOrderId(78)).toBe(0);
  });

  test('counts what was sent since a time, by purpose', async () => {
    const token = await brokerToken();
    const since = NOW + 1_000_000;
    const send = async (purpose: 'OPEN' | 'REDUCE', at: number) =>
      await server.store.intents.markSending(await planned({ purpose }), { ...sending(token), at });
    await send('OPEN', since - 1);
    await send('OPEN', since);
    await send('OPEN', since + 1);
    await send('REDUCE', since + 1);
    await planned();
    expect(await server.store.intents.countSentSince('OPEN', since)).toBe(2);
    expect(await server.store.intents.countSentSince('REDUCE', since)).toBe(1);
  });
});
