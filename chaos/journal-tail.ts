/**
 * The gateway's journal while it is written: entries about orders, in the order of the file. The file goes on over restarts of
 * the gateway; the last line of a killed one may be cut short and is counted, not read.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { JournalEntry } from 'ib-gateway';

/** What is kept; the flood of quotes is not. */
const KEPT = new Set([
  'PLACE_ORDER',
  'CANCEL_ORDER',
  'OPEN_ORDER',
  'ORDER_STATUS',
  'EXECUTION_DATA',
  'FAULT',
  'FAULT_HIT',
  'FAULT_MISSED',
  'CONNECTED',
  'CLOSED',
]);
const CHUNK = 1 << 20;

export class JournalTail {
  readonly entries: JournalEntry[] = [];
  /** Lines that could not be read. */
  broken = 0;
  #offset = 0;
  #rest = Buffer.alloc(0);
  readonly #buffer = Buffer.alloc(CHUNK);

  constructor(private readonly file: string) {}

  /** Reads what has been written since the last call; returns the entries that are new. */
  read(): readonly JournalEntry[] {
    const from = this.entries.length;
    const handle = openSync(this.file, 'r');
    try {
      for (;;) {
        const size = readSync(handle, this.#buffer, 0, CHUNK, this.#offset);
        if (size === 0) break;
        this.#offset += size;
        this.#take(this.#buffer.subarray(0, size));
      }
    } finally {
      closeSync(handle);
    }
    return this.entries.slice(from);
  }

  #take(bytes: Buffer): void {
    const text = Buffer.concat([this.#rest, bytes]);
    const last = text.lastIndexOf(10);
    this.#rest = Buffer.from(text.subarray(last + 1));
    if (last < 0) return;
    for (const line of text.subarray(0, last).toString('utf8').split('\n')) {
      const type = /"type":"([A-Z_]+)"/.exec(line)?.[1];
      if (type === undefined) {
        if (line !== '') this.broken += 1;
      } else if (KEPT.has(type)) this.#keep(line);
    }
  }

  #keep(line: string): void {
    try {
      this.entries.push(JSON.parse(line));
    } catch {
      this.broken += 1;
    }
  }
}
