import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkLimit, type LimitInput, reducible } from '../../../src/domain/order/guards.js';
import { anyPlan, PLANS, usd } from '../strategy/fixtures.js';

const base = { conId: 7, action: 'SELL' as const, quantity: 2, ledger: 2, account: 2, working: 0 };

describe('a reducing quantity', () => {
  it('may close exactly what is held', () => {
    expect(reducible(base)).toBeUndefined();
    expect(reducible({ ...base, action: 'BUY', ledger: -2, account: -2 })).toBeUndefined();
  });

  it('may not exceed the ledger, the account, or the rest after other orders', () => {
    expect(reducible({ ...base, quantity: 3 })).toContain('more than the 2 that are free');
    expect(reducible({ ...base, account: 1 })).toContain('more than the 1');
    expect(reducible({ ...base, ledger: 1 })).toContain('more than the 1');
    expect(reducible({ ...base, working: 1 })).toContain('1 being closed');
    expect(reducible({ ...base, working: 5 })).toContain('more than the 0');
  });

  it('must shrink the holding', () => {
    expect(reducible({ ...base, action: 'BUY' })).toContain('would not reduce');
    expect(reducible({ ...base, ledger: 0, account: 0 })).toContain('would not reduce');
    expect(reducible({ ...base, account: -2 })).toContain('would not reduce');
    expect(reducible({ ...base, quantity: 0 })).toContain('is not allowed as a quantity');
    expect(reducible({ ...base, quantity: 1.5 })).toContain('is not allowed as a quantity');
  });

  it('is checked against the ledger alone when the account could not be read', () => {
    const { account: _unread, ...ledgerOnly } = base;
    expect(reducible(ledgerOnly)).toBeUndefined();
    expect(reducible({ ...ledgerOnly, quantity: 3 })).toContain('more than the 2');
  });

  it('never crosses zero on either side, whatever the numbers', () => {
    const signed = fc.integer({ min: -20, max: 20 });
    const input = fc.record({
      conId: fc.constant(7),
      action: fc.constantFrom('BUY' as const, 'SELL' as const),
      quantity: fc.integer({ min: -2, max: 25 }),
      ledger: signed,
      account: signed,
      working: fc.nat(20),
    });
    fc.assert(
      fc.property(input, (one) => {
        const moved = (one.action === 'BUY' ? 1 : -1) * (one.quantity + one.working);
        const reduces = (held: number) =>
          Math.sign(held) === -Math.sign(moved) && Math.abs(moved) <= Math.abs(held) && one.quantity > 0;
        assert.equal(reducible(one) === undefined, reduces(one.ledger) && reduces(one.account));
      }),
      { numRuns: 2000 },
    );
  });
});

const condor: LimitInput = {
  structure: 'iron_condor',
  credit: true,
  purpose: 'OPEN',
  limit: usd(-3),
  width: usd(10),
  mid: usd(-3.1),
  collar: usd(1),
};

describe('a limit', () => {
  it('receives when a credit is opened and pays when a debit is', () => {
    expect(checkLimit(condor)).toBeUndefined();
    expect(checkLimit({ ...condor, limit: 0, mid: 0 })).toContain('does not receive');
    expect(checkLimit({ ...condor, limit: usd(0.01), mid: 0 })).toContain('does not receive');
    const debit = { ...condor, structure: 'vertical_spread' as const, credit: false };
    expect(checkLimit({ ...debit, limit: usd(3), mid: usd(3) })).toBeUndefined();
    expect(checkLimit({ ...debit, limit: usd(-3), mid: usd(-3) })).toContain('does not pay');
  });

  it('lies strictly inside the width', () => {
    const wide = { ...condor, collar: usd(100) };
    expect(checkLimit({ ...wide, limit: usd(-9.99) })).toBeUndefined();
    expect(checkLimit({ ...wide, limit: usd(-10) })).toContain('inside the width');
    expect(checkLimit({ ...wide, purpose: 'REDUCE', limit: usd(9.99) })).toBeUndefined();
    expect(checkLimit({ ...wide, purpose: 'REDUCE', limit: usd(10) })).toContain('inside the width');
  });

  it('lies within the collar, its edge included', () => {
    expect(checkLimit({ ...condor, limit: usd(-2.1) })).toBeUndefined();
    expect(checkLimit({ ...condor, limit: usd(-2.099999) })).toContain('further than 1.00');
    expect(checkLimit({ ...condor, limit: usd(-4.1) })).toBeUndefined();
    expect(checkLimit({ ...condor, limit: usd(-4.100001) })).toContain('further than');
  });

  it('may have either sign when it reduces: nothing blocks an exit', () => {
    for (const plan of PLANS.filter(({ structure }) => structure !== 'single_leg')) {
      for (const limit of [usd(0.01), 0, usd(-0.01)]) {
        const { structure, width } = plan;
        const input = {
          structure,
          width,
          credit: plan.netMid > 0,
          purpose: 'REDUCE' as const,
          limit,
          mid: 0,
          collar: usd(0.5),
        };
        expect(checkLimit(input)).toBeUndefined();
      }
    }
  });

  it('lets custom legs be closed beyond their width, since a later expiry can be worth more', () => {
    const input = { ...condor, structure: 'custom' as const, purpose: 'REDUCE' as const, limit: usd(12), mid: usd(12) };
    expect(checkLimit(input)).toBeUndefined();
    expect(checkLimit({ ...input, width: 0 })).toBeUndefined();
  });

  it('of a single option is checked by its size, bought or sold', () => {
    const single = { ...condor, structure: 'single_leg' as const, credit: false, width: 0, collar: usd(0.5) };
    expect(checkLimit({ ...single, limit: usd(2), mid: usd(2.2) })).toBeUndefined();
    expect(checkLimit({ ...single, limit: usd(-2), mid: usd(-2.2), purpose: 'REDUCE' })).toBeUndefined();
    expect(checkLimit({ ...single, limit: usd(2), mid: usd(-2.2), purpose: 'REDUCE' })).toBeUndefined();
    expect(checkLimit({ ...single, limit: 0, mid: usd(0.1) })).toContain('above zero');
    expect(checkLimit({ ...single, limit: usd(3), mid: usd(2) })).toContain('further than');
  });

  it('of a single option has the sign of its side', () => {
    const single = { ...condor, structure: 'single_leg' as const, width: 0, collar: usd(0.5) };
    const buys = { ...single, action: 'BUY' as const };
    const sells = { ...single, action: 'SELL' as const };
    expect(checkLimit({ ...buys, limit: usd(2), mid: usd(2.2) })).toBeUndefined();
    expect(checkLimit({ ...sells, limit: usd(-2), mid: usd(-2.2) })).toBeUndefined();
    expect(checkLimit({ ...buys, limit: usd(-2), mid: usd(-2.2) })).toContain('does not fit an order that buys');
    expect(checkLimit({ ...sells, limit: usd(2), mid: usd(2.2) })).toContain('does not fit an order that sells');
  });

  it('must be a whole number of micros', () => {
    for (const limit of [Number.NaN, Number.POSITIVE_INFINITY, 0.5]) {
      expect(checkLimit({ ...condor, limit })).toContain('not a price');
    }
  });

  const micros = (max: number) => fc.integer({ min: -max * 100, max: max * 100 }).map((cents) => cents * 10_000);

  it('that opens passes exactly when sign, width and collar hold, for every structure', () => {
    fc.assert(
      fc.property(anyPlan, micros(15), micros(15), fc.nat(500), (plan, limit, mid, cents) => {
        fc.pre(plan.structure !== 'single_leg');
        const collar = cents * 10_000;
        const credit = plan.netMid > 0;
        const input: LimitInput = {
          structure: plan.structure,
          credit,
          purpose: 'OPEN',
          limit,
          width: plan.width,
          mid,
          collar,
        };
        const sane =
          (credit ? limit < 0 : limit > 0) && Math.abs(limit) < plan.width && Math.abs(limit - mid) <= collar;
        assert.equal(checkLimit(input) === undefined, sane);
      }),
      { numRuns: 3000 },
    );
  });

  it('that reduces is never refused inside the width and the collar, for every structure', () => {
    fc.assert(
      fc.property(anyPlan, micros(9), micros(1), (plan, limit, off) => {
        fc.pre(limit !== 0 || plan.structure !== 'single_leg');
        const { structure, width } = plan;
        const input = {
          structure,
          credit: plan.netMid > 0,
          purpose: 'REDUCE' as const,
          limit,
          width,
          mid: limit + off,
          collar: Math.abs(off),
        };
        expect(checkLimit(input)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});
