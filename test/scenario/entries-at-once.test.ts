/** Entries that are asked for at the same moment: each is held to the limits beside those before it, not beside what was before all. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { answerOf, ask, close, ended, namedCondor, otherCondor, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({ seed: 11, speed: 5, scenario: { ...WILLING, market: STILL }, worker: false });
});
afterEach(() => world.stopWorker());
afterAll(() => world?.stop());

test.each([
  ['positions of the account', { risk: { positionsMax: 1 } }, true, 'RISK_REFUSED', /1 positions? .*open/i],
  [
    'positions of the symbol',
    { entry: { positionsPerSymbolMax: 1 } },
    false,
    'SIGNAL_REFUSED',
    /1 positions are open in the symbol/,
  ],
])('%s: one of three opens', async (_what, limits, ignoreSignal, code, reason) => {
  await world.startWorker({ rules: noRules(), ...limits });
  const asked = [namedCondor(), otherCondor(), namedCondor({ quantity: 2 })];
  const results = await Promise.all(asked.map((one) => answerOf(world.client.enter(ask({ ...one, ignoreSignal })))));
  const [opened, ...more] = results.filter(({ status }) => status === 'OPENED');
  expect(more).toEqual([]);
  const refused = results.filter((result) => result !== opened);
  expect(refused.map((result) => [result.status, result.code])).toEqual([
    ['NOT_ENTERED', code],
    ['NOT_ENTERED', code],
  ]);
  for (const { reasons } of refused) expect(reasons.join(' ')).toMatch(reason);
  const positionId = opened?.positionId ?? '';
  expect(await close(world, positionId)).toMatchObject({ result: 'CLOSED' });
  await ended(world, positionId);
  await world.agree();
});
