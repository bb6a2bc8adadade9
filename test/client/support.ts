/** The command as a person meets it: arguments in, texts and an exit status out; nothing of this process leaks in. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli/main.js';

export interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** The JSON object on stdout. */
  json(): Record<string, unknown>;
}

export interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly tty?: boolean;
  readonly interruption?: AbortSignal;
  /** Called with all of stdout so far after each write. */
  readonly onOut?: (out: string) => void;
}

/** Runs one command in an empty folder with an empty environment by default. */
export async function legwork(argv: readonly string[], options: Options = {}): Promise<Answer> {
  const own = options.cwd === undefined ? mkdtempSync(join(tmpdir(), 'legwork-cli-')) : undefined;
  let out = '';
  let err = '';
  const tty = options.tty ?? false;
  const write = (text: string) => {
    out += text;
    options.onOut?.(out);
  };
  try {
    const status = await run(argv, {
      stdout: { isTTY: tty, columns: 100, write },
      stderr: { isTTY: tty, write: (text) => (err += text) },
      env: options.env ?? {},
      cwd: options.cwd ?? own ?? '/',
      interruption: () => options.interruption ?? new AbortController().signal,
    });
    return { status, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }
}
