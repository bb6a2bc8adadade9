/** A gap that makes everything due at once: fifty closes reach the gateway within a minute, though two get no answer. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerOf, ask, namedCondor, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { onlyRules } from '../support/rules.js';
import { sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';
import { atBroker, isOrder, mark } from './support.js';

const FIFTY = 50;
const AT_GATEWAY_MS = 60_000;
/**
 * The promise is in market seconds. On a quiet machine (LEGWORK_QUIET=1) its clock is the wall clock; on a shared one it
 * runs slower, or the test would measure other programs.
 */
const SPEED = process.env.LEGWORK_QUIET === '1' ? 1 : 0.25;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 11,
    speed: SPEED,
    scenario: {
      market: STILL,
      exchange: { ...WILLING.exchange, cash: 20_000_000 },
    },
    settings: {
      rules: onlyRules({ catastropheProtection: {} }, true),
      risk: { ordersPerMinuteMax: 1000, maxLossTotalPct: 1, buyingPowerUsePct: 1 },
      entry: { positionsPerSymbolMax: 100, portfolioDeltaMax: 1, dollarDeltaShareMax: 10 },
    },
  });
});
afterAll(() => world?.stop(), 120_000);

/** Market time at which the last of the positions had its first order at the gateway. Reads each frame once. */
async function firstOrders(from: number, ids: readonly string[]): Promise<number> {
  const missing = new Set(ids);
  let next = from + 1;
  let latest = 0;
  await world
    .waitUntil(
      'all fifty are at the gateway',
      () => {
        for (const frame of world.gateway.journal(next)) {
          next = frame.n + 1;
          const positionId = String(frame.fields.orderRef).split('|')[1] ?? '';
          if (isOrder(frame) && missing.delete(positionId)) latest = frame.at;
        }
        return missing.size === 0;
      },
      AT_GATEWAY_MS / SPEED + 60_000,
    )
    .catch((error: unknown) => {
      throw new Error(`${String(error)}\nnot yet: ${[...missing].join(', ')}`);
    });
  return latest;
}

/** The timings: when the first and the last of them was decided, planned and committed. */
async function stages(ids: readonly string[], from: number): Promise<string> {
  const span = (name: string, times: readonly number[]) => {
    const [first, last] = [Math.min(...times), Math.max(...times)].map((at) => ((at - from) / 1000).toFixed(1));
    return `${name} ${first} to ${last} s`;
  };
  const decided = await Promise.all(ids.map((id) => world.store.decisions.ofSubject(id, 100)));
  const planned = (await Promise.all(ids.map((positionId) => world.store.intents.list({ positionId })))).flat();
  const firsts = planned.filter(({ purpose, attempt }) => purpose === 'REDUCE' && attempt === 1);
  return [
    span(
      'decided',
      decided
        .flatMap((rows) => rows.filter(({ at, action }) => at > from && action === 'CLOSE').slice(-1))
        .map(({ at }) => at),
    ),
    span(
      'planned',
      firsts.map(({ createdAt }) => createdAt),
    ),
    span(
      'sent',
      firsts.flatMap(({ sentAt }) => sentAt ?? []),
    ),
  ].join(', ');
}

test('fifty closes due at once after a gap of 5 %, two of their orders muted: all at the gateway within 60 s', async () => {
  const entries = await Promise.all(
    Array.from({ length: FIFTY }, () => world.client.enter(ask(namedCondor({ ignoreSignal: true })))),
  );
  const results = await Promise.all(entries.map((entry) => answerOf(Promise.resolve(entry), 300_000)));
  expect(results.filter(({ status }) => status !== 'OPENED')).toEqual([]);
  const ids = results.map(({ positionId = '' }) => positionId);
  const mutes = ids.slice(20, 22).map((id) => ({ kind: 'mute', orderRefPrefix: `LW|${id}|` }) as const);
  for (const mute of mutes) world.gateway.fault(mute);

  const from = mark(world.gateway);
  const begun = { market: world.gateway.now(), wall: performance.now() };
  world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 0.95, ivAdd: 0.02 });
  const latest = await firstOrders(from, ids);
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  process.stderr.write(
    `fifty closes at the gateway within ${seconds(latest - begun.market)} s of the market, ${seconds(performance.now() - begun.wall)} s on the wall\n`,
  );
  process.stderr.write(`${await stages(ids, begun.market)}\n`);
  expect(latest - begun.market).toBeLessThan(AT_GATEWAY_MS);

  for (const mute of mutes) world.gateway.fault({ ...mute, off: true });
  await world.waitUntil(
    'everything is closed',
    async () => (await world.store.executions.get_open_strategies()).length === 0,
    300_000,
  );
  expect(atBroker(world)).toEqual([]);
  // Filled once each: a muted order never arrived, so it was sent again under the next attempt.
  for (const id of ids) {
    const intents = await world.store.intents.list({ positionId: id });
    expect(intents.filter(({ purpose, state }) => purpose === 'REDUCE' && state === 'FILLED')).toHaveLength(1);
  }
  const orderIds = sentOrders(world.gateway).map((order) => order.orderId);
  expect(new Set(orderIds).size).toBe(orderIds.length);
  await world.agree(30_000);
}, 900_000);
