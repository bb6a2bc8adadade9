/** What the account says about an order that no list of the broker shows: trades of somebody else are not its fills. Real database. */
import { expect, test } from '@jest/globals';
import { compareWithAccount } from '../../src/activities/orders/account-evidence.js';
import { externalRefOf } from '../../src/domain/ids.js';
import type { Fill } from '../../src/domain/order/fill.js';
import { foldPosition } from '../../src/domain/position/ledger.js';
import { execution, fill, intent, NOW, newPositionId, PLAN, testServer } from '../store/support.js';

const server = testServer();

/** Two spreads are open: short 2 of contract 101, long 2 of 102; a stop of theirs has left and is not heard of. */
async function unknownStop() {
  const { store } = server;
  // Positions of earlier tests would count with this one.
  await server.sql("UPDATE executions SET status = 'CLOSED', close_time = created_at");
  await server.sql("UPDATE order_intents SET state = 'CANCELLED'");
  const positionId = newPositionId();
  const opening = `LW|${positionId}|1|combo|1`;
  await store.executions.save_execution(execution(positionId));
  const opened = [
    fill(`${positionId}-1.01`, opening, { quantity: 2 }),
    fill(`${positionId}-2.01`, opening, { conId: 102, side: 'BUY', quantity: 2 }),
  ];
  await store.fills.append(opened);
  await project(positionId);
  const wanted = { step: 2, role: 'stop', purpose: 'REDUCE' } as const;
  const stop = await store.intents.plan(intent(positionId, wanted), NOW);
  return { positionId, stop: { ...stop, orderId: 40, permId: 0 } };
}

const project = (positionId: string) =>
  server.store.executions.applyLedger(positionId, (fills) => foldPosition({ plan: PLAN, fills }), NOW);

const account = (short: number, long: number) =>
  [
    { conId: 101, quantity: short },
    { conId: 102, quantity: long },
  ].map((row) => ({ ...row, account: 'DU1', symbol: 'SPY', secType: 'OPT', averageCost: 0 })) as never;

/** A person's trade: no name of ours, and the ids of another client. */
const byHand = (execId: string, more: Partial<Fill>): Fill => fill(execId, '', { orderId: 0, permId: 99, ...more });
const CLOSING = [
  byHand('hand-1.01', { side: 'BUY', quantity: 2 }),
  byHand('hand-2.01', { conId: 102, side: 'SELL', quantity: 2 }),
];
/** A correction of the second trade: the latest version counts, once. */
const CORRECTED = [...CLOSING, byHand('hand-2.02', { conId: 102, side: 'SELL', quantity: 1 })];

test.each<[string, readonly Fill[], [number, number], boolean]>([
  ['nothing changed', [], [-2, 2], true],
  ['all was traded by hand', CLOSING, [0, 0], true],
  ['one trade was corrected', CORRECTED, [0, 1], true],
  ['more is gone than was traded', CLOSING.slice(0, 1), [0, 0], false],
  ['nothing was traded, and all is gone', [], [0, 0], false],
  ['the trade has the order id of the order', CLOSING.map((one) => ({ ...one, orderId: 40 })), [0, 0], false],
  ['the trade is named as one of ours', CLOSING.map((one) => ({ ...one, orderRef: 'LW|p-1|2|stop|1' })), [0, 0], false],
  ['the account shows none of the trade', CLOSING, [-2, 2], false],
])('%s', async (_, executions, [short, long], agrees) => {
  const { stop } = await unknownStop();
  const held = await compareWithAccount(server, stop, { positions: account(short, long), executions });
  if (agrees) expect(held).toBe('agrees');
  else expect(held).toEqual({ difference: expect.stringMatching(/^The broker shows no such order, but account/) });
});

test('a trade that the ledger has already does not count twice', async () => {
  const { positionId, stop } = await unknownStop();
  const mine = externalRefOf(positionId);
  await server.store.fills.append(CLOSING.map((one) => ({ ...one, orderRef: mine })));
  await project(positionId);
  const look = { positions: account(0, 0), executions: CLOSING };
  expect(await compareWithAccount(server, stop, look)).toBe('agrees');
});
