import fc from 'fast-check';
import { orderRefOf, orderRefPrefix } from '../../../src/domain/ids.js';
import {
  classifyEvidence,
  deadFrom,
  type EvidenceInput,
  type EvidenceSnapshot,
} from '../../../src/domain/order/evidence.js';

const INTENT = { positionId: 'spy-ic-20260302-a1b2c3', step: 3, role: 'combo' as const };
const REF = orderRefOf({ ...INTENT, attempt: 2 });
const PREFIX = orderRefPrefix(INTENT);

const DEAD_FROM = 1_000_000;
const EMPTY: EvidenceSnapshot = {
  at: DEAD_FROM,
  open: [],
  openComplete: true,
  completed: [],
  completedComplete: true,
  fills: [],
  fillsComplete: true,
  positions: [],
  positionsComplete: true,
};

const order = (orderRef: string, permId: number, status = 'Submitted', orderId = 1) => ({
  orderRef,
  permId,
  orderId,
  status,
});
const classify = (looks: readonly EvidenceSnapshot[], changes: Partial<EvidenceInput> = {}) =>
  classifyEvidence({ orderRef: REF, prefix: PREFIX, permId: 0, looks, deadFrom: DEAD_FROM, ...changes }).kind;

describe('evidence of an order', () => {
  it('finds it among open orders, completed orders or fills, even in incomplete answers', () => {
    const incomplete = { ...EMPTY, openComplete: false, fillsComplete: false };
    expect(classify([{ ...incomplete, open: [order(REF, 0)] }])).toBe('found');
    expect(classify([{ ...incomplete, completed: [order(REF, 5, 'Cancelled')] }])).toBe('found');
    expect(classify([{ ...incomplete, fills: [{ orderRef: REF, permId: 5 }] }])).toBe('found');
  });

  it('finds it by its permId under its prefix, and by no other', () => {
    const other = orderRefOf({ ...INTENT, attempt: 1 });
    expect(classify([{ ...EMPTY, open: [order(other, 5)] }], { permId: 5 })).toBe('found');
    expect(classify([{ ...EMPTY, open: [order(other, 6)] }], { permId: 5 })).not.toBe('found');
    expect(classify([{ ...EMPTY, open: [order('by hand', 5)] }], { permId: 5 })).not.toBe('found');
    expect(classify([{ ...EMPTY, open: [order(other, 0)] }], { permId: 0 })).not.toBe('found');
  });

  it('does not confuse step 31 with step 3', () => {
    const other = orderRefOf({ ...INTENT, step: 31, attempt: 2 });
    expect(classify([{ ...EMPTY, open: [order(other, 5)] }], { permId: 5 })).not.toBe('found');
  });

  it("proves absence by two complete polls in a row with the same positions, after the order's time is over", () => {
    const early = { ...EMPTY, at: DEAD_FROM - 1 };
    expect(classify([])).toBe('look-again');
    expect(classify([EMPTY])).toBe('look-again');
    expect(classify([EMPTY, EMPTY])).toBe('absent');
    expect(classify([early, early])).toBe('may-live');
    expect(classify([early])).toBe('may-live');
    expect(classify([early, early, EMPTY])).toBe('look-again');
    expect(classify([early, early, EMPTY, EMPTY])).toBe('absent');
    const input = { orderRef: REF, prefix: PREFIX, permId: 0, deadFrom: DEAD_FROM };
    expect(classifyEvidence({ ...input, looks: [early] })).toEqual({ kind: 'may-live', isSteady: false });
    expect(classifyEvidence({ ...input, looks: [early, early] })).toEqual({ kind: 'may-live', isSteady: true });
  });

  it.each([
    ['good till a time', { goodTill: 500_000 }, { sentAt: 100_000, refused: false }, 510_000],
    ['without such a time', {}, { sentAt: 100_000, refused: false }, 220_000],
    ['answered with a refusing code', { goodTill: 500_000 }, { sentAt: 100_000, refused: true }, 110_000],
  ])('counts an order %s as dead from then on', (_what, payload, sent, expected) => {
    expect(deadFrom(payload, sent)).toBe(expected);
  });

  it.each(['openComplete', 'completedComplete', 'fillsComplete', 'positionsComplete'] as const)(
    'proves nothing without %s',
    (part) => {
      const partial = { ...EMPTY, [part]: false };
      expect(classify([partial])).toBe('incomplete');
      expect(classify([EMPTY, partial])).toBe('incomplete');
      expect(classify([EMPTY, { ...partial, at: 0 }])).toBe('incomplete');
      expect(classify([partial, EMPTY])).toBe('look-again');
      expect(classify([EMPTY, partial, EMPTY])).toBe('look-again');
      expect(classify([partial, EMPTY, EMPTY])).toBe('absent');
    },
  );

  it('polls again while positions move; their order and zeros do not matter', () => {
    const one = {
      ...EMPTY,
      positions: [
        { conId: 1, quantity: 2 },
        { conId: 2, quantity: 0 },
      ],
    };
    const same = {
      ...EMPTY,
      positions: [
        { conId: 3, quantity: 0 },
        { conId: 1, quantity: 2 },
      ],
    };
    const moved = { ...EMPTY, positions: [{ conId: 1, quantity: 3 }] };
    expect(classify([one, same])).toBe('absent');
    expect(classify([one, moved])).toBe('look-again');
    expect(classify([one, moved, moved])).toBe('absent');
  });

  it('reports two live orders under one prefix, by exact name or another attempt', () => {
    const first = order(orderRefOf({ ...INTENT, attempt: 1 }), 5);
    expect(classify([{ ...EMPTY, open: [first, order(REF, 6)] }])).toBe('two-live');
    expect(classify([{ ...EMPTY, open: [order(REF, 5), order(REF, 6)] }])).toBe('two-live');
    expect(
      classify([
        { ...EMPTY, openComplete: false, open: [order(REF, 0, 'Submitted', 1), order(REF, 0, 'Submitted', 2)] },
      ]),
    ).toBe('two-live');
  });

  it('counts an order reported twice once, and ended orders not at all', () => {
    expect(classify([{ ...EMPTY, open: [order(REF, 5), order(REF, 5)] }])).toBe('found');
    for (const status of ['Cancelled', 'Inactive']) {
      const ended = order(orderRefOf({ ...INTENT, attempt: 1 }), 5, status);
      expect(classify([{ ...EMPTY, open: [ended, order(REF, 6)] }])).toBe('found');
    }
  });

  it('never calls an order absent that any poll shows, or without two complete polls at the end', () => {
    const bool = fc.boolean();
    const row = fc.record({
      orderRef: fc.constantFrom(REF, orderRefOf({ ...INTENT, attempt: 1 }), 'LW|other|1|combo|1', ''),
      permId: fc.constantFrom(0, 5, 6),
      orderId: fc.constantFrom(1, 2),
      status: fc.constantFrom('Submitted', 'Cancelled', 'Inactive'),
    });
    const rows = fc.array(row, { maxLength: 2 });
    const positions = fc.array(fc.record({ conId: fc.constantFrom(1, 2), quantity: fc.constantFrom(0, 1) }), {
      maxLength: 2,
    });
    const at = fc.constantFrom(DEAD_FROM - 1, DEAD_FROM, DEAD_FROM + 1);
    const look: fc.Arbitrary<EvidenceSnapshot> = fc.record({
      at,
      open: rows,
      openComplete: bool,
      completed: rows,
      completedComplete: bool,
      fills: rows,
      fillsComplete: bool,
      positions,
      positionsComplete: bool,
    });
    const likelyEmpty = fc.oneof(
      look,
      at.map((when) => ({ ...EMPTY, at: when })),
    );
    fc.assert(
      fc.property(fc.array(likelyEmpty, { maxLength: 4 }), fc.constantFrom(0, 5), (looks, permId) => {
        if (classify(looks, { permId }) !== 'absent') return;
        expect(looks.length).toBeGreaterThanOrEqual(2);
        for (const one of looks.slice(-2)) {
          expect(one.at).toBeGreaterThanOrEqual(DEAD_FROM);
          expect(one.openComplete && one.completedComplete && one.fillsComplete && one.positionsComplete).toBe(true);
        }
        const seen = looks.flatMap((one) => [...one.open, ...one.completed, ...one.fills]);
        expect(seen.some((one) => one.orderRef === REF)).toBe(false);
      }),
      { numRuns: 5000 },
    );
  });
});
