/** The approval of entries at a real gateway: the book of Greeks in Postgres with its age, the buying power, the rules that would close it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { approveEntry } from '../../src/activities/entry/approve.js';
import { buildForRequest } from '../../src/activities/entry/build.js';
import { admission, checkLimits } from '../../src/activities/entry/limits.js';
import { evaluateSignal } from '../../src/activities/entry/signal.js';
import { projectPosition } from '../../src/activities/orders/project.js';
import { type BrokerParts, makeParts } from '../../src/activities/parts.js';
import { parseLeg } from '../../src/cli/arguments.js';
import { settingsSchema } from '../../src/config/schema.js';
import type { EntryRequest } from '../../src/contract/requests.js';
import { isOpening } from '../../src/domain/risk/exposure.js';
import { valuePosition } from '../../src/domain/rules/valuation.js';
import { present, startWorld, usable, type World } from '../broker/support.js';
import { execution, fill, intent, NOW, newPositionId, PLAN, testServer } from '../store/support.js';
import { partsIn } from './stage.js';

const server = testServer();
let world: World;
let parts: BrokerParts;
let settings = settingsSchema.parse({});

beforeAll(async () => {
  // Stepped, and never stepped on: market time stays where the calm scenario begins.
  world = await startWorld({ gateway: { stepped: true }, control: true });
  await usable(world.broker);
  parts = partsIn(server, world, () => settings);
});
afterAll(() => world.close());

const request = (symbol: string): EntryRequest => ({
  ...{ entryId: 'a-test', symbol, strategyType: 'iron_condor', quantity: 1, pricing: { kind: 'walk' } },
  ...{ set: {}, dryRun: true, ignoreSignal: true },
});

async function signalOf(symbol: string) {
  const { checks } = await evaluateSignal(parts, { request: request(symbol), signalOnly: true });
  return new Map(checks.map((check) => [check.name, check]));
}

/** Two bull put spreads that were filled an hour ago. */
async function open(more: Parameters<typeof execution>[1] = {}, at = NOW - 3_600_000): Promise<string> {
  const { executions } = server.store;
  const positionId = newPositionId();
  await executions.save_execution(execution(positionId, { createdAt: at, ...more }));
  await executions.update_execution_status(positionId, 'FILLED', at, { openingEnded: true });
  const legs = PLAN.legs.map(({ action, ratio }, index) => ({
    ...{ legNo: index + 1, status: 'FILLED' as const },
    openQuantity: (action === 'BUY' ? 2 : -2) * ratio,
  }));
  await executions.applyLedger(
    positionId,
    () => ({ openedCombos: 2, openCombos: 2, entryNet: 2_500_000, commissions: 0, shares: 0, legs }) as never,
    at,
  );
  return positionId;
}

async function pending(more: Partial<typeof PLAN> = {}): Promise<string> {
  const positionId = newPositionId();
  const plan = { ...PLAN, netGamma: -0.001, ...more };
  await server.store.executions.save_execution(execution(positionId, { plan, createdAt: NOW }));
  return positionId;
}

const seen = (positionId: string, at: number, more: object = {}) =>
  server.store.snapshots.append({
    ...{ positionId, at, watchEpoch: 1, delta: 0.12, gamma: -0.002, underlying: 690_000_000 },
    ...more,
  });

const admitted = async (positionId: string) => await (await admission(parts, positionId))(server.store);

test('after a restart the empty book refuses entries with the reason, until it is filled', async () => {
  expect((await signalOf('SPY')).get('dollar_delta')).toMatchObject({ passed: true, value: 0 });
  const positionId = await open();
  const waits = await pending();
  for (const [fill, reason] of [
    [async () => undefined, `${positionId} has no Greeks yet: no watch has seen them.`],
    [() => seen(positionId, NOW - 600_000), `The Greeks of ${positionId} are 600 s old; 120 s are allowed.`],
  ] as const) {
    await fill();
    expect((await signalOf('SPY')).get('dollar_delta')).toMatchObject({
      passed: false,
      text: `The book's dollar delta share is missing. ${reason}`,
    });
    expect((await admitted(waits))?.reason).toContain(reason);
  }
  await seen(positionId, NOW - 100_000);
  const check = (await signalOf('SPY')).get('dollar_delta');
  const { netLiquidation } = await world.broker.accountSummary();
  const held = 0.12 * 200 * 690_000_000;
  const opening = PLAN.quantity * 100 * (PLAN.netDelta ?? 0) * PLAN.underlyingPrice;
  expect(check?.passed).toBe(true);
  // The waiting opening counts in full.
  expect(Number(check?.value)).toBeCloseTo((held + opening) / netLiquidation, 6);
  expect(await admitted(waits)).toBeUndefined();
});

test('a position whose first order was sent is not checked again, and counts for the others', async () => {
  const { store } = server;
  const [first, second] = [await pending(), await pending()];
  const open = (await store.executions.get_open_strategies()).length;
  settings = settingsSchema.parse({ risk: { positionsMax: open - 1 } });
  // Waiting openings do not count before their turn.
  expect([await admitted(first), await admitted(second)]).toEqual([undefined, undefined]);
  await store.intents.plan(intent(first), NOW);
  const token = (await store.leases.acquire('broker', 'a-test', 60_000)) ?? 0;
  const sending = { orderId: 9, clientId: 7, sessionEpoch: 'a:1', token, overrideHalt: false, at: NOW };
  expect(await store.intents.markSending(`LW|${first}|1|combo|1`, sending)).toBe(true);
  settings = settingsSchema.parse({ risk: { positionsMax: 2 } });
  expect(await admitted(first)).toBeUndefined();
  const reason = '2 positions are open; an entry needs fewer than 2.';
  expect(await admitted(second)).toEqual({ code: 'RISK_REFUSED', reason });
  await store.trading.set('REDUCING', 'a test', 'a-test', NOW);
  expect(await admitted(second)).toMatchObject({ code: 'TRADING_HALTED' });
  await store.trading.set('ACTIVE', 'a test', 'a-test', NOW);
  settings = settingsSchema.parse({});
});

test('the buying power is checked as an order is sent: two entries do not pass on the same money', async () => {
  const { store } = server;
  const limit = (await world.broker.accountSummary()).buyingPower * settings.risk.buyingPowerUsePct;
  const mine = { initMargin: Math.floor(limit * 0.6) };
  const alone = await pending(mine);
  expect(await admitted(alone)).toBeUndefined();
  const sent = await pending(mine);
  await store.intents.plan(intent(sent), NOW);
  const token = (await store.leases.acquire('broker', 'a-test', 60_000)) ?? 0;
  const sending = { orderId: 10, clientId: 7, sessionEpoch: 'a:1', token, overrideHalt: false, at: NOW };
  expect(await store.intents.markSending(`LW|${sent}|1|combo|1`, sending)).toBe(true);
  const refusal = {
    code: 'RISK_REFUSED',
    reason: expect.stringMatching(/initial margin, entries that are being opened take \d/),
  };
  expect(await admitted(alone)).toEqual(refusal);
  // One that is too large by itself is refused as well.
  expect(await admitted(await pending({ initMargin: Math.ceil(limit * 1.01) }))).toMatchObject({
    code: 'RISK_REFUSED',
  });
  await store.executions.update_execution_status(sent, 'FAILED', NOW, { failReason: 'a test' });
  expect(await admitted(alone)).toBeUndefined();
  // Opened since the buying power was read, it still counts; opened before, the buying power shows it.
  for (const [at, expected] of [
    [NOW, refusal],
    [NOW - 3_600_000, undefined],
  ] as const) {
    const opened = await open({ plan: { ...PLAN, netGamma: -0.001, ...mine } }, at);
    await seen(opened, NOW);
    expect(await admitted(alone)).toEqual(expected);
    await store.executions.update_execution_status(opened, 'CLOSED', NOW, { exitRule: 'x', exitAction: 'CLOSE' });
  }
});

test('an order is sent on the buying power that approved it, not on an earlier one', async () => {
  const { store } = server;
  for (const { positionId, status } of await store.executions.get_open_strategies()) {
    if (status !== 'PENDING') continue;
    await store.executions.update_execution_status(positionId, 'FAILED', NOW, { failReason: 'a test' });
  }
  let summary = await world.broker.accountSummary();
  const share = settings.risk.buyingPowerUsePct;
  const broker = Object.assign(Object.create(world.broker), { accountSummary: async () => summary });
  const seeing = makeParts({ ...parts.deps, broker });
  const waits = await pending({ initMargin: Math.floor(summary.buyingPower * share * 0.8) });
  const { plan } = present(await store.executions.get_execution(waits));
  const verdict = async () =>
    await checkLimits(
      seeing,
      { request: request('SPY'), plan, rolledFrom: 'closed' },
      { positionId: waits, margin: { initMarginChange: present(plan.initMargin) }, quality: [] },
    );
  const sent = async () => await (await admission(seeing, waits))(store);
  // The position that is rolled takes half of it; a poll of its watch reads the account.
  const whole = summary;
  summary = { ...whole, buyingPower: Math.floor(whole.buyingPower / 2) };
  await seeing.book.account();
  expect(await sent()).toMatchObject({ code: 'RISK_REFUSED' });
  summary = whole;
  expect((await verdict()).refusal).toBeUndefined();
  expect(await sent()).toBeUndefined();
  // A reading that fails refuses nothing by itself and is not kept.
  Object.assign(broker, { accountSummary: () => Promise.reject(new Error('away')) });
  await expect(verdict()).rejects.toThrow('away');
  Object.assign(broker, { accountSummary: async () => whole });
  expect(await sent()).toBeUndefined();
  await store.executions.update_execution_status(waits, 'FAILED', NOW, { failReason: 'a test' });
});

test('an opening that has filled in part takes the rest of its margin from the buying power, and what filled since', async () => {
  const { store } = server;
  const read = { netLiquidation: 1e12, buyingPower: 2e10, readAt: NOW - 60_000 };
  const book = Object.assign(Object.create(parts.book), { account: async () => read });
  const waits = await pending({ initMargin: 4e9 });
  const half = await pending({ initMargin: 9e9 });
  const first = PLAN.legs.map(({ contract, action }, index) =>
    fill(`${half}-${index}.01`, `LW|${half}|1|combo|1`, {
      ...{ conId: contract.conId, side: action, quantity: 1 },
      at: NOW - 120_000,
    }),
  );
  await store.fills.append(first);
  expect(await projectPosition(store, half, NOW)).toMatchObject({ status: 'PARTIAL', openCombos: 1 });
  const reason = async () => (await (await admission({ ...parts, book }, waits))(store))?.reason;
  // The limit is 10000: 4000 and half of 9000 are below it, all of it is not.
  expect(await reason()).toBeUndefined();
  read.readAt = NOW - 120_000;
  expect(await reason()).toContain('entries that are being opened take 9000.00');
  await store.executions.update_execution_status(half, 'FAILED', NOW, { failReason: 'a test' });
});

test('an opening that ended out of its ratio is no longer being opened once it is whole', async () => {
  const { store } = server;
  const positionId = await pending();
  const [short, long] = PLAN.legs.map(({ contract }) => contract.conId);
  const trade = async (role: string, conId: number | undefined, side: 'BUY' | 'SELL', quantity: number) => {
    const more = { ...(conId !== undefined && { conId }), side, quantity };
    await store.fills.append([fill(`${positionId}-${role}.01`, `LW|${positionId}|1|${role}|1`, more)]);
    return present(await projectPosition(store, positionId, NOW));
  };
  await trade('leg1', short, 'SELL', 2);
  expect(isOpening(await trade('leg2', long, 'BUY', 1))).toBe(true);
  await store.executions.update_execution_status(positionId, 'BROKEN', NOW);
  await trade('unwind1', short, 'BUY', 1);
  const whole = present(await store.executions.get_execution(positionId));
  expect(whole).toMatchObject({ status: 'PARTIAL', openCombos: 1, openingEndedAt: NOW });
  expect(isOpening(whole)).toBe(false);
  await store.executions.update_execution_status(positionId, 'CLOSED', NOW, { exitRule: 'x', exitAction: 'CLOSE' });
});

test.each<[string, string, object, boolean]>([
  ['rolled at once', '20260313', {}, false],
  ['not rolled by a rule that is off', '20260313', { dteRoll: { enabled: false } }, true],
  ['far enough', '20260417', {}, true],
  ['far enough for the settings', '20260313', { dteRoll: { rollDte: 10, forceDte: 10 } }, true],
])(
  'an entry that an exit rule would close is refused, or told past the signal: %s',
  async (_what, expiry, rules, stays) => {
    settings = settingsSchema.parse({ rules });
    const legs = [`sell:put:640:${expiry}`, `buy:put:630:${expiry}`].map(parseLeg);
    const asked = { ...request('SPY'), strategyType: 'custom', legs } as const;
    const built = await buildForRequest(parts, asked);
    if (built.kind === 'refused') throw new Error(built.reasons.join(' '));
    for (const ignoreSignal of [false, true]) {
      const input = { request: { ...asked, ignoreSignal }, plan: built.plan, workflowId: 'a-test' };
      const verdict = await approveEntry(parts, input);
      const check = present(verdict.checks.find(({ name }) => name === 'stays_open'));
      expect(check.passed).toBe(stays);
      const reasons = verdict.kind === 'refused' ? verdict.reasons : [];
      expect(reasons.includes(check.text)).toBe(!stays && !ignoreSignal);
      if (!stays && !ignoreSignal) expect(verdict).toMatchObject({ kind: 'refused', code: 'SIGNAL_REFUSED' });
    }
    settings = settingsSchema.parse({});
  },
);

test.each([
  ['SPY', ['sell:put:620:20260417', 'buy:put:610:20260417'], 15_000],
  ['SPY', ['sell:put:620:20260417', 'buy:put:610:20260417'], 0],
  ['SPX', ['sell:put:6200:20260417', 'buy:put:6150:20260417'], 20_000],
])('%s: a preview at mid is at a price that the broker takes', async (symbol, texts, netMid) => {
  const asked = { ...request(symbol), strategyType: 'custom', legs: texts.map(parseLeg) } as const;
  const built = await buildForRequest(parts, asked);
  if (built.kind === 'refused') throw new Error(built.reasons.join(' '));
  const plan = { ...built.plan, netMid, netNatural: 0 };
  const verdict = await approveEntry(parts, { request: asked, plan, workflowId: 'a-test' });
  expect(verdict.kind === 'refused' ? verdict.reasons : []).toEqual([]);
});

test("betas come from a year of the broker's daily bars, or from the settings", async () => {
  expect(await parts.book.betasWith('SPY')).toEqual(new Map([['SPY', 1]]));
  const beta = present((await parts.book.betasWith('QQQ')).get('QQQ'));
  expect(beta).toBeGreaterThan(0.3);
  expect(beta).toBeLessThan(3);
  expect(beta).not.toBe(1);
  settings = settingsSchema.parse({ risk: { betas: { qqq: 1.25 } } });
  expect((await parts.book.betasWith('QQQ')).get('QQQ')).toBe(1.25);
  settings = settingsSchema.parse({});
});

test('the arbiter of the delta rule has no sum while an open position lacks fresh Greeks', async () => {
  const { executions } = server.store;
  const [blind, watched] = [await open(), await open()];
  const row = present(await executions.get_execution(watched));
  const value = { ...valuePosition({ position: {} as never, legs: [] }), delta: 0.2, gamma: -0.001 };
  const facts = await parts.book.facts(row, value, 690_000_000);
  expect(facts).toEqual({ condorDeltaPerCombo: 0, chosenForDelta: false });
  await seen(blind, NOW);
  // What is not opened yet does not count.
  await pending({ netDelta: -5 });
  parts.book.remove('nobody');
  const whole = await parts.book.facts(row, value, 690_000_000);
  expect(whole.dollarDeltaShare).toBeGreaterThan(0);
});

test('an opening leg by leg that is out of its ratio counts by what it holds, and is unknown until that was seen', async () => {
  const { executions } = server.store;
  const row = present(await executions.get_execution(await open()));
  const value = { ...valuePosition({ position: {} as never, legs: [] }), delta: 0.2, gamma: -0.001 };
  const shareOf = async () => {
    parts.book.remove('nobody');
    return (await parts.book.facts(row, value, 690_000_000)).dollarDeltaShare;
  };
  const before = present(await shareOf());
  const opening = await pending();
  const legs = PLAN.legs.map((_, index) => ({
    ...{ legNo: index + 1, status: 'PARTIAL' as const },
    openQuantity: index === 0 ? -2 : 0,
  }));
  const folded = { openedCombos: 0, openCombos: 0, commissions: 0, shares: 0, legs };
  await executions.applyLedger(opening, () => folded as never, NOW);
  await executions.update_execution_status(opening, 'PARTIAL', NOW);
  expect(await shareOf()).toBeUndefined();
  await seen(opening, NOW, { shareDelta: 60, shareGamma: -1 });
  const { netLiquidation } = await world.broker.accountSummary();
  expect(await shareOf()).toBeCloseTo(before + (60 * 690_000_000) / netLiquidation, 9);
});
