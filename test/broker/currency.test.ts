/** Money carries its currency: limits of an account in yen are checked in dollars at the broker's rate, or every entry is refused (case C01). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { passRiskGate } from '../../src/domain/risk/gate.js';
import { riskSettingsSchema } from '../../src/domain/risk/settings.js';
import { PLANS, usd } from '../domain/strategy/fixtures.js';
import { ACCOUNT, findCondor, payloadOf, present, startWorld, usable, type World } from './support.js';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function brokerWith(base: { readonly currency: string; readonly perDollar: number }, cash = 20_000) {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-currency-'));
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, stringify({ exchange: { cash, base } }));
  world = await startWorld({ gateway: { scenario: file } });
  rmSync(folder, { recursive: true });
  await usable(world.broker);
  return world.broker;
}

it('20,000 dollars reported as 3,000,000 yen: nine condors that can lose 8,361 are refused', async () => {
  const broker = await brokerWith({ currency: 'JPY', perDollar: 150 });
  const { netLiquidation, buyingPower, currency, perDollar } = await broker.accountSummary();
  expect({ netLiquidation, buyingPower, currency, perDollar }).toEqual({
    netLiquidation: usd(20_000),
    buyingPower: usd(80_000),
    currency: 'JPY',
    perDollar: 150,
  });
  const condor = { ...present(PLANS[0]), quantity: 9, maxLoss: usd(929) };
  const verdict = passRiskGate(
    {
      ...{ plan: condor, netLiquidation, buyingPower, whatIf: { initMarginChange: usd(9000) } },
      ...{ openMaxLoss: 0, pendingMargin: 0, todaysResult: 0, openPositions: 0, tradingState: 'ACTIVE' as const },
    },
    riskSettingsSchema.parse({}),
  );
  expect(verdict).toMatchObject({
    kind: 'refused',
    reasons: expect.arrayContaining([expect.stringContaining('can lose 8361.00; 2 % of net liquidation are 400.00')]),
  });
});

it.each([
  ['JPY', 150],
  ['EUR', 0.9],
  ['GBP', 0.75],
  ['USD', 1],
])('an account in %s is converted to dollars, and so are the margins of a preview', async (currency, rate) => {
  const broker = await brokerWith({ currency, perDollar: rate }, 100_000);
  const summary = await broker.accountSummary();
  expect(summary).toMatchObject({ netLiquidation: usd(100_000), buyingPower: usd(400_000), initMargin: 0 });
  const condor = await findCondor(broker);
  const preview = await broker.orders.whatIf(payloadOf(condor, condor.natural), ACCOUNT);
  const strikes = condor.legs.map(({ details }) => details.contract.strike);
  const width = Math.max(present(strikes[1]) - present(strikes[0]), present(strikes[3]) - present(strikes[2]));
  // The margin of a condor is its wider side: the same dollars in every currency, except for a cent of rounding.
  expect(Math.abs(present(preview.initMarginChange) - usd(width * 100))).toBeLessThanOrEqual(usd(0.02));
  expect(present(preview.commission)).toBeLessThan(usd(10));
});

it('without a rate the entry is refused with the reason, never checked in another currency', async () => {
  const broker = await brokerWith({ currency: 'JPY', perDollar: 0 });
  await expect(broker.accountSummary()).rejects.toMatchObject({
    code: 'DATA_MISSING',
    message: expect.stringContaining('in JPY, and the broker sends no dollar rate'),
  });
  const condor = await findCondor(broker);
  await expect(broker.orders.whatIf(payloadOf(condor, condor.natural), ACCOUNT)).rejects.toMatchObject({
    code: 'DATA_MISSING',
  });
});
