import fc from 'fast-check';
import { type ReconcileInput, reconcile } from '../../../src/domain/position/reconcile.js';

const spread = {
  positionId: 'spy-bps-20260302-a1b2c3',
  symbol: 'SPY',
  legs: [
    { conId: 1, right: 'PUT' as const, openQuantity: 2 },
    { conId: 2, right: 'PUT' as const, openQuantity: -2 },
  ],
};
const held = (conId: number, quantity: number, changes = {}) => ({
  conId,
  symbol: 'SPY',
  secType: 'OPT',
  quantity,
  ...changes,
});
const REF = 'LW|spy-bps-20260302-a1b2c3|2|combo|1';
const working = {
  orderRef: REF,
  status: 'Submitted',
  permId: 9,
  orderId: 4,
  conId: 0,
  legs: [{ conId: 1 }, { conId: 2 }],
};

const intentOf = (orderRef: string) => ({
  ...{ orderRef, positionId: spread.positionId, state: 'WORKING' as const, permId: 9, isFresh: true },
});

const agreed: ReconcileInput = {
  positionsComplete: true,
  positions: [held(1, 2), held(2, -2)],
  openOrdersComplete: true,
  openOrders: [],
  executions: [spread],
  symbols: ['SPY'],
  intents: [],
};
const kinds = (changes: Partial<ReconcileInput>) => reconcile({ ...agreed, ...changes }).map((finding) => finding.kind);

describe('the account compared with the ledger', () => {
  it('agrees', () => {
    expect(reconcile(agreed)).toEqual([]);
  });

  it('names what is missing on either side, and different quantities', () => {
    expect(kinds({ positions: [held(1, 2)] })).toEqual(['missing-there']);
    expect(kinds({ positions: [held(1, 2), held(2, -1)] })).toEqual(['quantity']);
    const closed = { ...spread, legs: spread.legs.map((leg) => ({ ...leg, openQuantity: 0 })) };
    expect(kinds({ executions: [closed] })).toEqual(['missing-here', 'missing-here']);
    expect(reconcile({ ...agreed, positions: [held(1, 2)] })[0]).toMatchObject({
      conId: 2,
      symbol: 'SPY',
      positionId: spread.positionId,
      text: expect.stringContaining('Contract 2: the ledger holds -2, the account 0 (spy-bps-20260302-a1b2c3). It is'),
    });
  });

  it('nets positions that share a contract, as the account does', () => {
    const other = { ...spread, positionId: 'spy-bps-20260303-d4e5f6' };
    expect(kinds({ executions: [spread, other], positions: [held(1, 4), held(2, -4)] })).toEqual([]);
    const [finding] = reconcile({ ...agreed, executions: [spread, other], positions: [held(1, 4), held(2, -3)] });
    expect(finding).toMatchObject({ kind: 'quantity', conId: 2 });
    expect(finding).not.toHaveProperty('positionId');
  });

  it('finds stock from an assignment, and leaves other symbols alone', () => {
    const stock = held(756733, 100, { secType: 'STK' });
    expect(kinds({ executions: [], positions: [stock] })).toEqual(['foreign-position']);
    const [finding] = reconcile({ ...agreed, positions: [...agreed.positions, stock] });
    expect(finding).toMatchObject({ kind: 'foreign-position', conId: 756733, symbol: 'SPY' });
    expect(finding?.text).toContain('assignment');
    const option = held(5, -1, { right: 'PUT' as const, expiry: '20260417', strike: 605 });
    const [named] = reconcile({ ...agreed, positions: [...agreed.positions, option] });
    expect(named?.text).toBe('The account holds -1 SPY 20260417 605 PUT (contract 5) that no position knows.');
    expect(kinds({ positions: [...agreed.positions, held(5, 1, { symbol: 'AAPL' }), held(6, 0)] })).toEqual([]);
  });

  it.each<[string, readonly number[], Partial<ReconcileInput>, string | undefined]>([
    ['the long leg is gone', [0, -2], {}, '2 uncovered SPY puts'],
    ['part of the long leg is gone', [1, -2], {}, '1 uncovered SPY put:'],
    ['as much of both is gone', [1, -1], {}, undefined],
    ['the short leg is gone', [2, 0], {}, undefined],
    ['an order of it works', [0, -2], { intents: [intentOf(REF)] }, undefined],
    ['only its protective order rests', [0, -2], { intents: [intentOf(REF.replace('combo', 'stop'))] }, '2 uncovered'],
    ['the list is incomplete', [0, -2], { positionsComplete: false }, undefined],
  ])('finds uncovered shorts by the account, before the ledger follows: %s', (_, [long, short], more, words) => {
    const positions = [held(1, long ?? 0), held(2, short ?? 0)].filter(({ quantity }) => quantity !== 0);
    const found = reconcile({ ...agreed, positions, ...more }).filter(({ kind }) => kind === 'naked-short');
    expect(found.map(({ text, positionId }) => [text, positionId])).toEqual(
      words === undefined ? [] : [[expect.stringContaining(words), spread.positionId]],
    );
    for (const { text } of found) expect(text).toContain(`it lacks contract 1. \`legwork close ${spread.positionId}\``);
  });

  it('finds uncovered shorts of a right by the ledger', () => {
    const naked = {
      ...spread,
      legs: [
        { ...spread.legs[0], conId: 1, right: 'CALL' as const, openQuantity: 2 },
        { conId: 2, right: 'PUT' as const, openQuantity: -2 },
      ],
    };
    const [finding] = reconcile({ ...agreed, executions: [naked] });
    expect(finding).toMatchObject({ kind: 'naked-short', positionId: spread.positionId, symbol: 'SPY' });
    expect(finding?.text).toContain('2 uncovered SPY puts');
  });

  it('finds contracts held on the opposite side, although the account agrees', () => {
    const legs = spread.legs.map((leg) => ({ ...leg, openQuantity: -leg.openQuantity }));
    const turned = { ...spread, legs, reversed: 'More was closed than was open.' };
    const findings = reconcile({ ...agreed, executions: [turned], positions: [held(1, -2), held(2, 2)] });
    expect(findings).toEqual([
      {
        kind: 'reversed',
        text: `Position ${spread.positionId}: More was closed than was open.`,
        symbol: 'SPY',
        positionId: spread.positionId,
      },
    ]);
  });

  it('finds orders under our reference or on our contracts without an intent', () => {
    expect(kinds({ openOrders: [working] })).toEqual(['unknown-order']);
    expect(kinds({ openOrders: [{ ...working, orderRef: '' }] })).toEqual(['unknown-order']);
    expect(kinds({ openOrders: [{ ...working, orderRef: '', legs: [], conId: 2 }] })).toEqual(['unknown-order']);
    expect(kinds({ openOrders: [{ ...working, orderRef: '', legs: [{ conId: 77 }] }] })).toEqual([]);
    const intent = {
      orderRef: REF,
      positionId: spread.positionId,
      state: 'WORKING' as const,
      permId: 9,
      isFresh: false,
    };
    expect(kinds({ openOrders: [working], intents: [intent] })).toEqual([]);
    expect(kinds({ openOrders: [working, { ...working, orderId: 5, permId: 10 }], intents: [intent] })).toEqual([
      'unknown-order',
    ]);
    expect(kinds({ openOrders: [working, working], intents: [intent] })).toEqual([]);
  });

  it.each(['Filled', 'Cancelled', 'ApiCancelled'])(
    'does not count an order that has just ended (%s) as working',
    (status) => {
      expect(kinds({ openOrders: [{ ...working, status }] })).toEqual([]);
      const intent = {
        orderRef: REF,
        positionId: spread.positionId,
        state: 'WORKING' as const,
        permId: 9,
        isFresh: false,
      };
      const successor = { ...working, orderId: 5, permId: 10 };
      expect(kinds({ openOrders: [{ ...working, status }, successor], intents: [intent] })).toEqual([]);
      // The broker has shown it: our row will follow.
      expect(kinds({ openOrders: [{ ...working, status }], intents: [intent] })).toEqual([]);
    },
  );

  it('reports a working order that is no longer shown', () => {
    const intent = {
      orderRef: REF,
      positionId: spread.positionId,
      state: 'WORKING' as const,
      permId: 9,
      isFresh: false,
    };
    expect(kinds({ intents: [intent] })).toEqual(['stale']);
    expect(kinds({ intents: [{ ...intent, state: 'UNKNOWN' }] })).toEqual([]);
    expect(kinds({ intents: [{ ...intent, isFresh: true }] })).toEqual([]);
    const inactive = { ...working, status: 'Inactive' };
    const [finding] = reconcile({ ...agreed, openOrders: [inactive], intents: [intent] });
    expect(finding).toMatchObject({ kind: 'stale', text: expect.stringContaining('lists it as Inactive') });
    expect(kinds({ openOrders: [inactive, working], intents: [intent] })).toEqual([]);
  });

  it('calls an incomplete answer stale, and reports nothing as missing because of it', () => {
    expect(kinds({ positionsComplete: false, positions: [] })).toEqual(['stale']);
    const intent = {
      orderRef: REF,
      positionId: spread.positionId,
      state: 'WORKING' as const,
      permId: 9,
      isFresh: false,
    };
    expect(kinds({ openOrdersComplete: false, intents: [intent] })).toEqual(['stale']);
  });

  it('finds a difference exactly where the sums differ', () => {
    const quantities = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(quantities, quantities, (here, there) => {
        const legs = here.map((openQuantity, conId) => ({ conId, right: 'PUT' as const, openQuantity }));
        const findings = reconcile({
          ...agreed,
          executions: [{ ...spread, legs }],
          positions: there.map((quantity, conId) => held(conId, quantity)),
        });
        const compared = findings.filter(({ kind }) => kind !== 'naked-short').map(({ conId }) => conId);
        expect(compared).toEqual([0, 1, 2, 3].filter((conId) => here[conId] !== there[conId]));
      }),
    );
  });
});
