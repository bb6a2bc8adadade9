/**
 * A gateway seen through a tap on the wire: every message of the simulated gateway passes, and a test may change, drop,
 * double or add some. So a test can reproduce IB's observed messages before the simulation does.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { startGateway } from 'ib-gateway';
import { decode, encode, FrameReader, frameOf, requests, responses, splitTokens, type Values } from 'ib-gateway/client';
import type { OrderEvent } from '../../src/broker/index.js';
import { ACCOUNT, type BrokerWorldOptions, connectTo, type World } from './support.js';

export interface Said {
  readonly name: string;
  readonly values: Values;
}

/** The fate of a message; undefined leaves it as it is. */
export type Change = (said: Said, tap: Tap) => readonly Said[] | undefined;

const byId = (table: typeof requests) => new Map(table.map((message) => [String(message.id), message]));
const byName = (table: typeof requests) => new Map(table.map((message) => [message.name, message]));
const REQUESTS = { byId: byId(requests), byName: byName(requests) };
const RESPONSES = { byId: byId(responses), byName: byName(responses) };
const LARGEST = 1 << 24;

export class Tap {
  /** Changes messages of the gateway and requests of the client. */
  answer: Change = () => undefined;
  ask: Change = () => undefined;
  /** Changes the gateway's greeting: its version and its clock. */
  greeting: (tokens: readonly string[]) => readonly string[] = (tokens) => tokens;
  /** Every request of the client, with the wall time of its arrival. */
  readonly asked: (Said & { readonly at: number })[] = [];
  private readonly near = new Set<Socket>();
  private readonly far = new Set<Socket>();
  private version = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (socket) => this.join(socket));
  }

  static async open(target: number): Promise<Tap> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Tap(server, target);
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the tap does not listen');
    return address.port;
  }

  /** Number of the client's requests of this kind. */
  count(name: string): number {
    return this.asked.filter((said) => said.name === name).length;
  }

  /** Sends the client a message that the gateway did not send. */
  say(name: string, values: Values): void {
    for (const socket of this.near) this.write(socket, RESPONSES, { name, values });
  }

  /** Sends the gateway a request that the client did not send. */
  demand(name: string, values: Values): void {
    for (const socket of this.far) this.write(socket, REQUESTS, { name, values });
  }

  async close(): Promise<void> {
    for (const socket of this.near) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private join(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
    this.near.add(near);
    this.far.add(far);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.near.delete(near);
        this.far.delete(far);
        other.destroy();
      });
    }
    const fromClient = new FrameReader(LARGEST);
    let greeted = false;
    near.on('data', (chunk) => {
      fromClient.push(chunk);
      if (!greeted) {
        const greeting = fromClient.take(4);
        if (greeting === undefined) return;
        far.write(greeting);
        greeted = true;
      }
      for (let frame = fromClient.next(); frame; frame = fromClient.next()) this.pass(frame, far, REQUESTS, 'ask');
    });
    const fromGateway = new FrameReader(LARGEST);
    let versioned = false;
    far.on('data', (chunk) => {
      fromGateway.push(chunk);
      for (let frame = fromGateway.next(); frame; frame = fromGateway.next()) {
        if (versioned) this.pass(frame, near, RESPONSES, 'answer');
        else {
          const tokens = splitTokens(frame);
          this.version = Number(tokens[0]);
          versioned = true;
          near.write(frameOf(this.greeting(tokens)));
        }
      }
    });
  }

  private pass(frame: Buffer, to: Socket, table: typeof REQUESTS, side: 'ask' | 'answer'): void {
    const [head = '', ...tokens] = splitTokens(frame);
    const message = table.byId.get(head);
    if (message === undefined || this.version === 0) {
      this.raw(to, frame);
      return;
    }
    const said = { name: message.name, values: decode(message, tokens, this.version).values };
    if (side === 'ask') this.asked.push({ ...said, at: performance.now() });
    const changed = this[side](said, this);
    if (changed === undefined) this.raw(to, frame);
    else for (const one of changed) this.write(to, table, one);
  }

  private write(to: Socket, table: typeof REQUESTS, { name, values }: Said): void {
    const message = table.byName.get(name);
    if (message === undefined) throw new Error(`no message is called ${name}`);
    to.write(frameOf(encode(message, values, this.version)));
  }

  private raw(to: Socket, frame: Buffer): void {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    to.write(Buffer.concat([length, frame]));
  }
}

export interface TappedWorld extends World {
  readonly tap: Tap;
}

/** A world whose broker sits behind a tap; `prepare` sets it up before the broker connects. */
export async function startTapped(
  options: BrokerWorldOptions = {},
  prepare: (tap: Tap) => void = () => undefined,
): Promise<TappedWorld> {
  const gateway = await startGateway({ port: 0, controlPort: 0, seed: 5, ...options.gateway });
  const tap = await Tap.open(gateway.port);
  prepare(tap);
  const { host } = gateway;
  const { port } = tap;
  const guard = { allowedHosts: [host], allowedPorts: [port], accounts: [ACCOUNT], live: false };
  const broker = connectTo(gateway, { ...options, broker: { port, guard, ...options.broker } });
  const events: OrderEvent[] = [];
  broker.orders.on((event) => events.push(event));
  return {
    gateway,
    broker,
    events,
    tap,
    close: async () => {
      await broker.close();
      await tap.close();
      await gateway.close();
    },
  };
}
