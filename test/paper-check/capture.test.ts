/** A capture shows no account and no user name; and it keeps what it must. */
import { describe, expect, test } from '@jest/globals';
import { Mask } from '../../src/paper-check/capture.js';

describe('accounts and names', () => {
  test.each([
    ['DU1234567', 'DU0000001'],
    ['U7654321', 'U0000001'],
    ['DF100200,DU1234567', 'DF0000001,DU0000002'],
    ['F1234567A', 'F1234567A'],
    ['Order of account U7654321 rejected', 'Order of account U0000001 rejected'],
    ['login of user name: trader77, retry', 'login of user name: USER, retry'],
    ["user 'trader77' is logged in", "user 'USER' is logged in"],
    ['mail to somebody@example.org', 'mail to USER@example.org'],
  ])('%s', (token, shown) => {
    expect(new Mask(['somebody']).text(token)).toBe(shown);
  });

  test('each account has its own replacement', () => {
    const mask = new Mask([]);
    expect(['DU1111111', 'DU2222222', 'DU1111111'].map((token) => mask.text(token))).toEqual([
      'DU0000001',
      'DU0000002',
      'DU0000001',
    ]);
  });

  test.each([
    '28812380',
    'SPY   260417P00650000',
    '0000e0d5.69a5b2c1.01.01',
    '20260302 10:08:42 US/Eastern',
    'LWCHECK|mka1|combo|1',
    '1.7976931348623157E308',
    'Market data farm connection is OK:usfarm',
    'Unable to connect as the client id is already in use.',
  ])('%s is kept', (token) => {
    expect(new Mask([]).text(token)).toBe(token);
  });
});
