import fc from 'fast-check';
import { type ErrorCodeClass, errorClass, IB_CODES, ibCode } from '../../../src/domain/ib-codes.js';
import { provesRejection, suggestsRefusal } from '../../../src/domain/order/error-codes.js';

/** Final refusals of a new order for one of its fields, each sent without a status. */
const FIELDS = [
  111, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 129, 131, 132, 137, 140, 141, 146, 147,
  148, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 167, 168, 312, 313, 314, 315, 325, 328, 334, 335, 336, 337,
  338, 339, 340, 341, 342, 343, 345, 347, 348, 349, 350, 352, 353, 355, 356, 358, 359, 360, 361, 362, 363, 364, 367,
  368, 369, 370, 371, 372, 373, 374, 375, 376, 377, 378, 379, 380, 387, 389, 390, 391, 393, 394, 395, 396, 397, 398,
  400, 401, 402, 403, 405, 406, 407, 408, 409, 410, 411, 413, 417, 418, 419, 421, 423, 424, 427, 428, 429, 433, 435,
  436, 437, 439, 440, 441, 442, 443, 444, 445, 446, 447, 448, 449, 461, 463, 10002, 10007, 10008, 10009, 10010, 10011,
  10012, 10014, 10020, 10268, 10289,
];
const REJECTIONS = [
  ...FIELDS,
  ...[106, 107, 109, 110, 163, 164, 200, 201, 203, 321, 382, 383, 388, 392, 412, 434, 460, 10058, 10250],
];
const DOUBTFUL = [103, 104, 105, 133, 134, 135, 136, 161, 202, 320, 322, 323, 504, 512, 10147, 10148, 10149, 10349];
const STATUSES = [undefined, 'ApiPending', 'PendingSubmit', 'PreSubmitted', 'Submitted', 'Filled', 'Inactive'];

/**
 * Row by row: the code, its class, and words of the reaction that would be wrong for its neighbours. A code added to the
 * table, or removed from it, must be entered here.
 */
const ROWS: readonly (readonly [number, ErrorCodeClass, RegExp])[] = [
  [100, 'transport', /slow down, reconnect, reconcile/],
  [101, 'data', /free some/],
  [103, 'ambiguous', /perhaps by us: look it up, then a new id/],
  [104, 'ambiguous', /read executions/],
  [105, 'ambiguous', /cancel it and replace it/],
  [106, 'rejection', /fix it, same intent/],
  [107, 'rejection', /fix it, same intent/],
  [109, 'rejection', /alert, never bypass/],
  [110, 'rejection', /round by the market rule; on a working order the old price stays/],
  [133, 'ambiguous', /reconcile/],
  [134, 'ambiguous', /reconcile/],
  [135, 'ambiguous', /never placed, or of another client; reconcile/],
  [136, 'cancel', /reconcile, it may be filled/],
  [161, 'cancel', /reconcile, it may be filled/],
  [162, 'data', /back off/],
  [163, 'rejection', /alert, never bypass/],
  [164, 'rejection', /alert, never bypass/],
  [165, 'data', /back off/],
  [200, 'rejection', /qualify it again, do not retry/],
  [201, 'rejection', /a refused modify leaves the original working/],
  [202, 'cancel', /check the filled part/],
  [203, 'rejection', /not allowed for this account: stop/],
  [300, 'info', /ignore/],
  [309, 'data', /free some/],
  [320, 'ambiguous', /reconcile/],
  [321, 'rejection', /read-only session: stop/],
  [322, 'ambiguous', /reconcile/],
  [323, 'ambiguous', /reconcile/],
  [326, 'transport', /wait for the old session to end, retry, alert/],
  [329, 'ambiguous', /cancel it and replace it/],
  [354, 'data', /do not trade on it/],
  [366, 'data', /back off/],
  [382, 'rejection', /alert, never bypass/],
  [383, 'rejection', /alert, never bypass/],
  [388, 'rejection', /a defect, stop/],
  [392, 'rejection', /expired or not available for trading: stop/],
  [399, 'warning', /an order that lives/],
  [404, 'warning', /it may still fill/],
  [412, 'rejection', /expired or not available for trading: stop/],
  [434, 'rejection', /a defect, stop/],
  [460, 'rejection', /no trading permission: stop/],
  [481, 'warning', /read the total quantity again/],
  [501, 'transport', /nothing to do/],
  [502, 'transport', /back off/],
  [503, 'transport', /retry, say so/],
  [504, 'transport', /every order in flight is unknown/],
  [505, 'transport', /alert a version mismatch/],
  [506, 'transport', /retry, say so/],
  [507, 'transport', /wait for the old session to end, retry, alert/],
  [512, 'ambiguous', /reconcile/],
  [1100, 'transport', /no entries, no modifies/],
  [1101, 'transport', /subscribe again and reconcile/],
  [1102, 'transport', /reconcile executions/],
  [1300, 'transport', /stop and alert/],
  [2100, 'warning', /the order lives/],
  [2102, 'warning', /the order lives/],
  [2103, 'data', /mark quotes stale/],
  [2104, 'info', /is back/],
  [2105, 'data', /mark quotes stale/],
  [2106, 'info', /is back/],
  [2107, 'info', /sleeps until needed/],
  [2108, 'info', /sleeps until needed/],
  [2109, 'warning', /the order lives/],
  [2110, 'transport', /no entries, no modifies/],
  [2119, 'warning', /a data farm is connecting/],
  [2137, 'warning', /the order lives/],
  [2157, 'data', /mark quotes stale/],
  [2158, 'info', /is back/],
  [10006, 'ambiguous', /reconcile the bracket/],
  [10058, 'rejection', /fix it/],
  [10089, 'data', /do not trade on it/],
  [10090, 'data', /Greeks count as missing/],
  [10091, 'data', /do not trade on it/],
  [10147, 'cancel', /reconcile/],
  [10148, 'cancel', /read it, reconcile/],
  [10149, 'cancel', /a defect, or a manual order/],
  [10167, 'data', /refuse entries/],
  [10168, 'data', /do not trade on it/],
  [10186, 'data', /refuse entries/],
  [10189, 'data', /refuse entries/],
  [10197, 'data', /refuse entries, alert/],
  [10225, 'data', /subscribe again/],
  [10233, 'warning', /the order may be live/],
  [10250, 'rejection', /a defect, stop/],
  [10311, 'warning', /route by SMART/],
  [10328, 'ambiguous', /reconcile/],
  [10333, 'warning', /needs an override/],
  [10335, 'warning', /the order may be live/],
  [10349, 'warning', /the order may be live/],
  ...FIELDS.map((code) => [code, 'rejection', /a field of the order is not accepted/] as const),
];

describe('the table of error codes', () => {
  it('names every code once', () => {
    const codes = IB_CODES.map((entry) => entry.code);
    expect(new Set(codes).size).toBe(codes.length);
    expect([...codes].sort((a, b) => a - b)).toEqual(ROWS.map(([code]) => code).sort((a, b) => a - b));
  });

  it.each(ROWS)('%i: class %s, %s', (code, kind, reaction) => {
    expect(errorClass(code)).toBe(kind);
    expect(ibCode(code)?.reaction).toMatch(reaction);
    // Only a rejection proves anything about an order without an acknowledgement; nothing does about a working one.
    expect(provesRejection(code, { newOrder: true })).toBe(kind === 'rejection');
    expect(provesRejection(code, { newOrder: true, status: 'Submitted' })).toBe(false);
    expect(provesRejection(code, { newOrder: false })).toBe(false);
  });

  it('treats an unlisted code as ambiguous, except the range of warnings', () => {
    expect(errorClass(10_999)).toBe('ambiguous');
    expect(ibCode(10_999)).toBeUndefined();
    expect(errorClass(2101)).toBe('warning');
    expect(errorClass(2999)).toBe('warning');
    expect(errorClass(3000)).toBe('ambiguous');
  });
});

describe('proof of a rejection', () => {
  it.each(REJECTIONS)('%i proves it for a new order without an acknowledgement', (code) => {
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

  it('treats 110 as proof only until the order is acknowledged', () => {
    expect(provesRejection(110, { newOrder: true, status: 'PendingSubmit' })).toBe(true);
    expect(provesRejection(110, { newOrder: true, status: 'Inactive' })).toBe(false);
    expect(provesRejection(110, { newOrder: true, status: 'Submitted' })).toBe(false);
  });

  it('is likely after an ambiguous code that accompanies refusals, and after no other', () => {
    expect([103, 133, 135, 320, 322, 323, 10006, 201, 387].every(suggestsRefusal)).toBe(true);
    expect([104, 105, 134, 202, 399, 404, 512, 10147, 10328, 10349, 10_999].some(suggestsRefusal)).toBe(false);
  });
});
