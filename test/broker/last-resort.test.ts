/** The end of a session affects every position: one slow answer is no reason for it. */
import { afterEach, expect, it } from '@jest/globals';
import { DEADLINE_MS, present, until, usable } from './support.js';
import { startTapped, type Tap, type TappedWorld } from './tap.js';

let world: TappedWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const TIMEOUT_MS = 1_000;

async function scene(
  prepare?: (tap: Tap) => void,
  requestTimeoutMs = TIMEOUT_MS,
): Promise<TappedWorld & { readonly epoch: number }> {
  const started = await startTapped({ broker: { requestTimeoutMs, probePeriodMs: 60_000 } }, prepare);
  world = started;
  return { ...started, epoch: await usable(started.broker) };
}

it.each([
  ['open orders', 'OPEN_ORDER_END'],
  ['completed orders', 'COMPLETED_ORDERS_END'],
  ['executions', 'EXECUTION_DATA_END'],
  ['positions', 'POSITION_END'],
] as const)('a late end of %s is not taken for that of the next list, and the session stays', async (what, end) => {
  const { broker, tap, epoch } = await scene();
  const list = () =>
    ({
      'open orders': () => broker.orders.openOrders(),
      'completed orders': () => broker.orders.completedOrders(),
      executions: () => broker.orders.executions(),
      positions: () => broker.positions(),
    })[what]();
  let held: (() => void) | undefined;
  tap.answer = ({ name, values }) => {
    if (name !== end || held !== undefined) return undefined;
    held = () => tap.say(name, values);
    return [];
  };
  expect(await list()).toMatchObject({ complete: false, epoch });
  const next = list();
  (await until(() => held))();
  await next;
  // On a busy machine an answer may be late by itself: lists must be answered again in the same session.
  while (!(await list()).complete) expect(broker.state().epoch).toBe(epoch);
  expect(broker.state()).toMatchObject({ usable: true, epoch });
});

it('a session that never ends a list is ended, after three times the patience', async () => {
  const { broker, tap, epoch } = await scene();
  tap.answer = ({ name }) => (name === 'OPEN_ORDER_END' ? [] : undefined);
  const begun = performance.now();
  expect(await broker.orders.openOrders()).toMatchObject({ complete: false });
  // Not requested again while the end is owed.
  const asked = tap.count('REQ_ALL_OPEN_ORDERS');
  expect(await broker.orders.openOrders()).toMatchObject({ complete: false });
  expect(tap.count('REQ_ALL_OPEN_ORDERS')).toBe(asked);
  await until(() => broker.state().epoch > epoch);
  expect(performance.now() - begun).toBeGreaterThan(2.5 * TIMEOUT_MS);
});

it('a late probe holds back an order, and keeps the session', async () => {
  // The session lasts as long as the answer may be owed.
  const { broker, tap, epoch } = await scene(undefined, 10 * TIMEOUT_MS);
  let held: (() => void) | undefined;
  tap.answer = ({ name, values }) => {
    if (name !== 'CURRENT_TIME' || held !== undefined) return undefined;
    held = () => tap.say(name, values);
    return [];
  };
  await expect(broker.probe(100)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  (await until(() => held))();
  await broker.probe(DEADLINE_MS);
  expect(broker.state()).toMatchObject({ usable: true, epoch });
});

it('54 details of a chain are awaited though every row comes late', async () => {
  const { broker, tap, epoch } = await scene(undefined, 3 * TIMEOUT_MS);
  const spy = await broker.underlying('SPY');
  const chain = present((await broker.optionClasses(spy)).find((row) => row.tradingClass === 'SPY'));
  const queue: (() => void)[] = [];
  tap.answer = ({ name, values }) => {
    if (name !== 'CONTRACT_DATA' && name !== 'CONTRACT_DATA_END') return undefined;
    queue.push(() => tap.say(name, values));
    return [];
  };
  // The patience with one contract is over long before the end.
  const tick = setInterval(() => {
    for (const say of queue.splice(0, 5)) say();
  }, 200);
  try {
    const middle = Math.floor(chain.strikes.length / 2);
    const found = await broker.qualify(
      spy,
      chain.strikes.slice(middle, middle + 3).map((strike) => ({
        tradingClass: 'SPY',
        expiry: present(chain.expirations[3]),
        strike,
        right: 'PUT' as const,
        multiplier: 100,
      })),
    );
    expect(found.length).toBeGreaterThan(0);
  } finally {
    clearInterval(tick);
  }
  expect(broker.state()).toMatchObject({ usable: true, epoch });
});

it('50 a gateway with another version for a while, as after its restart, is tried again', async () => {
  const started = await scene();
  const { broker, tap, gateway, epoch } = started;
  let refusals = 0;
  tap.greeting = ([version = '', ...rest]) => {
    if (refusals >= 2) return [version, ...rest];
    refusals += 1;
    return ['9999', ...rest];
  };
  const reasons: string[] = [];
  broker.onState(({ reason }) => void reasons.push(reason ?? ''));
  gateway.fault({ kind: 'drop' });
  await until(() => broker.state().usable && broker.state().epoch > epoch);
  expect(refusals).toBe(2);
  expect(reasons.join('\n')).toContain('506');
});

it('an answer to a probe that is lost puts off none of the later ones', async () => {
  const { broker, tap, epoch } = await scene();
  let lost = 0;
  tap.answer = ({ name }) => {
    if (name !== 'CURRENT_TIME' || lost > 0) return undefined;
    lost += 1;
    return [];
  };
  // Asked as often as by orders that wait for it: the answers carry no id, and each could be taken for that of the probe before.
  const asked = async () => {
    await until(() => broker.state().usable);
    await broker.probe(100);
    return true;
  };
  await expect(asked()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await asked().catch(() => false))) expect(performance.now()).toBeLessThan(deadline);
  // The one that owes an answer has ended.
  expect(broker.state().epoch).toBeGreaterThan(epoch);
});
