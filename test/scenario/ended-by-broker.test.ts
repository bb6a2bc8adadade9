/**
 * A8: orders that the broker ends after it has taken them: cancelled by its system with a reason (202), or refused late (201). By their
 * text they have the same consequences and pauses as an immediate refusal, and their reason reaches the person.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accounted, answerOf, ask, close, ended, enter, legFills, namedCondor, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

const TOO_FAR = 'Limit price too far outside of NBBO.';
/** A preset of the gateway: every what-if is answered by two rows, the first without figures. */
const PRESET = 'Your order size is above the preset limit.';
/** Market time that an exit pauses once its price was refused three times. */
const PAUSE_MS = 5_000;

let world: World;

beforeAll(async () => {
  // Acknowledged at once: nothing fills before the broker ends it.
  const acknowledgements = { comboSeconds: [0, 0] as [number, number] };
  const exchange = { ...WILLING.exchange, acknowledgements, presetWarning: PRESET };
  world = await startWorld({
    seed: 5,
    speed: 5,
    scenario: { market: STILL, exchange },
    settings: { rules: noRules() },
  });
}, 90_000);
afterAll(() => world?.stop(), 90_000);

test.each(['cancelled', 'refused'] as const)(
  'A8 an exit %s by the system five times for its price is priced again, with a pause after three',
  async (as) => {
    const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
    const opened = ordersOf(world.gateway, positionId).length;
    world.gateway.fault({ kind: 'endNext', n: 5, as, ms: 0, text: TOO_FAR });
    const closing = close(world, positionId);
    await world.waitUntil(
      'three orders of the exit were sent',
      () => ordersOf(world.gateway, positionId).length >= opened + 3,
    );
    world.gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 1.005, ivAdd: 0.02 });
    expect(await closing).toMatchObject({ result: 'CLOSED' });
    await ended(world, positionId, 60_000);
    await world.agree(30_000);
    const orders = ordersOf(world.gateway, positionId).slice(opened);
    expect(orders).toHaveLength(6);
    // The market has moved after the third; the fourth may have been priced before that.
    const prices = orders.map(({ first }) => Number(first.fields.limitPrice));
    expect(Math.min(...prices.slice(4))).toBeGreaterThan(Math.max(...prices.slice(0, 3)));
    const exits = (await world.store.intents.list({ positionId })).filter(({ purpose }) => purpose === 'REDUCE');
    expect(exits.filter(({ reason = '' }) => reason.includes(TOO_FAR))).toHaveLength(5);
    // By the worker's clock, which the pause is counted on.
    const [, , third, fourth] = exits.toSorted((left, right) => left.createdAt - right.createdAt);
    expect((fourth?.createdAt ?? 0) - (third?.updatedAt ?? 0)).toBeGreaterThanOrEqual(PAUSE_MS);
  },
  240_000,
);

test.each(['cancelled', 'refused', 'inactive'] as const)(
  "A8 an entry %s by the system for a missing permission ends with the broker's reason",
  async (as) => {
    const text = 'No trading permissions for this contract.';
    world.gateway.fault({ kind: 'endNext', as, ms: 0, text });
    const result = await answerOf(world.client.enter(ask(namedCondor({ ignoreSignal: true }))), 60_000);
    expect(result).toMatchObject({ status: 'FAILED', filledCombos: 0 });
    expect(result.reasons.join(' ')).toContain(text);
    expect(ordersOf(world.gateway, result.positionId ?? '')).toHaveLength(1);
    await world.agree(30_000);
  },
  240_000,
);

test('A8 an exit that the system cancels for a reason that only a person can fix is refused with that reason', async () => {
  const text = 'No trading permissions for this contract.';
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
  world.gateway.fault({ kind: 'endNext', ms: 0, text });
  const outcome = await close(world, positionId);
  expect(outcome).toMatchObject({ result: 'REFUSED', code: 'BROKER_REFUSED' });
  expect(outcome.reason).toContain(text);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, 60_000);
}, 240_000);

test('A7 an entry whose preview comes in two rows with a warning, and without a commission, is entered', async () => {
  const from = world.gateway.journal().length;
  world.gateway.fault({ kind: 'hideCommission', range: false });
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
  const rows = world.gateway
    .journal()
    .slice(from)
    .filter(({ dir, type, fields }) => dir === 'out' && type === 'OPEN_ORDER' && fields.whatIf === true);
  expect(rows.map(({ fields }) => fields.warningText)).toEqual([PRESET, undefined]);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, 60_000);
}, 240_000);

test('commission reports that were lost are asked for before the position ends', async () => {
  const { positionId } = await enter(world, namedCondor({ ignoreSignal: true }));
  await accounted(world, positionId);
  world.gateway.fault({ kind: 'omit', message: 'COMMISSION_REPORT', n: 4 });
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, 60_000);
  const commissions = (await legFills(world, positionId)).map(({ commission }) => commission);
  expect(commissions).toHaveLength(8);
  expect(commissions).not.toContain(undefined);
  await world.agree(30_000);
});
