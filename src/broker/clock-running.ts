/**
 * Market time of a broker whose clock runs by itself: the last reading plus the wall time since, at a measured rate.
 *
 * The protocol has whole seconds, so a reading is an interval. The estimate moves only as far as an interval requires. The rate is 1
 * unless readings far enough apart rule that out: then it is a simulation that runs faster.
 */
import { unreachable } from './failures.js';
import type { Wakeups } from './wakeups.js';

/** Market time was in [low, high] at wall time `wall`, which is itself known to `wallError` ms. */
export interface ClockReading {
  readonly low: number;
  readonly high: number;
  readonly wall: number;
  readonly wallError: number;
}

/** Readings closer than this say nothing about the rate. */
const SHORTEST_BASE_MS = 100;
const LONGEST_TIMER_MS = 60_000;
/** Width of the bounds around 1 within which a clock counts as that of the wall: with whole seconds it takes some 100 s to know. */
const SAME_SPEED = 0.02;

export class RunningClock {
  private first: ClockReading | undefined;
  private base: { readonly market: number; readonly wall: number } | undefined;
  private latest = Number.NEGATIVE_INFINITY;
  private rate = 1;
  /** Between which the rate is, by the readings of this connection. */
  private bounds = { slowest: 0, fastest: Number.POSITIVE_INFINITY };
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly wakeups: Wakeups,
    private readonly wall: () => number = () => performance.now(),
  ) {}

  /** A new connection may have another clock: the rate is measured again from here. */
  beginSegment(): void {
    this.first = undefined;
  }

  reading(reading: ClockReading): void {
    if (this.first === undefined) this.first = reading;
    else this.measure(this.first, reading);
    const expected = this.base === undefined ? reading.low : this.estimate(reading.wall);
    this.base = { market: Math.min(Math.max(expected, reading.low), reading.high), wall: reading.wall };
    this.arm();
  }

  /** Undefined until the readings are far enough apart to tell. */
  get keepsWallTime(): boolean | undefined {
    const { slowest, fastest } = this.bounds;
    if (slowest > 1 || fastest < 1) return false;
    return fastest - slowest <= SAME_SPEED ? true : undefined;
  }

  /** Epoch ms; never goes back. */
  now(): number {
    if (this.base === undefined) throw unreachable('The clock of the broker has not been read yet.');
    this.latest = Math.max(this.latest, Math.floor(this.estimate(this.wall())));
    return this.latest;
  }

  /** Sets the timer for the earliest wake-up. */
  arm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const earliest = this.wakeups.earliest();
    if (earliest === undefined || this.base === undefined) return;
    const delay = Math.ceil((earliest - this.now()) / this.rate);
    this.timer = setTimeout(
      () => {
        this.wakeups.due(this.now());
        this.arm();
      },
      Math.min(LONGEST_TIMER_MS, Math.max(0, delay)),
    );
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private estimate(wall: number): number {
    return this.base === undefined ? 0 : this.base.market + (wall - this.base.wall) * this.rate;
  }

  private measure(from: ClockReading, to: ClockReading): void {
    const wall = to.wall - from.wall;
    const error = from.wallError + to.wallError;
    if (wall - error < SHORTEST_BASE_MS) return;
    const slowest = (to.low - from.high) / (wall + error);
    const fastest = (to.high - from.low) / (wall - error);
    this.bounds = { slowest, fastest };
    if (slowest <= 1 && fastest >= 1) this.rate = 1;
    else if (fastest > 0) this.rate = Math.max(slowest, 0.001, (slowest + fastest) / 2);
  }
}
