/** The hours of contracts as orders and watches request them: in their own zone, late, or in an unknown zone. */
import { afterEach, expect, test } from '@jest/globals';
import { easternTime, parseDay } from 'market-time';
import { SessionCalendar } from '../../src/activities/market/session-calendar.js';
import { findCondor, present, usable } from '../broker/support.js';
import { type Change, startTapped, type TappedWorld } from '../broker/tap.js';
import { testServer } from '../store/support.js';

const server = testServer();
let world: TappedWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** A new calendar over a broker whose messages are changed from now on. */
async function calendarOf(answer: Change) {
  const started = await startTapped({ gateway: { stepped: true }, control: true });
  world = started;
  await usable(started.broker);
  const { legs } = await findCondor(started.broker);
  const contract = present(legs[0]).details.contract;
  // A later market day: details are requested again.
  await started.gateway.advance(newYork('20260303', 15, 30));
  started.broker.clock.join('a-test');
  await started.broker.clock.wait(newYork('20260303', 15, 30), 'a-test');
  started.broker.clock.leave('a-test');
  started.tap.answer = answer;
  const deps = { broker: started.broker, store: server.store, log: () => undefined };
  return { ...started, contract, deps, calendar: new SessionCalendar(deps) };
}

const newYork = (date: string, hours: number, minutes: number) =>
  easternTime(present(parseDay(date)), hours * 60 + minutes);

test("A1 an order on a contract with Chicago hours may leave in the last 75 minutes of New York's session", async () => {
  const { broker, contract, calendar } = await calendarOf(({ name, values }) =>
    name === 'CONTRACT_DATA'
      ? [{ name, values: { ...values, timeZoneId: 'US/Central', liquidHours: '20260303:0830-20260303:1515' } }]
      : undefined,
  );
  const view = await calendar.of([contract], broker.clock.now());
  expect(view).toMatchObject({ isOpen: true, close: newYork('20260303', 16, 15) });
});

test('A1 an unknown zone raises one alert, and the exchange calendar alone decides', async () => {
  const { broker, contract, calendar } = await calendarOf(({ name, values }) =>
    name === 'CONTRACT_DATA' ? [{ name, values: { ...values, timeZoneId: 'Moon/Crater' } }] : undefined,
  );
  for (let look = 0; look < 2; look++)
    expect(await calendar.of([contract], broker.clock.now())).toMatchObject({
      isOpen: true,
      close: newYork('20260303', 16, 15),
    });
  const alerts = await server.store.alerts.list({ symbol: 'SPY' });
  expect(alerts.filter(({ rule }) => rule === 'hours_unreadable')).toEqual([
    expect.objectContaining({ message: expect.stringContaining('Moon/Crater'), count: 1 }),
  ]);
});

test('54 an order does not wait for throttled details: the calendar serves until they come', async () => {
  const held: (() => void)[] = [];
  let throttled = true;
  const { broker, contract, calendar, deps } = await calendarOf((said, one) => {
    if (said.name !== 'CONTRACT_DATA' && said.name !== 'CONTRACT_DATA_END') return undefined;
    const values = { ...said.values, liquidHours: '20260303:0930-20260303:1600' };
    if (!throttled) return [{ name: said.name, values }];
    held.push(() => one.say(said.name, values));
    return [];
  });
  const { epoch } = broker.state();
  const view = await calendar.of([contract], broker.clock.now());
  expect(view).toMatchObject({ isOpen: true, close: newYork('20260303', 16, 15) });
  // Its price steps are from the day before.
  expect((await broker.details([contract.conId]))[0]?.priceBands.length).toBeGreaterThan(0);
  throttled = false;
  for (const say of held.splice(0)) say();
  const late = performance.now();
  while ((await new SessionCalendar(deps).of([contract], broker.clock.now())).close !== newYork('20260303', 16, 0)) {
    expect(performance.now() - late).toBeLessThan(60_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(broker.state().epoch).toBe(epoch);
});
