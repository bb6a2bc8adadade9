/**
 * Entries requested at the same moment: each is checked against the limits together with those before it, not with the state before
 * all.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { answerOf, ask, checkNamed, close, ended, enter, namedCondor, otherCondor, WILLING } from '../support/life.js';
import { STILL, UNHURRIED } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({ seed: 11, speed: 5, scenario: { ...WILLING, market: STILL }, worker: false });
});
afterEach(() => world.stopWorker());
afterAll(() => world?.stop());

test('positions of the symbol: one of three opens', async () => {
  await world.startWorker({ rules: noRules(), entry: { ...UNHURRIED.entry, positionsPerSymbolMax: 1 } });
  const asked = [namedCondor(), otherCondor(), namedCondor({ quantity: 2 })];
  const results = await Promise.all(asked.map((one) => answerOf(world.client.enter(ask(one)))));
  const [opened, ...more] = results.filter(({ status }) => status === 'OPENED');
  expect(more).toEqual([]);
  const refused = results.filter((result) => result !== opened);
  expect(refused.map((result) => [result.status, result.code])).toEqual([
    ['NOT_ENTERED', 'SIGNAL_REFUSED'],
    ['NOT_ENTERED', 'SIGNAL_REFUSED'],
  ]);
  for (const { reasons } of refused) expect(reasons.join(' ')).toMatch(/1 positions are open in the symbol/);
  const positionId = opened?.positionId ?? '';
  // The broker's estimate is kept: as an order is sent, those before it count with theirs.
  expect((await world.client.execution(positionId)).plan.initMargin).toBeGreaterThan(0);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  await world.agree();
});

/** A bull put spread: it leans one way. */
const leaning = () => {
  const { legs = [], ...more } = namedCondor({ ignoreSignal: true });
  return ask({ ...more, legs: legs.filter(({ right }) => right === 'PUT') });
};

test('five of twenty concurrent entries open under a delta limit for five, and their delta counts after a restart', async () => {
  const entry = { ...UNHURRIED.entry, positionsPerSymbolMax: 100, openInterestMin: 0 };
  const settings = { rules: noRules(), entry, risk: { ordersPerMinuteMax: 100 } };
  await world.startWorker(settings);
  const look = async () => {
    const { checks = [] } = await answerOf(world.client.enter({ ...leaning(), dryRun: true }));
    return checkNamed(checks, 'symbol_delta_after');
  };
  const symbolDeltaShareMax = Number((await look()).value) * 5.5;
  world.writeSettings({ ...settings, entry: { ...entry, symbolDeltaShareMax } });
  const bound = `|x| < ${symbolDeltaShareMax}`;
  await world.waitUntil('the limit is in force', async () => (await look()).bound === bound);
  const results = await Promise.all(Array.from({ length: 20 }, () => answerOf(world.client.enter(leaning()), 60_000)));
  const opened = results.filter(({ status }) => status === 'OPENED');
  const refused = results.filter(({ status, code }) => status === 'NOT_ENTERED' && code === 'RISK_REFUSED');
  expect([opened.length, refused.length]).toEqual([5, 15]);
  for (const { reasons } of refused) expect(reasons.join(' ')).toMatch(/^The dollar delta of SPY, as a share/);
  await world.killWorker();
  await world.startWorker();
  await expect(enter(world, leaning())).rejects.toThrow('The dollar delta of SPY');
  await world.agree();
});
