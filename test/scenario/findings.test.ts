/**
 * Findings of a comparison with the broker, on the real parts: uncovered shorts, holdings outside every position, and failed
 * comparisons. Each is printed by `legwork reconcile`, is an alert, and is over when it is settled.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { AlertRow, PositionRow } from '../../src/store/api.js';
import { closed, marketTime, rest } from '../faults/support.js';
import { answerOf, ask, close, enter, namedCondor, otherCondor, WILLING } from '../support/life.js';
import { noRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 5,
    speed: 5,
    scenario: { ...WILLING, market: { realizedRatio: 0.3, volOfVol: 0 } },
    settings: { rules: noRules(), ib: { requestTimeoutSeconds: 2 } },
  });
});
afterEach(() => {
  world?.gateway.fault({ kind: 'clear' });
});
afterAll(() => world?.stop(), 90_000);

const reconcile = () => world.cli(['reconcile', '--json', '--timeout', '300']);

async function agreed(): Promise<void> {
  expect(await world.cli(['reconcile'])).toMatchObject({ code: 0, stdout: 'Broker and database agree.\n' });
}

async function alertsOf(kind: string): Promise<readonly AlertRow[]> {
  return (await world.store.alerts.list({})).filter(({ rule }) => rule === `reconcile_${kind}`);
}

const conIdOf = (row: PositionRow, legNo: number): number => row.legs[legNo - 1]?.contract.conId ?? 0;

test('a long wing is sold by hand: the uncovered short is reported and freezes the symbol until it is bought back', async () => {
  const row = await enter(world, namedCondor({ ignoreSignal: true }));
  const { positionId } = row;
  // What is left is closed leg by leg, shorts first: the short put stays until the test lets it go.
  world.gateway.fault({ kind: 'hold', conId: conIdOf(row, 2) });
  world.gateway.fault({ kind: 'manualTrade', conId: conIdOf(row, 1), quantity: -1 });
  const text = `Position ${positionId} is short 1 uncovered SPY put.`;

  const found = await reconcile();
  expect(found.code).toBe(5);
  expect(found.json.findings).toEqual([{ kind: 'naked-short', text }]);
  expect((await world.cli(['reconcile'])).stdout).toBe(`naked-short: ${text}\n`);
  const [alert] = await alertsOf('naked-short');
  expect(alert).toMatchObject({ type: 'CRITICAL', severity: 'IMMEDIATE', status: 'ACTIVE', positionId, message: text });

  const asked = ask(otherCondor({ ignoreSignal: true }));
  const refused = await answerOf(world.client.enter(asked));
  expect(refused).toMatchObject({ status: 'NOT_ENTERED', code: 'RISK_REFUSED', reasons: [text] });

  // An unanswered list proves nothing: a finding is neither over nor forgotten. Other comparisons run meanwhile.
  world.gateway.fault({ kind: 'failNext', request: 'REQ_POSITIONS', n: 50 });
  expect((await reconcile()).json.findings).toEqual([
    { kind: 'stale', text: "The broker's positions could not be read completely; holdings were not compared." },
    { kind: 'naked-short', text },
  ]);
  expect(await alertsOf('naked-short')).toMatchObject([{ alertId: alert?.alertId, status: 'ACTIVE' }]);

  world.gateway.fault({ kind: 'clear' });
  world.gateway.fault({ kind: 'hold', conId: conIdOf(row, 2), off: true });
  expect((await closed(world, positionId, 60_000)).exitRule).toBe('broken_structure');
  // No comparison has to come first: the entry checks again before a finding blocks it.
  const next = await answerOf(world.client.enter(asked));
  expect(next.status).toBe('OPENED');
  expect((await alertsOf('naked-short')).map(({ status }) => status)).toEqual(['RESOLVED']);
  await agreed();
  expect(await close(world, next.positionId ?? '')).toMatchObject({ result: 'CLOSED' });
  await closed(world, next.positionId ?? '');
});

test('two options outside every position are reported, until they are gone', async () => {
  const gone = await enter(world, namedCondor({ ignoreSignal: true }));
  expect(await close(world, gone.positionId)).toMatchObject({ result: 'CLOSED' });
  const { positionId } = await enter(world, otherCondor({ ignoreSignal: true }));
  const trade = (legNo: number, quantity: number) =>
    world.gateway.fault({ kind: 'manualTrade', conId: conIdOf(gone, legNo), quantity });
  trade(1, 1);
  trade(4, 2);
  const texts = [
    `The account holds 1 SPY 20260417 605 PUT (contract ${conIdOf(gone, 1)}) that no position knows.`,
    `The account holds 2 SPY 20260417 724 CALL (contract ${conIdOf(gone, 4)}) that no position knows.`,
  ];
  const found = await reconcile();
  expect(found.code).toBe(5);
  expect(found.json.findings.map(({ kind }: { kind: string }) => kind)).toEqual([
    'foreign-position',
    'foreign-position',
  ]);
  expect(found.json.findings.map(({ text }: { text: string }) => text).sort()).toEqual(texts);
  const [alert, another] = await alertsOf('foreign-position');
  expect(another).toBeUndefined();
  expect(alert).toMatchObject({ type: 'WARNING', severity: 'HIGH', status: 'ACTIVE', symbol: 'SPY' });
  for (const text of texts) expect(alert?.message).toContain(text);
  trade(1, -1);
  trade(4, -2);
  await agreed();
  expect((await alertsOf('foreign-position')).map(({ status }) => status)).toEqual(['RESOLVED']);
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await closed(world, positionId);
});

test('a working order that is no longer shown is stale until it is shown again', async () => {
  const { positionId, entry } = await rest(world);
  const [intent] = await world.store.intents.unsettled(positionId);
  // No list need show an order that was just sent.
  await marketTime(world, (intent?.sentAt ?? Number.NaN) + 10_000);
  world.gateway.fault({ kind: 'falseEmpty', answer: 'openOrders', n: 50 });
  const found = await reconcile();
  expect(found.code).toBe(5);
  expect(found.json.findings).toEqual([
    {
      kind: 'stale',
      text: `Order ${intent?.orderRef} is working here, and the broker no longer shows it as open.`,
    },
  ]);
  const stale = async () => (await alertsOf('stale')).filter((alert) => alert.positionId === positionId);
  expect((await stale()).map(({ status }) => status)).toEqual(['ACTIVE']);
  world.gateway.fault({ kind: 'clear' });
  await agreed();
  expect((await stale()).map(({ status }) => status)).toEqual(['RESOLVED']);
  expect((await world.store.intents.get(intent?.orderRef ?? ''))?.state).toBe('WORKING');
  await world.client.close(positionId);
  expect(await answerOf(Promise.resolve(entry))).toMatchObject({ filledCombos: 0 });
  await world.agree();
});
