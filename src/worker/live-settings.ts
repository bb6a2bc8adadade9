/**
 * The settings in force, reloaded when the file changes: rules, risk and order settings apply at the next poll. When a file
 * cannot be read, the old settings stay in force and the log says so. Addresses and accounts are read at the start only.
 */

import { statSync } from 'node:fs';
import type { Loaded } from '../config/index.js';
import { messageOf } from '../domain/errors.js';
import type { Log } from '../domain/log.js';

/** Wall time between two polls of the file. */
const POLL_MS = 1_000;
/** A change that cannot be used is mentioned again after this wall time. */
const SAY_MS = 60_000;

export class LiveSettings {
  private loaded: Loaded;
  private lookedAt = Number.NEGATIVE_INFINITY;
  /** Stamp of the file as it was last used. */
  private stamp: string;
  private said = { words: '', at: Number.NEGATIVE_INFINITY };

  constructor(
    first: Loaded,
    private readonly reload: () => Loaded,
    private readonly log: Log,
  ) {
    this.loaded = first;
    this.stamp = this.stampOf();
    this.showNotes();
  }

  private showNotes(): void {
    for (const note of this.loaded.notes) this.log('warn', note);
  }

  current(): Loaded {
    const now = performance.now();
    if (now - this.lookedAt < POLL_MS) return this.loaded;
    this.lookedAt = now;
    const stamp = this.stampOf();
    if (stamp === this.stamp) return this.loaded;
    try {
      const next = this.reload();
      const { ib, database, temporal, observability } = this.loaded.settings;
      this.loaded = { ...next, settings: { ...next.settings, ib, database, temporal, observability } };
      this.stamp = stamp;
      this.said = { words: '', at: Number.NEGATIVE_INFINITY };
      this.log('info', 'settings reloaded', { hash: next.hash });
      this.showNotes();
    } catch (error) {
      this.refuse(messageOf(error), now);
    }
    return this.loaded;
  }

  /** It is tried again at each poll: the fault can be in another file, such as the profile of Temporal, and pass. */
  private refuse(words: string, now: number): void {
    if (words === this.said.words && now - this.said.at < SAY_MS) return;
    this.said = { words, at: now };
    this.log('error', 'the changed settings cannot be used; the old ones stay in force', { error: words });
  }

  private stampOf(): string {
    const { file } = this.loaded;
    if (file === undefined) return '';
    try {
      const { mtimeMs, size } = statSync(file);
      return `${mtimeMs} ${size}`;
    } catch {
      return 'absent';
    }
  }
}
