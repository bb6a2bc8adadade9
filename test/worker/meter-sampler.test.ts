/** The gauges while the gateway or Postgres is away: a value goes on with the time, or is NaN. It never stands still. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { BrokerDeps } from '../../src/activities/context/deps.js';
import { Meters } from '../../src/activities/context/meters.js';
import { startMeterSampler } from '../../src/worker/meter-sampler.js';

const NOW = Date.parse('2026-03-02T16:00:00Z');
const OPEN = {
  positionId: 'a-position',
  status: 'FILLED',
  paused: false,
  openedCombos: 1,
  shares: 0,
  openingEndedAt: NOW - 3_600_000,
  legs: [
    {
      ...{ legNo: 1, openQuantity: -1, action: 'SELL', status: 'FILLED' },
      contract: { symbol: 'SPY', tradingClass: 'SPY', expiry: '20260417', lastTradeAt: NOW + 46 * 86_400_000 },
    },
  ],
};

let stop: () => Promise<void>;
beforeEach(() => void jest.useFakeTimers());
afterEach(async () => {
  await stop();
  jest.useRealTimers();
});
const sample = () => jest.advanceTimersByTimeAsync(5_000);

function world({ usable = true } = {}) {
  const shown = new Map<string, number>();
  const at = { usable, now: NOW, store: true };
  const meter = {
    createGauge: (name: string) => ({
      set: (value: number, labels: object) => shown.set([name, ...Object.values(labels)].join(' '), value),
    }),
  };
  const meters = new Meters(meter as never, () => undefined);
  const deps = {
    meters,
    log: () => undefined,
    settings: () => ({ observability: { metricsPort: 1 } }),
    broker: { state: () => ({ usable: at.usable }), clock: { now: () => at.now } },
    store: {
      executions: {
        get_open_strategies: async () => {
          if (!at.store) throw new Error('Postgres is away');
          return [OPEN];
        },
      },
      intents: { unsettled: async () => [{ state: 'PARKED' }] },
      snapshots: { lastAt: async () => new Map([['a-position', NOW - 3_000]]) },
    },
  } as unknown as BrokerDeps;
  stop = startMeterSampler(deps);
  return { at, age: () => shown.get('legwork_evaluation_age_seconds a-position'), shown };
}

test('the age of an evaluation goes on while the gateway is away', async () => {
  const { at, age } = world();
  await sample();
  expect(age()).toBe(3);
  Object.assign(at, { usable: false, now: NOW + 300_000 });
  await sample();
  expect(age()).toBe(303);
});

test('what cannot be read is NaN', async () => {
  const { at, age, shown } = world();
  await sample();
  at.store = false;
  await sample();
  expect(age()).toBeNaN();
  expect(shown.get('legwork_orders PARKED')).toBeNaN();
  at.store = true;
  await sample();
  expect(age()).toBe(3);
});

test('before the clock has been read, orders are counted and no age is shown', async () => {
  const { age, shown } = world({ usable: false });
  await sample();
  expect(shown.get('legwork_orders PARKED')).toBe(1);
  expect(age()).toBeUndefined();
});
