/** Frames that a broken or hostile client might send, from a seeded generator: the same seed gives the same frames. */
import { exists, type Field, type MutableValues } from '../../src/protocol/field.js';
import { encode, type Message, requests } from '../../src/protocol/index.js';
import { frameOf } from '../../src/wire/frames.js';

/** Uniform numbers in [0, 1): mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const WORDS: readonly string[] = [
  ...['', '0', '1', '-1', '7', '756733', '2147483647', '1.7976931348623157e+308', '1e999', 'NaN', 'Infinity', '0x10'],
  ...['BAG', 'OPT', 'STK', 'SPY', 'BUY', 'SELL', 'LMT', 'STP', 'MKT', 'PEG BEST', 'IBKRATS', 'None', 'GTD', 'All'],
  ...['20261123-14:40:00', '99999999 99:99:99', '1 D', '100 Y', '1 min', 'TRADES', 'SCHEDULE', 'MIDPOINT', 'BidAsk'],
  ...['é', '\\u12', '%s%n', '../..', '__proto__', 'constructor', ' ', '-0', '99999999999999999999'],
];

/** Values that make many requests, orders above all, valid until they are changed. */
const PLAIN: Readonly<Record<string, string | number | boolean>> = {
  ...{ conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD', account: '' },
  ...{ action: 'BUY', quantity: 5, orderType: 'LMT', limitPrice: 700, tif: 'DAY', transmit: true, orderRef: 'fuzz' },
  ...{ duration: '2 D', barSize: '1 hour', whatToShow: 'TRADES', formatDate: 1, numberOfTicks: 3, period: '1 day' },
  ...{ tickKind: 'BidAsk', scanCode: 'MOST_ACTIVE', instrument: 'STK', locationCode: 'STK.US', groupId: 1 },
};

const REQUESTS = requests.filter((entry) => entry.name !== 'START_API');

export class RandomFrames {
  readonly #random: () => number;
  readonly #version: number;
  #orderId = 0;

  constructor(seed: number, version: number) {
    this.#random = randomOf(seed);
    this.#version = version;
  }

  /** One frame: mostly a request with some tokens changed, sometimes plain bytes or a wrong length. */
  next(): Buffer {
    const kind = this.#random();
    if (kind < 0.7) return frameOf(this.#mutated(this.#pick(REQUESTS)));
    if (kind < 0.8) return frameOf(this.#drawn(this.#pick(REQUESTS)));
    if (kind < 0.9) return frameOf(this.#words(this.#below(40)));
    if (kind < 0.97) return framed(this.#bytes(this.#below(300)));
    if (kind < 0.99) return frameOf([String(this.#below(120)), 'x'.repeat(this.#below(60_000))]);
    return this.#bytes(this.#below(12));
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(choices: readonly T[]): T {
    const choice = choices[this.#below(choices.length)];
    if (choice === undefined) throw new RangeError('nothing to choose from');
    return choice;
  }

  #token(): string {
    const kind = this.#random();
    if (kind < 0.7) return this.#pick(WORDS);
    if (kind < 0.85) return String(this.#below(2_000) - 1_000);
    return this.#bytes(this.#below(20)).toString('latin1').replaceAll('\0', '');
  }

  #words(count: number): string[] {
    return [String(this.#below(120)), ...Array.from({ length: count }, () => this.#token())];
  }

  #bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#below(256)));
  }

  #mutated(message: Message): string[] {
    this.#orderId += 1;
    const values = { ...PLAIN, reqId: this.#below(200), orderId: this.#orderId };
    const tokens = encode(message, values, this.#version);
    for (let edit = this.#below(4); edit > 0; edit -= 1) {
      const at = 1 + this.#below(Math.max(1, tokens.length - 1));
      const how = this.#random();
      if (how < 0.7) tokens[at] = this.#token();
      else if (how < 0.85) tokens.splice(at, 1);
      else tokens.splice(at, 0, this.#token());
    }
    return tokens;
  }

  /** A request with every field drawn by its type: well-formed for the reader, nonsense for the rest. */
  #drawn(message: Message): string[] {
    const values: MutableValues = {};
    this.#fill(message.fields, values);
    return encode(message, values, this.#version);
  }

  #fill(fields: readonly Field[], values: MutableValues): void {
    for (const field of fields) {
      if (!exists(field, this.#version)) continue;
      if (field.kind === 'scalar') {
        if (field.type === 'text') values[field.name] = this.#token();
        else if (field.type === 'bool') values[field.name] = this.#random() < 0.5;
        else
          values[field.name] = this.#random() < 0.5 ? this.#below(100) : (this.#random() - 0.5) * 10 ** this.#below(12);
        if (field.type === 'int') values[field.name] = Math.round(Number(values[field.name]));
      } else if (field.kind === 'when') {
        if (field.test(values)) this.#fill(field.fields, values);
      } else if (field.kind === 'list') {
        values[field.name] = Array.from({ length: this.#below(4) }, () => {
          const row: MutableValues = {};
          this.#fill(field.fields, row);
          return row;
        });
      }
    }
  }
}

function framed(body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}
