/** The market clock: running at any speed, and moved in steps by its driver. */
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RunningClock } from '../../src/broker/clock-running.js';
import { Wakeups } from '../../src/broker/wakeups.js';
import { DEADLINE_MS, findCondor, payloadOf, place, START, startWorld, until, usable, type World } from './support.js';

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

describe('running', () => {
  it('keeps the time of a fast gateway, read from its control interface', async () => {
    world = await startWorld({ gateway: { speed: 100 }, control: true });
    const { broker, gateway } = world;
    await usable(broker);
    // A tenth of a second of wall time, at this speed; later answers improve on slower ones.
    await until(() => Math.abs(broker.clock.now() - gateway.now()) < 10_000);
    const from = broker.clock.now();
    const begun = performance.now();
    expect(await broker.clock.wait(from + 30_000, 'a')).toBe('reached');
    expect(broker.clock.now()).toBeGreaterThanOrEqual(from + 30_000);
    // At the speed of the wall it would be thirty seconds.
    expect(performance.now() - begun).toBeLessThan(5_000);
    await until(() => Math.abs(broker.clock.now() - gateway.now()) < 5_000);
  });

  it('measures the speed from the protocol alone', async () => {
    world = await startWorld({ gateway: { speed: 60 }, broker: { probePeriodMs: 100 } });
    const { broker, gateway } = world;
    await usable(broker);
    const from = broker.clock.now();
    expect(await broker.clock.wait(from + 60_000, 'a')).toBe('reached');
    await until(() => Math.abs(broker.clock.now() - gateway.now()) < 4_000);
  });

  it('tells a clock that keeps wall time from one that does not, once its readings are far enough apart', () => {
    fc.assert(
      fc.property(fc.constantFrom(0.5, 0.9, 1, 1.1, 2, 60), fc.integer({ min: 0, max: 999 }), (speed, offset) => {
        let wall = 0;
        const clock = new RunningClock(new Wakeups(() => undefined), () => wall);
        const told = [10, 20, 40, 80, 160, 320, 640, 1280].map((second) => {
          wall = second * 1000;
          const low = Math.floor((offset + wall * speed) / 1000) * 1000;
          clock.reading({ low, high: low + 999, wall, wallError: 50 });
          return clock.keepsWallTime;
        });
        clock.close();
        expect(told[0]).toBeUndefined();
        expect(told.at(-1)).toBe(speed === 1);
        expect(told).not.toContain(speed !== 1);
      }),
    );
  });

  it('ends a wait by its signal', async () => {
    world = await startWorld();
    const { broker } = world;
    await usable(broker);
    const controller = new AbortController();
    const waiting = broker.clock.wait(broker.clock.now() + 3_600_000, 'a', controller.signal);
    controller.abort();
    expect(await waiting).toBe('interrupted');
    expect(await broker.clock.wait(0, 'a', controller.signal)).toBe('interrupted');
    expect(await broker.clock.wait(broker.clock.now(), 'a')).toBe('reached');
    const left = broker.clock.wait(broker.clock.now() + 3_600_000, 'a');
    await broker.close();
    expect(await left).toBe('interrupted');
  });

  it('stays within a second of the broker, never goes back, and finds the rate', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 1, 30, 600),
        fc.array(fc.record({ gap: fc.integer({ min: 1, max: 20_000 }), delay: fc.integer({ min: 0, max: 40 }) }), {
          minLength: 2,
          maxLength: 20,
        }),
        (speed, steps) => {
          let wall = 0;
          const clock = new RunningClock(new Wakeups(() => undefined), () => wall);
          const market = (at: number) => START + at * speed;
          let latest = Number.NEGATIVE_INFINITY;
          for (const { gap, delay } of steps) {
            wall += gap;
            const second = Math.floor(market(wall) / 1000) * 1000;
            const before = wall - delay / 2;
            wall += delay / 2;
            clock.reading({ low: second, high: second + 999, wall: (before + wall) / 2, wallError: delay / 2 });
            const now = clock.now();
            expect(now).toBeGreaterThanOrEqual(latest);
            latest = now;
          }
          clock.close();
          expect(Math.abs(latest - market(wall))).toBeLessThanOrEqual(Math.max(1_000, 1_100 + 60 * speed));
        },
      ),
    );
  });
});

describe('stepped', () => {
  const SECOND = 1_000;

  async function stepped(): Promise<World> {
    world = await startWorld({ gateway: { stepped: true }, control: true });
    await usable(world.broker);
    return world;
  }

  /** Lets the driver move: many turns of the event loop and a round trip. */
  async function quiet({ broker }: World): Promise<void> {
    for (let turn = 0; turn < 30; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    await broker.probe(DEADLINE_MS);
  }

  it('stands without actors, and moves when every actor waits', async () => {
    const one = await stepped();
    const { clock } = one.broker;
    const lonely = clock.wait(START + 5 * SECOND, 'nobody');
    await quiet(one);
    expect(clock.now()).toBe(START);
    clock.join('a');
    clock.join('b');
    const first = clock.wait(START + 10 * SECOND, 'a');
    await quiet(one);
    expect(clock.now()).toBe(START);
    const second = clock.wait(START + 20 * SECOND, 'b');
    expect(await lonely).toBe('reached');
    expect(await first).toBe('reached');
    expect(clock.now()).toBe(START + 10 * SECOND);
    await quiet(one);
    expect(clock.now()).toBe(START + 10 * SECOND);
    clock.leave('a');
    expect(await second).toBe('reached');
    expect(clock.now()).toBe(START + 20 * SECOND);
    expect(one.gateway.now()).toBe(START + 20 * SECOND);
  });

  it('does not move while something is held', async () => {
    const one = await stepped();
    const { clock } = one.broker;
    clock.join('a');
    const release = clock.hold('a');
    const releaseToo = clock.hold('a');
    const waiting = clock.wait(START + 5 * SECOND, 'a');
    await quiet(one);
    release();
    release();
    await quiet(one);
    expect(clock.now()).toBe(START);
    releaseToo();
    expect(await waiting).toBe('reached');
  });

  it('an interrupted actor is not waiting until it waits again', async () => {
    const one = await stepped();
    const { clock } = one.broker;
    clock.join('a');
    clock.join('b');
    const controller = new AbortController();
    const first = clock.wait(START + 60 * SECOND, 'a', controller.signal);
    controller.abort();
    expect(await first).toBe('interrupted');
    const other = clock.wait(START + 5 * SECOND, 'b');
    await quiet(one);
    expect(clock.now()).toBe(START);
    const again = clock.wait(START + 6 * SECOND + 1, 'a');
    expect(await other).toBe('reached');
    expect(clock.now()).toBe(START + 5 * SECOND);
    clock.leave('b');
    expect(await again).toBe('reached');
    expect(clock.now()).toBe(START + 7 * SECOND);
  });

  it('quotes of a step are delivered before its waits end, with the new time', async () => {
    const one = await stepped();
    const { broker } = one;
    const { clock } = broker;
    const spy = await broker.underlying('SPY');
    const quotes = broker.quotes.subscribe([spy]);
    await until(() => quotes.latest(spy.conId));
    expect(quotes.latest(spy.conId)?.at).toBe(START);
    const order: string[] = [];
    const controller = new AbortController();
    quotes.onBatch(() => {
      order.push(`batch ${clock.now() - START} ${(quotes.latest(spy.conId)?.at ?? 0) - START}`);
      controller.abort();
    });
    clock.join('a');
    clock.join('b');
    const woken = clock.wait(START + 3_600_000, 'a', controller.signal).then((result) => order.push(`a ${result}`));
    const due = clock.wait(START + 60_000, 'b').then((result) => order.push(`b ${result}`));
    await Promise.all([woken, due]);
    expect(order).toEqual(['batch 60000 60000', 'a interrupted', 'b reached']);
    quotes.close();
  });

  it('stops at an order event, and waits until it is recorded', async () => {
    const one = await stepped();
    const { broker, events } = one;
    const { clock } = broker;
    const condor = await findCondor(broker);
    place(one, payloadOf(condor, condor.natural + 100_000), 'LW|spy-ic-20260302-test01|1|combo|1');
    await until(() => events.some((event) => event.kind === 'order'));
    clock.join('a');
    let release: (() => void) | undefined;
    let notifiedAt = 0;
    broker.orders.on((event) => {
      if (event.kind !== 'fill' || release !== undefined) return;
      release = clock.hold('a');
      notifiedAt = clock.now();
    });
    const end = START + 3_600_000;
    const waiting = clock.wait(end, 'a');
    await until(() => release);
    await quiet(one);
    expect(notifiedAt).toBeGreaterThan(START);
    expect(notifiedAt).toBeLessThan(end);
    expect(clock.now()).toBe(notifiedAt);
    release?.();
    expect(await waiting).toBe('reached');
    expect(clock.now()).toBe(end);
  });

  it('an actor that waits forever does not hold up the others, and the exchange still moves time', async () => {
    const one = await stepped();
    const { broker } = one;
    const { clock } = broker;
    const condor = await findCondor(broker);
    clock.join('a');
    const never = clock.wait(Number.MAX_SAFE_INTEGER, 'a');
    place(one, payloadOf(condor, condor.natural + 100_000), 'LW|spy-ic-20260302-test01|1|combo|1');
    await until(() => one.events.some((event) => event.kind === 'fill'));
    expect(clock.now()).toBeGreaterThan(START);
    expect(clock.now()).toBeLessThan(START + 3_600_000);
    await broker.close();
    expect(await never).toBe('interrupted');
  });

  it('moves while the broker link is lost, so that a scenario can bring it back', async () => {
    const one = await stepped();
    const { clock } = one.broker;
    one.gateway.fault({ kind: 'notice', code: 1100 });
    await until(() => !one.broker.state().usable);
    clock.join('a');
    expect(await clock.wait(START + 5 * SECOND, 'a')).toBe('reached');
  });

  it('goes on after the session was lost in between', async () => {
    const one = await stepped();
    const { clock } = one.broker;
    clock.join('a');
    one.gateway.fault({ kind: 'drop' });
    expect(await clock.wait(START + 5 * SECOND, 'a')).toBe('reached');
    expect(clock.now()).toBe(START + 5 * SECOND);
    expect(one.broker.state().usable).toBe(true);
  });

  it('wakes many actors in the same order every time', async () => {
    const one = await stepped();
    const { clock } = one.broker;
    const names = ['a', 'b', 'c', 'd'];
    const woken: string[] = [];
    await Promise.all(
      names.map(async (name, index) => {
        clock.join(name);
        let at = START;
        for (let turn = 0; turn < 5; turn++) {
          at += (index + 1) * 7 * SECOND;
          await clock.wait(at, name);
          woken.push(`${name}${(clock.now() - START) / SECOND}`);
        }
        clock.leave(name);
      }),
    );
    const due = names.flatMap((name, index) => [1, 2, 3, 4, 5].map((turn) => ({ name, at: (index + 1) * 7 * turn })));
    due.sort((left, right) => left.at - right.at);
    expect(woken.map((text) => Number(text.slice(1)))).toEqual(due.map((row) => row.at));
    expect([...woken].sort()).toEqual(due.map((row) => `${row.name}${row.at}`).sort());
  });
});
