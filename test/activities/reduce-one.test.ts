/** A person reduces a position of one combo: it is closed, or refused, as `rules.takeProfit.onIndivisible` says. */
import { expect, test } from '@jest/globals';
import { projectPosition } from '../../src/activities/orders/project.js';
import { type ExitParts, planExit } from '../../src/activities/positions/exit.js';
import { settingsSchema } from '../../src/config/schema.js';
import { exitCommand } from '../../src/contract/exit-command.js';
import { present } from '../domain/strategy/fixtures.js';
import { execution, fill, NOW, newPositionId, testServer } from '../store/support.js';
import { NO_METERS } from '../support/meters.js';

const server = testServer();

/** What a request for half of so many open combos comes to. */
async function half(combos: number, onIndivisible: 'close' | 'hold') {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  const opening = `LW|${positionId}|1|combo|1`;
  await store.fills.append([
    fill(`${positionId}-1`, opening, { quantity: combos }),
    fill(`${positionId}-2`, opening, { conId: 102, side: 'BUY', quantity: combos }),
  ]);
  const parts = {
    deps: {
      ...{ store, broker: { clock: { now: () => NOW } }, configHash: () => '' },
      meters: NO_METERS,
      settings: () => settingsSchema.parse({ rules: { takeProfit: { onIndivisible } } }),
    },
    tracker: { projectNow: async () => present(await projectPosition(store, positionId, NOW)) },
  } as unknown as ExitParts;
  const command = exitCommand({
    ...{ requestId: `half-of-${positionId}`, action: 'REDUCE', ratio: 0.5, urgency: 'HIGH' },
    ...{ rule: 'manual_reduce', reason: 'Asked for by a person.', by: 'person' },
  });
  const plan = await planExit(parts, { positionId, command, step: 2 });
  return { plan, status: (await store.executions.get_execution(positionId))?.status };
}

test.each([
  [2, 'close', { kind: 'exit', combos: 1, closesAll: false }, 'EXITING'],
  [2, 'hold', { kind: 'exit', combos: 1, closesAll: false }, 'EXITING'],
  [1, 'close', { kind: 'exit', combos: 1, closesAll: true }, 'EXITING'],
  [1, 'hold', { kind: 'nothing', result: 'REFUSED', code: 'RISK_REFUSED' }, 'PARTIAL'],
] as const)('half of %i combos with %s', async (combos, onIndivisible, plan, status) => {
  expect(await half(combos, onIndivisible)).toMatchObject({ plan, status });
});
