/** Entries at market: one order that takes the offered price, for a credit and for a debit, and the same way out. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { close, ended, enter, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { isWhole } from '../support/whole.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 29,
    speed: 5,
    scenario: { ...WILLING, market: STILL },
    // A condor of SPX is ten of SPY.
    settings: { rules: noRules(), risk: { maxLossPerPositionPct: 0.1 } },
  });
});
afterAll(() => world?.stop());

const BUILT = [
  ['SPY', 'bear_call_spread', 'credit'],
  ['SPY', 'bull_put_spread', 'credit'],
  ['SPY', 'iron_condor', 'credit'],
  ['SPY', 'bull_call_spread', 'debit'],
  ['SPY', 'bear_put_spread', 'debit'],
  ['SPY', 'long_call', 'debit'],
  ['SPY', 'long_put', 'debit'],
  ['SPX', 'iron_condor', 'credit'],
] as const;

/** One of each side, one option, and an index; the rest in `npm run test:slow`. */
const SLICE = BUILT.filter(
  ([symbol, strategyType]) => isWhole || symbol === 'SPX' || /^bear_|call$/.test(strategyType),
);

test.each(SLICE)('%s %s, for a %s', async (symbol, strategyType, side) => {
  const row = await enter(world, { symbol, strategyType, ignoreSignal: true, pricing: { kind: 'market' } });
  expect(row).toMatchObject({ symbol, strategyType, status: 'FILLED', openCombos: 1 });
  const [opening] = ordersOf(world.gateway, row.positionId);
  const limit = Number(opening?.first.fields.limitPrice);
  // As a price of the broker: a credit is below zero.
  if (side === 'debit') expect(limit).toBeGreaterThan(0);
  else expect(limit).toBeLessThan(0);
  expect(await close(world, row.positionId)).toMatchObject({ result: 'CLOSED', filledCombos: 1 });
  expect(await ended(world, row.positionId)).toMatchObject({ status: 'CLOSED', openCombos: 0 });
  expect(ordersOf(world.gateway, row.positionId)).toHaveLength(2);
  await world.agree();
});
