/**
 * Every frame in both directions as one JSON object per line, with accounts and user names replaced, so that the file
 * can be shared. `legwork gateway --compare` reads it.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { userInfo } from 'node:os';
import type { CaptureLine } from 'ib-gateway/client';

/** Accounts as IB numbers them: live U, paper D, advisers F and I, each with its digits. */
const ACCOUNT = /\b(D[A-Z]?|U|F|I)\d{5,9}\b/g;
const USER = /\b(user(?:\s?name)?)(\s*[:=]\s*|\s+['"])([^\s'",;]+)/gi;

/** Replaces accounts and user names; each keeps its replacement throughout. */
export class Mask {
  readonly #names = new Map<string, string>();
  readonly #users: readonly string[];

  /** `users` are names to hide, such as that of the person at this machine. */
  constructor(users: readonly string[] = localUsers()) {
    this.#users = users.filter((user) => user.length > 2);
  }

  text(token: string): string {
    let clean = token.replace(ACCOUNT, (account) => this.#nameOf(account));
    clean = clean.replace(USER, (_, word: string, between: string) => `${word}${between}USER`);
    for (const user of this.#users) clean = clean.replaceAll(user, 'USER');
    return clean;
  }

  /** The kind of an account (paper or live) is kept: a gateway treats the two differently. */
  #nameOf(account: string): string {
    const kind = /^[A-Z]+/.exec(account)?.[0] ?? '';
    const name = this.#names.get(account) ?? `${kind}${String(this.#names.size + 1).padStart(7, '0')}`;
    this.#names.set(account, name);
    return name;
  }
}

function localUsers(): readonly string[] {
  try {
    const { username } = userInfo();
    // The administrator's name is no secret, and a word in many texts.
    return username === 'root' ? [] : [username];
  } catch {
    return [];
  }
}

export interface Recorder {
  record(connection: number, dir: CaptureLine['dir'], tokens: readonly string[]): void;
}

/** Records nothing. */
export const noRecorder: Recorder = { record: () => undefined };

export class Capture implements Recorder {
  readonly #stream: WriteStream;
  readonly #mask = new Mask();
  #start: number | undefined;
  #failure: Error | undefined;

  constructor(file: string) {
    this.#stream = createWriteStream(file, { flags: 'w' });
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  record(connection: number, dir: CaptureLine['dir'], tokens: readonly string[]): void {
    if (this.#failure) return;
    const masked = tokens.map((token) => this.#mask.text(token));
    this.#start ??= Date.now();
    const line: CaptureLine = { t: Date.now() - this.#start, connection, dir, tokens: masked };
    this.#stream.write(`${JSON.stringify(line)}\n`);
  }

  /** Rejects with the system's error when the file could not be written. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#failure) resolve();
      else this.#stream.end(() => resolve());
    });
    if (this.#failure) throw this.#failure;
  }
}
