/**
 * Liveness by a successful round trip, never by an open socket: a half-open one stays open. An unanswered probe ends the session,
 * and a new one is connected.
 */
import type { BrokerClock } from './clock.js';
import type { Connection } from './connection.js';
import { NotAnswered, unreachable } from './failures.js';
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

  /**
   * One round trip; throws BROKER_UNREACHABLE when it is not answered in time. A gateway may be slow for a moment, and the end of a
   * session affects every position, so the session ends only after the longest wait of a periodic probe.
   */
  async once(timeoutMs: number): Promise<void> {
    const connection = this.session().connected();
    const longest = Math.max(timeoutMs, this.patienceMs);
    const answer = connection.currentTime(longest);
    answer.catch(() => this.session().drop(connection, `The gateway did not answer a probe within ${longest} ms.`));
    await within(timeoutMs, answer);
    if (!this.session().isCurrent(connection)) throw unreachable('The session ended while it was probed.');
  }

  ready(connection: Connection): void {
    this.schedule(connection, Math.min(FIRST_PERIOD_MS, this.periodMs));
  }

  ended(): void {
    clearTimeout(this.timer);
  }

  private get patienceMs(): number {
    return Math.min(PERIODIC_TIMEOUT_MS, this.requestTimeoutMs);
  }

  private schedule(connection: Connection, afterMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.periodic(connection), afterMs);
  }

  private async periodic(connection: Connection): Promise<void> {
    const timeoutMs = this.patienceMs;
    try {
      await this.clock.readTime(connection, timeoutMs);
    } catch {
      this.session().drop(connection, `The gateway did not answer a probe within ${timeoutMs} ms.`);
      return;
    }
    if (this.session().isCurrent(connection)) this.schedule(connection, this.periodMs);
  }
}

async function within(timeoutMs: number, answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NotAnswered('a probe', timeoutMs)), timeoutMs);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
