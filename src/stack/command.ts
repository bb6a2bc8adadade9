/** Parts of the stack that are our own commands, started with the same node and the same package as this process. */
import { fileURLToPath } from 'node:url';
import { type Part, type StackLog, startPart } from './child.js';

const BIN = fileURLToPath(new URL('../../bin/legwork.mjs', import.meta.url));

export interface CommandOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stopMs: number;
  readonly log: StackLog;
  readonly onLine?: (line: string) => void;
}

/** Runs `legwork <args>` as a guarded child; its environment is ours with `env` over it. */
export function startCommand(options: CommandOptions): Part {
  const { name, args, stopMs, log, onLine } = options;
  return startPart({
    name,
    command: process.execPath,
    args: [BIN, ...args],
    options: { env: { ...process.env, ...options.env } },
    stopSignal: 'TERM',
    stopMs,
    log,
    ...(onLine && { onLine }),
  });
}
