import fc from 'fast-check';
import { marketRule } from '../../src/market/market-rules.js';
import { DAY, MONDAY_10_30, marketOf, optionOf, present, SPX, SPY } from './fixtures.js';

const market = marketOf(1);

describe('contracts', () => {
  it('gives every listed option its own id, which finds the same option', () => {
    const seen = new Set<number>(market.underlyings().map((contract) => contract.conId));
    let count = seen.size;
    let largest = 0;
    const other = marketOf(2);
    for (const symbol of ['SPX', 'IWM', 'AMC']) {
      for (const contract of market.find({ symbol, secType: 'OPT' }, MONDAY_10_30)) {
        seen.add(contract.conId);
        count += 1;
        largest = Math.max(largest, contract.conId);
        if (count % 50 === 0) expect(other.contract(contract.conId)).toEqual(contract);
      }
    }
    expect(count).toBeGreaterThan(25_000);
    expect(seen.size).toBe(count);
    expect(largest).toBeLessThan(2 ** 31);
  });

  it('knows a random id only if that contract could be listed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (conId) => {
        const contract = market.contract(conId);
        return contract === undefined || contract.conId === conId;
      }),
      { numRuns: 2000 },
    );
  });

  it('lists the option that client libraries ask for, under its public id and name', () => {
    const contract = optionOf(market, 'SPY', '20281215', 750, 'C');
    expect(contract.conId).toBe(843630132);
    expect(contract.localSymbol).toBe('SPY   281215C00750000');
    expect(
      market.find({ symbol: 'SPY', secType: 'OPT', expiry: '20281215', right: 'C', strike: 0 }).length,
    ).toBeGreaterThan(92);
  });

  it('finds contracts by month, class and routing, and nothing unlisted', () => {
    const monthly = market.find({
      symbol: 'SPX',
      secType: 'OPT',
      tradingClass: 'SPX',
      expiry: '202612',
      exchange: 'CBOE',
    });
    expect(new Set(monthly.map((contract) => contract.expiry))).toEqual(new Set(['20261217']));
    expect(new Set(monthly.map((contract) => contract.exchange))).toEqual(new Set(['CBOE']));
    expect(market.find({ symbol: 'SPY', secType: 'OPT', expiry: '20261219' })).toEqual([]);
    expect(market.find({ symbol: 'SPY', secType: 'OPT', expiry: '20261218', strike: 671.5 })).toEqual([]);
    expect(market.find({ symbol: 'NONE' })).toEqual([]);
    expect(market.find({ symbol: 'SPY' }).map((contract) => contract.conId)).toEqual([SPY]);
    expect(
      market
        .matching('sp')
        .map((contract) => contract.symbol)
        .slice(0, 2)
        .sort(),
    ).toEqual(['SPX', 'SPY']);
  });

  it('also lists a currency, a future, foreign and futures indices, and any route of a stock', () => {
    const [pair] = market.find({ symbol: 'EUR', secType: 'CASH', currency: 'USD', exchange: 'IDEALPRO' });
    expect(present(market.details(present(pair).conId)).marketName).toBe('EUR.USD');
    const query = {
      symbol: 'ES',
      secType: 'FUT',
      localSymbol: 'ESZ6',
      expiry: '202612',
      exchange: 'CME',
      multiplier: 50,
    } as const;
    const [future] = market.find(query);
    expect(present(future).expiry).toBe('20261218');
    const id = present(future).conId;
    expect(market.contract(id)).toEqual(future);
    expect(market.details(id)?.contractMonth).toBe('202612');
    const basis = present(market.fairValue(id, MONDAY_10_30)) - present(market.fairValue(SPX, MONDAY_10_30));
    expect(basis).toBeGreaterThan(5);
    expect(basis).toBeLessThan(25);
    expect(present(market.quote(id, MONDAY_10_30)).bid).toBeGreaterThan(6000);
    expect(market.find({ symbol: 'DAX', secType: 'IND', exchange: 'EUREX', currency: 'EUR' })).toHaveLength(1);
    expect(market.find({ symbol: 'ES', secType: 'IND', exchange: 'CME' })).toHaveLength(1);
    expect(market.find({ symbol: 'AAPL', secType: 'STK', exchange: 'NYSE' })[0]?.exchange).toBe('NYSE');
    expect(market.find({ symbol: 'AAPL', secType: 'STK', exchange: 'EUREX' })).toEqual([]);
  });

  it('names chains in which every expiry has contracts, and keeps strikes listed as days pass', () => {
    for (const conId of [SPY, SPX]) {
      for (const row of market.chainParams(conId).filter((one) => one.exchange === 'SMART')) {
        for (const expiry of row.expirations) {
          const strikes = market.find({ secType: 'OPT', tradingClass: row.tradingClass, expiry, right: 'P' });
          expect(strikes.length).toBeGreaterThan(50);
          expect(strikes.every((contract) => row.strikes.includes(present(contract.strike)))).toBe(true);
        }
      }
    }
    const strikesAt = (at: number) =>
      market.find({ secType: 'OPT', tradingClass: 'SPY', expiry: '20270617', right: 'C' }, at).map((one) => one.strike);
    const now = strikesAt(MONDAY_10_30);
    const later = new Set(strikesAt(MONDAY_10_30 + 90 * DAY));
    expect(later.size).toBeGreaterThan(now.length);
    expect(now.every((strike) => later.has(strike))).toBe(true);
  });

  it('describes hours, expiry and increments as the broker does', () => {
    const friday = Date.parse('2026-12-18T10:00:00-05:00');
    const hours = (tradingClass: string, expiry: string, strike: number) =>
      present(market.details(optionOf(market, tradingClass, expiry, strike, 'P').conId, friday));
    expect(hours('SPXW', '20261218', 6700).liquidHours).toMatch(/^20261218:0830-20261218:1500;20261219:CLOSED;/);
    expect(hours('SPXW', '20270115', 6700).liquidHours).toBe(
      '20261218:0830-20261218:1515;20261219:CLOSED;20261220:CLOSED;20261221:0830-20261221:1515;' +
        '20261222:0830-20261222:1515;20261223:0830-20261223:1515;20261224:0830-20261224:1215',
    );
    const spx = hours('SPX', '20261217', 6700);
    expect([spx.realExpirationDate, spx.contractMonth, spx.lastTradeTime]).toEqual(['20261218', '202612', '15:15']);
    expect(hours('SPY', '20261218', 670).lastTradeTime).toBe('16:15');
    const stock = present(market.details(SPY, Date.parse('2026-11-27T10:00:00-05:00')));
    expect(stock.liquidHours).toMatch(/^20261127:0930-20261127:1300;/);
    expect(stock.marketRuleIds.split(',')).toHaveLength(stock.validExchanges.split(',').length);
    expect(marketRule(Number(spx.marketRuleIds.split(',')[0]))).toEqual([
      { lowEdge: 0, increment: 0.05 },
      { lowEdge: 3, increment: 0.1 },
    ]);
  });

  it('opens and closes by the sessions of the class', () => {
    const spy = optionOf(market, 'SPY', '20261218', 670, 'P').conId;
    const at = (text: string) => Date.parse(`${text}-05:00`);
    expect(market.isOpen(spy, at('2026-11-23T16:10:00'))).toBe(true);
    expect(market.isOpen(SPY, at('2026-11-23T16:10:00'))).toBe(false);
    expect(market.sessionClose(spy, at('2026-11-27T10:00:00'))).toBe(at('2026-11-27T13:15:00'));
    expect(market.nextOpen(spy, at('2026-11-25T12:00:00'))).toBe(at('2026-11-27T09:30:00'));
    expect(market.nextOpen(spy, at('2026-12-18T12:00:00'))).toBe(Number.POSITIVE_INFINITY);
    expect(market.isOpen(spy, at('2026-12-21T12:00:00'))).toBe(false);
  });
});
