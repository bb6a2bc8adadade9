/**
 * A client built from the gateway's own message tables: sends any request, in any version, and sees every answer as a record.
 */

import { connect, type Socket } from 'node:net';
import { decode, encode, requests, responses, type Values } from '../../../src/protocol/index.js';
import { FrameReader, frameOf, splitTokens } from '../../../src/wire/frames.js';
import { TIMEOUT_FACTOR } from '../../support/timeout-factor.js';

const DEADLINE_MS = 10_000 * TIMEOUT_FACTOR;
const byName = new Map(requests.map((message) => [message.name, message]));
const byId = new Map(responses.map((message) => [String(message.id), message]));

export interface Answer {
  readonly name: string;
  readonly values: Values;
}

/** Sends and reads whole messages. Throws when the gateway sends a message that does not fit its tables. */
export class RawClient {
  readonly answers: Answer[] = [];
  readonly #socket: Socket;
  readonly #reader = new FrameReader(1 << 24);
  readonly #waiting = new Set<() => void>();
  version = 0;
  closed = false;
  /** The first frame that did not fit its table. */
  problem: Error | undefined;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** Greets, starts the API and waits for the next valid id. */
  static async open(port: number, clientId: number, version = 193): Promise<RawClient> {
    const client = new RawClient(port);
    const range = Buffer.from(`v100..${version}`);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(range.length);
    client.write(Buffer.concat([Buffer.from('API\0'), length, range]));
    await client.until(() => client.version > 0 || client.closed);
    client.ask('START_API', { clientId });
    await client.until(() => client.closed || client.named('NEXT_VALID_ID').length > 0);
    return client;
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  ask(name: string, values: Values = {}): void {
    const message = byName.get(name);
    if (!message) throw new Error(`no request is called ${name}`);
    this.write(frameOf(encode(message, values, this.version || 193)));
  }

  /** Waits until everything sent before has been answered; returns the answers since `from`. */
  async settled(from = this.answers.length): Promise<readonly Answer[]> {
    const times = this.named('CURRENT_TIME').length;
    this.ask('REQ_CURRENT_TIME');
    await this.until(() => this.named('CURRENT_TIME').length > times || this.closed);
    return this.answers.slice(from).filter(({ name }) => name !== 'CURRENT_TIME');
  }

  /** The records of one kind of message. */
  named(name: string): readonly Values[] {
    return this.answers.filter((answer) => answer.name === name).map(({ values }) => values);
  }

  /** The errors about a request or order, as codes. */
  errors(id: number): readonly unknown[] {
    return this.named('ERR_MSG')
      .filter((values) => values.id === id)
      .map((values) => values.code);
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    while (!condition()) {
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`the condition did not come true; last: ${JSON.stringify(this.answers.slice(-5))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left).unref();
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#reader.push(chunk);
    for (let frame = this.#reader.next(); frame; frame = this.#reader.next()) this.#take(splitTokens(frame));
    this.#wake();
  }

  #take([head = '', ...tokens]: readonly string[]): void {
    if (this.version === 0) {
      this.version = Number(head);
      return;
    }
    const message = byId.get(head);
    try {
      if (!message) throw new Error(`no response has the number ${head}`);
      const { values, surplus } = decode(message, tokens, this.version);
      if (surplus > 0) throw new Error(`${message.name} has ${surplus} tokens too many`);
      this.answers.push({ name: message.name, values });
    } catch (error) {
      this.problem ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
