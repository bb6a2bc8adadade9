/** Requests on the present session: with the right error when there is none, and serialized where the protocol gives no id. */
import type { FarmKind } from '../domain/ib-codes.js';
import type { Complete } from './api.js';
import type { Ask, Connection } from './connection.js';
import { NotAnswered } from './failures.js';
import type { Session } from './session.js';

/** Patience with a missing end, as a multiple of the patience with any answer: ending the session is the last resort. */
const OWED_PATIENCE = 3;

type Body<T> = (ask: Ask<void>, rows: T[]) => void;

/** An end that the broker owes on a connection. */
interface Owed {
  readonly connection: Connection;
  /** Resolves when it has come or the connection is over. */
  readonly settled: Promise<void>;
}

export class Requests {
  private readonly tails = new Map<string, Promise<unknown>>();
  private readonly owed = new Map<string, Owed>();

  constructor(
    private readonly session: () => Session,
    readonly timeoutMs: number,
  ) {}

  /**
   * Sends a request on the present usable session. `timeoutMs` is the longest silence; rows renew it where the request calls
   * `ask.progress`. `farm` is the one that answers, for the message. Throws LIVE_GUARD, BROKER_UNREACHABLE or RequestRefused.
   */
  async ask<T>(
    what: string,
    body: (ask: Ask<T>) => void,
    { timeoutMs = this.timeoutMs, farm }: { readonly timeoutMs?: number; readonly farm?: FarmKind } = {},
  ): Promise<T> {
    try {
      return await this.session().usable().ask<T>(body, { what, timeoutMs });
    } catch (error) {
      const because = farm && this.session().farmTrouble(farm);
      throw error instanceof NotAnswered && because !== undefined ? new NotAnswered(what, timeoutMs, because) : error;
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
   * A list; incomplete when its end did not come in time or the session changed. Where the broker marks the end without an id
   * (`named` is for the others), a late end would be taken for that of the next list. So the next list waits for it, and a session
   * that owes an end for three times the patience is ended. Rejects when the broker refuses to list.
   */
  list<T>(what: string, body: Body<T>, { named = false } = {}): Promise<Complete<T>> {
    return this.inTurn(what, async () => {
      const connection = this.session().usable();
      const rows: T[] = [];
      const { epoch } = connection;
      if (!(await this.paidUp(connection, what))) return { rows, complete: false, epoch };
      const answered = await this.toEnd(connection, what, (ask) => body(ask, rows), named);
      return { rows, complete: answered && this.session().isCurrent(connection), epoch };
    });
  }

  private async toEnd(
    connection: Connection,
    what: string,
    body: (ask: Ask<void>) => void,
    named: boolean,
  ): Promise<boolean> {
    try {
      await connection.ask<void>(body, { what, timeoutMs: this.timeoutMs, list: true });
      return true;
    } catch (error) {
      if (!(error instanceof NotAnswered)) throw error;
      if (!named) this.owe(connection, what, body);
      return false;
    }
  }

  /** Goes on listening for the end of a list; its remaining rows are ignored. */
  private owe(connection: Connection, what: string, body: (ask: Ask<void>) => void): void {
    const timeoutMs = this.timeoutMs * (OWED_PATIENCE - 1);
    const settled = connection
      .ask<void>((ask) => body({ ...ask, send: () => undefined }), { what, timeoutMs, list: true })
      .catch((error: unknown) => {
        if (!(error instanceof NotAnswered)) return;
        const seconds = Math.round((this.timeoutMs * OWED_PATIENCE) / 1000);
        this.session().drop(connection, `The broker did not end its answer to ${what} within ${seconds} s.`);
      })
      .finally(() => {
        if (this.owed.get(what)?.connection === connection) this.owed.delete(what);
      });
    this.owed.set(what, { connection, settled });
  }

  /** Waits for an end that is still owed, as long as for any answer; returns whether none is owed any more. */
  private async paidUp(connection: Connection, what: string): Promise<boolean> {
    const owed = this.owed.get(what);
    if (owed === undefined || owed.connection !== connection) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), this.timeoutMs);
    });
    const settled = await Promise.race([owed.settled.then(() => true), late]);
    clearTimeout(timer);
    return settled && this.session().isCurrent(connection);
  }
}
