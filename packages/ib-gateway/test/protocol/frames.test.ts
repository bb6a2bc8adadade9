import fc from 'fast-check';
import { FrameError, FrameReader, frameOf, splitTokens } from '../../src/wire/frames.js';

describe('frames', () => {
  it('come out whole and in order however TCP cuts them', () => {
    const token = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
    const messages = fc.array(fc.array(token, { minLength: 1, maxLength: 6 }), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map((tokens) => frameOf(tokens)));
        const reader = new FrameReader();
        const received: string[][] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
          const size = cuts[cut % cuts.length] ?? 1;
          reader.push(bytes.subarray(at, at + size));
          at += size;
          for (let frame = reader.next(); frame; frame = reader.next()) received.push(splitTokens(frame));
        }
        expect(received).toEqual(sent);
      }),
    );
  });

  it('end every token with NUL, the last one included', () => {
    expect(frameOf(['49', '1', '7'])).toEqual(Buffer.from('\0\0\0\x0749\x001\x007\0', 'latin1').subarray(0));
  });

  it('refuse an impossible length', () => {
    const reader = new FrameReader(1_000);
    reader.push(Buffer.from([0, 0, 4, 0]));
    expect(() => reader.next()).toThrow(FrameError);
  });
});
