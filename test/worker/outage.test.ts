/**
 * A broker session that stays away while positions are open raises an alert, which is resolved when it is usable again.
 */
import { expect, test } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { Outage } from '../../src/worker/outage.js';
import { execution, newPositionId, testServer } from '../store/support.js';

const server = testServer();
const log = () => undefined;
const PATIENCE_MS = 120_000;

/** It asks the broker only for the state of the session. */
function outageOf(state: { usable: boolean; reconciled: boolean; reason?: string }): Outage {
  const broker = { state: () => state };
  return new Outage({ broker, store: server.store, log } as unknown as BrokerDeps);
}

const active = async () =>
  (await server.store.alerts.list({ statuses: ['ACTIVE'] })).filter(({ rule }) => rule === 'broker_unreachable');

test('an alert is raised after two minutes with positions open, once per outage, and then resolved', async () => {
  const state = { usable: false, reconciled: false, reason: 'The gateway did not answer a probe.' };
  const outage = outageOf(state);
  await outage.check(0);
  await outage.check(PATIENCE_MS);
  // Nothing is open: no alert is needed.
  expect(await active()).toEqual([]);
  await server.store.executions.save_execution(execution(newPositionId()));
  await outage.check(PATIENCE_MS + 1_000);
  expect(await active()).toMatchObject([
    { severity: 'IMMEDIATE', message: expect.stringContaining('The gateway did not answer a probe.') },
  ]);
  await outage.check(PATIENCE_MS + 31_000);
  expect(await active()).toMatchObject([{ count: 2 }]);
  // A session that is up but has not been taken up is no session yet.
  state.usable = true;
  await outage.check(PATIENCE_MS + 60_000);
  expect(await active()).toHaveLength(1);
  state.reconciled = true;
  await outage.check(PATIENCE_MS + 61_000);
  expect(await active()).toEqual([]);
});

test('the next process resolves an alert of a process that has ended', async () => {
  const away = outageOf({ usable: false, reconciled: false });
  await away.check(0);
  await away.check(PATIENCE_MS);
  expect(await active()).toHaveLength(1);
  await outageOf({ usable: true, reconciled: true }).check(0);
  expect(await active()).toEqual([]);
});

test('a short outage raises no alert: the nightly restart takes less', async () => {
  const state = { usable: false, reconciled: false };
  const outage = outageOf(state);
  await outage.check(0);
  await outage.check(PATIENCE_MS - 1_000);
  Object.assign(state, { usable: true, reconciled: true });
  await outage.check(PATIENCE_MS);
  Object.assign(state, { usable: false, reconciled: false });
  await outage.check(PATIENCE_MS + 1_000);
  await outage.check(PATIENCE_MS + 100_000);
  expect(await active()).toEqual([]);
});
