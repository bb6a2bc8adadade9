/** The broker's clock as the rest of Legwork sees it; the first connection shows whether it is running or stepped. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../domain/log.js';
import type { MarketClock } from './api.js';
import { RunningClock } from './clock-running.js';
import { SteppedClock, type StepWorld } from './clock-stepped.js';
import type { Connection } from './connection.js';
import type { Control } from './control.js';
import { unreachable } from './failures.js';
import { Wakeups } from './wakeups.js';

/** A whole second of the protocol. */
const SECOND_MS = 1000;
/** Wall time between the first two exact readings of a simulated clock: enough to measure its speed. */
const RATE_BASE_MS = 250;

export class BrokerClock implements MarketClock {
  private readonly wakeups = new Wakeups(() => this.rearm());
  private readonly running = new RunningClock(this.wakeups);
  private readonly stepped: SteppedClock | undefined;
  private mode: 'unknown' | 'running' | 'stepped' = 'unknown';
  private closed = false;

  constructor(
    private readonly control: Control | undefined,
    world: StepWorld,
    log: Log,
    /** Why there is no session; the error for a caller that needs the time before the first reading. */
    private readonly whyUnread: () => Error = () => unreachable('The clock of the broker has not been read yet.'),
  ) {
    if (control !== undefined) this.stepped = new SteppedClock(control, this.wakeups, world, log);
  }

  get isStepped(): boolean {
    return this.mode === 'stepped';
  }

  get keepsWallTime(): boolean | undefined {
    return this.mode === 'stepped' ? false : this.running.keepsWallTime;
  }

  now(): number {
    if (this.mode === 'stepped' && this.stepped) return this.stepped.now();
    if (this.mode === 'running') return this.running.now();
    throw this.whyUnread();
  }

  /** The present time, or undefined before the first reading. */
  known(): number | undefined {
    return this.mode === 'unknown' ? undefined : this.now();
  }

  wait(at: number, actor: string, signal?: AbortSignal): Promise<'reached' | 'interrupted'> {
    if (signal?.aborted || this.closed) return Promise.resolve('interrupted');
    const now = this.known();
    if (now !== undefined && now >= at) return Promise.resolve('reached');
    return this.wakeups.add(at, actor, signal);
  }

  join(actor: string): void {
    this.stepped?.join(actor);
  }

  leave(actor: string): void {
    this.stepped?.leave(actor);
  }

  hold(_actor: string): () => void {
    return this.stepped?.hold() ?? (() => undefined);
  }

  /** An outside change may let a stepped clock move. */
  kick(): void {
    this.stepped?.kick();
  }

  /** The readings before a connection may be used: mode, time and, for a simulated clock, its speed. */
  async readFirst(connection: Connection, timeoutMs: number): Promise<void> {
    this.running.beginSegment();
    if (this.control !== undefined) {
      const status = await this.readControl(this.control);
      if (status === 'running') {
        await sleep(RATE_BASE_MS);
        await this.readControl(this.control);
      }
    }
    await this.readTime(connection, timeoutMs);
  }

  /** One round trip on the session, and the time that it reports. */
  async readTime(connection: Connection, timeoutMs: number): Promise<void> {
    const before = performance.now();
    const seconds = await connection.currentTime(timeoutMs);
    const after = performance.now();
    if (this.control !== undefined) {
      if (this.mode === 'running') await this.readControl(this.control).catch(() => undefined);
      return;
    }
    this.mode = 'running';
    this.running.reading({
      low: seconds * SECOND_MS,
      high: seconds * SECOND_MS + SECOND_MS - 1,
      wall: (before + after) / 2,
      wallError: (after - before) / 2,
    });
  }

  close(): void {
    this.closed = true;
    this.running.close();
    this.stepped?.close();
    this.wakeups.interruptAll();
  }

  private async readControl(control: Control): Promise<'running' | 'stepped'> {
    const before = performance.now();
    const { now, mode } = await control.status();
    const after = performance.now();
    this.mode = mode;
    if (mode === 'stepped' && this.stepped) {
      this.stepped.active = true;
      this.stepped.reading(now);
    } else this.running.reading({ low: now, high: now, wall: (before + after) / 2, wallError: (after - before) / 2 });
    return mode;
  }

  private rearm(): void {
    if (this.closed) return;
    if (this.mode === 'stepped') this.stepped?.kick();
    else this.running.arm();
  }
}
