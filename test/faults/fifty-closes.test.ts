/** A gap that makes everything due at once: fifty closes are at the gateway within a minute, though two get no answer. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerOf, ask, namedCondor, WILLING } from '../support/life.js';
import { onlyRules } from '../support/rules.js';
import { sentOrders } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';
import { atBroker, framesSince, isOrder, mark } from './support.js';

const FIFTY = 50;
const AT_GATEWAY_MS = 60_000;

let world: World;

beforeAll(async () => {
  // The market's clock is the one on the wall: what is promised is promised in seconds of both.
  world = await startWorld({
    seed: 11,
    speed: 1,
    scenario: {
      market: { realizedRatio: 0, volOfVol: 0 },
      exchange: { ...WILLING.exchange, cash: 20_000_000 },
    },
    settings: {
      rules: onlyRules({ catastropheProtection: {} }, true),
      risk: { ordersPerMinuteMax: 1000, maxLossTotalPct: 1, buyingPowerUsePct: 1 },
      entry: { positionsPerSymbolMax: 100, portfolioDeltaMax: 1000, dollarDeltaShareMax: 1000 },
    },
  });
});
afterAll(() => world?.stop(), 120_000);

test('fifty closes due at once after a gap of 5 %, two of their orders muted: all at the gateway within 60 s', async () => {
  const entries = await Promise.all(
    Array.from({ length: FIFTY }, () => world.client.enter(ask(namedCondor({ ignoreSignal: true })))),
  );
  const results = await Promise.all(entries.map((entry) => answerOf(Promise.resolve(entry), 120_000)));
  expect(results.filter(({ status }) => status !== 'OPENED')).toEqual([]);
  const ids = results.map(({ positionId = '' }) => positionId);
  const mutes = ids.slice(20, 22).map((id) => ({ kind: 'mute', orderRefPrefix: `LW|${id}|` }) as const);
  for (const mute of mutes) world.gateway.fault(mute);

  const from = mark(world.gateway);
  const begun = performance.now();
  world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 0.95, ivAdd: 0.02 });
  const closing = () =>
    new Set(framesSince(world.gateway, from, isOrder).map(({ fields }) => String(fields.orderRef).split('|')[1]));
  const late = () => ids.filter((id) => !closing().has(id));
  await world
    .waitUntil('all fifty are at the gateway', () => late().length === 0, AT_GATEWAY_MS)
    .catch((error: unknown) => {
      throw new Error(`${String(error)}\nnot yet: ${late().join(', ')}`);
    });
  expect(performance.now() - begun).toBeLessThan(AT_GATEWAY_MS);

  for (const mute of mutes) world.gateway.fault({ ...mute, off: true });
  await world.waitUntil(
    'everything is closed',
    async () => (await world.store.executions.get_open_strategies()).length === 0,
    90_000,
  );
  expect(atBroker(world)).toEqual([]);
  // Filled once each: what was muted had never arrived, so it came again under the next attempt.
  for (const id of ids) {
    const intents = await world.store.intents.list({ positionId: id });
    expect(intents.filter(({ purpose, state }) => purpose === 'REDUCE' && state === 'FILLED')).toHaveLength(1);
  }
  const orderIds = sentOrders(world.gateway).map((order) => order.orderId);
  expect(new Set(orderIds).size).toBe(orderIds.length);
  await world.agree(30_000);
}, 300_000);
