/** Requests on the present session: with the right error when there is none, and serialized where the protocol gives no id. */
import type { Complete } from './api.js';
import type { Ask, Connection } from './connection.js';
import { NotAnswered } from './failures.js';
import type { Session } from './session.js';

export class Requests {
  private readonly tails = new Map<string, Promise<unknown>>();

  constructor(
    private readonly session: () => Session,
    readonly timeoutMs: number,
  ) {}

  /** Asks on the present usable session. Throws LIVE_GUARD, BROKER_UNREACHABLE or RequestRefused. */
  ask<T>(what: string, body: (ask: Ask<T>) => void, timeoutMs = this.timeoutMs): Promise<T> {
    // `usable` throws; callers expect a rejection.
    try {
      return this.session().usable().ask<T>(body, { what, timeoutMs });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** One after another per kind: answers without an id would mix. */
  inTurn<T>(kind: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.tails.get(kind) ?? Promise.resolve()).then(run, run);
    this.tails.set(
      kind,
      turn.catch(() => undefined),
    );
    return turn;
  }

  /**
   * A list whose end the broker marks without an id. Not complete when the end did not come in time or the session
   * changed. A late end would be taken for that of the next list, so a session that owes one is ended.
   */
  list<T>(what: string, body: (ask: Ask<void>, rows: T[]) => void): Promise<Complete<T>> {
    return this.inTurn(what, async () => {
      const connection = this.session().usable();
      const rows: T[] = [];
      const answered = await this.toEnd(connection, what, (ask) => body(ask, rows));
      return { rows, complete: answered && this.session().isCurrent(connection), epoch: connection.epoch };
    });
  }

  private async toEnd(connection: Connection, what: string, body: (ask: Ask<void>) => void): Promise<boolean> {
    try {
      await connection.ask<void>(body, { what, timeoutMs: this.timeoutMs });
      return true;
    } catch (error) {
      if (!(error instanceof NotAnswered)) throw error;
      this.session().drop(connection, `The broker did not end its answer to ${what}.`);
      return false;
    }
  }
}
