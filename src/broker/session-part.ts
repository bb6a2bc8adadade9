/** The interfaces between the session and the parts that live on its connections. */

import type { LineContract } from './api.js';
import type { Connection } from './connection.js';

/** A part of the broker that listens on connections. */
export interface SessionPart {
  /** A new client object exists and is not connected yet: the time to add listeners. */
  attach?(connection: Connection): void;
  /** The session may be used. */
  ready?(connection: Connection): void;
  /** The broker dropped the market data lines (1101). */
  linesLost?(connection: Connection): void;
  /** The source of some kinds of contracts went away, with `cause` as a sentence. */
  linesBroken?(connection: Connection, cause: string, feeds: readonly LineContract['secType'][]): void;
  /** The link is back; subscriptions may have ended silently. */
  linesBack?(connection: Connection, cause: string, feeds: readonly LineContract['secType'][]): void;
  /** The gateway lost its own link to the broker, or has it back. */
  linkLost?(connection: Connection): void;
  linkBack?(connection: Connection): void;
  ended?(): void;
}

export interface SessionHooks {
  readonly parts: readonly SessionPart[];
  /** Reads the broker's clock for the first time on this connection. */
  readonly readClock: (connection: Connection) => Promise<void>;
  readonly messagesPerSecond: () => number;
}
