/** The gateway's running clock against a wall clock that the test moves. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createClock, type GatewayClockHandle } from '../src/clock.js';

const START = Date.parse('2026-03-02T10:00:00-05:00');
const SPEED = 5;

let wall: number;
let clock: GatewayClockHandle;

beforeEach(() => {
  wall = 0;
  jest.useFakeTimers();
  clock = createClock({ mode: 'running', start: START, speed: SPEED, wall: () => wall });
});
afterEach(() => {
  clock.close();
  jest.useRealTimers();
});

/** Lets wall time pass, with the timers that are due. */
function pass(ms: number): void {
  wall += ms;
  jest.advanceTimersByTime(ms);
}

test('what one message asks for happens at one instant, however slow the machine is', () => {
  const order: string[] = [];
  clock.atOneInstant(() => {
    const began = clock.now();
    clock.schedule(began + 200, 'look', () => order.push('look'));
    wall += 1_000;
    expect(clock.now()).toBe(began);
    // Due at the same instant as the message, so it comes before the action that the message sets 200 ms later.
    clock.schedule(clock.now(), 'end', () => order.push('end'));
  });
  expect(clock.now()).toBe(START + 1_000 * SPEED);
  pass(1);
  expect(order).toEqual(['end', 'look']);
});

test('an instant within another is the same one, and one that throws ends', () => {
  const boom = () =>
    clock.atOneInstant(() => {
      const began = clock.now();
      wall += 100;
      expect(clock.atOneInstant(() => clock.now())).toBe(began);
      throw new Error('boom');
    });
  expect(boom).toThrow('boom');
  expect(clock.now()).toBe(START + 100 * SPEED);
});

test('an action that is due runs at its own time, not at the late one of the machine', () => {
  let ranAt = 0;
  clock.schedule(START + 1_000, 'due', () => {
    ranAt = clock.now();
  });
  pass(5_000);
  expect(ranAt).toBe(START + 1_000);
});
