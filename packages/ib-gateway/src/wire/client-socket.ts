/** The client's end of a connection: shakes hands, then writes and reads whole frames. */
import { connect, type Socket } from 'node:net';
import { FrameReader, frameOf, splitTokens } from './frames.js';

/** A gateway sends long lists in one frame, so a client takes frames of any length. */
const MAX_FRAME = 1 << 24;

export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  /** Offered versions, such as `v100..193`. */
  readonly versions: string;
  readonly timeoutMs: number;
  /** A frame came after the greeting. */
  readonly received: (tokens: readonly string[]) => void;
  /** The connection has ended, from either side. */
  readonly ended: () => void;
}

export class ClientSocket {
  readonly #socket: Socket;
  readonly #reader = new FrameReader(MAX_FRAME);
  /** Version and connection time, once the gateway has greeted. */
  greeting: readonly string[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Connects; resolves when the gateway has greeted, rejects with the system's error or with the reason for a missing
   * greeting.
   */
  static async open(options: SocketOptions): Promise<ClientSocket> {
    const { host, port, timeoutMs } = options;
    const socket = connect({ host, port });
    socket.setNoDelay(true);
    const client = new ClientSocket(socket);
    const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), timeoutMs);
    try {
      await client.#listen(options);
      return client;
    } finally {
      clearTimeout(timer);
    }
  }

  write(tokens: readonly string[]): void {
    this.#socket.write(frameOf(tokens));
  }

  /** Ends the connection after what was written has left. */
  close(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #listen({ versions, received, ended }: SocketOptions): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      socket.on('connect', () => socket.write(greetingOf(versions)));
      socket.on('data', (chunk) => {
        try {
          this.#reader.push(chunk);
          for (let payload = this.#reader.next(); payload; payload = this.#reader.next()) {
            if (this.greeting.length > 0) received(splitTokens(payload));
            else {
              this.greeting = greeted(splitTokens(payload));
              resolve();
            }
          }
        } catch (error) {
          socket.destroy(error instanceof Error ? error : undefined);
        }
      });
      socket.on('error', reject);
      socket.on('close', () => {
        reject(new Error('the connection was closed before the handshake'));
        ended();
      });
    });
  }
}

function greetingOf(versions: string): Buffer {
  const text = Buffer.from(versions, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([Buffer.from('API\0', 'latin1'), length, text]);
}

function greeted(tokens: readonly string[]): readonly string[] {
  const version = Number(tokens[0]);
  if (!Number.isInteger(version) || version < 100) throw new Error('the greeting holds no version');
  return tokens;
}
