/**
 * A gateway with Read-Only API on, as after a new install. It answers every request about orders with 321, under the order's id or
 * none, and ends no list. Nothing can be sent until a person unticks the setting. That is checked at a slow pace, now and then with a
 * new connection, in case the gateway reads its settings only there.
 */
import type { Connection } from './connection.js';
import { RequestRefused, unreachable } from './failures.js';

const REFUSED = 321;
const WORDS = /read[- ]?only/i;
/** Wall time between two checks, and the number of checks before a new connection makes one. */
const ASK_MS = 10_000;
const QUESTIONS = 6;

/** What a person must do, as a sentence. */
export const READ_ONLY =
  'The gateway takes no orders: its Read-Only API is on (321). Untick "Read-Only API" in the gateway or TWS, under Global Configuration > API > Settings; Legwork notices by itself.';

/** Whether a message of the broker says that the session may only read. */
export function saysReadOnly(code: number, text: string): boolean {
  return code === REFUSED && WORDS.test(text);
}

export class ReadOnly {
  /** The broker reported it, and no list has come to its end since. */
  active = false;
  private questions = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly over: () => void,
    /** Reconnects. */
    private readonly reconnect: (connection: Connection) => void,
  ) {}

  /** The broker reported it on this connection. True when that is new. */
  said(connection: Connection): boolean {
    connection.failLists(unreachable(READ_ONLY));
    if (this.active) return false;
    this.active = true;
    this.schedule(connection);
    return true;
  }

  /** A new connection may be used: the setting is checked first. */
  ready(connection: Connection): void {
    if (this.active) void this.ask(connection);
  }

  ended(): void {
    clearTimeout(this.timer);
  }

  private schedule(connection: Connection): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(connection), ASK_MS);
  }

  private async ask(connection: Connection): Promise<void> {
    const allowed = await this.lists(connection);
    if (connection.ended || !this.active) return;
    if (allowed) {
      this.active = false;
      this.questions = 0;
      this.over();
      return;
    }
    this.questions += 1;
    if (this.questions % QUESTIONS === 0) this.reconnect(connection);
    else this.schedule(connection);
  }

  /** Whether the open orders are listed to their end. */
  private async lists(connection: Connection): Promise<boolean> {
    try {
      await connection.ask<void>(
        (ask) => {
          ask.on('openOrderEnd', () => ask.done());
          ask.send((api) => api.reqAllOpenOrders());
        },
        { what: 'open orders', timeoutMs: ASK_MS, list: true },
      );
      return true;
    } catch (error) {
      // Any other refusal does not come from the settings.
      return error instanceof RequestRefused && !saysReadOnly(error.ibCode, error.text);
    }
  }
}
