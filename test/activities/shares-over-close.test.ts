/** Shares that positions hold on both sides are netted in the account: each position can close its own, and no more. */
import { expect, test } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { checkOverClose } from '../../src/activities/orders/over-close.js';
import type { IntentRow } from '../../src/store/api.js';

const SPY = 756733;

const depsOf = (positions: readonly number[], account: number, own: number) =>
  ({
    store: {
      fills: { openQuantities: async () => new Map([[SPY, positions.reduce((sum, shares) => sum + shares, 0)]]) },
      intents: { unsettled: async () => [] },
      ownShares: { get: async () => ({ quantity: own, seenAt: 0 }) },
      executions: { get_open_strategies: async () => positions.map((shares) => ({ underlyingConId: SPY, shares })) },
    },
    broker: { positions: async () => ({ complete: true, rows: [{ conId: SPY, quantity: account }] }) },
  }) as unknown as BrokerDeps;

const order = (action: 'BUY' | 'SELL', quantity: number) =>
  ({
    orderRef: 'LW|position|2|shares|1',
    payload: { legs: [{ action, ratio: 1, contract: { conId: SPY, symbol: 'SPY', secType: 'STK' } }], quantity },
  }) as unknown as IntentRow;

test.each<[readonly number[], number, number, 'BUY' | 'SELL', number, boolean]>([
  [[-400, 200], -200, 0, 'BUY', 400, true],
  [[-400, 200], -200, 0, 'SELL', 200, true],
  [[-400, 200], -200, 0, 'SELL', 201, false],
  [[-400, 200], -200, 0, 'BUY', 401, false],
  // They cancel out: the account holds none.
  [[-200, 200], 0, 0, 'SELL', 200, true],
  [[-200, 200], 0, 0, 'BUY', 300, false],
  // A person's own are neither closed nor in the way.
  [[-400, 200], -150, 50, 'BUY', 400, true],
  // What the account lacks is not closed: 100 of the bought ones are gone.
  [[-400, 200], -300, 0, 'SELL', 200, false],
  [[-400, 200], -300, 0, 'SELL', 100, true],
  [[300], 300, 0, 'SELL', 300, true],
  [[300], 300, 0, 'BUY', 100, false],
  [[300], 100, 0, 'SELL', 200, false],
])("positions with %j, the account %i of which %i are a person's: to %s %i may go: %s", async (...of) => {
  const [positions, account, own, action, quantity, goes] = of;
  const refusal = await checkOverClose(depsOf(positions, account, own), order(action, quantity));
  expect(refusal === undefined).toBe(goes);
});
