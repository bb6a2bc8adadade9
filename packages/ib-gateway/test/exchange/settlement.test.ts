/** Changes of positions without an order of their holder. */
import { createClock } from '../../src/clock.js';
import { exchangeScenarioSchema } from '../../src/exchange/config.js';
import { createExchange } from '../../src/exchange/index.js';
import { MONDAY_10_30, marketOf, optionOf, present, SPX } from '../market/fixtures.js';
import { CALL_105, INDEX_CALL, makeWorld, PUT_90, PUT_95, STOCK, type World } from './world.js';

const FRIDAY_CLOSE = Date.parse('2026-03-06T21:00:00Z');
const SATURDAY_2AM = Date.parse('2026-03-07T07:00:00Z');

const option = (strike: number, right: 'C' | 'P', symbol = 'ABC') => ({ symbol, expiry: '20260306', strike, right });
const held = (world: World) =>
  world.exchange.positions().map(({ contract, quantity }) => [contract.localSymbol, quantity]);
const cash = (world: World) => present(world.exchange.accountValues().TotalCashValue);

describe('an option on a stock at expiry', () => {
  const short = (strike: number, right: 'C' | 'P', quantity = -2) => ({
    positions: [{ contract: option(strike, right), quantity, price: 1 }],
  });

  it.each([
    ['a short put is assigned', 95, 'P', -2, 94.99, 200, -19_000],
    ['a short call is assigned', 105, 'C', -2, 105.01, -200, 21_000],
    ['a long put is exercised', 95, 'P', 3, 90, -300, 28_500],
    ['a long call is exercised', 105, 'C', 1, 105.01, 100, -10_500],
  ] as const)('an option a cent in the money: %s, at 02:00', (_, strike, right, quantity, spot, shares, paid) => {
    const world = makeWorld(short(strike, right, quantity));
    const before = cash(world);
    world.market.spot = spot;
    world.clock.advance(SATURDAY_2AM - 1000);
    expect(held(world)).toEqual([[`ABC ${strike}${right}`, quantity]]);
    world.wait(1);
    expect(held(world)).toEqual([['ABC', shares]]);
    expect(cash(world) - before).toBeCloseTo(paid, 6);
    // There is no order, so there is neither an execution nor a commission.
    expect(world.exchange.executions({})).toEqual([]);
    expect(world.exchange.positions()[0]?.averageCost).toBe(strike);
  });

  it('an option less than a cent in the money expires and nothing is paid', () => {
    const world = makeWorld(short(95, 'P'));
    const before = cash(world);
    world.market.spot = 95;
    world.clock.advance(SATURDAY_2AM);
    expect(held(world)).toEqual([]);
    expect(cash(world)).toBe(before);
  });

  it('is reported by two position messages, one for the option and one for the stock', () => {
    const world = makeWorld(short(95, 'P'));
    world.market.spot = 90;
    world.clock.advance(SATURDAY_2AM);
    const told = world.events.flatMap((event) => (event.kind === 'position' ? [event.position] : []));
    expect(told.map(({ contract, quantity }) => [contract.localSymbol, quantity])).toEqual([
      [PUT_95.localSymbol, 0],
      [STOCK.localSymbol, 200],
    ]);
  });
});

describe('an option on an index', () => {
  it('settles in cash at the close of its last day, to the cent', () => {
    const world = makeWorld({ positions: [{ contract: option(105, 'C', 'IDX'), quantity: -3, price: 1 }] });
    const before = cash(world);
    world.market.spot = 107.123;
    world.clock.advance(FRIDAY_CLOSE - 1000);
    expect(held(world)).toEqual([[INDEX_CALL.localSymbol, -3]]);
    world.wait(1);
    expect(held(world)).toEqual([]);
    expect(cash(world) - before).toBeCloseTo(-3 * 100 * 2.12, 6);
  });

  it.each([
    ['SPXW, by the close of its last trading day', 'SPXW', '20261218', '2026-12-18T16:00:00-05:00'],
    // SPX last trades on Thursday; the open of Friday decides its payoff.
    ['SPX, by the open of the day after its last trade', 'SPX', '20261217', '2026-12-18T09:30:00-05:00'],
  ])('of the real market: %s', (_, tradingClass, expiry, settles) => {
    const market = marketOf(4);
    const spot = present(market.fairValue(SPX, MONDAY_10_30));
    const strike = Math.round((spot * 0.9) / 100) * 100;
    const contract = optionOf(market, tradingClass, expiry, strike, 'C');
    const at = Date.parse(settles);
    expect(market.settlementTime(contract.conId)).toBe(at);
    const clock = createClock({ mode: 'stepped', start: MONDAY_10_30 });
    const exchange = createExchange({
      clock,
      market,
      seed: 1,
      accounts: ['DU1'],
      scenario: exchangeScenarioSchema.parse({}),
    });
    expect(exchange.faults.manualTrade(contract.conId, 1)).toBe(true);
    clock.advance(at - 1000);
    const before = present(exchange.accountValues().TotalCashValue);
    expect(exchange.positions()).toHaveLength(1);
    clock.advance(at);
    expect(exchange.positions()).toEqual([]);
    const payoff = present(market.fairValue(SPX, at)) - strike;
    expect(present(exchange.accountValues().TotalCashValue) - before).toBeCloseTo(Math.round(payoff * 100), 6);
  });
});

describe('early', () => {
  const DEEP = { positions: [{ contract: option(105, 'C'), quantity: -2, price: 1 }] };
  const TUESDAY_2AM = Date.parse('2026-03-03T07:00:00Z');
  const TUESDAY_OPEN = Date.parse('2026-03-03T14:30:00Z');

  it.each([
    ['worth less than the dividend beyond its intrinsic value', 0.3, [['ABC', -200]]],
    ['worth more', 0.9, [['ABC 105C', -2]]],
  ] as const)('a short call %s, on the eve of the ex-date', (_, extrinsic, after) => {
    const world = makeWorld(DEEP);
    world.market.dividend = { exDate: '20260303', exAt: TUESDAY_OPEN, amount: 0.5 };
    world.market.spot = 110;
    world.market.show(STOCK, { bid: 109.99, ask: 110.01 });
    world.market.show(CALL_105, { bid: 5 + extrinsic - 0.02, ask: 5 + extrinsic + 0.02 });
    world.clock.advance(TUESDAY_2AM);
    expect(held(world)).toEqual(after);
  });

  it('a scripted assignment takes part of a short option, never an index option', () => {
    const world = makeWorld({
      positions: [...DEEP.positions, { contract: option(105, 'C', 'IDX'), quantity: -1, price: 1 }],
    });
    world.exchange.faults.assign(CALL_105.conId, 1);
    world.exchange.faults.assign(INDEX_CALL.conId);
    expect(held(world)).toEqual([
      ['ABC', -100],
      ['ABC 105C', -1],
      ['IDX 105C', -1],
    ]);
  });

  it('a script assigns the deepest short option at 02:00 of the next night', () => {
    const world = makeWorld({
      positions: [90, 95].map((strike) => ({ contract: option(strike, 'P'), quantity: -1, price: 1 })),
      events: [{ kind: 'assign', at: Date.parse('2026-03-02T18:00:00Z'), contract: { symbol: 'ABC' } }],
    });
    world.market.spot = 92;
    world.market.show(STOCK, { bid: 91.99, ask: 92.01 });
    world.clock.advance(TUESDAY_2AM - 1000);
    expect(world.exchange.positions()).toHaveLength(2);
    world.wait(1);
    expect(held(world)).toEqual([
      ['ABC', 100],
      [PUT_90.localSymbol, -1],
    ]);
  });
});

describe('a scripted event', () => {
  const at = Date.parse('2026-03-02T18:00:00Z');
  const abc = { symbol: 'ABC' };
  const SHORT = { contract: option(95, 'P'), quantity: -1, price: 1 };
  const LONG = { contract: option(95, 'P'), quantity: 1, price: 1 };
  const INDEX = { contract: option(105, 'C', 'IDX'), quantity: -1, price: 1 };
  const past = Date.parse('2026-02-27T18:00:00Z');

  it.each([
    ['assign', { kind: 'assign', at, contract: abc }, [SHORT], undefined],
    ['assign, of a long option', { kind: 'assign', at, contract: abc }, [LONG], 'holds no short option'],
    ['assign, of nothing', { kind: 'assign', at, contract: abc }, [], 'holds no short option'],
    ['assign, of an index', { kind: 'assign', at, contract: { symbol: 'IDX' } }, [INDEX], 'an index option'],
    ['assign, before the start', { kind: 'assign', at: past, contract: abc }, [SHORT], 'before the start'],
    ['manualClose', { kind: 'manualClose', at, contract: abc }, [SHORT], undefined],
    ['manualClose, of nothing', { kind: 'manualClose', at, contract: abc }, [INDEX], 'holds nothing that matches'],
    ['liquidate', { kind: 'liquidate', at, contract: abc }, [SHORT], undefined],
    ['liquidate, of nothing', { kind: 'liquidate', at, contract: abc }, [], 'holds nothing that matches'],
    ['margin', { kind: 'margin', at, factor: 2 }, [], undefined],
  ] as const)('%s: is announced, and why it did nothing', (_, event, positions, missed) => {
    const world = makeWorld({ positions: [...positions], events: [event] });
    world.clock.advance(Date.parse('2026-03-03T07:00:00Z'));
    const told = world.events.flatMap((one) => (one.kind === 'script' ? [one.missed] : []));
    expect(told).toEqual([undefined, ...(missed === undefined ? [] : [expect.stringContaining(missed)])]);
  });
});

describe('told to', () => {
  const LONG = { positions: [{ contract: option(105, 'C'), quantity: 3, price: 1 }] };
  const TUESDAY_2AM = Date.parse('2026-03-03T07:00:00Z');
  const at = (spot: number): World => {
    const world = makeWorld(LONG);
    world.market.spot = spot;
    world.market.show(STOCK, { bid: spot - 0.01, ask: spot + 0.01 });
    return world;
  };
  const instruct = (world: World, action: 'exercise' | 'lapse', quantity: number, override = false) =>
    present(world.exchange.exercise)({ conId: CALL_105.conId, action, quantity, override })?.[0];

  it('an exercise happens once at night, for no more than is left', () => {
    const world = at(110);
    expect(instruct(world, 'exercise', 3)).toBeUndefined();
    world.exchange.faults.manualTrade(CALL_105.conId, -1, 5);
    world.clock.advance(TUESDAY_2AM - 1000);
    expect(held(world)).toEqual([[CALL_105.localSymbol, 2]]);
    world.wait(1);
    expect(held(world)).toEqual([['ABC', 200]]);
    world.clock.advance(SATURDAY_2AM);
    expect(held(world)).toEqual([['ABC', 200]]);
  });

  it('a lapse instruction with its override lets an option in the money expire', () => {
    const world = at(110);
    expect(instruct(world, 'lapse', 2)).toBe(10333);
    expect(instruct(world, 'lapse', 2, true)).toBeUndefined();
    world.clock.advance(SATURDAY_2AM);
    expect(held(world)).toEqual([['ABC', 100]]);
  });

  it.each([
    ['more than is held', CALL_105, 4, 321],
    ['nothing', CALL_105, 0, 321],
    ['what is not held', PUT_95, 1, 321],
    ['a stock', STOCK, 1, 321],
    ['out of the money without override', CALL_105, 1, 10333],
  ])('an exercise %s is refused', (_, contract, quantity, code) => {
    const world = at(100);
    const request = { conId: contract.conId, action: 'exercise', quantity, override: false } as const;
    expect(present(world.exchange.exercise)(request)?.[0]).toBe(code);
    world.clock.advance(TUESDAY_2AM);
    expect(held(world)).toEqual([[CALL_105.localSymbol, 3]]);
  });

  it('an exercise of an index option is refused: it settles by itself', () => {
    const world = makeWorld({ positions: [{ contract: option(105, 'C', 'IDX'), quantity: 1, price: 1 }] });
    const request = { conId: INDEX_CALL.conId, action: 'exercise', quantity: 1, override: true } as const;
    expect(present(world.exchange.exercise)(request)?.[0]).toBe(321);
  });
});

it.each([
  ['gets', 200, 100],
  ['owes', -200, -100],
])('a holder of the stock at the open of the ex-date %s the dividend, once', (_, shares, paid) => {
  const world = makeWorld();
  const open = Date.parse('2026-03-03T14:30:00Z');
  world.market.dividend = { exDate: '20260303', exAt: open, amount: 0.5 };
  world.exchange.faults.manualTrade(STOCK.conId, shares, 100);
  const before = cash(world);
  world.clock.advance(open - 1000);
  expect(cash(world)).toBe(before);
  world.wait(1);
  expect(cash(world) - before).toBe(paid);
  // The dividend is part of the day's profit: the price falls by the same amount.
  const { daily } = world.exchange.pnl(STOCK.conId);
  world.clock.advance(Date.parse('2026-03-03T20:00:00Z'));
  expect(cash(world) - before).toBe(paid);
  expect(world.exchange.pnl(STOCK.conId).daily).toBe(daily);
  expect(daily).toBeCloseTo(paid, 6);
});
