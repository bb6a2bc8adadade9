/** The small parts: times, pacing, the quote of a line, orders from their pieces. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redacting } from '../../src/broker/log.js';
import { OrderBook } from '../../src/broker/order-book.js';
import { Pacer } from '../../src/broker/pacing.js';
import { QuoteLine } from '../../src/broker/quote-line.js';
import { brokerTime, parseBrokerTime } from '../../src/broker/times.js';
import { until } from './support.js';

describe('times', () => {
  it('reads the forms of the broker', () => {
    const at = Date.parse('2026-12-18T21:00:00Z');
    expect(brokerTime(at)).toBe('20261218 16:00:00 US/Eastern');
    expect(brokerTime(at + 999)).toBe('20261218 16:00:00 US/Eastern');
    for (const text of [
      '20261218 16:00:00 US/Eastern',
      '20261218 16:00 US/Eastern',
      '20261218-21:00:00',
      '20261218 15:00:00 US/Central',
      String(at / 1000),
    ])
      expect(parseBrokerTime(text)).toBe(at);
    const impossible = ['24:00:00', '10:60', '10:00:60'].map((time) => `20261218 ${time} US/Eastern`);
    for (const text of ['', 'soon', '20261318 10:00:00', '20261218 10:00:00 Nowhere/Land', ...impossible])
      expect(parseBrokerTime(text)).toBeUndefined();
  });

  it('reads a time without a zone in the given zone; without one it is undefined', () => {
    const at = Date.parse('2026-12-18T21:00:00Z');
    expect(parseBrokerTime('20261218  16:00:00', 'America/New_York')).toBe(at);
    expect(parseBrokerTime('20261218 15:00:00', 'America/Chicago')).toBe(at);
    expect(parseBrokerTime('20261218 15:00:00')).toBeUndefined();
    // The letters of a zone of the US mean that zone with its daylight saving.
    expect(parseBrokerTime('20260718 16:00:00 EST')).toBe(Date.parse('2026-07-18T20:00:00Z'));
    expect(parseBrokerTime('20260718 15:00:00 Central Standard Time')).toBe(Date.parse('2026-07-18T20:00:00Z'));
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }), (seconds) => {
        const text = brokerTime(seconds * 1000);
        const back = parseBrokerTime(text);
        // One hour a year has two readings in New York; its text is the same for both.
        expect(back === seconds * 1000 || (back !== undefined && brokerTime(back) === text)).toBe(true);
      }),
    );
  });
});

describe('pacing', () => {
  it('lets through so many at once, keeps the order, and makes room for what did not queue', async () => {
    const pacer = new Pacer(() => 20);
    pacer.note();
    const sent: number[] = [];
    const begun = performance.now();
    for (let index = 0; index < 7; index++) pacer.submit(() => sent.push(index));
    expect(sent).toEqual([0, 1, 2, 3]);
    await until(() => sent.length === 7);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(240);
    expect(sent).toEqual([0, 1, 2, 3, 4, 5, 6]);
    pacer.close();
    pacer.submit(() => sent.push(99));
    expect(sent).not.toContain(99);
  });
});

describe('what runs in the background', () => {
  it('goes when nothing else waits, and makes room for what did not queue', async () => {
    const pacer = new Pacer(() => 20);
    const sent: string[] = [];
    for (let index = 0; index < 8; index++) pacer.submit(() => sent.push(`line ${index}`), 'background');
    // Five messages a quarter of a second: an order is counted, and a request goes before the lines that wait.
    pacer.note();
    pacer.submit(() => sent.push('request'));
    await until(() => sent.length === 9);
    expect(sent.slice(0, 5)).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4']);
    expect(sent[5]).toBe('request');
    pacer.close();
  });
});

describe('quote of a line', () => {
  const option = { conId: 1, secType: 'OPT', exchange: 'SMART' } as const;
  const computed = { impliedVol: 0.2, delta: -0.3, gamma: 0.01, vega: 0.4, theta: -0.05 };

  it('shows what the market shows', () => {
    const line = new QuoteLine(option);
    line.stamp(1);
    expect(line.quote()).toBeUndefined();
    line.price(1, 1.2);
    line.price(2, 1.25);
    line.size(3, 7);
    line.computation(13, computed);
    line.size(28, 500);
    line.stamp(1_000);
    expect(line.quote()).toEqual({
      conId: 1,
      kind: 'live',
      ask: 1_250_000,
      bidSize: 0,
      askSize: 7,
      greeks: computed,
      openInterest: 500,
      at: 1_000,
    });
    line.size(0, 3);
    line.stamp(2_000);
    expect(line.quote()).toMatchObject({ bid: 1_200_000, bidSize: 3, at: 2_000 });
    line.price(1, -1);
    line.size(0, 0);
    line.computation(13, { ...computed, delta: undefined });
    line.stamp(3_000);
    expect(line.quote()?.bid).toBeUndefined();
    expect(line.quote()?.greeks).toBeUndefined();
  });

  it('says how it is delivered', () => {
    const line = new QuoteLine(option);
    line.price(4, 1);
    line.dataType(2);
    line.stamp(1);
    expect(line.quote()?.kind).toBe('frozen');
    line.price(66, 1);
    line.size(69, 2);
    line.stamp(2);
    expect(line.quote()).toMatchObject({ kind: 'delayed', bid: 1_000_000, bidSize: 2 });
    line.forget();
    line.stamp(3);
    expect(line.quote()).toBeUndefined();
  });

  it('waits for a price, and of an option for its Greeks', () => {
    const line = new QuoteLine(option);
    expect(line.hasAnswer(false)).toBe(false);
    line.price(4, 2);
    expect(line.hasAnswer(false)).toBe(true);
    expect(line.hasAnswer(true)).toBe(false);
    line.computation(13, computed);
    expect(line.hasAnswer(true)).toBe(true);
  });
});

describe('orders from their pieces', () => {
  const contract = { conId: 5, symbol: 'SPY', secType: 'OPT' } as never;
  const order = {
    clientId: 7,
    permId: 9,
    orderRef: 'r',
    account: 'DU1',
    action: 'SELL',
    totalQuantity: 3,
    orderType: 'LMT',
    lmtPrice: 1.5,
  } as never;
  const status = (name: string, filled: number) =>
    ({ status: name, filled, remaining: 3 - filled, permId: 9, clientId: 7 }) as never;

  it('knows an order by its status alone only when it was placed here', () => {
    const book = new OrderBook();
    expect(book.orderStatus(4, status('Submitted', 0))).toBeUndefined();
    book.notePlaced({
      orderId: 5,
      clientId: 7,
      permId: 0,
      orderRef: 'r',
      account: 'DU1',
      conId: 5,
      legs: [],
      action: 'SELL',
      orderType: 'LMT',
      quantity: 3,
    });
    expect(book.orderStatus(5, status('Submitted', 1))).toMatchObject({
      orderRef: 'r',
      permId: 9,
      filled: 1,
      remaining: 2,
    });
  });

  it('keeps the count of fills whatever comes first', () => {
    const book = new OrderBook();
    book.openOrder(4, contract, order, { status: 'Submitted' } as never);
    book.orderStatus(4, status('Submitted', 2));
    expect(book.openOrder(4, contract, order, { status: 'Cancelled' } as never)).toMatchObject({
      status: 'Cancelled',
      filled: 2,
      remaining: 1,
    });
    expect(book.orderStatus(4, status('Cancelled', 1))).toMatchObject({
      filled: 2,
      remaining: 1,
      limitPrice: 1_500_000,
    });
    book.clear();
    book.openOrder(4, contract, order, { status: 'Submitted' } as never);
    expect(book.isOwnUnit({ orderId: 4, clientId: 7, permId: 9 }, 5)).toBe(true);
    book.executed({ orderId: 4, clientId: 7, permId: 9 }, 2);
    expect(book.openOrder(4, contract, order, { status: 'Cancelled' } as never)).toMatchObject({ filled: 2 });
    expect(book.openOrder(4, contract, order, { status: 'SomethingNew' } as never)).toMatchObject({
      status: 'Unknown',
    });
  });
});

it('log lines carry no account id', () => {
  const lines: string[] = [];
  const log = redacting(
    (_level, message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
    ['ACCT-ODD'],
  );
  log('info', 'order for DU1234567 refused', { text: 'U7654321 and ACCT-ODD', inner: { list: ['F1234567'] } });
  expect(lines[0]).not.toMatch(/DU1234567|U7654321|ACCT-ODD|F1234567/);
  expect(lines[0]).toContain('DU***');
});
