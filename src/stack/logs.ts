/** The log of each part of a stack: a file in the stack's folder, and the last lines for the report of a crash. */
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { StackLog } from './child.js';

const KEPT_LINES = 8;

export interface StackLogs {
  readonly log: StackLog;
  /** The last lines of a part. */
  tail(part: string): readonly string[];
  fileOf(part: string): string;
  close(): Promise<void>;
}

export function openLogs(dir: string): StackLogs {
  mkdirSync(dir, { recursive: true });
  const files = new Map<string, WriteStream>();
  const tails = new Map<string, string[]>();
  const fileOf = (part: string) => join(dir, `${part}.log`);
  return {
    fileOf,
    log: (part, line) => {
      let file = files.get(part);
      if (file === undefined) {
        file = createWriteStream(fileOf(part), { flags: 'a', mode: 0o600 });
        file.on('error', () => undefined); // A full disk must not end the stack.
        files.set(part, file);
      }
      file.write(`${line}\n`);
      const kept = tails.get(part) ?? [];
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      tails.set(part, kept);
    },
    tail: (part) => tails.get(part) ?? [],
    close: async () => {
      await Promise.all([...files.values()].map((file) => new Promise<void>((resolve) => file.end(() => resolve()))));
    },
  };
}
