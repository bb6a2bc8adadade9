/** Entries at market: one order that takes the offered price, for a credit and for a debit, and the same way out. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { close, ended, enter, WILLING } from '../support/life.js';
import { STILL } from '../support/market.js';
import { noRules } from '../support/rules.js';
import { ordersOf } from '../support/wire.js';
import { startWorld, type World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld({
    seed: 29,
    speed: 5,
    scenario: { ...WILLING, market: STILL },
    settings: { rules: noRules() },
  });
});
afterAll(() => world?.stop());

test.each(['bear_call_spread', 'bull_put_spread', 'bull_call_spread', 'iron_condor'] as const)(
  '%s',
  async (strategyType) => {
    const row = await enter(world, { strategyType, ignoreSignal: true, pricing: { kind: 'market' } });
    expect(row).toMatchObject({ strategyType, status: 'FILLED', openCombos: 1 });
    const [opening] = ordersOf(world.gateway, row.positionId);
    const limit = Number(opening?.first.fields.limitPrice);
    // As a price of the broker: a credit is below zero.
    if (strategyType === 'bull_call_spread') expect(limit).toBeGreaterThan(0);
    else expect(limit).toBeLessThan(0);
    expect(await close(world, row.positionId)).toMatchObject({ result: 'CLOSED', filledCombos: 1 });
    expect(await ended(world, row.positionId)).toMatchObject({ status: 'CLOSED', openCombos: 0 });
    expect(ordersOf(world.gateway, row.positionId)).toHaveLength(2);
    await world.agree();
  },
);
