import { CALL_105, CONDOR, CONDOR_BACK, combo, makeWorld, PUT_90, PUT_95, single } from './world.js';

describe('a marketable order', () => {
  it('is acknowledged at once, fills at the quote after the latency, and is paid for later', () => {
    const world = makeWorld();
    const id = world.place({ limitPrice: 0.7, quantity: 2, orderRef: 'a' });
    expect(world.statuses(id)).toEqual(['PreSubmitted', 'Submitted']);
    world.wait(1);
    expect(world.statuses(id)).toEqual(['PreSubmitted', 'Submitted', 'Filled']);
    const [execution] = world.exchange.executions({});
    expect(execution).toMatchObject({ side: 'BOT', shares: 2, price: 0.63, cumQty: 2, avgPrice: 0.63, orderRef: 'a' });
    expect(execution?.execId).toMatch(/^[0-9a-f]{8}\.[0-9a-f]{8}\.01\.01$/);
    expect(world.exchange.commissions(execution?.execId ?? '')).toBeUndefined();
    world.wait(1);
    expect(world.exchange.commissions(execution?.execId ?? '')?.commission).toBeCloseTo(1.36);
    // 2 x 0.63 x 100 and the commission, which is part of the cost.
    expect(world.exchange.positions()).toMatchObject([{ quantity: 2, averageCost: 63.68 }]);
    expect(world.exchange.accountValues().TotalCashValue).toBeCloseTo(250_000 - 126 - 1.36);
  });

  it('reports the executions before or after the final status, drawn by the seed', () => {
    const order = (statusFirst: number) => {
      const world = makeWorld({ callbacks: { duplicates: 0, statusFirst } });
      world.place({ limitPrice: 0.7 });
      world.wait(1);
      const kinds = world.events.map((event) => event.kind);
      return kinds.indexOf('execution') < kinds.lastIndexOf('orderStatus');
    };
    expect([order(0), order(1)]).toEqual([true, false]);
  });

  it('fills no more than the displayed size, and the rest at the next quote', () => {
    const world = makeWorld();
    world.market.show(CALL_105, { bid: 0.59, ask: 0.63, size: 3 });
    const id = world.place({ orderType: 'MKT', quantity: 5 });
    world.wait(1);
    expect(world.exchange.openOrders()).toMatchObject([{ status: 'Submitted', filled: 3, remaining: 2 }]);
    world.wait(1);
    expect(world.statuses(id).at(-1)).toBe('Filled');
    expect(world.exchange.executions({}).map(({ shares, cumQty }) => [shares, cumQty])).toEqual([
      [3, 3],
      [2, 5],
    ]);
  });
});

describe('a combo', () => {
  it('fills in the parts of the plan, one execution for itself and one a leg, which add up in cents', () => {
    const world = makeWorld({ fills: { partial: [{ fraction: 0.5 }, { fraction: 1, afterSeconds: 15 }] } });
    const id = world.place({ ...CONDOR, limitPrice: -0.7, quantity: 2 });
    world.wait(1);
    expect(world.exchange.openOrders()).toMatchObject([{ filled: 1, remaining: 1, avgFillPrice: -0.72 }]);
    world.wait(14);
    expect(world.exchange.openOrders()).toHaveLength(1);
    world.wait(1);
    expect(world.statuses(id).at(-1)).toBe('Filled');
    const executions = world.exchange.executions({});
    expect(executions.map(({ contract, execId }) => [contract.secType, execId.slice(-5)])).toEqual(
      [1, 2].flatMap(() => [
        ['BAG', '01.01'],
        ['OPT', '02.01'],
        ['OPT', '03.01'],
        ['OPT', '04.01'],
        ['OPT', '05.01'],
      ]),
    );
    const [summary, ...legs] = executions;
    const cents = legs
      .slice(0, 4)
      .reduce((sum, leg) => sum + (leg.side === 'BOT' ? 1 : -1) * Math.round(leg.price * 100), 0);
    expect(cents).toBe(Math.round((summary?.price ?? 0) * 100));
    world.wait(1);
    const reported = world.events.flatMap((event) => (event.kind === 'commission' ? [event.commission.execId] : []));
    expect(reported).toHaveLength(8);
    expect(reported).not.toContain(summary?.execId);
  });

  it('is worth its difference when it is bought back, less spread and fees', () => {
    const world = makeWorld();
    world.place({ ...CONDOR, limitPrice: -0.7 });
    world.wait(2);
    world.place({ ...CONDOR_BACK, limitPrice: 0.9 });
    world.wait(2);
    expect(world.exchange.positions()).toEqual([]);
    // Sold for 0.72, bought for 0.88, four commissions of 0.68 each way.
    const cost = 16 + 8 * 0.68;
    expect(world.exchange.accountValues().TotalCashValue).toBeCloseTo(250_000 - cost);
    expect(world.exchange.pnl()).toMatchObject({ unrealized: 0, realized: -cost });
    const realized = world.events.map((event) =>
      event.kind === 'commission' ? (event.commission.realizedPnl ?? 0) : 0,
    );
    expect(realized.reduce((sum, one) => sum + one, 0)).toBeCloseTo(-cost);
  });

  it('closes a combo whose worthless wing has no bid and could not be sold alone', () => {
    const world = makeWorld();
    world.place({ ...CONDOR, limitPrice: -0.7 });
    world.wait(2);
    world.market.show(PUT_90, { ask: 0.02 });
    const alone = world.place({ ...single(PUT_90), orderId: 2, action: 'SELL', orderType: 'MKT' });
    world.wait(5);
    expect(world.statuses(alone).at(-1)).toBe('Submitted');
    world.exchange.cancel(1, alone);
    world.wait(1);
    const back = world.place({ ...CONDOR_BACK, orderType: 'MKT' });
    world.wait(1);
    expect(world.statuses(back).at(-1)).toBe('Filled');
  });

  it('refuses legs that do not exist or share a divisor', () => {
    const world = makeWorld();
    world.place({ ...combo([PUT_90, 2], [PUT_95, -2]) });
    world.place({
      ...CONDOR,
      comboLegs: [
        ...(CONDOR.comboLegs ?? []).slice(1),
        { ...single(CALL_105), conId: 77, ratio: 1, exchange: '', openClose: 0 },
      ],
    });
    expect(world.errors().map(({ code }) => code)).toEqual([312, 313]);
  });
});

describe('a resting order', () => {
  const filledAfter = (limitPrice: number, seed: number, seconds: number): boolean => {
    const world = makeWorld({}, { seed });
    const id = world.place({ limitPrice, orderRef: 'r' });
    world.wait(seconds);
    return world.statuses(id).at(-1) === 'Filled';
  };
  const share = (limitPrice: number, seconds: number): number =>
    Array.from({ length: 200 }, (_, seed) => filledAfter(limitPrice, seed, seconds)).filter(Boolean).length / 200;

  it('fills now and then at mid, more often near the far side, never below', () => {
    expect(share(0.61, 20)).toBeGreaterThan(0.1);
    expect(share(0.61, 20)).toBeLessThan(0.4);
    expect(share(0.62, 20)).toBeGreaterThan(0.5);
    expect(share(0.58, 100)).toBe(0);
  });

  it('fills at its own limit', () => {
    const world = makeWorld({ fills: { atMid: 1, nearNatural: 1 } });
    world.place({ limitPrice: 0.61 });
    world.wait(1);
    expect(world.exchange.executions({})).toMatchObject([{ price: 0.61 }]);
  });

  it('is left alone in the first minutes of the session', () => {
    const beforeOpen = Date.parse('2026-03-02T14:00:00Z');
    const world = makeWorld({ fills: { atMid: 1, nearNatural: 1 } }, { start: beforeOpen });
    const id = world.place({ limitPrice: 0.61 });
    world.wait(34 * 60);
    expect(world.statuses(id)).toEqual(['PreSubmitted', 'Submitted']);
    world.wait(120);
    expect(world.statuses(id).at(-1)).toBe('Filled');
  });
});
