/** Trades SPY condors in the real market: their cost, and how often a patient price fills. */
import { createClock } from '../../src/clock.js';
import { exchangeScenarioSchema } from '../../src/exchange/config.js';
import { createExchange } from '../../src/exchange/index.js';
import type { GatewayContract, GatewayQuote } from '../../src/model.js';
import { MONDAY_10_30, marketOf, present, quoteOf, SPY } from '../market/fixtures.js';
import { combo, single } from './world.js';

const RATE = 0.68;

function deskOf(seed: number) {
  const clock = createClock({ mode: 'stepped', start: MONDAY_10_30 });
  const market = marketOf(seed);
  const scenario = exchangeScenarioSchema.parse({ callbacks: { duplicates: 0, statusFirst: 0 } });
  const exchange = createExchange({ clock, market, seed, accounts: ['DU1'], scenario });
  const spot = Math.round(present(market.fairValue(SPY, MONDAY_10_30)));
  const option = (away: number, right: 'C' | 'P'): GatewayContract =>
    present(market.find({ secType: 'OPT', tradingClass: 'SPY', expiry: '20270115', strike: spot + away, right })[0]);
  const legs = [
    [option(-50, 'P'), 1],
    [option(-40, 'P'), -1],
    [option(40, 'C'), -1],
    [option(50, 'C'), 1],
  ] as const;
  /** The cost of one at the far side, at the near side and at mid. */
  const net = () => {
    const quotes = legs.map(([{ conId }, sign]) => [quoteOf(market, conId, clock.now()), sign] as const);
    const sum = (price: (quote: GatewayQuote, sign: number) => number) =>
      quotes.reduce((total, [quote, sign]) => total + sign * price(quote, sign), 0);
    const [bid, ask] = [(quote: GatewayQuote) => present(quote.bid), (quote: GatewayQuote) => present(quote.ask)];
    const far = sum((quote, sign) => (sign > 0 ? ask(quote) : bid(quote)));
    const near = sum((quote, sign) => (sign > 0 ? bid(quote) : ask(quote)));
    return { far, near, mid: (far + near) / 2 };
  };
  let next = 0;
  const place = (action: 'BUY' | 'SELL', limitPrice: number): number => {
    next += 1;
    const price = Math.round(limitPrice * 100) / 100;
    exchange.place({
      ...single(legs[0][0]),
      ...combo(...legs),
      action,
      limitPrice: price,
      orderId: next,
      orderRef: `${next}`,
    });
    return next;
  };
  const status = (id: number) =>
    [...exchange.openOrders(), ...exchange.completedOrders()].find(({ request }) => request.orderId === id)?.status;
  return { clock, exchange, net, place, status };
}

it.each([1, 2, 3])('an instant round trip costs the net spread and the fees, with seed %i', (seed) => {
  const { clock, exchange, net, place, status } = deskOf(seed);
  const before = present(exchange.accountValues().TotalCashValue);
  const quoted = net();
  const spread = quoted.far - quoted.near;
  const bought = place('BUY', quoted.far + 0.05);
  clock.advance(clock.now() + 1000);
  const sold = place('SELL', net().near - 0.05);
  clock.advance(clock.now() + 1000);
  expect([status(bought), status(sold)]).toEqual(['Filled', 'Filled']);
  expect(exchange.positions()).toEqual([]);
  const cost = before - present(exchange.accountValues().TotalCashValue);
  const expected = 100 * spread + 8 * RATE;
  // A leg's quote may be renewed within the two seconds.
  expect(Math.abs(cost - expected)).toBeLessThan(0.35 * 100 * spread + 1);
  expect(cost).toBeGreaterThan(8 * RATE + 50 * spread);
});

it('fills at mid less often than between mid and the far side, there not always, and beyond mid hardly ever', () => {
  /** Share of orders that are filled within half a minute. */
  const share = (of: (quoted: { far: number; near: number; mid: number }) => number): number => {
    let filled = 0;
    const tries = 40;
    for (let seed = 1; seed <= tries; seed += 1) {
      const { clock, net, place, status } = deskOf(seed);
      const id = place('BUY', of(net()));
      clock.advance(clock.now() + 30_000);
      if (status(id) === 'Filled') filled += 1;
    }
    return filled / tries;
  };
  const atMid = share(({ mid }) => mid);
  const between = share(({ mid, far }) => mid + 0.6 * (far - mid));
  const beyond = share(({ mid, near }) => mid + 0.8 * (near - mid));
  expect(atMid).toBeGreaterThan(0.05);
  expect(atMid).toBeLessThan(0.7);
  expect(between).toBeGreaterThan(atMid);
  expect(beyond).toBeLessThan(atMid);
});
