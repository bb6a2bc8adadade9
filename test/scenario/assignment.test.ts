/**
 * Assignments by day: whole and in part, beside shares that were there before, on the put and the call side of several strategies.
 * Each is found, named with its evidence, and followed up as configured; the ledger is the account to the share.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EntryOptions } from '../../src/client/client.js';
import type { PositionRow } from '../../src/store/api.js';
import { enter, namedCondor, WILLING } from '../support/life.js';
import { noRules } from '../support/rules.js';
import { startWorld, type World } from '../support/world.js';

const SPY = 756733;

let world: World;

const leg = (right: 'PUT' | 'CALL', strike: number, action: 'BUY' | 'SELL') => {
  return { right, strike, expiry: '20260417', action, ratio: 1 } as const;
};
/** Strategies by name; the short leg of each side is the one that is assigned. */
const STRATEGIES: Readonly<Record<string, (quantity: number) => Partial<EntryOptions>>> = {
  condor: (quantity) => namedCondor({ quantity, ignoreSignal: true }),
  'bull put': (quantity) => ({
    ...{ strategyType: 'custom', quantity, ignoreSignal: true },
    legs: [leg('PUT', 620, 'SELL'), leg('PUT', 610, 'BUY')],
  }),
  custom: (quantity) => ({
    ...{ strategyType: 'custom', quantity, ignoreSignal: true },
    legs: [leg('CALL', 705, 'SELL'), leg('CALL', 715, 'BUY'), leg('PUT', 600, 'BUY')],
  }),
};

const stock = () => world.gateway.positions().find(({ contract }) => contract.conId === SPY)?.quantity ?? 0;
const heldLegs = (row: PositionRow) =>
  row.legs.map(
    ({ contract }) => world.gateway.positions().find((one) => one.contract.conId === contract.conId)?.quantity ?? 0,
  );

async function closed(row: PositionRow, timeoutMs = 40_000): Promise<PositionRow> {
  return await world.waitUntil(
    `${row.positionId} is closed`,
    async () => {
      const now = await world.client.execution(row.positionId);
      return now.status === 'CLOSED' && now;
    },
    timeoutMs,
  );
}

function shortLeg(row: PositionRow, right: 'PUT' | 'CALL'): PositionRow['legs'][number] {
  const found = row.legs.find(({ action, contract }) => action === 'SELL' && contract.right === right);
  if (found === undefined) throw new Error(`no short ${right}`);
  return found;
}

describe('by day', () => {
  beforeAll(async () => {
    world = await startWorld({ seed: 5, speed: 5, scenario: WILLING, settings: { rules: noRules() } });
  });
  afterAll(() => world?.stop());

  test.each<[string, 'PUT' | 'CALL', number, number, number]>([
    ['condor', 'PUT', 1, 1, 0],
    ['condor', 'CALL', 1, 1, 0],
    ['condor', 'PUT', 3, 1, 0],
    ['condor', 'CALL', 3, 2, 0],
    ['condor', 'PUT', 1, 1, -250],
    ['condor', 'CALL', 1, 1, 250],
    ['bull put', 'PUT', 1, 1, 0],
    ['bull put', 'PUT', 3, 2, 0],
    ['bull put', 'PUT', 2, 2, 70],
    ['custom', 'CALL', 1, 1, 0],
    ['custom', 'CALL', 2, 1, 0],
    ['custom', 'CALL', 1, 1, -30],
  ])('%s, %s side: of %i combos %i assigned, beside %i shares', async (name, right, quantity, assigned, own) => {
    const before = stock();
    if (own !== before) world.gateway.fault({ kind: 'manualTrade', conId: SPY, quantity: own - before });
    await world.cli(['reconcile']);
    for (const { alertId, rule } of await world.store.alerts.list({ symbol: 'SPY', statuses: ['ACTIVE'] })) {
      if (rule === 'reconcile_foreign-position') await world.cli(['alerts', 'ack', alertId]);
    }
    const row = await enter(world, STRATEGIES[name]?.(quantity));
    await world.cli(['reconcile']);
    const { contract, legNo } = shortLeg(row, right);
    const at = performance.now();
    world.gateway.fault({ kind: 'assign', conId: contract.conId, quantity: assigned });
    await world.waitUntil('it is broken, with an alert', async () =>
      (await world.store.alerts.list({ positionId: row.positionId })).some(({ rule }) => rule === 'position_broken'),
    );
    expect(performance.now() - at).toBeLessThan(30_000);
    const over = await closed(row);
    expect(over).toMatchObject({ exitRule: 'broken_structure', shares: 0 });
    expect(stock()).toBe(own);
    expect(heldLegs(row).every((held) => held === 0)).toBe(true);
    const shares = (right === 'PUT' ? 100 : -100) * assigned;
    expect((await world.store.externalChanges.ofPosition(row.positionId))[0]).toMatchObject({
      ...{ kind: 'assigned', legNo, quantity: assigned, shares, evidence: 'account', estimated: false },
    });
  });
});
