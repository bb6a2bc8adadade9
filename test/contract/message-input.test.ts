/** Whatever JSON people send is read without a throw: as a message that can be carried out, or refused with one short sentence. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MESSAGE_NAMES, readMessage, unknownMessage } from '../../src/contract/message-input.js';
import { parseMoney } from '../../src/domain/money.js';

const word = fc.constantFrom(
  'high',
  'LOW',
  'walk',
  'Market',
  'limit',
  'true',
  'credit',
  '1.25',
  '1.25cr',
  '60',
  '',
  'x',
);
const value = fc.oneof(word, fc.double(), fc.integer({ min: -2, max: 1200 }), fc.boolean(), fc.jsonValue());
const pricing = fc.record({ kind: word, price: value, side: word }, { requiredKeys: [] });
const fields = fc.record(
  {
    ...{ requestId: value, urgency: value, price: value, pricing: fc.oneof(pricing, value), overrideHalt: value },
    ...{ replyTo: value, rule: value, ratio: value, dte: value, orClose: value },
  },
  { requiredKeys: [] },
);
/** Objects with a few of the known fields, and anything else. */
const input = fc.oneof(
  fields.chain((all) => fc.subarray(Object.entries(all)).map((some) => Object.fromEntries(some))),
  fc.jsonValue(),
  fc.object(),
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the database cannot hold.
const STRANGE = /[\u0000-\u001f]/;

test('every input of every message', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.constantFrom(...MESSAGE_NAMES), input, (name, given) => {
      const read = readMessage(name, [given]);
      if ('wrong' in read) {
        expect(read.wrong).toMatch(/^[\w. ]+: .* is not allowed; expected .*\.$/s);
        expect(read.wrong.length).toBeLessThan(600);
        expect(read.wrong).not.toMatch(STRANGE);
        return;
      }
      taken += 1;
      const { message } = read;
      if (name === 'reduce') expect(message.ratio).toBeGreaterThan(0);
      if (name === 'reduce') expect(message.ratio).toBeLessThan(1);
      if (message.dte !== undefined) expect(Number.isInteger(message.dte)).toBe(true);
      if (message.pricing?.kind === 'limit') expect(parseMoney(message.pricing.price)).toBeGreaterThanOrEqual(0);
      if (message.requestId !== undefined) expect(message.requestId).not.toMatch(STRANGE);
      // A message that was read reads the same again.
      expect(readMessage(name, [message])).toEqual(read);
    }),
    { numRuns: 1_500 },
  );
  expect(taken).toBeGreaterThan(50);
});

test('every name that is none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
      expect(unknownMessage(name)).toMatch(/^message: ".*" is not allowed; expected .*\.$/s);
      expect(unknownMessage(name)).not.toMatch(STRANGE);
      expect(unknownMessage(name).length).toBeLessThan(600);
    }),
    { numRuns: 300 },
  );
});
