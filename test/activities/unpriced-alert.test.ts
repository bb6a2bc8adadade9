/** A position that cannot be priced: its alert and its attention, beside another reason for attention. */
import { expect, test } from '@jest/globals';
import { UnpricedAlert } from '../../src/activities/watch/unpriced-alert.js';
import type { RuleInput } from '../../src/domain/rules/input.js';
import type { Valuation } from '../../src/domain/rules/valuation.js';
import type { PositionRow } from '../../src/store/api.js';
import { present } from '../domain/strategy/fixtures.js';
import { execution, NOW, newPositionId, testServer } from '../store/support.js';

const server = testServer();
const MINUTE_MS = 60_000;
const NO_PRICE = 'The rules cannot evaluate this position: the underlying shows no live price.';
const PARKED = 'An order is parked.';

async function watched() {
  const { store } = server;
  const positionId = newPositionId();
  await store.executions.save_execution(execution(positionId));
  const row = async (): Promise<PositionRow> => present(await store.executions.get_execution(positionId));
  const broker = { quotes: { trouble: () => undefined } };
  const watch = () => new UnpricedAlert({ store, broker } as unknown as ConstructorParameters<typeof UnpricedAlert>[0]);
  let alert = watch();
  const nextWatch = () => {
    alert = watch();
  };
  /** A poll so many minutes after the start of the test, an hour after the open at the earliest. */
  const poll = async (minutes: number, isPriced: boolean) => {
    const market = isPriced ? { underlying: 690_000_000 } : {};
    const input = { now: NOW + minutes * MINUTE_MS, market, legs: [], session: { sinceOpenMs: 60 * MINUTE_MS } };
    const value = (isPriced ? { closeNet: 1 } : {}) as Valuation;
    await alert.observe(await row(), input as unknown as RuleInput, value);
  };
  const reason = async () => (await row()).attentionReason;
  const status = async () =>
    (await store.alerts.list({ positionId, rule: 'cannot_be_judged' })).map((one) => one.status);
  const attention = (other: string | null) => store.executions.setAttention(positionId, { parked: other });
  return { positionId, poll, reason, status, attention, nextWatch };
}

test('after two minutes there is attention and one alert; both end with the next price', async () => {
  const { poll, reason, status } = await watched();
  await poll(0, false);
  await poll(1.9, false);
  expect([await reason(), await status()]).toEqual([undefined, []]);
  await poll(2, false);
  await poll(3, false);
  expect([await reason(), await status()]).toEqual([NO_PRICE, ['ACTIVE']]);
  await poll(3.1, true);
  expect([await reason(), await status()]).toEqual([undefined, ['RESOLVED']]);
});

test('another reason for attention survives it, whichever came first', async () => {
  const { poll, reason, status, attention } = await watched();
  await attention(PARKED);
  await poll(0, false);
  await poll(2, false);
  expect([await reason(), await status()]).toEqual([`${NO_PRICE} ${PARKED}`, ['ACTIVE']]);
  await poll(3, true);
  expect([await reason(), await status()]).toEqual([PARKED, ['RESOLVED']]);

  await attention(null);
  await poll(4, false);
  await poll(6, false);
  expect(await reason()).toBe(NO_PRICE);
  await attention(PARKED);
  await poll(7, true);
  expect(await reason()).toBe(PARKED);
});

test('it is raised again by the next watch where a person has resolved it, and where a process died before it was raised', async () => {
  const { positionId, poll, reason, status, nextWatch } = await watched();
  const { store } = server;
  await store.executions.setAttention(positionId, { cannot_be_judged: NO_PRICE });
  await poll(0, false);
  await poll(2, false);
  expect([await reason(), await status()]).toEqual([NO_PRICE, ['ACTIVE']]);
  await store.alerts.end({ positionId, rule: 'cannot_be_judged' }, NOW);
  await poll(5, false);
  expect(await status()).toEqual(['RESOLVED']);
  nextWatch();
  await poll(6, false);
  await poll(8, false);
  expect((await status()).sort()).toEqual(['ACTIVE', 'RESOLVED']);
});
