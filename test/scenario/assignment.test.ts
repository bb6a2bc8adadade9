/**
 * Assignments by day and overnight: whole and in part, beside shares that were there before, on the put and the call side of several
 * strategies. Each is found, named with its evidence, and followed up as configured; the ledger is the account to the share.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { easternClock } from '../../chaos/invariants/eastern-clock.js';
import type { EntryOptions } from '../../src/client/client.js';
import type { PositionRow, SnapshotRow } from '../../src/store/api.js';
import { cashOf } from '../support/expiring.js';
import { checkNamed, dollars, ended, enter, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const SPY = 756733;

let world: World;

const leg = (right: 'PUT' | 'CALL', strike: number, action: 'BUY' | 'SELL', ratio = 1) => {
  return { right, strike, expiry: '20260417', action, ratio } as const;
};
/** Two strategies as Legwork builds them and one by its terms; the short leg of each side is the one that is assigned. */
const STRATEGIES: Readonly<Record<string, (quantity: number) => Partial<EntryOptions>>> = {
  condor: (quantity) => ({ strategyType: 'iron_condor', quantity, ignoreSignal: true }),
  'bull put': (quantity) => ({ strategyType: 'bull_put_spread', quantity, ignoreSignal: true }),
  custom: (quantity) => ({
    ...{ strategyType: 'custom', quantity, ignoreSignal: true },
    legs: [leg('CALL', 705, 'SELL'), leg('CALL', 715, 'BUY'), leg('PUT', 605, 'SELL'), leg('PUT', 600, 'BUY', 2)],
  }),
};

const stock = () => world.gateway.positions().find(({ contract }) => contract.conId === SPY)?.quantity ?? 0;
const heldLegs = (row: PositionRow) =>
  row.legs.map(
    ({ contract }) => world.gateway.positions().find((one) => one.contract.conId === contract.conId)?.quantity ?? 0,
  );

/** A person's own shares are changed to this number and acknowledged. */
async function ownShares(own: number): Promise<void> {
  const before = stock();
  if (own !== before) world.gateway.fault({ kind: 'manualTrade', conId: SPY, quantity: own - before });
  await world.cli(['reconcile']);
  for (const { alertId, rule } of await world.store.alerts.list({ symbol: 'SPY', statuses: ['ACTIVE'] })) {
    if (rule === 'reconcile_foreign-position') await world.cli(['alerts', 'ack', alertId]);
  }
}

/** The position of a case, and its short leg of that side. */
async function entered({ name, right, quantity, own }: Case) {
  await ownShares(own);
  const cash = await cashOf(world);
  const row = await enter(world, STRATEGIES[name]?.(quantity));
  await world.cli(['reconcile']);
  const leg = row.legs.find(({ action, contract }) => action === 'SELL' && contract.right === right);
  if (leg === undefined) throw new Error(`no short ${right}`);
  return { row, leg, cash };
}

/**
 * The assignment was named with its evidence, and nothing is left of the position but its money, to the cent; a person's own shares are as
 * they were.
 */
async function flattened({ row, leg, cash }: Awaited<ReturnType<typeof entered>>, { right, assigned, own }: Case) {
  const over = await ended(world, row.positionId, 60_000);
  expect(over).toMatchObject({ status: 'CLOSED', exitRule: 'broken_structure', shares: 0 });
  expect(dollars(over.realizedPnl)).toBeCloseTo((await cashOf(world)) - cash, 6);
  expect(stock()).toBe(own);
  expect(heldLegs(row).every((held) => held === 0)).toBe(true);
  const shares = (right === 'PUT' ? 100 : -100) * assigned;
  expect((await world.store.externalChanges.ofPosition(row.positionId))[0]).toMatchObject({
    ...{ kind: 'assigned', legNo: leg.legNo, quantity: assigned, shares, evidence: 'account', estimated: false },
  });
}

/** The first mark of the position like this. */
const markOf = ({ positionId }: PositionRow, isIt: (mark: SnapshotRow) => boolean) =>
  world.waitUntil('it is marked by what it holds', async () => {
    const mark = await world.store.snapshots.latest(positionId);
    return mark?.unrealizedPnl !== undefined && mark.delta === undefined && isIt(mark) && mark;
  });

const broken = async ({ positionId }: PositionRow) =>
  (await world.store.alerts.list({ positionId })).find(({ rule }) => rule === 'position_broken');

interface Case {
  readonly name: string;
  readonly right: 'PUT' | 'CALL';
  readonly quantity: number;
  readonly assigned: number;
  readonly own: number;
}

/** Each side of each strategy, whole and in part, without shares and beside shares of a person's own on either side. */
const CASES: readonly Case[] = (
  [
    ['condor', 'PUT', -250],
    ['condor', 'CALL', 250],
    ['bull put', 'PUT', 70],
    ['custom', 'PUT', -30],
    ['custom', 'CALL', -30],
  ] as const
).flatMap(([name, right, shares]) =>
  [0, shares].flatMap((own) => [
    { name, right, quantity: 1, assigned: 1, own },
    { name, right, quantity: 3, assigned: own === 0 ? 1 : 2, own },
  ]),
);
const TITLE = '$name, $right side: of $quantity combos $assigned assigned, beside $own shares';

describe('by day', () => {
  beforeAll(async () => {
    world = await startWorld({ seed: 5, speed: 5, scenario: WILLING, settings: { rules: noRules() } });
  });
  afterAll(() => world?.stop());

  test.each(CASES)(TITLE, async (one) => {
    const position = await entered(one);
    const { row, leg } = position;
    const at = performance.now();
    world.gateway.fault({ kind: 'assign', conId: leg.contract.conId, quantity: one.assigned });
    await world.waitUntil('it is broken, with an alert', () => broken(row));
    expect(performance.now() - at).toBeLessThan(30_000);
    await flattened(position, one);
  });

  const PUT_SPREAD: Case = { name: 'bull put', right: 'PUT', quantity: 1, assigned: 1, own: 0 };

  /** Assigned under these settings, which a worker reads within a second. */
  async function assigned(assignment: object) {
    const position = await entered(PUT_SPREAD);
    const { row, leg } = position;
    world.log.length = 0;
    world.writeSettings({ rules: noRules(), assignment });
    await world.waitUntil('the settings are read', () => world.log.some((line) => line.includes('settings reloaded')));
    world.gateway.fault({ kind: 'assign', conId: leg.contract.conId, quantity: 1 });
    const alert = await world.waitUntil('it is broken, with an alert', () => broken(row));
    return { ...position, alert };
  }

  test('close_options_only for one strategy: the option left is sold, the shares stay until a person sells them', async () => {
    const { row, cash, alert } = await assigned({ perStrategy: { bull_put_spread: 'close_options_only' } });
    expect(alert.message).toMatch(/The 100 shares are left to you: sell or cover them\./);
    await world.waitUntil('no option is left', () => heldLegs(row).every((held) => held === 0));
    await world.cli(['reconcile']);
    expect(await world.client.execution(row.positionId)).toMatchObject({ status: 'BROKEN', shares: 100 });
    expect(stock()).toBe(100);
    const mark = await markOf(row, (one) => one.shareDelta === 100);
    // The account to the cent: its cash and the shares at their price.
    const { realizedPnl } = await world.client.execution(row.positionId);
    const moved = (await cashOf(world)) - cash;
    expect(dollars(mark.unrealizedPnl) + dollars(realizedPnl)).toBeCloseTo(moved + 100 * dollars(mark.underlying), 6);
    const shown = await world.cli(['show', row.positionId]);
    expect(shown.stdout).toMatch(/now +P&L -?\d+\.\d\d, delta 100\.0 shares/);
    world.gateway.fault({ kind: 'manualTrade', conId: SPY, quantity: -100 });
    const over = await ended(world, row.positionId, 60_000);
    expect(over).toMatchObject({ status: 'CLOSED', shares: 0 });
    expect(dollars(over.realizedPnl)).toBeCloseTo((await cashOf(world)) - cash, 6);
  });

  test('alert_only: nothing is sent until a person closes it, and then all of it goes', async () => {
    const { row, cash, alert } = await assigned({ followUp: 'alert_only' });
    expect(alert.message).toMatch(/Legwork sends no order for it/);
    const sent = () => ordersOf(world.gateway, row.positionId).length;
    const before = sent();
    for (let times = 0; times < 3; times++) await world.cli(['reconcile']);
    for (const request of [['roll'], ['reduce', '--ratio', '0.5']]) {
      const [command = '', ...more] = request;
      const answer = await world.cli([command, row.positionId, ...more]);
      expect(answer.code).toBe(3);
      expect(answer.stdout + answer.stderr).toMatch(/it is broken.*holds 100 shares of SPY.*legwork close/i);
    }
    // 100 shares less what the long put takes of them.
    const mark = await markOf(row, ({ shareDelta = 0 }) => shareDelta > 0 && shareDelta < 100);
    const shown = (await world.cli(['positions', '--json'])).json.positions;
    expect(shown).toMatchObject([{ positionId: row.positionId, snapshot: { closeNet: null, delta: null } }]);
    expect(shown[0].snapshot.shareDelta).toBeGreaterThan(0);
    const signal = await world.cli(['signal', 'SPY', 'iron_condor', '--json']);
    const { value } = checkNamed(signal.json.checks, 'dollar_delta');
    const ofShares = (shown[0].snapshot.shareDelta * dollars(mark.underlying)) / 250_000;
    expect(Number(value)).toBeGreaterThan(0.5 * ofShares);
    expect([sent(), stock()]).toEqual([before, 100]);
    expect((await world.cli(['close', row.positionId])).code).toBe(0);
    const over = await ended(world, row.positionId, 60_000);
    expect(over).toMatchObject({ status: 'CLOSED', exitRule: 'manual_close', shares: 0 });
    expect(dollars(over.realizedPnl)).toBeCloseTo((await cashOf(world)) - cash, 6);
    expect([stock(), ...heldLegs(over)]).toEqual([0, 0, 0]);
  });
});

describe('overnight', () => {
  beforeAll(async () => {
    world = await startWorld({
      // Before the ex-date in March: a dividend comes with the statement, below.
      ...{ seed: 5, stepped: true, start: '2026-02-17T16:00:00Z' },
      scenario: {
        ...WILLING,
        market: STILL,
        exchange: {
          ...WILLING.exchange,
          // One case a trading day; what is assigned is seen at two in the morning.
          events: CASES.map((one, day) => ({
            ...{ kind: 'assign' as const, at: `+${day} 16:30`, quantity: one.assigned },
            contract: {
              symbol: 'SPY',
              secType: 'OPT' as const,
              right: one.right === 'PUT' ? ('P' as const) : ('C' as const),
            },
          })),
        },
      },
      settings: { rules: noRules(), watch: { snapshotSeconds: 1800 } },
    });
  });
  afterAll(() => world?.stop());

  test.each(CASES)(TITLE, async (one) => {
    const position = await entered(one);
    await flattened(position, one);
    const { row } = position;
    const seen = world.gateway.journal().findLast(({ type }) => type === 'EVENT')?.at ?? Number.NaN;
    expect(easternClock(seen)).toBe(2 * 60);
    expect(((await broken(row))?.createdAt ?? Number.NaN) - seen).toBeLessThan(30_000);
    // Nothing is sent before the next session.
    const later = ordersOf(world.gateway, row.positionId).filter(({ frames }) => (frames[0]?.at ?? 0) > seen);
    const minutes = later.flatMap(({ frames }) => frames.map(({ at }) => easternClock(at)));
    expect(minutes.length).toBeGreaterThan(0);
    expect(minutes.filter((minute) => minute < 9 * 60 + 30 || minute >= 16 * 60 + 15)).toEqual([]);
  });
});

describe('the night before an ex-date', () => {
  const STRIKE = 705;
  beforeAll(async () => {
    world = await startWorld({
      ...{ seed: 5, stepped: true, start: '2026-03-02T20:30:00Z' },
      scenario: {
        ...WILLING,
        market: {
          ...STILL,
          dividends: false,
          events: [{ kind: 'dividend', symbol: 'SPY', exDate: '+1 09:30', amount: 1.8 }],
        },
        exchange: {
          ...WILLING.exchange,
          events: [
            {
              ...{ kind: 'assign', at: '+0 16:30', quantity: 2 },
              contract: { symbol: 'SPY', secType: 'OPT', strike: STRIKE, expiry: '20260417' },
            },
          ],
        },
      },
      settings: { rules: noRules(), watch: { snapshotSeconds: 60 } },
    });
  });
  afterAll(() => world?.stop());

  test('assigned calls owe the dividend: the statement brings it into the P&L, to the cent and once', async () => {
    const cash = await cashOf(world);
    const { positionId, account } = await enter(world, STRATEGIES.custom?.(2));
    const over = await ended(world, positionId, 60_000);
    expect(over).toMatchObject({ status: 'CLOSED', shares: 0 });
    const moved = (await cashOf(world)) - cash;
    expect(dollars(over.realizedPnl) - moved).toBeCloseTo(360, 6);

    const file = join(world.dir, 'statement.xml');
    writeFileSync(
      file,
      `<FlexQueryResponse><FlexStatements><FlexStatement accountId="${account}"><ChangeInDividendAccruals>
        <ChangeInDividendAccrual accountId="${account}" currency="USD" assetCategory="STK" symbol="SPY" conid="${SPY}" date="20260303"
          exDate="20260303" payDate="20260430" quantity="-200" grossRate="1.8" grossAmount="-360" code="Po" />
      </ChangeInDividendAccruals></FlexStatement></FlexStatements></FlexQueryResponse>`,
    );
    const settle = async () => (await world.cli(['settle', '--flex', file, '--json'])).json.legs;
    expect(await settle()).toMatchObject([{ positionId, legNo: 0, outcome: 'settled' }]);
    expect(await settle()).toMatchObject([{ positionId, outcome: 'agrees' }]);
    const row = await world.client.execution(positionId);
    expect(row).toMatchObject({ status: 'CLOSED', shares: 0 });
    expect(dollars(row.realizedPnl)).toBeCloseTo(moved, 6);
    const said = ['settle', positionId, '--dividend', '1.75', '--ex-date', '2026-03-03'];
    const person = await world.cli(said);
    expect(person).toMatchObject({ code: 3, stdout: expect.stringContaining('better evidence (flex)') });
    const shown = await world.cli(['show', positionId]);
    expect(shown.stdout).toMatch(/shares +dividend .*1\.80 per share, owed on 200 shares, 360\.00 in all/);
    const history = await world.cli(['history', '--json']);
    expect(Number(history.json.positions[0].realizedPnl)).toBeCloseTo(moved, 6);
  });
});

describe('an exercise, accepted before a night without the gateway', () => {
  const RESET = Date.parse('2026-03-02T16:30:00-05:00');
  const OPEN = Date.parse('2026-03-03T09:30:00-05:00');
  beforeAll(async () => {
    world = await startWorld({
      ...{ seed: 5, stepped: true, start: '2026-03-02T19:45:00Z' },
      scenario: {
        ...WILLING,
        market: STILL,
        faults: [{ at: '+0 16:30', fault: 'nightlyReset', ms: OPEN - RESET + 60_000 }],
      },
      // Polled often, so that the market takes some seconds to its close.
      settings: { rules: noRules(), watch: { snapshotSeconds: 5 } },
    });
  });
  afterAll(() => world?.stop());

  test('is settled by the account of the morning, and the rest of the position closed', async () => {
    const { gateway, store } = world;
    const cash = await cashOf(world);
    const legs = [leg('PUT', 690, 'BUY'), leg('PUT', 680, 'SELL')];
    const { positionId } = await enter(world, { strategyType: 'custom', quantity: 2, ignoreSignal: true, legs });
    const said = await world.cli(['exercise', positionId, '--leg', '1', '--json']);
    expect(said.json).toMatchObject({ result: 'ACCEPTED', contracts: 2 });
    expect(gateway.now()).toBeLessThan(RESET);
    await world.waitUntil('the gateway is gone', () => gateway.now() >= RESET, 60_000);
    // Nobody else moves the clock while it is.
    while (gateway.now() < OPEN) gateway.advance(OPEN);
    expect(stock()).toBe(-200);
    expect(await store.exercises.ofPosition(positionId)).toMatchObject([{ state: 'ACCEPTED' }]);
    while (gateway.now() < OPEN + 60_000) gateway.advance(OPEN + 60_000);
    const over = await ended(world, positionId, 60_000);
    expect(over).toMatchObject({ status: 'CLOSED', exitRule: 'broken_structure', shares: 0 });
    expect(await store.exercises.ofPosition(positionId)).toMatchObject([{ state: 'EXERCISED', contracts: 2 }]);
    const shown = await world.cli(['show', positionId]);
    expect(shown.stdout).toMatch(/Exercises\n.*\n.* 1 +2 +EXERCISED +2 exercised, by the position's ledger/);
    expect((await store.externalChanges.ofPosition(positionId))[0]).toMatchObject({
      ...{ kind: 'exercised', legNo: 1, quantity: 2, shares: -200, evidence: 'account' },
    });
    expect(dollars(over.realizedPnl)).toBeCloseTo((await cashOf(world)) - cash, 6);
    expect([stock(), ...heldLegs(over)]).toEqual([0, 0, 0]);
    expect((await store.alerts.list({ positionId })).map(({ rule }) => rule)).not.toContain('exercise_not_done');
  });
});
