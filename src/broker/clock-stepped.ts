/**
 * The driver of a stepped clock. Market time stands until every actor waits, nothing of the last step is still being
 * worked on, and the session is there; then it goes to the earliest wake-up, or to an earlier event of the exchange.
 *
 * After a step one time request is the barrier: its answer comes after every frame of the step. Only then do the
 * listeners of quotes and orders are notified, under the new time, and the waits that are due end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../domain/log.js';
import type { Control } from './control.js';
import { unreachable } from './failures.js';
import type { Wakeups } from './wakeups.js';

/** What a step needs from the rest of the broker. */
export interface StepWorld {
  /** Whether the gateway can be asked. */
  connected(): boolean;
  /** One round trip on the session: every earlier frame has been read then. */
  barrier(): Promise<void>;
  /** Holds back the listeners' notifications until `deliver`. */
  holdBack(): void;
  deliver(): void;
}

const SECOND_MS = 1000;
const RETRY_MS = 200;
/** Event loop turns that must pass quietly before a step. */
const QUIET_TURNS = 3;
/** A wake-up further away means "never". */
const NEVER_MS = 8.64e15;

export class SteppedClock {
  private time: number | undefined;
  private readonly actors = new Set<string>();
  private holds = 0;
  private driving = false;
  private again = false;
  private closed = false;
  /** Steps requested but not finished: no second one may begin. */
  active = false;

  constructor(
    private readonly control: Control,
    private readonly wakeups: Wakeups,
    private readonly world: StepWorld,
    private readonly log: Log,
  ) {}

  now(): number {
    if (this.time === undefined) throw unreachable('The clock of the broker has not been read yet.');
    return this.time;
  }

  /** Takes a reading of the gateway's own time; it cannot go back. */
  reading(now: number): void {
    this.time = Math.max(this.time ?? now, now);
    // A step in progress ends the waits itself, after its frames have been read.
    if (!this.driving) this.wakeups.due(this.time);
  }

  join(actor: string): void {
    this.actors.add(actor);
  }

  leave(actor: string): void {
    this.actors.delete(actor);
    this.kick();
  }

  hold(): () => void {
    this.holds += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.holds -= 1;
      this.kick();
    };
  }

  /** Something changed that may let time move. */
  kick(): void {
    this.again = true;
    if (this.driving || this.closed || !this.active) return;
    this.driving = true;
    this.drive()
      .catch((error: unknown) => this.log('error', 'the driver of the clock failed', { error: String(error) }))
      .finally(() => {
        this.driving = false;
        if (this.again && this.mayMove()) this.kick();
      });
  }

  close(): void {
    this.closed = true;
  }

  private async drive(): Promise<void> {
    while (this.again && !this.closed) {
      this.again = false;
      while (await this.isQuiet()) await this.step();
    }
  }

  private async isQuiet(): Promise<boolean> {
    for (let turn = 0; turn < QUIET_TURNS; turn++) {
      if (!this.mayMove()) return false;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return this.mayMove();
  }

  private mayMove(): boolean {
    if (this.closed || this.holds > 0 || this.actors.size === 0 || !this.world.connected()) return false;
    if (this.time === undefined || this.wakeups.earliest() === undefined) return false;
    for (const actor of this.actors) if (!this.wakeups.isWaiting(actor)) return false;
    return true;
  }

  private async step(): Promise<void> {
    this.world.holdBack();
    try {
      const to = await this.target();
      if (to === undefined) {
        // Every actor waits forever and the exchange has no event: try again in a while.
        this.world.deliver();
        await sleep(RETRY_MS);
        return;
      }
      const reached = await this.control.advance(to);
      await this.untilRead();
      this.time = Math.max(this.now(), reached);
    } catch (error) {
      this.log('warn', 'the clock of the gateway could not be moved', { error: String(error) });
      this.world.deliver();
      await sleep(RETRY_MS);
    } finally {
      this.world.deliver();
    }
    this.wakeups.due(this.now());
  }

  /** Whole seconds: the protocol knows no finer time. */
  private async target(): Promise<number | undefined> {
    const earliest = this.wakeups.earliest() ?? Number.POSITIVE_INFINITY;
    if (earliest < NEVER_MS) return Math.max(this.now(), Math.ceil(earliest / SECOND_MS) * SECOND_MS);
    return (await this.control.status()).nextEvent;
  }

  /** Time has moved at the gateway: whatever happens to the session, it must be read before anything acts on it. */
  private async untilRead(): Promise<void> {
    while (!this.closed) {
      try {
        await this.world.barrier();
        return;
      } catch (error) {
        this.log('debug', 'the barrier after a step has to be repeated', { error: String(error) });
        // The loss of a session must be noticed now, not after the step.
        this.world.deliver();
        await sleep(RETRY_MS);
      }
    }
  }
}
