/**
 * The gateway's clock: market time, running at a speed or moved by hand, and its waiting actions.
 */
import { ActionQueue } from './action-queue.js';
import type { GatewayClock } from './model.js';

export interface ClockOptions {
  readonly mode: 'running' | 'stepped';
  /** Market time at which the clock begins, epoch ms; a stepped clock begins on the whole second at or before it. */
  readonly start: number;
  /** Market seconds per wall second, default 1; a stepped clock has none. */
  readonly speed?: number;
  /** Wall time in ms; only differences count. Default: the machine's monotonic clock. */
  readonly wall?: () => number;
}

/** A clock that can be ended. */
export interface GatewayClockHandle extends GatewayClock {
  /** Drops every scheduled action and the wall timer. */
  close(): void;
}

/** The longest delay that a timer of Node takes, ms. */
const LONGEST_TIMER_MS = 2_147_483_647;
const SECOND_MS = 1000;

const wholeSecondFrom = (at: number): number => Math.ceil(at / SECOND_MS) * SECOND_MS;

/** Makes a clock. Throws RangeError when the start is no time or the speed is not above zero. */
export function createClock(options: ClockOptions): GatewayClockHandle {
  const speed = options.speed ?? 1;
  if (!Number.isFinite(options.start)) throw new RangeError('the clock needs a start');
  if (!(speed > 0) || !Number.isFinite(speed)) throw new RangeError(`a clock cannot run at speed ${speed}`);
  return options.mode === 'stepped' ? new SteppedClock(options.start) : new RunningClock(options, speed);
}

/**
 * Moves only by `advance`, in whole seconds: the protocol carries no more, so a client that gets the
 * time knows it exactly.
 */
class SteppedClock implements GatewayClockHandle {
  readonly mode = 'stepped';
  readonly #queue = new ActionQueue();
  #now: number;

  constructor(start: number) {
    this.#now = Math.floor(start / SECOND_MS) * SECOND_MS;
  }

  now(): number {
    return this.#now;
  }

  schedule(at: number, key: string, action: () => void): { cancel(): void } {
    return this.#queue.add(Math.max(this.#now, wholeSecondFrom(at)), key, action);
  }

  next(): number | undefined {
    return this.#queue.next();
  }

  advance(to: number): void {
    const target = wholeSecondFrom(to);
    if (!(target >= this.#now)) throw new RangeError('time does not go back');
    for (let due = this.#queue.take(target); due; due = this.#queue.take(target)) {
      this.#now = Math.max(this.#now, due.at);
      due.action();
    }
    this.#now = target;
  }

  atOneInstant<T>(action: () => T): T {
    return action();
  }

  close(): void {
    this.#queue.clear();
  }
}

/** Market time = start + wall time since then x speed; one wall timer waits for the earliest action. */
class RunningClock implements GatewayClockHandle {
  readonly mode = 'running';
  readonly #queue = new ActionQueue();
  readonly #wall: () => number;
  readonly #speed: number;
  readonly #start: number;
  readonly #begun: number;
  #timer: NodeJS.Timeout | undefined;
  #timerFor = Number.POSITIVE_INFINITY;
  /** While actions run, time stands still at the action's own time, so that what it schedules follows from that. */
  #standing: number | undefined;
  /** The latest time read: time never goes back, however late an action runs. */
  #latest = Number.NEGATIVE_INFINITY;

  constructor(options: ClockOptions, speed: number) {
    this.#wall = options.wall ?? (() => performance.now());
    this.#speed = speed;
    this.#start = options.start;
    this.#begun = this.#wall();
  }

  now(): number {
    if (this.#standing !== undefined) return this.#standing;
    this.#latest = Math.max(this.#latest, this.#current());
    return this.#latest;
  }

  #current(): number {
    return Math.floor(this.#start + (this.#wall() - this.#begun) * this.#speed);
  }

  schedule(at: number, key: string, action: () => void): { cancel(): void } {
    const handle = this.#queue.add(at, key, action);
    this.#arm();
    return handle;
  }

  next(): number | undefined {
    return this.#queue.next();
  }

  advance(): void {
    throw new RangeError('a running clock cannot be advanced');
  }

  atOneInstant<T>(action: () => T): T {
    if (this.#standing !== undefined) return action();
    this.#standing = this.now();
    try {
      return action();
    } finally {
      this.#standing = undefined;
      this.#arm();
    }
  }

  close(): void {
    this.#queue.clear();
    clearTimeout(this.#timer);
  }

  #arm(): void {
    const next = this.#queue.next();
    if (next === undefined || this.#standing !== undefined) return;
    if (this.#timer && next >= this.#timerFor) return;
    clearTimeout(this.#timer);
    this.#timerFor = next;
    const delay = Math.max(0, Math.ceil((next - this.#current()) / this.#speed));
    this.#timer = setTimeout(() => this.#fire(), Math.min(delay, LONGEST_TIMER_MS));
    // The listening socket keeps a gateway alive, not this timer.
    this.#timer.unref();
  }

  #fire(): void {
    this.#timer = undefined;
    // A fixed target: an action that reschedules itself for "now" must not starve the event loop.
    const target = this.#current();
    try {
      for (let due = this.#queue.take(target); due; due = this.#queue.take(target)) {
        this.#latest = Math.max(this.#latest, due.at);
        this.#standing = this.#latest;
        due.action();
      }
    } finally {
      this.#standing = undefined;
      this.#arm();
    }
  }
}
