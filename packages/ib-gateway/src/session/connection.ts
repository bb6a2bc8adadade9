/**
 * One TCP connection: bytes to frames and back, with the freeze fault in between.
 */
import type { Socket } from 'node:net';
import { FrameReader } from '../wire/frames.js';
import type { Faults } from './faults.js';

/** A client that does not read is disconnected at this backlog. */
const MAX_WAITING_BYTES = 64 << 20;
/** A client that keeps sending to a frozen gateway is disconnected at this size. */
const MAX_UNREAD_BYTES = 16 << 20;

export interface ConnectionEvents {
  /** Bytes have arrived in `reader`. */
  readonly received: () => void;
  readonly closed: (reason: string) => void;
}

export class Connection {
  readonly reader = new FrameReader();
  readonly #socket: Socket;
  readonly #faults: Faults;
  readonly #events: ConnectionEvents;
  #heldOutput: Buffer[] = [];
  #heldBytes = 0;
  #unread = false;
  #lostInput = false;
  #corked = false;
  #closed = false;

  constructor(socket: Socket, faults: Faults, events: ConnectionEvents) {
    this.#socket = socket;
    this.#faults = faults;
    this.#events = events;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#finish(error.message));
    socket.on('close', () => this.#finish('closed by the client'));
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(frame: Buffer): void {
    if (this.#closed) return;
    if (this.#faults.frozen === 'queue') this.#hold(frame);
    else if (this.#faults.frozen === undefined) this.#put(frame);
  }

  /** Ends the connection after what was written has left. */
  end(reason: string): void {
    if (this.#closed) return;
    this.#socket.end();
    this.#finish(reason);
  }

  /** Cuts the connection. */
  destroy(reason: string): void {
    this.#socket.destroy();
    this.#finish(reason);
  }

  /** The freeze is over: disconnects if bytes were lost, else delivers the held ones. */
  unfrozen(): void {
    if (this.#lostInput) {
      this.destroy('lost bytes while frozen');
      return;
    }
    this.#heldBytes = 0;
    for (const frame of this.#heldOutput.splice(0)) this.#put(frame);
    if (!this.#unread) return;
    this.#unread = false;
    this.#events.received();
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    if (this.#faults.frozen === 'discard') {
      this.#lostInput = true;
      return;
    }
    this.reader.push(chunk);
    if (this.#faults.frozen === 'queue') {
      this.#unread = true;
      if (this.reader.waiting > MAX_UNREAD_BYTES) this.destroy('too much was sent while frozen');
    } else this.#events.received();
  }

  /** Keeps a frame until the freeze ends, within the capacity of a socket. */
  #hold(frame: Buffer): void {
    this.#heldOutput.push(frame);
    this.#heldBytes += frame.length;
    if (this.#heldBytes > MAX_WAITING_BYTES) this.destroy('too much was held back while frozen');
  }

  /** Frames written in one turn of the event loop leave together. */
  #put(frame: Buffer): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(frame);
    if (this.#socket.writableLength > MAX_WAITING_BYTES) this.destroy('the client does not read');
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.closed(reason);
  }
}
