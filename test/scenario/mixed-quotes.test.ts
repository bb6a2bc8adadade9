/**
 * After a jump the legs are quoted anew one by one. While some are old and some new, their net is what the structure can never be
 * worth: an exit waits for a price, by its own pricing and at a person's, and is not refused; nothing is opened, past the signal
 * neither. A person's price that is wrong beside a net that can be one is refused.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ExecutionRow } from '../../src/store/api.js';
import { framesSince, isOrder, mark } from '../faults/support.js';
import { answerOf, ask, close, dollars, ended, enter, legFills, namedCondor } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

const PATIENCE_MS = 120_000;
const HOUR_MS = 3_600_000;

let world: World;

beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world?.stop(), 90_000);

/** From now on the long put of the condor is quoted around this price, and nothing else changes. */
function quoteLongPut(price: number): void {
  const contract = { symbol: 'SPY', expiry: '20260417', strike: 605, right: 'P' } as const;
  const sides = { bid: Math.round(price * 100 - 2) / 100, ask: Math.round(price * 100 + 2) / 100 };
  world.gateway.fault({ kind: 'spoilQuote', contract, show: 'bad', ms: HOUR_MS, ...sides });
}

/** The price as if the market had fallen far, and everyone but this leg had yet to follow. */
const FALLEN = 45;

const pricings = [{ kind: 'market' }, { kind: 'walk' }, { kind: 'limit', price: '5' }] as const;

test('exits leave once the legs have one price again, and nothing is opened before', async () => {
  const rows: ExecutionRow[] = [];
  for (const _ of pricings) rows.push(await enter(world, namedCondor({ ignoreSignal: true })));
  const [first] = rows;
  const longPut = first?.legs[0]?.contract.conId;
  const paid = (await legFills(world, first?.positionId ?? '')).find(({ conId }) => conId === longPut);
  const ids = rows.map(({ positionId }) => positionId);
  const from = mark(world.gateway);
  quoteLongPut(FALLEN);
  const asked = await Promise.all(
    ids.map((id, index) => world.client.close(id, { pricing: pricings[index] ?? { kind: 'market' } })),
  );
  for (const positionId of ids) {
    await world.waitUntil(
      'people are told why it does not leave',
      async () =>
        (await world.store.alerts.list({ positionId })).some(({ message }) =>
          message.includes('no price yet: The limit'),
        ),
      PATIENCE_MS,
    );
    expect(await world.client.execution(positionId)).toMatchObject({ openCombos: 1 });
  }
  const refused = await answerOf(world.client.enter(ask(namedCondor({ ignoreSignal: true }))));
  expect(refused).toMatchObject({ status: 'NOT_ENTERED', code: 'RISK_REFUSED' });
  expect(refused.reasons).toEqual([
    expect.stringMatching(
      /^The legs' quotes give a debit of \d+\.\d+; what is opened can be worth at least -13\.00, at most 0\.00 per share\.$/,
    ),
  ]);
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);

  quoteLongPut(dollars(paid?.price));
  for (const [index, positionId] of ids.entries()) {
    expect(await asked[index]?.wait({ timeoutMs: PATIENCE_MS })).toMatchObject({
      kind: 'done',
      value: { result: 'CLOSED' },
    });
    await ended(world, positionId, PATIENCE_MS);
    const orders = ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef.includes('|combo|'));
    expect(orders).toEqual([true, true]);
  }
  await world.agree();
}, 240_000);

test("a person's price that is far from a net that can be one is refused with its numbers, and nothing leaves", async () => {
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
  const from = mark(world.gateway);
  const answer = await answerOf(world.client.close(positionId, { pricing: { kind: 'limit', price: '12.5' } }));
  expect(answer).toMatchObject({ result: 'REFUSED', code: 'RISK_REFUSED' });
  expect(answer.reason).toMatch(/^The limit 12\.50? is further than \d+\.\d+ from mid \d+\.\d+\.$/);
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
}, 120_000);
