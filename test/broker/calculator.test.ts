/** Figures that the broker computes on request: Greeks of an option without a model, profit and loss of one contract. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Condor, DEADLINE_MS, findCondor, payloadOf, place, present, until, usable } from './support.js';
import { startTapped, type TappedWorld } from './tap.js';

let world: TappedWorld;
let condor: Condor;

beforeAll(async () => {
  world = await startTapped();
  await usable(world.broker);
  condor = await findCondor(world.broker);
});
afterAll(() => world.close());

/** The short put with its quote and the price of its underlying. */
async function shortPut() {
  const { broker } = world;
  const spy = await broker.underlying('SPY');
  const { contract } = present(condor.legs[1]).details;
  const quotes = await broker.quotes.snapshot(
    [spy, { conId: contract.conId, secType: 'OPT' as const, exchange: 'SMART' }],
    DEADLINE_MS,
  );
  const quote = present(quotes.get(contract.conId));
  const stock = present(quotes.get(spy.conId));
  return {
    contract,
    greeks: present(quote.greeks),
    at: {
      price: (present(quote.bid) + present(quote.ask)) / 2,
      underlying: (present(stock.bid) + present(stock.ask)) / 2,
    },
  };
}

const computations = (change: (values: Record<string, unknown>) => object) => {
  world.tap.answer = ({ name, values }) =>
    name === 'TICK_OPTION_COMPUTATION' && values.tickType === 53
      ? [{ name, values: { ...values, ...change(values) } }]
      : undefined;
};

describe('Greeks by the calculator', () => {
  it('are near those of the model, and marked', async () => {
    const { contract, at, greeks } = await shortPut();
    const found = present(await world.broker.calculateGreeks(contract, at));
    expect(found.calculated).toBe(true);
    expect(found.impliedVol).toBeCloseTo(greeks.impliedVol, 1);
    expect(Math.abs(found.delta - greeks.delta)).toBeLessThan(0.05);
    expect(found.gamma).toBeGreaterThan(0);
    await until(() => world.tap.count('CANCEL_CALC_IMPLIED_VOLAT') === 1);
    expect(world.tap.count('REQ_CALC_OPTION_PRICE')).toBe(0);
  });

  it('are requested at that volatility when they do not come with it', async () => {
    const { contract, at } = await shortPut();
    const whole = present(await world.broker.calculateGreeks(contract, at));
    const bare = { delta: -2, gamma: -2, vega: -2, theta: -2 };
    computations(() => (world.tap.count('REQ_CALC_OPTION_PRICE') === 0 ? bare : {}));
    const found = present(await world.broker.calculateGreeks(contract, at));
    expect([found.calculated, found.delta.toFixed(4)]).toEqual([true, whole.delta.toFixed(4)]);
    expect(world.tap.count('REQ_CALC_OPTION_PRICE')).toBe(1);
  });

  it.each([
    ['no volatility', { impliedVolatility: -1, delta: -2 }],
    ['no Greeks in either answer', { gamma: -2 }],
  ])('are absent when the broker computes %s', async (_what, change) => {
    const { contract, at } = await shortPut();
    computations(() => change);
    expect(await world.broker.calculateGreeks(contract, at)).toBeUndefined();
  });

  it('are absent when it refuses: no volatility gives such a price', async () => {
    world.tap.answer = () => undefined;
    const { contract, at } = await shortPut();
    expect(await world.broker.calculateGreeks(contract, { ...at, price: at.underlying * 2 })).toBeUndefined();
  });
});

it('profit and loss of one contract comes from the first answer with figures', async () => {
  const { broker, events, tap } = world;
  const { contract } = present(condor.legs[1]).details;
  tap.answer = () => undefined;
  place(world, payloadOf(condor, condor.natural + 50_000, { quantity: 2 }), 'LW|x|1|combo|1');
  await until(() => events.some((event) => event.kind === 'fill' && event.fill.conId === contract.conId));
  await until(() => events.filter((event) => event.kind === 'fill' && event.fill.conId === contract.conId).length > 0);
  let first = true;
  const UNSET = 1.7976931348623157e308;
  tap.answer = ({ name, values }) => {
    if (name !== 'PNL_SINGLE' || !first) return undefined;
    first = false;
    return [
      { name, values: { ...values, daily: UNSET, unrealized: UNSET, realized: UNSET, value: UNSET } },
      { name, values },
    ];
  };
  const pnl = present(await broker.positionPnl(contract.conId));
  expect([pnl.conId, Math.sign(pnl.quantity), Math.sign(pnl.value)]).toEqual([contract.conId, -1, -1]);
  await until(() => tap.count('CANCEL_PNL_SINGLE') === 1);
});
