/**
 * Frames of the TWS API: a 4-byte big-endian length, then that many bytes. TCP may split the stream anywhere.
 */

/** Largest frame taken from a client; the longest real request (an order with many legs and conditions) is far below. */
const MAX_FRAME_BYTES = 1 << 17;

/** Thrown when the bytes cannot be frames of this protocol; the connection cannot be read any further. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Collects bytes and returns whole frames, in order. */
export class FrameReader {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes needed for a whole frame: nothing is joined before they are there. */
  #needed = 4;

  constructor(limit: number = MAX_FRAME_BYTES) {
    this.#limit = limit;
  }

  /** Bytes not taken yet. */
  get waiting(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Exactly `count` bytes from the front, or undefined while they have not arrived. */
  take(count: number): Buffer | undefined {
    if (this.#length < count) return undefined;
    const all = this.#joined();
    this.#chunks = count < all.length ? [all.subarray(count)] : [];
    this.#length = all.length - count;
    return all.subarray(0, count);
  }

  /** The next whole frame's payload, or undefined. Throws FrameError on a length over the limit. */
  next(): Buffer | undefined {
    if (this.#length < this.#needed) return undefined;
    const all = this.#joined();
    const size = all.readUInt32BE(0);
    if (size > this.#limit) throw new FrameError(`a frame of ${size} bytes is over the limit of ${this.#limit}`);
    this.#needed = 4 + size;
    if (all.length < this.#needed) return undefined;
    this.#needed = 4;
    this.take(4);
    return this.take(size);
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = all.length > 0 ? [all] : [];
    return all;
  }
}

/** The tokens of a payload. A missing last terminator is tolerated, as the handshake has none. */
export function splitTokens(payload: Buffer): string[] {
  if (payload.length === 0) return [];
  const end = payload[payload.length - 1] === 0 ? payload.length - 1 : payload.length;
  return payload.toString('utf8', 0, end).split('\0');
}

/** One frame that holds the tokens, each terminated by NUL, the last one included. */
export function frameOf(tokens: readonly string[]): Buffer {
  const clean = tokens.some((token) => token.includes('\0'))
    ? tokens.map((token) => token.replaceAll('\0', ''))
    : tokens;
  const body = `${clean.join('\0')}\0`;
  const length = Buffer.byteLength(body, 'utf8');
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32BE(length, 0);
  frame.write(body, 4, 'utf8');
  return frame;
}
