/**
 * The input of one client, from its first byte on: greeting, version, then one request after the other.
 */
import { decode, requestOf, type Values } from '../protocol/index.js';
import { connectionTime } from '../times.js';
import { FrameError, frameOf, splitTokens } from '../wire/frames.js';
import { agreeVersion, parseVersions, readGreeting } from '../wire/handshake.js';
import type { Connection } from './connection.js';
import { failedRequest } from './failed-request.js';
import { RateMeter } from './rate-meter.js';

/** The handler of the requests. */
export interface InboundHost {
  /** Messages per second that the client may send now; 0: no limit. */
  messageRate(): number;
  /** Market time, epoch ms. */
  now(): number;
  /** Whether a request of this name is accepted at all. */
  isHeard(name: string | undefined): boolean;
  /** The fault of this handshake. */
  badHandshake(): 'ends' | 'version' | undefined;
  serve(name: string, values: Values): void;
  error(id: number, code: number, text: string): void;
  record(dir: 'in' | 'sys', type: string, fields: Readonly<Record<string, unknown>>): void;
}

export class Inbound {
  readonly #connection: Connection;
  readonly #host: InboundHost;
  readonly #rate: RateMeter;
  #stage: 'greeting' | 'version' | 'requests' = 'greeting';
  /** The agreed version; 0 before that. */
  version = 0;

  constructor(connection: Connection, host: InboundHost) {
    this.#connection = connection;
    this.#host = host;
    this.#rate = new RateMeter(host.messageRate());
  }

  /** Takes the bytes that the connection has read; never throws. */
  received(): void {
    try {
      while (!this.#connection.closed && this.#step());
    } catch (error) {
      // Bytes from outside must never take the gateway down, whatever they break.
      const text = error instanceof Error ? error.message : String(error);
      if (!(error instanceof FrameError)) this.#host.record('sys', 'INTERNAL_ERROR', { text });
      this.#connection.destroy(text);
    }
  }

  /** Takes one piece of the input; false when it is not complete yet. */
  #step(): boolean {
    if (this.#stage === 'greeting') {
      if (!readGreeting(this.#connection.reader)) return false;
      this.#stage = 'version';
      return true;
    }
    const payload = this.#connection.reader.next();
    if (!payload) return false;
    if (this.#stage === 'version') this.#agree(payload);
    else this.#request(splitTokens(payload));
    return true;
  }

  #agree(payload: Buffer): void {
    const version = agreeVersion(parseVersions(payload));
    if (version === undefined) throw new FrameError('no common protocol version');
    const bad = this.#host.badHandshake();
    if (bad) {
      if (bad === 'version') this.#connection.write(frameOf(['0', connectionTime(this.#host.now())]));
      this.#connection.end('fault: badHandshake');
      return;
    }
    this.version = version;
    this.#stage = 'requests';
    this.#host.record('sys', 'VERSION', { version });
    this.#connection.write(frameOf([String(version), connectionTime(this.#host.now())]));
  }

  #request(tokens: readonly string[]): void {
    const [head = '', ...rest] = tokens;
    const message = /^\d{1,6}$/.test(head) ? requestOf(Number(head)) : undefined;
    if (!this.#host.isHeard(message?.name) || !this.#withinRate()) return;
    if (!message) {
      this.#host.record('in', 'UNKNOWN', { id: head.slice(0, 40), tokens: rest.slice(0, 20) });
      this.#host.error(-1, 320, `Error reading request. Unknown message id ${head.slice(0, 20)}`);
      return;
    }
    try {
      const { values, surplus } = decode(message, rest, this.version);
      this.#host.record('in', message.name, surplus > 0 ? { ...values, surplusTokens: surplus } : values);
      this.#host.serve(message.name, values);
    } catch (error) {
      // A request that cannot be read, or that broke a part of the gateway, is answered; the session goes on.
      const { id, code, text, record } = failedRequest(message.name, rest, error);
      this.#host.record(record.dir, record.type, record.fields);
      this.#host.error(id, code, text);
    }
  }

  #withinRate(): boolean {
    this.#rate.limit = this.#host.messageRate();
    const verdict = this.#rate.count(Date.now());
    if (verdict !== 'fine') this.#host.error(-1, 100, 'Max rate of messages per second has been exceeded.');
    if (verdict === 'close') this.#connection.end('too many messages');
    return verdict !== 'close';
  }
}
