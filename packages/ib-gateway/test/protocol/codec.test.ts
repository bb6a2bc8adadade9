import fc from 'fast-check';
import { exists, type Field, type MutableValues, type ScalarField, type Values } from '../../src/protocol/field.js';
import { decode, encode, requests, responses } from '../../src/protocol/index.js';
import { agreeVersion, parseVersions } from '../../src/wire/handshake.js';

const VERSIONS = [
  163, 164, 166, 169, 170, 176, 177, 178, 182, 183, 184, 185, 186, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199,
  200,
];

/** Texts with a special meaning come up often enough to reach the conditional fields. */
const texts = fc.oneof(
  fc.constantFrom('BAG', 'OPT', 'IBKRATS', 'PEG BEST', 'PEG MID', 'PEG BENCH', 'None', 'D', 'Adaptive'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !/[\0\\]/.test(text)),
);

function scalarArbitrary(field: ScalarField): fc.Arbitrary<string | number | boolean> {
  if (field.type === 'text') return texts;
  if (field.type === 'bool') return fc.boolean();
  const unset = Number(field.unset || 'NaN');
  if (field.type === 'int')
    return fc.integer({ min: -1e6, max: 2e9 }).filter((value) => value !== unset || value === 0);
  const cents = fc.integer({ min: -1e7, max: 1e7 }).map((value) => value / 100);
  const numbers = field.type === 'limit' ? fc.oneof(cents, fc.constant(Number.POSITIVE_INFINITY)) : cents;
  return numbers.filter((value) => value !== unset || value === 0);
}

/** Draws a record that fits a table: a value that is not drawn is not on the wire. */
function draw(fields: readonly Field[], version: number, g: fc.GeneratorValue, into: MutableValues): Values {
  for (const field of fields) {
    if (!exists(field, version)) continue;
    if (field.kind === 'scalar') {
      const absent = field.unset !== '0' && g(fc.boolean);
      if (!absent && into[field.name] === undefined) into[field.name] = g(() => scalarArbitrary(field));
      if (field.unset === '0') into[field.name] ??= field.type === 'bool' ? false : 0;
    } else if (field.kind === 'when') {
      if (field.test(into)) draw(field.fields, version, g, into);
    } else if (field.kind === 'list') {
      const count = g(fc.integer, { min: 0, max: 3 });
      into[field.name] = Array.from({ length: count }, () => draw(field.fields, version, g, {}));
    }
  }
  return into;
}

describe('the message tables', () => {
  for (const message of [...requests, ...responses]) {
    it(`${message.name} is encoded and decoded unchanged in every version`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...VERSIONS), fc.gen(), (version, g) => {
          const values = draw(message.fields, version, g, {});
          const [id, ...tokens] = encode(message, values, version);
          expect(id).toBe(String(message.id));
          expect(decode(message, tokens, version)).toEqual({ values, surplus: 0 });
        }),
        { numRuns: 60, seed: 20261123 },
      );
    });
  }

  it('has every number once', () => {
    for (const table of [requests, responses]) expect(new Set(table.map((entry) => entry.id)).size).toBe(table.length);
  });

  it('writes prices without binary noise and unknown numbers as the protocol wants them', () => {
    const position = responses.find((entry) => entry.name === 'TICK_PRICE');
    const computation = responses.find((entry) => entry.name === 'TICK_OPTION_COMPUTATION');
    if (!position || !computation) throw new Error('the tables lack ticks');
    const values = { reqId: 7, tickType: 1, price: 1.1 + 1.73, size: 3, attributes: 0 };
    expect(encode(position, values, 193)).toEqual(['1', '6', '7', '1', '2.83', '3', '0']);
    const empty = encode(computation, { reqId: 7, tickType: 13, tickAttribute: 0, delta: 0.0000004 }, 193);
    expect(empty).toEqual(['21', '7', '13', '0', '-1', '0.0000004', '-1', '-1', '-2', '-2', '-2', '-1']);
  });
});

describe('the handshake', () => {
  it('settles on the highest common version and leaves out the three with request-for-quote fields', () => {
    expect(agreeVersion(parseVersions(Buffer.from('v100..193')))).toBe(193);
    expect(agreeVersion(parseVersions(Buffer.from('v157..178 +PACEAPI')))).toBe(178);
    expect(agreeVersion(parseVersions(Buffer.from('v100..226')))).toBe(200);
    expect(agreeVersion(parseVersions(Buffer.from('v100..188')))).toBe(186);
    expect(agreeVersion(parseVersions(Buffer.from('v100..157')))).toBeUndefined();
    expect(agreeVersion(parseVersions(Buffer.from('v200..226')))).toBe(200);
    expect(agreeVersion(parseVersions(Buffer.from('v201..226')))).toBeUndefined();
    expect(() => parseVersions(Buffer.from('hello'))).toThrow('version frame');
  });
});
