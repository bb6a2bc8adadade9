/** What the log says of a part that is away. */
import { expect, test } from '@jest/globals';
import { LegworkError } from '../../src/domain/errors.js';
import { awaitPart, isAway, WaitingLog } from '../../src/worker/await-part.js';
import { databasePart, type WorkerTarget } from '../../src/worker/endpoints.js';

const PART = { name: 'Postgres', where: 'db:5432/legwork' };
const MINUTE = 60_000;

function listening() {
  const lines: string[] = [];
  return { lines, log: (level: string, message: string) => void lines.push(`${level} ${message}`) };
}

test('one line at once and one a minute while it is away, one when it answers, none when it was never missed', () => {
  const { lines, log } = listening();
  const waiting = new WaitingLog(PART, log);
  waiting.there(0);
  for (let second = 0; second <= 150; second++) waiting.away('refused', second * 1000);
  waiting.there(151_000);
  waiting.there(152_000);
  const away = 'warn waiting for Postgres at db:5432/legwork';
  expect(lines).toEqual([away, away, away, 'info Postgres at db:5432/legwork answers']);
  waiting.away('again', 200_000);
  expect(lines).toHaveLength(5);
});

test('an absence shorter than its patience is not mentioned', () => {
  const { lines, log } = listening();
  const waiting = new WaitingLog(PART, log, 3_000);
  waiting.away('it greets', 0);
  waiting.away('it greets', 2_999);
  waiting.there(2_999);
  waiting.away('gone', 10_000);
  waiting.away('gone', 13_000);
  waiting.away('gone', 13_000 + MINUTE - 1);
  expect(lines).toHaveLength(1);
});

const gone = new LegworkError('DATABASE_UNREACHABLE', 'Postgres does not answer: ECONNREFUSED.');
const refused = new LegworkError('DATABASE_UNREACHABLE', 'Postgres refuses us: wrong password.', { refused: true });

test.each([
  [gone, true],
  [refused, false],
  [new LegworkError('TEMPORAL_UNREACHABLE', 'Temporal does not answer.'), true],
  [new LegworkError('INVALID_INPUT', 'temporal.address: bad.'), false],
  [new LegworkError('INVARIANT_BROKEN', 'A migration failed.'), false],
  [Object.assign(new Error('transport error'), { name: 'TransportError' }), true],
  [new TypeError('a defect'), false],
])('%s is waited for: %s', (error, expected) => {
  expect(isAway(error)).toBe(expected);
});

test('it is tried until it answers; a refusal is thrown with name and address; a stop ends the wait', async () => {
  const { lines, log } = listening();
  const stop = new AbortController();
  let tries = 0;
  const result = awaitPart(
    PART,
    async () => {
      tries += 1;
      if (tries === 1) throw gone;
      return 'there';
    },
    { log, stop: stop.signal },
  );
  expect(await result).toBe('there');
  expect(lines).toHaveLength(2);
  const refuse = () => Promise.reject(refused);
  await expect(awaitPart(PART, refuse, { log, stop: stop.signal })).rejects.toThrow(
    'Postgres at db:5432/legwork: Postgres refuses us: wrong password.',
  );
  const away = () => Promise.reject(gone);
  const waiting = awaitPart(PART, away, { log, stop: stop.signal });
  stop.abort(new Error('SIGTERM'));
  await expect(waiting).rejects.toThrow('SIGTERM');
});

test.each([
  ['postgres://me:secret@db:5432/legwork', 'db:5432/legwork'],
  ['postgresql://me:secret@db/legwork?sslmode=require', 'db/legwork'],
  ['not a url with secret', 'DATABASE_URL'],
])('the address of %s has no secret', (databaseUrl, where) => {
  expect(databasePart({ databaseUrl } as WorkerTarget)).toEqual({ name: 'Postgres', where });
});
