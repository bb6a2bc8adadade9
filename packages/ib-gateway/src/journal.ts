/**
 * The journal: every frame in both directions, decoded, in memory and optionally in a file, one JSON object per line.
 */
import { createWriteStream, type WriteStream } from 'node:fs';

export interface JournalEntry {
  /** Sequence number, from 1. */
  readonly n: number;
  /** Market time, epoch ms. */
  readonly at: number;
  /** Wall time, epoch ms; left out of the journal file in stepped mode, so that files compare equal. */
  readonly wall?: number;
  readonly session: number;
  readonly clientId: number | undefined;
  /** `in`: from the client; `out`: to the client; `sys`: connects, closes, faults. */
  readonly dir: 'in' | 'out' | 'sys';
  /** Message name, e.g. PLACE_ORDER, ORDER_STATUS. */
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface JournalOptions {
  /** File to append to; none: memory only. */
  readonly file?: string;
  /** Whether the wall time is written to the file; off in stepped mode, so that two runs compare equal. */
  readonly wallInFile: boolean;
  /** Entries kept in memory; the oldest go first. */
  readonly capacity?: number;
}

export type JournalRecord = Omit<JournalEntry, 'n' | 'at' | 'wall'>;

const DEFAULT_CAPACITY = 200_000;

export class Journal {
  readonly #now: () => number;
  readonly #options: JournalOptions;
  readonly #capacity: number;
  readonly #stream: WriteStream | undefined;
  #entries: JournalEntry[] = [];
  #count = 0;

  /** `now` is market time, epoch ms. */
  constructor(now: () => number, options: JournalOptions) {
    this.#now = now;
    this.#options = options;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#stream = options.file === undefined ? undefined : createWriteStream(options.file, { flags: 'a' });
    // A full disk must not take the gateway down: the journal in memory goes on.
    this.#stream?.on('error', (error) => console.error(`journal file: ${error.message}`));
  }

  add(record: JournalRecord): void {
    this.#count += 1;
    const entry: JournalEntry = { n: this.#count, at: this.#now(), wall: Date.now(), ...record };
    this.#entries.push(entry);
    // Dropping in blocks keeps the cost per entry constant.
    if (this.#entries.length > this.#capacity * 1.1) this.#entries = this.#entries.slice(-this.#capacity);
    if (this.#stream) this.#stream.write(`${JSON.stringify(this.#fileForm(entry))}\n`);
  }

  /** Entries numbered `from` and later that are still in memory. */
  entries(from = 1): readonly JournalEntry[] {
    const first = this.#entries[0]?.n ?? 1;
    return this.#entries.slice(Math.max(0, from - first));
  }

  close(): Promise<void> {
    const stream = this.#stream;
    if (!stream) return Promise.resolve();
    return new Promise((resolve) => stream.end(() => resolve()));
  }

  #fileForm(entry: JournalEntry): Omit<JournalEntry, 'wall'> {
    if (this.#options.wallInFile) return entry;
    const { wall: _, ...rest } = entry;
    return rest;
  }
}
