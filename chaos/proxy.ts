/**
 * A stable address before a server that comes back on another port: a byte relay on loopback. It also is the network
 * between Legwork and the server, so it can be cut.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Relay {
  readonly #pairs = new Set<Socket>();
  readonly #server: Server;
  #target: number | undefined;
  #cut = false;
  #frozen = false;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#join(socket));
  }

  /** Listens on a port of the system's choice; without a target connections are refused. */
  static async open(): Promise<Relay> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve());
    });
    return new Relay(server);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the relay does not listen');
    return address.port;
  }

  /** Where connections go from now on; undefined: nowhere. */
  set target(port: number | undefined) {
    this.#target = port;
  }

  /** Ends every connection and refuses new ones until healed. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#pairs) socket.destroy();
  }

  /** Nothing passes until healed, and no connection ends: what a network does that swallows packets. */
  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#pairs) socket.unpipe().pause();
  }

  heal(): void {
    if (this.#frozen) this.cut();
    this.#frozen = false;
    this.#cut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket): void {
    if (this.#cut || this.#target === undefined) {
      near.destroy();
      return;
    }
    if (this.#frozen) {
      this.#pairs.add(near.pause().on('error', () => undefined));
      return;
    }
    const far = connect(this.#target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#pairs.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#pairs.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
