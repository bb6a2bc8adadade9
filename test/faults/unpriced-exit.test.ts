/**
 * F21 An exit is never priced by old quotes, neither for legs to buy nor for legs to sell. A long option with delayed quotes does
 * not count as having no bid, which would sell it for a cent.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dollars, ended, enter, legFills, namedCondor, otherCondor } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import type { World } from '../support/world.js';
import { framesSince, isOrder, mark, marketTime } from './support.js';

const PATIENCE_MS = 120_000;

let world: World;

beforeAll(async () => {
  world = await startStillWorld({}, 20);
});
afterAll(() => world?.stop(), 90_000);

const usual = namedCondor().legs ?? [];
const longCall = usual.slice(3);
const condorByLegs = otherCondor({ mode: 'legs' });

test.each([
  ['a long call', { strategyType: 'custom', legs: longCall }],
  ['a condor', namedCondor()],
  ['a condor, leg by leg', condorByLegs],
] as const)('F21 %s', async (_what, asked) => {
  const { positionId } = await enter(world, { ...asked, ignoreSignal: true });
  world.gateway.fault({ kind: 'marketData', state: 'delayed' });
  const from = mark(world.gateway);
  const close = await world.client.close(positionId, { pricing: { kind: 'market' } });
  await marketTime(world, world.gateway.now() + 60_000);
  expect(framesSince(world.gateway, from, isOrder)).toEqual([]);
  expect(await world.client.execution(positionId)).toMatchObject({ openCombos: 1 });

  world.gateway.fault({ kind: 'marketData', state: 'live' });
  const answered = await close.wait({ timeoutMs: PATIENCE_MS });
  expect(answered).toMatchObject({ kind: 'done', value: { result: 'CLOSED' } });
  await ended(world, positionId, PATIENCE_MS);
  // Prices do not move: a leg that is sold again is offered near its cost.
  const bought = new Map(
    (await legFills(world, positionId)).filter(({ side }) => side === 'BUY').map((fill) => [fill.conId, fill.price]),
  );
  for (const { fields } of framesSince(world.gateway, from, isOrder)) {
    if (fields.action !== 'SELL') continue;
    const paid = dollars(bought.get(Number(fields.conId)));
    expect(Number(fields.limitPrice)).toBeGreaterThan(0.8 * paid);
  }
  await world.agree();
});
