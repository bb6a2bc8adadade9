/**
 * Sends the requests of a capture to a gateway in order, each only after the answers that preceded it. So a client's
 * reaction to an answer comes after that answer here too.
 */
import { decodeRequest, decodeResponse, encodeRequest } from '../protocol/client-side.js';
import type { Values } from '../protocol/index.js';
import type { CaptureLine } from '../wire/capture-line.js';
import { ClientSocket } from '../wire/client-socket.js';
import { Dialogue, type Exchange } from './dialogue.js';
import { Translation } from './translation.js';

/** How long to wait for a message of the capture, wall ms, in addition to the time it took there. */
const PATIENCE_MS = 2_500;
/** The same, for an exchange that has already differed. */
const IMPATIENCE_MS = 250;
const CONNECT_MS = 10_000;

export interface ReplayTarget {
  readonly host: string;
  readonly port: number;
  /** Market time, epoch ms. */
  now(): number;
}

export interface Replayed {
  readonly captured: Dialogue;
  readonly simulated: Dialogue;
  /** Number of requests sent. */
  readonly requests: number;
}

interface Peer {
  readonly socket: ClientSocket;
  readonly version: number;
  /** The received messages, each with its exchange. */
  readonly came: { readonly name: string; readonly values: Values; readonly exchange: Exchange }[];
}

export async function replay(lines: readonly CaptureLine[], target: ReplayTarget): Promise<Replayed> {
  const run = new Run(target);
  try {
    for (const line of lines) await run.take(line);
    return { captured: run.captured, simulated: run.simulated, requests: run.requests };
  } finally {
    run.close();
  }
}

class Run {
  readonly captured = new Dialogue();
  readonly simulated = new Dialogue();
  requests = 0;
  readonly #target: ReplayTarget;
  readonly #translation = new Translation();
  readonly #peers = new Map<number, Peer>();
  readonly #versions = new Map<number, number>();
  /** When each exchange's last request was sent in the capture. */
  readonly #sentAt = new Map<Exchange, number>();
  readonly #waited = new Set<string>();
  readonly #differs = new Set<Exchange>();
  #wake: () => void = () => undefined;

  constructor(target: ReplayTarget) {
    this.#target = target;
  }

  async take(line: CaptureLine): Promise<void> {
    if (line.dir === 'hello') await this.#hello(line);
    else if (line.dir === 'out') this.#send(line);
    else if (line.dir === 'in') await this.#await(line);
    else this.#peers.get(line.connection)?.socket.close();
  }

  close(): void {
    for (const { socket } of this.#peers.values()) socket.close();
  }

  async #hello({ connection, tokens }: CaptureLine): Promise<void> {
    const version = Number(tokens[0]);
    this.#versions.set(connection, version);
    const came: Peer['came'] = [];
    const { host, port } = this.#target;
    const socket = await ClientSocket.open({
      ...{ host, port, versions: `v${version}..${version}`, timeoutMs: CONNECT_MS },
      received: (frame) => {
        const { exchange } = this.simulated.came(connection, frame, version);
        came.push({ ...decodeResponse(frame, version), exchange });
        this.#wake();
      },
      ended: () => this.#wake(),
    });
    this.#peers.set(connection, { socket, version, came });
  }

  #send({ connection, tokens, t }: CaptureLine): void {
    const peer = this.#peers.get(connection);
    const version = this.#versions.get(connection);
    if (!peer || version === undefined) throw new RangeError(`connection ${connection} of the capture has no greeting`);
    const exchange = this.captured.sent(connection, tokens, version);
    this.#sentAt.set(exchange, t);
    const { name, values, problem } = decodeRequest(tokens, version);
    if (problem !== undefined) throw new RangeError(`a request of the capture cannot be read: ${name}, ${problem}`);
    const translated = this.#translation.request(name, values, this.#target.now());
    const frame = encodeRequest(name, translated, version);
    this.simulated.sent(connection, frame, version);
    this.requests += 1;
    peer.socket.write(frame);
  }

  /** Waits until the simulated gateway has sent the same message in the same exchange, and learns from both. */
  async #await({ connection, tokens, t }: CaptureLine): Promise<void> {
    const version = this.#versions.get(connection);
    const peer = this.#peers.get(connection);
    if (!peer || version === undefined) throw new RangeError(`connection ${connection} of the capture has no greeting`);
    const { exchange, signature } = this.captured.came(connection, tokens, version);
    const { name, values } = decodeResponse(tokens, version);
    const theirs = this.#answersOf(exchange, name);
    theirs.push(values);
    const key = `${exchange.index} ${signature}`;
    if (!this.#waited.has(key)) {
      this.#waited.add(key);
      const isThere = () =>
        this.simulated.exchanges[exchange.index]?.answers.some((answer) => answer.signature === signature) ?? false;
      const took = t - (this.#sentAt.get(exchange) ?? t);
      const patience = this.#differs.has(exchange) ? IMPATIENCE_MS : PATIENCE_MS + took;
      if (!(await this.#until(isThere, patience))) this.#differs.add(exchange);
    }
    const ours = peer.came
      .filter((one) => one.name === name && one.exchange.index === exchange.index)
      .map((one) => one.values);
    this.#translation.learn(theirs, ours, name);
  }

  readonly #captures = new Map<string, Values[]>();

  #answersOf(exchange: Exchange, name: string): Values[] {
    const key = `${exchange.index} ${name}`;
    const found = this.#captures.get(key) ?? [];
    this.#captures.set(key, found);
    return found;
  }

  async #until(isThere: () => boolean, ms: number): Promise<boolean> {
    const deadline = Date.now() + ms;
    while (!isThere()) {
      const left = deadline - Date.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }
}
