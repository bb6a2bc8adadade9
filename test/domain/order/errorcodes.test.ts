import fc from 'fast-check';
import { ERROR_CODES, errorClass, errorReaction, provesRejection } from '../../../src/domain/order/errorcodes.js';

const REJECTIONS = [106, 107, 109, 110, 163, 164, 200, 201, 203, 321, 382, 383, 388, 392, 412, 434, 460, 10058, 10250];
const DOUBTFUL = [103, 104, 105, 133, 134, 135, 136, 161, 202, 320, 322, 323, 504, 512, 10147, 10148, 10149, 10349];
const STATUSES = [undefined, 'ApiPending', 'PendingSubmit', 'PreSubmitted', 'Submitted', 'Filled', 'Inactive'];

describe('the table of error codes', () => {
  it('names every code once, with a reaction', () => {
    const codes = ERROR_CODES.map((entry) => entry.code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.length).toBe(87);
    for (const entry of ERROR_CODES) expect(entry.reaction).not.toBe('');
  });

  it.each([
    [100, 'transport'],
    [326, 'transport'],
    [1100, 'transport'],
    [1102, 'transport'],
    [2110, 'transport'],
    [201, 'rejection'],
    [103, 'ambiguous'],
    [10328, 'ambiguous'],
    [202, 'cancel'],
    [10148, 'cancel'],
    [399, 'warning'],
    [10349, 'warning'],
    [10197, 'data'],
    [2103, 'data'],
    [2104, 'info'],
  ])('puts %i into the class %s', (code, kind) => {
    expect(errorClass(code)).toBe(kind);
  });

  it('takes an unlisted code for doubtful, except the range of warnings', () => {
    expect(errorClass(10_999)).toBe('ambiguous');
    expect(errorReaction(10_999)).toContain('look the order up');
    expect(errorClass(2100)).toBe('warning');
    expect(errorClass(2999)).toBe('warning');
    expect(errorClass(3000)).toBe('ambiguous');
  });
});

describe('proof of a rejection', () => {
  it.each(REJECTIONS)('%i proves it for a new order that nobody acknowledged', (code) => {
    expect(provesRejection(code, { newOrder: true })).toBe(true);
    expect(provesRejection(code, { newOrder: true, status: undefined })).toBe(true);
  });

  it.each(DOUBTFUL)('%i never proves it', (code) => {
    for (const status of STATUSES) expect(provesRejection(code, { newOrder: true, status })).toBe(false);
  });

  it('comes from nothing but the listed codes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.constantFrom(...STATUSES), (code, status) => {
        fc.pre(!REJECTIONS.includes(code));
        expect(provesRejection(code, { newOrder: true, status })).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('never concerns a modify or cancel: the original lives', () => {
    fc.assert(
      fc.property(fc.constantFrom(...REJECTIONS, ...DOUBTFUL), fc.constantFrom(...STATUSES), (code, status) => {
        expect(provesRejection(code, { newOrder: false, status })).toBe(false);
      }),
    );
  });

  it('reads a margin refusal after Inactive, and nothing against an order shown to work', () => {
    expect(provesRejection(201, { newOrder: true, status: 'Inactive' })).toBe(true);
    for (const status of ['PreSubmitted', 'Submitted', 'PendingCancel', 'Filled']) {
      expect(provesRejection(201, { newOrder: true, status })).toBe(false);
    }
  });

  it('takes 110 for proof only until the order is acknowledged', () => {
    expect(provesRejection(110, { newOrder: true, status: 'PendingSubmit' })).toBe(true);
    expect(provesRejection(110, { newOrder: true, status: 'Inactive' })).toBe(false);
    expect(provesRejection(110, { newOrder: true, status: 'Submitted' })).toBe(false);
  });
});
