/**
 * An order that evidence cannot settle, as a person meets it: it filled before midnight and its executions are gone. It is
 * parked, the difference has a name, and the symbol takes no new position; by the commands it is shown, decided and over.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { atBroker, begin, caught, idsOf, intentIs, isOrder, mark, marketTime } from '../faults/support.js';
import { answerOf, ask, close, ended, namedCondor, WILLING } from '../support/life.js';
import { noRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

const PATIENCE_MS = 120_000;

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    speed: 5,
    scenario: {
      market: { realizedRatio: 0.3, volOfVol: 0 },
      exchange: { ...WILLING.exchange, latencySeconds: 2, cash: 2_000_000 },
    },
    settings: { rules: noRules() },
  });
});
afterAll(() => world?.stop(), 90_000);

const openOrders = async () => (await world.cli(['orders', '--open', '--json'])).json.orders;

/** Compares by the command until it finds these kinds; one comparison may fall into a moment without a session. */
async function found(kinds: readonly string[], code: number): Promise<void> {
  let last = '';
  await world
    .waitUntil(
      `the comparison finds ${kinds.join(', ') || 'nothing'}`,
      async () => {
        const answer = await world.cli(['reconcile', '--json', '--timeout', '60']);
        last = `${answer.code} ${answer.stdout}${answer.stderr}`;
        if (answer.code !== code) return false;
        const seen = answer.json.findings.map(({ kind }: { kind: string }) => kind);
        return JSON.stringify([...new Set(seen)].sort()) === JSON.stringify(kinds);
      },
      PATIENCE_MS,
    )
    .catch((error: unknown) => {
      throw new Error(`${String(error)}\nlast: ${last}`);
    });
}

test('a parked order is reported, freezes its symbol, and continues as a person decides', async () => {
  const from = mark(world.gateway);
  world.gateway.fault({ kind: 'mute', orderRefPrefix: 'LW|', place: true });
  const { positionId, entry } = await begin(world);
  await caught(world.gateway, from, isOrder, PATIENCE_MS);
  await world.waitUntil('it is filled at the exchange', () => atBroker(world).length === 4, PATIENCE_MS);
  await marketTime(world, world.gateway.now() + 2_000);
  world.gateway.fault({ kind: 'dateRoll' });
  world.gateway.fault({ kind: 'mute', orderRefPrefix: 'LW|', off: true });
  const parked = await intentIs(world, positionId, 'PARKED', PATIENCE_MS);

  expect(await openOrders()).toMatchObject([{ orderRef: parked.orderRef, state: 'PARKED' }]);
  expect((await world.cli(['orders', '--position', positionId])).stdout).toContain('PARKED');
  const held = await world.cli(['orders', 'resolve', parked.orderRef, '--as', 'perhaps']);
  expect(held.code).toBe(2);
  await found(['missing-here'], 5);
  const refused = await answerOf(world.client.enter(ask(namedCondor())), PATIENCE_MS);
  expect(refused).toMatchObject({ status: 'NOT_ENTERED' });
  expect(refused.reasons.join(' ')).toMatch(/the ledger holds 0, the account/);

  // Its executions can no longer be read: the person closes by hand what it bought, as if it had never been.
  for (const { contract, quantity } of world.gateway.positions()) {
    world.gateway.fault({ kind: 'manualTrade', conId: contract.conId, quantity: -quantity });
  }
  await found([], 0);
  const decided = await world.cli([
    'orders',
    'resolve',
    parked.orderRef,
    '--as',
    'absent',
    '--reason',
    'closed by hand',
  ]);
  expect({ code: decided.code, out: decided.stdout }).toMatchObject({
    code: 0,
    out: expect.stringContaining('absent, now EXPIRED'),
  });
  expect(await answerOf(Promise.resolve(entry), PATIENCE_MS)).toMatchObject({ status: 'OPENED', filledCombos: 1 });
  expect(idsOf(world, positionId)).toHaveLength(2);
  expect(await openOrders()).toEqual([]);
  const again = await world.cli(['orders', 'resolve', parked.orderRef, '--as', 'absent']);
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/PARKED/);

  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId, PATIENCE_MS);
  expect(atBroker(world)).toEqual([]);
  await world.agree(60_000);
}, 600_000);
