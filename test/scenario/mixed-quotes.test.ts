/**
 * After a jump the legs are requoted one by one. While some are old and some new, their net is impossible for the structure: an
 * exit waits for a price, with its own pricing or a person's, and is not refused; nothing is opened or rolled, even with the signal
 * ignored. A person's price that is wrong beside a possible net is refused.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PositionRow } from '../../src/store/api.js';
import { caught, framesSince, isOrder, mark } from '../faults/support.js';
import { answerOf, ask, close, dollars, ended, enter, legFills, namedCondor } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import { isWhole } from '../support/whole.js';
import { ordersOf } from '../support/wire.js';
import type { World } from '../support/world.js';

const PATIENCE_MS = 120_000;
const HOUR_MS = 3_600_000;

let world: World;

beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world?.stop(), 90_000);

/** For this many market ms a put of the condor is quoted around this price, and nothing else changes. */
function quotePut(strike: number, price: number, ms = HOUR_MS): void {
  const contract = { symbol: 'SPY', strike, right: 'P' } as const;
  const sides = { bid: Math.round(price * 100 - 2) / 100, ask: Math.round(price * 100 + 2) / 100 };
  world.gateway.fault({ kind: 'spoilQuote', contract, show: 'bad', ms, ...sides });
}

/** The price after a large fall that all other legs have yet to follow. */
const FALLEN = 45;
/** Its price while nothing moves, as the first test has paid it. */
let usual: number;

const pricings = [{ kind: 'market' }, { kind: 'walk' }, { kind: 'limit', price: '5' }] as const;

test('exits leave once the legs have one price again, and nothing is opened before', async () => {
  const rows: PositionRow[] = [];
  for (const _ of pricings) rows.push(await enter(world, namedCondor({ ignoreSignal: true })));
  const [first] = rows;
  const longPut = first?.legs[0]?.contract.conId;
  const paid = (await legFills(world, first?.positionId ?? '')).find(({ conId }) => conId === longPut);
  usual = dollars(paid?.price);
  const ids = rows.map(({ positionId }) => positionId);
  const from = mark(world.gateway);
  quotePut(605, FALLEN);
  const asked = await Promise.all(
    ids.map((id, index) => world.client.close(id, { pricing: pricings[index] ?? { kind: 'market' } })),
  );
  for (const positionId of ids) {
    await world.waitUntil(
      'people are told why it does not leave',
      async () =>
        (await world.store.alerts.list({ positionId })).some(({ message }) =>
          message.includes('no price yet: The legs'),
        ),
      PATIENCE_MS,
    );
    expect(await world.client.execution(positionId)).toMatchObject({ openCombos: 1 });
  }
  const refused = await answerOf(world.client.enter(ask(namedCondor({ ignoreSignal: true }))));
  expect(refused).toMatchObject({ status: 'NOT_ENTERED', code: 'RISK_REFUSED' });
  expect(refused.reasons).toEqual([
    expect.stringMatching(
      /^The legs' quotes give a debit of \d+\.\d+ per share; the structure can be worth at least -13\.00, at most 0\.00\.$/,
    ),
  ]);
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);

  quotePut(605, usual);
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

const RISEN = 20;

test('an impossible net is not paid while its legs may still be requoted, though the collar would allow it', async () => {
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
  quotePut(618, RISEN, 4_500);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  const [, closing, ...more] = ordersOf(world.gateway, positionId);
  expect(more).toEqual([]);
  expect(Number(closing?.first.fields.limitPrice)).toBeLessThan(8);
}, 120_000);

if (isWhole) {
  test('lasting mixed quotes do not keep an exit from leaving, within what closing can cost', async () => {
    const { positionId, legs } = await enter(world, namedCondor({ ignoreSignal: true }));
    const received = (await legFills(world, positionId)).find(({ conId }) => conId === legs[1]?.contract.conId);
    const from = mark(world.gateway);
    const since = world.gateway.now();
    quotePut(618, RISEN);
    const asked = await world.client.close(positionId, { pricing: { kind: 'market' } });
    const { at, fields } = await caught(world.gateway, from, isOrder, PATIENCE_MS);
    expect(at).toBeGreaterThanOrEqual(since + 5_000);
    expect(fields.limitPrice).toBe(12.99);
    quotePut(618, dollars(received?.price));
    expect(await asked.wait({ timeoutMs: PATIENCE_MS })).toMatchObject({ kind: 'done', value: { result: 'CLOSED' } });
  }, 120_000);
}

test('an opening that was approved is not sent when its legs jump before it is', async () => {
  const from = mark(world.gateway);
  const asked = await world.client.enter(ask(namedCondor({ ignoreSignal: true })));
  await caught(
    world.gateway,
    from,
    ({ dir, type, fields }) => dir === 'in' && type === 'PLACE_ORDER' && fields.whatIf === true,
  );
  quotePut(605, FALLEN);
  const answered = await asked.wait({ timeoutMs: PATIENCE_MS });
  expect(answered).toMatchObject({ kind: 'done', value: { code: 'RISK_REFUSED', filledCombos: 0 } });
  expect(JSON.stringify(answered)).toMatch(
    /The legs' quotes give \d+\.\d+ to pay per share, which they can never be worth together\./,
  );
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);
  quotePut(605, usual);
}, 120_000);

if (isWhole) {
  test('nothing is closed for a roll whose second half has no price', async () => {
    const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
    const from = mark(world.gateway);
    quotePut(605, FALLEN);
    const answer = await answerOf(world.client.roll(positionId));
    expect(answer).toMatchObject({ result: 'REFUSED', code: 'RISK_REFUSED', openCombos: 1 });
    expect(answer.reason).toMatch(
      /^It cannot be rolled and stays open: The legs' quotes give a debit of \d+\.\d+ per share; /,
    );
    expect(framesSince(world.gateway, from, isOrder)).toEqual([]);
    quotePut(605, usual);
    expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  }, 120_000);
}

test("a person's price far from a possible net is refused with its numbers, and nothing leaves", async () => {
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
  const from = mark(world.gateway);
  const answer = await answerOf(world.client.close(positionId, { pricing: { kind: 'limit', price: '12.5' } }));
  expect(answer).toMatchObject({ result: 'REFUSED', code: 'RISK_REFUSED' });
  expect(answer.reason).toMatch(/^The limit 12\.50? is further than \d+\.\d+ from mid \d+\.\d+\.$/);
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
}, 120_000);
