/** What a roll must keep: the entry signal except its IV band, the settings of the entry, and the requested strikes and credit. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DryRun } from '../../src/contract/requests.js';
import type { PositionRow } from '../../src/store/api.js';
import { caught, closed, type Frame, isMessage, mark } from '../faults/support.js';
import { answerOf, ended, enter, legFills, namedCondor, WILLING } from '../support/life.js';
import { STILL, UNHURRIED } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

/** Far enough out that opening brings more than the close costs. */
const DTE = 75;
const SET = { 'ironCondor.shortDelta': '0.25' };

const settings = (roll: object = {}, entry: object = {}) => ({
  entry: { ...UNHURRIED.entry, ...entry },
  rules: { ...noRules(), roll },
});

/** Every VIX is above it. */
const NO_VIX = { vixMax: 5 };

let world: World;
let row: PositionRow;

beforeAll(async () => {
  world = await startWorld({ seed: 5, speed: 5, scenario: { ...WILLING, market: STILL }, settings: settings() });
  row = await enter(world, { ignoreSignal: true, set: SET, quantity: 2 });
});
afterAll(() => world?.stop(), 90_000);

const preview = (): Promise<DryRun> =>
  answerOf(world.client.previewExit({ positionId: row.positionId, action: 'ROLL', dte: DTE }));

/** The settings are read again within a second. */
async function previewWith(roll: object, as: (run: DryRun) => boolean, entry = {}): Promise<DryRun> {
  world.writeSettings(settings(roll, entry));
  return await world.waitUntil(`a roll with ${JSON.stringify(roll)}`, async () => {
    const run = await preview();
    return as(run) && run;
  });
}

const strikesOf = (legs: readonly { readonly contract: object }[] = []) =>
  legs.map(({ contract }) => 'strike' in contract && contract.strike);

test('strikes are chosen again by delta, or kept', async () => {
  const opened = strikesOf(row.plan.legs);
  const again = await preview();
  expect(again).toMatchObject({ ok: true, reasons: [] });
  expect(strikesOf(again.orders.at(-1)?.payload.legs)).not.toEqual(opened);
  const kept = await previewWith(
    { strikes: 'keep' },
    ({ orders }) => `${strikesOf(orders.at(-1)?.payload.legs)}` === `${opened}`,
  );
  expect(kept.orders.at(-1)?.payload.legs[0]?.contract).not.toMatchObject({ expiry: row.expiry });
});

test('a roll that must bring a credit is refused with its numbers when it does not', async () => {
  const refused = await previewWith({ creditOnly: true, minCredit: 20 }, ({ ok }) => !ok);
  expect(refused).toMatchObject({ code: 'RISK_REFUSED' });
  expect(refused.reasons).toEqual([
    expect.stringMatching(/^Opening brings \d+\.\d+ cr at mid\. It must bring \d+\.\d+ cr or more/),
  ]);
});

test('the signal is checked, except its IV band', async () => {
  const refused = await previewWith({}, ({ code }) => code === 'SIGNAL_REFUSED', NO_VIX);
  expect(refused.reasons).toEqual([expect.stringMatching(/^The VIX is \d+\.\d+; an entry needs < 5/)]);
  expect(refused.checks.map(({ name }) => name)).not.toContain('iv_rank');
  const asked = await answerOf(world.client.roll(row.positionId, DTE));
  expect(asked).toMatchObject({ result: 'REFUSED', code: 'SIGNAL_REFUSED', openCombos: 2 });
  expect(await world.client.execution(row.positionId)).toMatchObject({ openCombos: 2 });
});

test('its opening brings at least the cost of the close, with the settings of the entry', async () => {
  await previewWith({ creditOnly: true }, ({ ok }) => ok);
  const rolled = await answerOf(world.client.roll(row.positionId, DTE), 60_000);
  expect(rolled).toMatchObject({ result: 'ROLLED', filledCombos: 2 });
  await ended(world, row.positionId);
  const next = await world.client.execution(rolled.rolledTo ?? '');
  expect(next.plan.set).toEqual(SET);
  const closing = (await legFills(world, row.positionId)).filter(({ orderRef }) => !orderRef.includes('|1|combo|'));
  const paid = closing.reduce(
    (sum, { side, price, quantity }) => sum + (side === 'BUY' ? price : -price) * quantity,
    0,
  );
  expect(next.plan.leastCredit).toBe(paid / 2);
  expect(next.entryNet ?? 0).toBeGreaterThanOrEqual(paid / 2);
  const deltas = next.plan.legs.map((_, index) =>
    Number(/delta (-?[\d.]+)/.exec(String(next.plan.params[`leg${index + 1}`]))?.[1]),
  );
  expect(Math.abs(deltas[1] ?? 0)).toBeCloseTo(0.25, 1);
  expect(Math.abs(deltas[2] ?? 0)).toBeCloseTo(0.25, 1);
  row = next;
});

test('a close of the old position while its successor opens stops the roll, and says so', async () => {
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
  const from = mark(world.gateway);
  const rolled = await world.client.roll(positionId, DTE);
  // In the turn of its fill: the order of the successor follows within moments.
  const [opening] = ordersOf(world.gateway, positionId);
  const isFilled: Frame = (frame) =>
    isMessage('ORDER_STATUS', 'out')(frame) &&
    frame.fields.status === 'Filled' &&
    frame.fields.orderId !== opening?.orderId;
  await caught(world.gateway, from, isFilled, 60_000);
  world.gateway.fault({ kind: 'holdCombos', market: true });
  await closed(world, positionId);
  const next = await world.waitUntil('its successor opens', async () => {
    const { rolledTo } = await world.client.execution(positionId);
    return rolledTo;
  });
  const answer = await world.cli(['close', positionId, '--timeout', '300']);
  world.gateway.fault({ kind: 'holdCombos', off: true });
  expect(answer.stdout).toContain(`${positionId}: already closed. Its roll into ${next} did not open.`);
  expect(await answerOf(Promise.resolve(rolled))).toMatchObject({ result: 'CLOSED', openCombos: 0 });
  expect(await world.client.execution(next)).toMatchObject({ status: 'FAILED', openedCombos: 0 });
  await ended(world, positionId);
  const again = await world.cli(['close', positionId, '--json']);
  expect(again.json.reason).toBe(`The position is already closed. Its roll into ${next} did not open.`);
});

test('with --or-close the position stays closed when nothing fits', async () => {
  await previewWith({}, ({ code }) => code === 'SIGNAL_REFUSED', NO_VIX);
  const { positionId } = row;
  const answer = await world.cli(['roll', positionId, '--or-close', '--timeout', '300', '--json']);
  expect(answer.json).toMatchObject({ result: 'CLOSED', code: 'SIGNAL_REFUSED', openCombos: 0 });
  expect(answer.json.reason).toMatch(/Closed but not rolled: .*VIX/);
  expect(await ended(world, positionId)).toMatchObject({ status: 'CLOSED', exitRule: 'manual_roll' });
  await world.agree();
});
