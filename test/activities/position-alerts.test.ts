/** Alerts that end with a position, and those that a person has to settle. */
import { expect, test } from '@jest/globals';
import { ordersQueueActivities } from '../../src/activities/index.js';
import type { BrokerParts } from '../../src/activities/parts.js';
import { RULES } from '../../src/domain/rules/registry.js';
import { execution, NOW, newPositionId, testServer } from '../store/support.js';

const server = testServer();

test('when a position ends, so do the alerts of its rules, its prices, its exits and its last day, and no others', async () => {
  const positionId = newPositionId();
  const other = newPositionId();
  const { store } = server;
  const ends = [
    ...RULES.flatMap(({ decisions }) => decisions),
    ...[
      'broken_structure',
      'cannot_be_judged',
      'exercise_not_done',
      'exit_unfilled',
      'held_after_end',
      'last_day',
      'last_trade_near',
    ],
    ...['no_stop', 'no_target', 'nobody_bids', 'order_inactive', 'profit_target', 'protective_stop'],
  ];
  const stays = [
    ...['cancel_by_hand', 'contract_replaced', 'order_came_back', 'order_out_of_reach', 'outside_change'],
    ...['reconcile_naked-short', 'two_live_orders'],
  ];
  const words = { type: 'WARNING', severity: 'HIGH', title: 'x', message: 'y', metadata: {}, createdAt: NOW } as const;
  for (const rule of [...ends, ...stays]) await store.alerts.raise({ ...words, rule, positionId });
  await store.alerts.raise({ ...words, rule: 'last_day', positionId: other });

  await store.executions.save_execution(execution(positionId));
  const found = { cannot_be_judged: 'no price', contract_replaced: 'other contracts', roll: 'closed but not rolled' };
  await store.executions.setAttention(positionId, found);

  const parts = {
    deps: { store, broker: { clock: { now: () => NOW, leave: () => undefined } } },
    book: { remove: () => undefined },
    waits: { forget: () => undefined },
  } as unknown as BrokerParts;
  await ordersQueueActivities(parts).leavePosition({ positionId });

  const rulesOf = async (status: 'ACTIVE' | 'RESOLVED') =>
    (await store.alerts.list({ statuses: [status], positionId })).map(({ rule }) => rule).sort();
  expect(await rulesOf('RESOLVED')).toEqual([...ends].sort());
  expect(await rulesOf('ACTIVE')).toEqual(stays.sort());
  const { attentionReasons } = (await store.executions.get_execution(positionId)) ?? {};
  expect(attentionReasons).toEqual({ roll: 'closed but not rolled' });
  expect(await store.alerts.list({ positionId: other })).toMatchObject([{ status: 'ACTIVE' }]);
});
