/**
 * A client of the TWS API that works with whole messages: it sends one and keeps every one that comes, so that a card can
 * examine the exact answers and their order. It never writes an order by itself, nor keeps one for later.
 */

import { ClientSocket, decodeResponse, encodeRequest, numberOf, type Values } from 'ib-gateway/client';
import { LegworkError } from '../domain/errors.js';
import type { Recorder } from './capture.js';

/** A message from the gateway. */
export interface Frame {
  readonly index: number;
  /** Wall time, epoch ms. */
  readonly at: number;
  readonly name: string;
  readonly values: Values;
  readonly tokens: readonly string[];
  /** Why the tokens do not match the table, if they do not. */
  readonly problem?: string;
}

export interface LinkOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  readonly recorder: Recorder;
  readonly timeoutMs: number;
  /** Ends every wait when it is aborted. */
  readonly signal: AbortSignal;
  /** Permission to send. IB ends the connection above fifty a second. */
  readonly perSecond?: number;
}

/** Thrown by a wait when the run was interrupted. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Lowest and highest version of the text protocol offered. */
const VERSIONS = 'v100..193';
const PER_SECOND = 30;
/** Far above any order id, since orders and requests share one space of error ids. */
const FIRST_REQUEST_ID = 1_500_000_000;

let connections = 0;

export class Link {
  readonly frames: Frame[] = [];
  /** Set for the clean-up: waits no longer end with the run. */
  clearing = false;
  readonly #options: LinkOptions;
  readonly #connection: number;
  readonly #waiting = new Set<() => void>();
  readonly #sent: number[] = [];
  #socket: ClientSocket | undefined;
  #version = 0;
  #closed = false;
  #requestId = FIRST_REQUEST_ID;
  #highestOrderId = 0;

  private constructor(options: LinkOptions) {
    this.#options = options;
    connections += 1;
    this.#connection = connections;
  }

  /** Connects and shakes hands. Rejects with BROKER_UNREACHABLE; a client id in use shows as frame 326 and the end. */
  static async open(options: LinkOptions): Promise<Link> {
    const { host, port, timeoutMs } = options;
    const link = new Link(options);
    try {
      const socket = await ClientSocket.open({
        ...{ host, port, timeoutMs, versions: VERSIONS },
        received: (tokens) => link.#received(tokens),
        ended: () => link.#end(),
      });
      link.#greeted(socket);
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : (error as Error).message;
      throw new LegworkError('BROKER_UNREACHABLE', `No API session at ${host}:${port} (${why}).`);
    }
    link.send('START_API', { clientId: options.clientId });
    return link;
  }

  get clientId(): number {
    return this.#options.clientId;
  }

  /** The version both sides speak. */
  get version(): number {
    return this.#version;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** A place in the stream of messages: later messages have this index or a higher one. */
  get mark(): number {
    return this.frames.length;
  }

  /** A request id that no request of this link had. */
  newRequestId(): number {
    this.#requestId += 1;
    return this.#requestId;
  }

  /** The next order id: above the gateway's, above every id of this link, and above those of all clients that were listed. */
  newOrderId(): number {
    this.#highestOrderId += 1;
    return this.#highestOrderId;
  }

  /** Writes a message at once, or throws when the connection is gone. */
  send(name: string, values: Values = {}): void {
    if (this.#closed) throw new LegworkError('BROKER_UNREACHABLE', 'The gateway has ended the connection.');
    const tokens = encodeRequest(name, values, this.#version);
    this.#sent.push(Date.now());
    this.#options.recorder.record(this.#connection, 'out', tokens);
    this.#socket?.write(tokens);
  }

  /** Waits until a further message may be sent. */
  async ready(): Promise<void> {
    const limit = this.#options.perSecond ?? PER_SECOND;
    for (;;) {
      const since = Date.now() - 1_000;
      while (this.#sent.length > 0 && (this.#sent[0] ?? 0) <= since) this.#sent.shift();
      const [oldest] = this.#sent;
      if (this.#sent.length < limit || oldest === undefined) return;
      await this.pause(oldest - since);
    }
  }

  /** Messages since a mark. */
  since(mark: number): readonly Frame[] {
    return this.frames.slice(mark);
  }

  /** The first matching message since `mark`, waited for at most `ms`; undefined when there is none or the link ends. */
  async until(mark: number, fits: (frame: Frame) => boolean, ms: number): Promise<Frame | undefined> {
    const deadline = Date.now() + ms;
    let from = mark;
    for (;;) {
      if (this.#options.signal.aborted && !this.clearing) throw new Interrupted('the run was interrupted');
      for (; from < this.frames.length; from += 1) {
        const frame = this.frames[from];
        if (frame && fits(frame)) return frame;
      }
      const left = deadline - Date.now();
      if (left <= 0 || this.#closed) return undefined;
      await this.#change(left);
    }
  }

  /** Waits out a time, or until the run is interrupted. */
  async pause(ms: number): Promise<void> {
    await this.until(this.mark, () => false, ms);
  }

  close(): void {
    this.#end();
    this.#socket?.close();
  }

  /** A message came, the link ended, the run was interrupted, or the time is over. */
  #change(ms: number): Promise<void> {
    const { signal } = this.#options;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
      if (!this.clearing) signal.addEventListener('abort', done);
    });
  }

  #greeted(socket: ClientSocket): void {
    this.#socket = socket;
    this.#version = Number(socket.greeting[0]);
    this.#options.recorder.record(this.#connection, 'hello', socket.greeting);
  }

  #received(tokens: readonly string[]): void {
    this.#options.recorder.record(this.#connection, 'in', tokens);
    const decoded = decodeResponse(tokens, this.#version);
    this.frames.push({ index: this.frames.length, at: Date.now(), tokens, ...decoded });
    if (decoded.name === 'NEXT_VALID_ID') this.#seenId((numberOf(decoded.values, 'orderId') ?? 0) - 1);
    if (decoded.name === 'OPEN_ORDER') this.#seenId(numberOf(decoded.values, 'orderId') ?? 0);
    this.#wake();
  }

  #seenId(id: number): void {
    this.#highestOrderId = Math.max(this.#highestOrderId, id);
  }

  #end(): void {
    if (!this.#closed) this.#options.recorder.record(this.#connection, 'end', []);
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}
