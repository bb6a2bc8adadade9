/** Exercising a long leg: committed before it is written, written once, and never again when its arrival is uncertain. */
import { describe, expect, it, test } from '@jest/globals';
import { marketDate } from 'market-time';
import { exerciseLeg } from '../../src/activities/orders/exercise.js';
import { settleExercises } from '../../src/activities/orders/settle-exercises.js';
import type { BrokerPosition, ExerciseAnswer } from '../../src/broker/api.js';
import type { ExerciseInput } from '../../src/contract/requests.js';
import { exerciseAdvantage, exerciseCutoff } from '../../src/domain/position/exercise.js';
import { foldPosition } from '../../src/domain/position/ledger.js';
import type { ExerciseState } from '../../src/store/exercises.js';
import { execution, fill, NOW, newPositionId, PLAN, testServer } from '../store/support.js';

const server = testServer();
const longNo = PLAN.legs.findIndex(({ action }) => action === 'BUY') + 1;
const shortNo = PLAN.legs.findIndex(({ action }) => action === 'SELL') + 1;
const longPut = PLAN.legs[longNo - 1];

interface Broker {
  readonly answer?: ExerciseAnswer | Error;
  readonly held?: number;
  readonly token?: number;
  /** Parts of the store in place of the real ones. */
  readonly parts?: Partial<typeof server.store>;
}

/** A spread of two combos, and a broker with this answer; `written` counts the instructions that reached it. */
async function stage({
  answer = { kind: 'accepted', code: 399, text: 'taken' },
  held = 2,
  token,
  parts = {},
}: Broker = {}) {
  const { store } = server;
  const lease = await store.leases.acquire('broker', 'test', 600_000);
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  const ref = `LW|${positionId}|1|combo|1`;
  await store.fills.append(
    PLAN.legs.map(({ contract, action }, index) =>
      fill(`${positionId}-${index}.01`, ref, { conId: contract.conId, side: action, quantity: 2 }),
    ),
  );
  await store.executions.applyLedger(positionId, (fills) => foldPosition({ plan: PLAN, fills }), NOW);
  let written = 0;
  const positions = [{ conId: longPut?.contract.conId ?? 0, quantity: held }] as unknown as readonly BrokerPosition[];
  const broker = {
    clock: { now: () => NOW },
    state: () => ({ usable: true, reconciled: true, epoch: 1 }),
    positions: async () => ({ complete: true, rows: positions }),
    quotes: { snapshot: async () => new Map() },
    orders: {
      exercise: async () => {
        written += 1;
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  };
  const deps = {
    ...{ store: { ...store, ...parts }, broker, account: () => 'DU1', log: () => undefined },
    lease: { token: token ?? lease ?? 0, valid: () => true },
  } as unknown as Parameters<typeof exerciseLeg>[0]['deps'];
  const ask = (more: Partial<ExerciseInput> = {}) =>
    exerciseLeg({ deps }, { positionId, legNo: longNo, override: false, dryRun: false, ...more });
  return { positionId, ask, written: () => written };
}

it('is sent once; a second request that day returns the result of the first', async () => {
  const { positionId, ask, written } = await stage();
  expect(await ask()).toMatchObject({ result: 'ACCEPTED', contracts: 2 });
  expect(await ask()).toMatchObject({ result: 'REFUSED', reason: expect.stringContaining('2 contracts, ACCEPTED') });
  expect(written()).toBe(1);
  expect(await server.store.exercises.ofPosition(positionId)).toMatchObject([{ legNo: longNo, state: 'ACCEPTED' }]);
});

it('the answer of the broker reaches the person, also when it cannot be stored', async () => {
  const away = () => Promise.reject(new Error('the database is away'));
  const { positionId, ask, written } = await stage({
    parts: { exercises: { ...server.store.exercises, end: away } },
  });
  expect(await ask()).toMatchObject({ result: 'ACCEPTED' });
  expect(written()).toBe(1);
  expect(await server.store.exercises.ofPosition(positionId)).toMatchObject([{ legNo: longNo }]);
});

it.each<[string, Broker, string, string]>([
  ['the broker says nothing', { answer: { kind: 'silent' } }, 'UNKNOWN', 'check under Exercise in TWS'],
  ['the lease is lost', { token: 999_999 }, 'REFUSED', 'lease was lost'],
])('%s: nothing is sent again', async (_, broker, result, reason) => {
  const { ask, written } = await stage(broker);
  expect(await ask()).toMatchObject({ result, reason: expect.stringContaining(reason) });
  const before = written();
  await ask();
  expect(written()).toBe(before);
});

it.each<[string, Broker]>([
  ['the broker refuses it', { answer: { kind: 'refused', code: 10333, text: 'Override is needed.' } }],
  ['it was not written', { answer: new Error('the session has ended; nothing was written') }],
])('%s: it may be asked for again', async (_, broker) => {
  const { ask, written } = await stage(broker);
  expect((await ask()).result).toBe('REFUSED');
  await ask({ override: true });
  expect(written()).toBe(2);
});

it('a death between the commit and the write leaves an instruction that is not sent again', async () => {
  const { positionId, ask, written } = await stage();
  const lease = await server.store.leases.acquire('broker', 'test', 600_000);
  await server.store.exercises.begin(
    { positionId, legNo: longNo, day: marketDate(NOW), contracts: 2, at: NOW },
    lease ?? 0,
  );
  const answer = await ask();
  expect(answer.result).toBe('REFUSED');
  expect(written()).toBe(0);
});

it.each<[string, Broker, Partial<ExerciseInput>, string]>([
  ['a short leg', {}, { legNo: shortNo }, 'only a long option'],
  ['more than is open', {}, { contracts: 3 }, 'expected 1 to 2'],
  ['what the account does not hold', { held: 1 }, {}, 'the account holds 1'],
])('%s is refused before anything is committed', async (_, broker, more, reason) => {
  const { positionId, ask, written } = await stage(broker);
  expect(await ask(more)).toMatchObject({ result: 'REFUSED', reason: expect.stringContaining(reason) });
  expect(await ask({ ...more, dryRun: true })).toMatchObject({ result: 'REFUSED' });
  expect(written()).toBe(0);
  expect(await server.store.exercises.ofPosition(positionId)).toEqual([]);
});

describe('what became of an instruction is settled by the next morning', () => {
  const EVENING = Date.parse('2026-03-02T18:00:00-05:00');
  const NIGHT = Date.parse('2026-03-03T02:00:00-05:00');
  const MORNING = Date.parse('2026-03-03T08:00:00-05:00');
  const day = '20260302';

  /** Two contracts held, an instruction for them, and an account that holds `held` of them; `exercised` are in the ledger. */
  async function settled(state: ExerciseState, exercised: number, held: number, now: number, complete = true) {
    const { store } = server;
    const { positionId } = await stage();
    const lease = await store.leases.acquire('broker', 'test', 600_000);
    const key = { positionId, legNo: longNo, day };
    await store.exercises.begin({ ...key, contracts: 2, at: EVENING }, lease ?? 0);
    await store.exercises.end(key, state, 'as it was');
    const conId = longPut?.contract.conId ?? 0;
    if (exercised > 0) {
      const gone = { execId: `${positionId}-e`, quantity: exercised, price: 0, at: NIGHT };
      await store.externalChanges.append(
        {
          ...{ ...gone, positionId, legNo: longNo, kind: 'exercised', shares: -100 * exercised },
          ...{ evidence: 'account', estimated: false, text: 'It was exercised.' },
        },
        [fill(gone.execId, `LW|${positionId}|0|external|1`, { conId, side: 'SELL', ...gone })],
      );
    }
    await store.executions.applyLedger(positionId, (fills) => foldPosition({ plan: PLAN, fills }), NOW);
    const others = (await store.fills.openQuantities()).get(conId) ?? 0;
    const own = 2 - exercised;
    const rows = [{ conId, quantity: others - own + held }] as unknown as readonly BrokerPosition[];
    const broker = { clock: { now: () => now }, positions: async () => ({ complete, rows }) };
    await settleExercises({ deps: { broker, store } as unknown as Parameters<typeof settleExercises>[0]['deps'] });
    const [row] = await store.exercises.ofPosition(positionId);
    const alerts = await store.alerts.list({ positionId, rule: 'exercise_not_done' });
    await store.executions.update_execution_status(positionId, 'FAILED', now);
    return [row?.state, alerts.map(({ message }) => message)];
  }

  const NOT_DONE = (said: string, done: number) => [
    expect.stringMatching(
      new RegExp(
        `^The exercise of 2 SPY .* ${said} on ${day}; ${done} were exercised, .* still holds ${2 - done}\\. Send it`,
      ),
    ),
  ];
  const ACCEPTED = 'was accepted by the broker';
  const SILENT = 'was sent without an answer';

  it.each<[string, Parameters<typeof settled>, ExerciseState, readonly unknown[]]>([
    ['the ledger has it: at once', ['ACCEPTED', 2, 0, NIGHT], 'EXERCISED', []],
    ['it arrived without an answer', ['UNKNOWN', 2, 0, NIGHT], 'EXERCISED', []],
    ['its sender died', ['SENDING', 2, 0, MORNING], 'EXERCISED', []],
    ['nothing happened in the night', ['ACCEPTED', 0, 2, MORNING], 'NOT_EXERCISED', NOT_DONE(ACCEPTED, 0)],
    ['nobody answered, and nothing happened', ['UNKNOWN', 0, 2, MORNING], 'NOT_EXERCISED', NOT_DONE(SILENT, 0)],
    ['its sender died, and nothing happened', ['SENDING', 0, 2, MORNING], 'NOT_EXERCISED', NOT_DONE(SILENT, 0)],
    ['a part was exercised', ['ACCEPTED', 1, 1, MORNING], 'NOT_EXERCISED', NOT_DONE(ACCEPTED, 1)],
    ['the night is not over', ['ACCEPTED', 0, 2, MORNING - 1], 'ACCEPTED', []],
    ['the account is ahead of the ledger', ['ACCEPTED', 0, 0, MORNING], 'ACCEPTED', []],
    ['the account could not be read', ['UNKNOWN', 0, 2, MORNING, false], 'UNKNOWN', []],
    ['the broker refused it', ['REFUSED', 0, 2, MORNING], 'REFUSED', []],
  ])('%s', async (_, given, state, told) => {
    expect(await settled(...given)).toEqual([state, told]);
  });
});

test('an unknown leg is bad input', async () => {
  const { ask } = await stage();
  await expect(ask({ legNo: 5 })).rejects.toThrow(`1 to ${PLAN.legs.length}`);
});

test.each<[string, 'CALL' | 'PUT', number, number | undefined, number]>([
  ['a call below its parity is better exercised', 'CALL', 100, 9.5, 0.52],
  ['a call above it is better sold', 'CALL', 100, 10.5, -0.48],
  ['a put that nobody bids for is better exercised', 'PUT', 120, undefined, 10],
])('%s', (_, right, strike, bid, advantage) => {
  const usd = (dollars: number) => Math.round(dollars * 1e6);
  const quotes = {
    option: bid === undefined ? {} : { bid: usd(bid) },
    shares: { bid: usd(110), ask: usd(110.02) },
  };
  expect(exerciseAdvantage({ right, strike }, quotes)).toBe(usd(advantage));
  expect(exerciseCutoff({ expiry: '20260417' })).toBe(Date.parse('2026-04-17T17:30:00-04:00'));
});
