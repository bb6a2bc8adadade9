/**
 * Liveness by a successful round trip, never by an open socket: a half-open one stays open. A probe that is not answered
 * ends the session, and a fresh one is connected.
 */
import type { BrokerClock } from './clock.js';
import type { Connection } from './connection.js';
import { unreachable } from './failures.js';
import type { Session } from './session.js';
import type { SessionPart } from './session-part.js';

/** Longest wait for a periodic probe. */
const PERIODIC_TIMEOUT_MS = 5_000;
/** The second reading of the clock comes early: it shows whether the clock runs at another speed. */
const FIRST_PERIOD_MS = 500;

export class Probe implements SessionPart {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly session: () => Session,
    private readonly clock: BrokerClock,
    private readonly periodMs: number,
    private readonly requestTimeoutMs: number,
  ) {}

  /** One round trip; throws BROKER_UNREACHABLE and ends the session when it is not answered in time. */
  async once(timeoutMs: number): Promise<void> {
    const connection = this.session().connected();
    try {
      await connection.currentTime(timeoutMs);
    } catch (error) {
      this.session().drop(connection, `The gateway did not answer a probe within ${timeoutMs} ms.`);
      throw error;
    }
    if (!this.session().isCurrent(connection)) throw unreachable('The session ended while it was probed.');
  }

  ready(connection: Connection): void {
    this.schedule(connection, Math.min(FIRST_PERIOD_MS, this.periodMs));
  }

  ended(): void {
    clearTimeout(this.timer);
  }

  private schedule(connection: Connection, afterMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.periodic(connection), afterMs);
  }

  private async periodic(connection: Connection): Promise<void> {
    const timeoutMs = Math.min(PERIODIC_TIMEOUT_MS, this.requestTimeoutMs);
    try {
      await this.clock.readTime(connection, timeoutMs);
    } catch {
      this.session().drop(connection, `The gateway did not answer a probe within ${timeoutMs} ms.`);
      return;
    }
    if (this.session().isCurrent(connection)) this.schedule(connection, this.periodMs);
  }
}
