/**
 * The protocol from a client's side: the gateway's messages are read completely, and every token is named by its field.
 */
import { describe, expect, test } from '@jest/globals';
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  isUnsetNumber,
  responseTokens,
} from '../../src/protocol/client-side.js';
import { encode, responseOf, responses, type Values } from '../../src/protocol/index.js';

const VERSIONS = [163, 173, 176, 178, 183, 190, 193];

const ORDER: Values = {
  ...{
    orderId: 7,
    conId: 28812380,
    symbol: 'SPY',
    secType: 'BAG',
    orderType: 'LMT',
    status: 'Submitted',
    limitPrice: -1.4,
  },
  deltaNeutralOrderType: 'None',
  comboLegs: [
    { conId: 1, ratio: 1, action: 'BUY', exchange: 'SMART' },
    { conId: 2, ratio: 2, action: 'SELL', exchange: 'SMART' },
  ],
  conditions: [
    { type: 1, conjunction: 'o', isMore: true, value: '650', conId: 756733, exchange: 'SMART', triggerMethod: 2 },
  ],
  conditionsIgnoreRth: true,
};

describe.each(VERSIONS)('version %d', (version) => {
  test.each(responses.map(({ name }) => name))('%s has a field for every token', (name) => {
    const values = name === 'OPEN_ORDER' || name === 'COMPLETED_ORDER' ? ORDER : { tickType: 1 };
    const tokens = encode(responseOf(name), values, version);
    const decoded = decodeResponse(tokens, version);
    expect(decoded).toEqual({ name, values: expect.anything() });
    const paths = responseTokens(tokens, version).map(({ path }) => path);
    expect(new Set(paths).size).toBe(
      paths.length - (paths.filter((path) => path === 'trailStopPrice').length > 1 ? 1 : 0),
    );
  });

  test('fields of an order are found behind its lists and conditions', () => {
    const tokens = new Map(
      responseTokens(encode(responseOf('OPEN_ORDER'), ORDER, version), version).map(({ path, token }) => [path, token]),
    );
    expect(tokens.get('comboLegs[1].conId')).toBe('2');
    expect(tokens.get('conditions[0].value')).toBe('650');
    expect(tokens.get('conditionsIgnoreRth')).toBe('1');
    expect(tokens.get('limitPrice')).toBe('-1.4');
  });

  test('a request is read as it was written', () => {
    const tokens = encodeRequest('PLACE_ORDER', { ...ORDER, action: 'BUY', quantity: 1, transmit: true }, version);
    expect(decodeRequest(tokens, version)).toMatchObject({
      name: 'PLACE_ORDER',
      values: { orderId: 7, action: 'BUY', transmit: true, comboLegs: [{ conId: 1 }, { conId: 2 }] },
    });
  });
});

test.each([
  [['999', '1'], /no table/],
  [['49', '1', '1700000000', 'more'], /1 tokens more/],
  [['49', '1'], /ends before time/],
  [['49', '1', 'soon'], /time is not a whole number/],
])('%j is refused as a message, with the reason', (tokens, problem) => {
  expect(decodeResponse(tokens, 193).problem).toMatch(problem);
});

test('numbers that mean unset', () => {
  const unset = ['2147483647', '9223372036854775807', '1.7976931348623157E308', '1.7976931348623157e+308'];
  expect(unset.every(isUnsetNumber)).toBe(true);
  expect(['', '0', '-1', '2147483646', 'None'].some(isUnsetNumber)).toBe(false);
});
