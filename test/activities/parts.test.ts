/** The small parts of activities, each alone. */
import { describe, expect, test } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { atBoundary, toFailure } from '../../src/activities/boundary.js';
import { SingleFlight } from '../../src/activities/context/single-flight.js';
import { PositionWaits } from '../../src/activities/context/waits.js';
import { settingsWith } from '../../src/activities/entry/settings.js';
import { priceHourAgo } from '../../src/activities/market/hour-window.js';
import { payloadHash } from '../../src/activities/orders/payload-hash.js';
import { WireSlot } from '../../src/activities/orders/wire-slot.js';
import { ERRORS, type ErrorCode, LegworkError } from '../../src/domain/errors.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import { strategySettingsSchema } from '../../src/domain/strategy/settings.js';

describe('the boundary', () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])('%s keeps its code and whether a retry helps', (code) => {
    const failure = toFailure(new LegworkError(code, 'said so', { a: 1 }));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: code, nonRetryable: !ERRORS[code].retryable, message: 'said so' });
  });

  test('cancellations pass; any other error is a bug and is retried', async () => {
    const cancelled = new CancelledFailure('stop');
    expect(toFailure(cancelled)).toBe(cancelled);
    const { run } = atBoundary({
      run: async () => {
        throw new TypeError('x is undefined');
      },
    });
    await expect(run()).rejects.toMatchObject({ type: 'INVARIANT_BROKEN', nonRetryable: false });
  });
});

describe('the wire slot', () => {
  test('reducing orders overtake waiting openings, and each release admits one', async () => {
    const slot = new WireSlot();
    const went: string[] = [];
    const take = async (name: string, purpose: 'OPEN' | 'REDUCE') => {
      const release = await slot.acquire(purpose);
      went.push(name);
      release();
      release();
    };
    const first = await slot.acquire('OPEN');
    const others = [take('open-1', 'OPEN'), take('open-2', 'OPEN'), take('out-1', 'REDUCE'), take('out-2', 'REDUCE')];
    expect(went).toEqual([]);
    first();
    await Promise.all(others);
    expect(went).toEqual(['out-1', 'out-2', 'open-1', 'open-2']);
  });
});

describe('a single flight', () => {
  test('callers during a run share the next one, which begins when that run ends', async () => {
    const flight = new SingleFlight<number>();
    const told: string[] = [];
    let later: Promise<readonly number[]> | undefined;
    let runs = 0;
    const work = async () => {
      runs += 1;
      const run = runs;
      told.push(`${run} begins`);
      later ??= Promise.all([flight.run(work), flight.run(work)]);
      await new Promise(setImmediate);
      told.push(`${run} ends`);
      return run;
    };
    expect(await flight.run(work)).toBe(1);
    expect(await later).toEqual([2, 2]);
    expect(told).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
  });

  test('a run that fails does not block a later one', async () => {
    const flight = new SingleFlight<string>();
    const failing = flight.run(() => Promise.reject(new Error('the broker is away')));
    await expect(failing).rejects.toThrow('away');
    expect(await flight.run(async () => 'compared')).toBe('compared');
  });
});

describe('waits', () => {
  test('a message ends all waits of its position, and of no other, for good', () => {
    const waits = new PositionWaits();
    const [one, two, other] = [waits.open('a'), waits.open('a'), waits.open('b')];
    waits.end('a', 'a message');
    expect([one.endedBy(), two.endedBy(), other.endedBy()]).toEqual(['a message', 'a message', undefined]);
    expect(one.next().aborted).toBe(true);
  });

  test('a wake-up is used up by one turn', () => {
    const wait = new PositionWaits().open('a');
    wait.wake();
    expect(wait.signal.aborted).toBe(true);
    expect(wait.next().aborted).toBe(false);
  });

  test('a closed wait is not notified', () => {
    const waits = new PositionWaits();
    const wait = waits.open('a');
    wait.close();
    waits.end('a', 'late');
    expect(wait.endedBy()).toBeUndefined();
  });
});

test('the hash of an order counts its meaning, not the order of its fields', () => {
  const payload = {
    positionId: 'a',
    step: 1,
    role: 'combo',
    purpose: 'OPEN',
    symbol: 'SPY',
    legs: [],
    quantity: 1,
    orderType: 'LMT',
    limitPrice: 1,
    tif: 'DAY',
  } as OrderPayload;
  const turned = Object.fromEntries(Object.entries(payload).reverse()) as unknown as OrderPayload;
  expect(payloadHash(turned)).toBe(payloadHash(payload));
  expect(payloadHash({ ...payload, quantity: 2 })).not.toBe(payloadHash(payload));
});

test('an hour of session time reaches into the last session', () => {
  const hour = 3_600_000;
  const points = [-20, -19.5, -19, 0, 0.25, 0.5].map((at, i) => ({ at: at * hour, close: i }));
  // Half an hour after the open: half an hour before the last close.
  expect(priceHourAgo(points, 0.5 * hour, 0.5 * hour)).toBe(1);
  expect(priceHourAgo(points, 1.25 * hour, 1.25 * hour)).toBe(4);
  expect(priceHourAgo(points.slice(3), 0.5 * hour, 0.5 * hour)).toBeUndefined();
});

describe('settings of one entry', () => {
  const base = strategySettingsSchema.parse({});
  test('an unknown name is refused with the valid ones, and the base stays unchanged', () => {
    const before = structuredClone(base);
    expect(() => settingsWith(base, { nonsense: '1' })).toThrow(/one of/);
    expect(() => settingsWith(base, { '__proto__.x': '1' })).toThrow(/one of/);
    expect(base).toEqual(before);
  });

  test.each<[Record<string, string>, string]>([
    [{ dte: '30' }, 'set dte: "30" is not allowed; expected dte (30) from dteMin (35) to dteMax'],
    [{ dteMin: '50' }, 'set dteMin: "50" is not allowed; expected dte (45) from dteMin (50)'],
    [{ dteMax: '40' }, 'set dteMax: "40" is not allowed; expected dte (45) from dteMin (35) to dteMax (40)'],
  ])('a target outside the window is refused, not replaced: %j', (set, says) => {
    expect(() => settingsWith(base, set)).toThrow(says);
    expect(settingsWith(base, { dte: '30', dteMin: '25' })).toMatchObject({ dte: 30, dteMin: 25 });
  });
});
