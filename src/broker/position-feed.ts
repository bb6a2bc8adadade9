/** Positions of the account as they change: after listing them the broker goes on reporting changes. */

import type { Log } from '../domain/log.js';
import type { PositionChange } from './api.js';
import type { Connection } from './connection.js';
import { Listeners } from './listeners.js';
import type { SessionPart } from './session-part.js';

export class PositionFeed implements SessionPart {
  private readonly listeners: Listeners<PositionChange>;

  constructor(log: Log) {
    this.listeners = new Listeners('positions', log);
  }

  on(listener: (change: PositionChange) => void): () => void {
    return this.listeners.add(listener);
  }

  /** The first list of a connection is no change; earlier changes are found by comparing. */
  attach({ adapter }: Connection): void {
    const known = new Map<string, number>();
    let listed = false;
    adapter.on('positionEnd', () => {
      listed = true;
    });
    adapter.on('position', (account, { conId = 0 }, quantity) => {
      const key = `${account} ${conId}`;
      const before = known.get(key) ?? 0;
      known.set(key, quantity);
      if (listed && quantity !== before) this.listeners.notify({ conId, quantity });
    });
  }
}
