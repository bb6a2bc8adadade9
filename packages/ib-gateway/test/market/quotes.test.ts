import type { SimulatedMarket } from '../../src/market/index.js';
import type { GatewayContract, GatewayQuote } from '../../src/model.js';
import { HOUR, MINUTE, MONDAY_10_30, marketOf, optionOf, present, quoteOf, SPX, SPY } from './fixtures.js';

const OPEN = Date.parse('2026-11-24T09:30:00-05:00');
const market = marketOf(3);

function chain(tradingClass: string, expiry: string): readonly GatewayContract[] {
  return market.find({ secType: 'OPT', tradingClass, expiry });
}

const onGrid = (price: number, tick: number) => Math.abs(price / tick - Math.round(price / tick)) < 1e-6;

function tickOf(tradingClass: string, price: number): number {
  if (tradingClass === 'SPXW') return price < 3 ? 0.05 : 0.1;
  return tradingClass === 'AAPL' && price >= 3 ? 0.05 : 0.01;
}

function changes(of: SimulatedMarket, conId: number, from: number, to: number, step: number): GatewayQuote[] {
  const seen: GatewayQuote[] = [];
  for (let at = from; at <= to; at += step) {
    const quote = quoteOf(of, conId, at);
    if (seen.at(-1)?.at !== quote.at) seen.push(quote);
  }
  return seen;
}

describe('quotes', () => {
  it.each([
    ['SPY', '20270115'],
    ['SPXW', '20270115'],
    ['XSP', '20270115'],
    ['AAPL', '20270115'],
  ])('lie on the price grid of %s around the fair value, bid below ask', (tradingClass, expiry) => {
    const wrong = chain(tradingClass, expiry).filter(({ conId }) => {
      const { at, bid, ask = 0, bidSize, askSize } = quoteOf(market, conId, MONDAY_10_30);
      const fair = present(market.fairValue(conId, at));
      const good = ask >= fair && askSize > 0 && onGrid(ask, tickOf(tradingClass, ask));
      if (bid === undefined) return !good || bidSize !== 0;
      return !good || bid <= 0 || bid > fair || bidSize <= 0 || !onGrid(bid, tickOf(tradingClass, bid));
    });
    expect(wrong).toEqual([]);
  });

  it('have no bid on far wings and always one near the money', () => {
    const puts = chain('SPY', '20261204').filter((contract) => contract.right === 'P');
    const bidless = puts.filter((contract) => quoteOf(market, contract.conId, MONDAY_10_30).bid === undefined);
    expect(bidless.length).toBeGreaterThan(20);
    for (const contract of bidless) expect(market.fairValue(contract.conId, MONDAY_10_30)).toBeLessThan(0.04);
    const near = puts.filter((contract) => Math.abs(present(contract.strike) - 670) < 40);
    for (const { conId } of near) expect(quoteOf(market, conId, MONDAY_10_30).bid).toBeGreaterThan(0);
  });

  it('are five to twenty times as wide at the open as five minutes later', () => {
    const ratios = chain('SPY', '20270115')
      .filter((contract) => Math.abs(present(contract.strike) - 670) < 25)
      .map(({ conId }) => {
        const width = (at: number) => {
          const quote = quoteOf(market, conId, at);
          return present(quote.ask) - present(quote.bid);
        };
        return width(OPEN + 3_500) / width(OPEN + 5 * MINUTE + 3_500);
      });
    expect(Math.min(...ratios)).toBeGreaterThan(3);
    expect(Math.max(...ratios)).toBeLessThan(25);
    expect(Math.max(...ratios)).toBeGreaterThan(9);
  });

  it('change one leg at a time, each on a beat of its own', () => {
    const legs = [600, 613, 715, 728].map(
      (strike) => optionOf(market, 'SPY', '20270115', strike, strike < 670 ? 'P' : 'C').conId,
    );
    const beats = legs.map((conId) =>
      changes(market, conId, MONDAY_10_30, MONDAY_10_30 + MINUTE, 50).map((one) => one.at),
    );
    for (const list of beats) expect(list.length).toBeGreaterThanOrEqual(20);
    const all = beats.flat();
    expect(new Set(all).size).toBeGreaterThan(all.length * 0.9);
    const spy = changes(market, SPY, MONDAY_10_30, MONDAY_10_30 + MINUTE, 50);
    expect(spy.length).toBeGreaterThan(100);
  });

  it('stand still outside the session, with the time they are of', () => {
    const { conId } = optionOf(market, 'SPY', '20261218', 670, 'C');
    const close = Date.parse('2026-11-25T16:15:00-05:00');
    const last = quoteOf(market, conId, close);
    expect(close - last.at).toBeLessThan(3_000);
    expect(quoteOf(market, conId, close + 20 * HOUR)).toEqual(last);
    expect(quoteOf(market, conId, Date.parse('2026-11-27T09:29:59-05:00'))).toEqual(last);
    expect(quoteOf(market, conId, Date.parse('2026-11-27T09:30:05-05:00')).at).toBeGreaterThan(last.at);
    const expired = quoteOf(market, conId, Date.parse('2026-12-30T12:00:00-05:00'));
    expect(expired.at).toBeLessThan(Date.parse('2026-12-18T16:15:01-05:00'));
  });

  it('carry figures of the day that only grow', () => {
    for (const conId of [SPY, SPX, optionOf(market, 'SPY', '20261218', 670, 'P').conId]) {
      const day = changes(market, conId, OPEN + 30 * MINUTE, OPEN + 6 * HOUR, 7 * MINUTE);
      day.slice(1).forEach((quote, index) => {
        const before = present(day[index]);
        expect(present(quote.volume)).toBeGreaterThanOrEqual(present(before.volume));
        expect(present(quote.high)).toBeGreaterThanOrEqual(present(before.high));
        expect(present(quote.low)).toBeLessThanOrEqual(present(before.low));
        expect(quote.open).toBe(before.open);
        expect(quote.close).toBe(before.close);
        expect(present(quote.last)).toBeLessThanOrEqual(present(quote.high));
      });
    }
  });

  it('carry Greeks that agree with differences of the fair value', () => {
    const shifted = marketOf(3);
    const { conId } = optionOf(market, 'SPY', '20270115', 640, 'P');
    const quote = quoteOf(market, conId, MONDAY_10_30);
    const greeks = present(quote.greeks);
    const bump = 1e-4;
    shifted.override?.({ symbol: 'SPY', spotFactor: 1 + bump, from: 0 });
    const dollars = greeks.underlyingPrice * bump;
    const difference = present(shifted.fairValue(conId, quote.at)) - greeks.optionPrice;
    // The surface moves with the price (sticky moneyness), while the delta assumes a fixed volatility: the skew lies
    // between them.
    expect(difference / dollars).toBeGreaterThan(greeks.delta - 0.15);
    expect(difference / dollars).toBeLessThan(greeks.delta + 0.15);
    expect(greeks.delta).toBeLessThan(-0.2);
    expect(greeks.vega).toBeGreaterThan(0.5);
    expect(greeks.theta).toBeLessThan(-0.1);
    const vegaMarket = marketOf(3);
    vegaMarket.override?.({ symbol: 'SPY', ivAdd: 0.001, from: 0 });
    const vega = (present(vegaMarket.fairValue(conId, quote.at)) - greeks.optionPrice) * 10;
    expect(vega / greeks.vega).toBeGreaterThan(0.7);
    expect(vega / greeks.vega).toBeLessThan(1.3);
  });

  it('have an open interest of at least a hundred near the money and none on odd strikes far out', () => {
    const interest = chain('SPY', '20270115').map((contract) => ({
      distance: Math.abs(Math.log(present(contract.strike) / 670)),
      count: present(quoteOf(market, contract.conId, MONDAY_10_30).openInterest),
    }));
    const near = interest.filter((one) => one.distance < 0.12).map((one) => one.count);
    expect(Math.min(...near)).toBeGreaterThanOrEqual(100);
    expect(interest.filter((one) => one.distance > 0.4 && one.count === 0).length).toBeGreaterThan(5);
  });
});
