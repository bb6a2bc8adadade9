/**
 * One connection from its first byte to its end: the client object, its requests and its readings of the clock.
 * Everything that waits for an answer is rejected when it ends.
 */
import type { IBApi } from '@stoqey/ib';
import { refusesRequest } from '../domain/ib-codes.js';
import type { Adapter, WireEvent, WireEvents } from './adapter.js';
import { NotAnswered, RequestRefused, unreachable } from './failures.js';
import type { Pacer } from './pacing.js';
import { requestIds } from './request-ids.js';

/** The tools of a request's body. */
export interface Ask<T> {
  readonly reqId: number;
  on<E extends WireEvent>(event: E, listener: (...values: WireEvents[E]) => void): void;
  /** Sends as soon as the rate allows. */
  send(call: (api: IBApi) => void): void;
  done(value: T): void;
  /** Takes this for the answer when nothing else comes within a while (wall ms, at most the patience of the request). */
  doneAfter(ms: number, value: T): void;
  /** Part of the answer came: the patience starts over. */
  progress(): void;
  fail(error: Error): void;
}

export interface AskOptions {
  /** For messages: `open orders`. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Id by which errors name the request; default the request id. */
  readonly errorId?: number;
  /** A list about orders or positions, which may be refused without any id. */
  readonly list?: boolean;
}

interface Reading {
  resolve(seconds: number): void;
  reject(error: Error): void;
}

export class Connection {
  private readonly pending = new Set<(error: Error) => void>();
  private readonly lists = new Set<(error: Error) => void>();
  private readonly byErrorId = new Map<number, (code: number, text: string) => void>();
  private readonly readings: Reading[] = [];
  /** The last time request, until it is over. */
  private reading: Promise<void> | undefined;

  constructor(
    readonly adapter: Adapter,
    readonly epoch: number,
    readonly pacer: Pacer,
  ) {
    adapter.on('error', (error, code, id) => this.byErrorId.get(id)?.(code, error.message));
    // Answers to time requests come in the order of the requests: the protocol gives them no id.
    adapter.on('currentTime', (seconds) => this.readings.shift()?.resolve(seconds));
  }

  get ended(): boolean {
    return this.adapter.ended;
  }

  /** Makes a request and collects its answer. Rejects with RequestRefused, NotAnswered or BROKER_UNREACHABLE. */
  ask<T>(body: (ask: Ask<T>) => void, options: AskOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.ended) {
        reject(unreachable(`The connection ended before ${options.what} could be requested.`));
        return;
      }
      const reqId = requestIds.next();
      const errorId = options.errorId ?? reqId;
      const listening: (() => void)[] = [];
      let timer: NodeJS.Timeout | undefined;
      let queued = false;
      const settle = (): void => {
        clearTimeout(timer);
        this.pending.delete(fail);
        this.lists.delete(fail);
        this.byErrorId.delete(errorId);
        for (const off of listening) off();
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
      };
      // The patience begins when the request leaves, not while it waits for its turn.
      const begin = (): void => {
        if (!this.pending.has(fail)) return;
        timer ??= setTimeout(late, options.timeoutMs);
      };
      const late = () => fail(new NotAnswered(options.what, options.timeoutMs));
      this.pending.add(fail);
      if (options.list) this.lists.add(fail);
      this.byErrorId.set(errorId, (code, text) => {
        if (refusesRequest(code)) fail(new RequestRefused(code, text, options.what));
      });
      body({
        reqId,
        on: (event, listener) => listening.push(this.adapter.on(event, listener)),
        send: (call) => {
          queued = true;
          this.pacer.submit(() => {
            begin();
            this.adapter.write(call);
          });
        },
        done: (value) => {
          settle();
          resolve(value);
        },
        progress: () => {
          if (timer === undefined) return;
          clearTimeout(timer);
          timer = setTimeout(late, options.timeoutMs);
        },
        doneAfter: (ms, value) => {
          clearTimeout(timer);
          timer = setTimeout(
            () => {
              settle();
              resolve(value);
            },
            Math.min(ms, options.timeoutMs),
          );
        },
        fail,
      });
      if (!queued) begin();
    });
  }

  /**
   * Takes a turn at the pace of requests; what it writes beyond one message counts as well. `write` may find its turn
   * unnecessary and write nothing. A write that reaches no socket ends the connection.
   */
  turn(run: () => void, lane: 'request' | 'background' = 'request'): void {
    this.pacer.submit(run, lane);
  }

  /** Writes one message in a turn. */
  write(call: (api: IBApi) => void): void {
    this.adapter.write(call);
  }

  /** Ends the wait for every list: the broker refuses them all. */
  failLists(error: Error): void {
    for (const fail of [...this.lists]) fail(error);
  }

  /** Writes in the tick of the call, past the queue. False when nothing was written: the connection is over then. */
  writeNow(call: (api: IBApi) => void): boolean {
    this.pacer.note();
    return this.adapter.write(call);
  }

  /**
   * One reqCurrentTime round trip: seconds since the epoch. Every frame sent before the answer has been read then. The answers carry no id, so
   * a request waits for the answer of the one before: a lost one would otherwise be taken from each later one.
   */
  currentTime(timeoutMs: number): Promise<number> {
    const before = this.reading;
    const answer = before === undefined ? this.readTime(timeoutMs) : before.then(() => this.readTime(timeoutMs));
    const over = answer.then(
      () => undefined,
      () => undefined,
    );
    this.reading = over;
    void over.then(() => {
      if (this.reading === over) this.reading = undefined;
    });
    return answer;
  }

  private readTime(timeoutMs: number): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      const reading: Reading = {
        resolve: (seconds) => {
          clearTimeout(timer);
          resolve(seconds);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => reject(new NotAnswered('a time request', timeoutMs)), timeoutMs);
      if (this.ended || !this.writeNow((api) => api.reqCurrentTime()))
        reading.reject(unreachable('The connection to the broker has ended.'));
      else this.readings.push(reading);
    });
  }

  /** Ends the connection: nothing more is written, and all waits are rejected. */
  end(reason: string): void {
    if (this.ended) return;
    this.adapter.end();
    this.pacer.close();
    const error = unreachable(reason);
    for (const fail of [...this.pending]) fail(error);
    for (const reading of this.readings.splice(0)) reading.reject(error);
  }
}
