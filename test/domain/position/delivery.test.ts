/** The fate of options that left without an execution, by the new shares; and when an account can show it. */
import fc from 'fast-check';
import type { OptionContract, Right } from '../../../src/domain/option.js';
import {
  brokenText,
  closableWithout,
  closingOrders,
  type Holdings,
  uncovered,
} from '../../../src/domain/position/broken.js';
import { deliveriesOf, type GoneContracts, sharesPerContract } from '../../../src/domain/position/delivery.js';
import { lastDayRisks } from '../../../src/domain/position/last-day.js';
import {
  accountTellsAt,
  isSettlementPending,
  nextSettlementLook,
  outcomeAt,
  settlementTime,
} from '../../../src/domain/position/settlement.js';

const gone = (
  side: GoneContracts['side'],
  right: Right,
  contracts: number,
  expected: GoneContracts['expected'],
  conId = 1,
): GoneContracts => ({ contract: { conId, right, multiplier: 100 }, contracts, side, expected });

/** The bar says a cent in the money; the exact close was a little below, so none of the short calls was assigned. */
const edge = (right: Right, strike: number) => outcomeAt({ right, strike }, 669.01);

describe('options that are gone', () => {
  it.each([
    ['CALL', 672, 'unknown'],
    ['CALL', 672.01, 'unknown'],
    ['CALL', 672.02, 'unknown'],
    ['CALL', 672.03, 'delivered'],
    ['CALL', 671.99, 'worthless'],
    ['PUT', 672.01, 'worthless'],
    ['PUT', 671.99, 'unknown'],
    ['PUT', 671.97, 'delivered'],
  ] as const)('%s of 672 at a bar of %d: %s', (right, price, outcome) => {
    expect(outcomeAt({ right, strike: 672 }, price)).toBe(outcome);
  });

  it('pinned by a cent, beside puts that were exercised: the shares are those of the puts', () => {
    const calls = [gone('short', 'CALL', 3, edge('CALL', 669), 1), gone('long', 'CALL', 3, edge('CALL', 676), 2)];
    const found = deliveriesOf([...calls, gone('long', 'PUT', 2, 'delivered', 3)], -200);
    expect([1, 2, 3].map((conId) => found?.contracts.get(conId))).toEqual([0, 0, 2]);
    expect(found?.unexpected).toBe(0);
  });

  it('pinned by a cent, and no shares came: worthless', () => {
    const found = deliveriesOf(
      [gone('short', 'CALL', 1, edge('CALL', 669), 1), gone('long', 'CALL', 3, edge('CALL', 676), 2)],
      0,
    );
    expect([1, 2].map((conId) => found?.contracts.get(conId))).toEqual([0, 0]);
  });

  it.each<[string, readonly GoneContracts[], number, readonly number[] | undefined]>([
    ['a short put is assigned', [gone('short', 'PUT', 1, 'delivered')], 100, [1]],
    ['a short call is assigned', [gone('short', 'CALL', 1, 'delivered')], -100, [1]],
    ['a long put is exercised', [gone('long', 'PUT', 2, 'delivered')], -200, [2]],
    ['a long call is exercised', [gone('long', 'CALL', 2, 'delivered')], 200, [2]],
    ['in part', [gone('short', 'PUT', 3, 'delivered')], 100, [1]],
    ['no shares: nothing was delivered', [gone('short', 'PUT', 3, 'worthless')], 0, [0]],
    ['shares of the other side say nothing', [gone('short', 'PUT', 3, 'delivered')], -100, undefined],
    ['an odd number says nothing', [gone('short', 'PUT', 3, 'delivered')], 150, undefined],
    [
      'both legs in the money: the shares cancel out',
      [gone('short', 'PUT', 2, 'delivered', 1), gone('long', 'PUT', 2, 'delivered', 2)],
      0,
      [2, 2],
    ],
    [
      'both out of it: so do none',
      [gone('short', 'PUT', 2, 'worthless', 1), gone('long', 'PUT', 2, 'worthless', 2)],
      0,
      [0, 0],
    ],
    [
      'which, without a value of the day, nobody can say',
      [gone('short', 'PUT', 2, 'unknown', 1), gone('long', 'PUT', 2, 'unknown', 2)],
      0,
      undefined,
    ],
    [
      'one leg in the money',
      [gone('short', 'PUT', 2, 'delivered', 1), gone('long', 'PUT', 2, 'worthless', 2)],
      200,
      [2, 0],
    ],
    ['an owner let his lapse in part', [gone('short', 'PUT', 3, 'delivered')], 200, [2]],
    [
      'two legs that may both have brought them',
      [gone('short', 'PUT', 1, 'delivered', 1), gone('short', 'PUT', 1, 'delivered', 2)],
      100,
      undefined,
    ],
  ])('%s', (_, legs, shares, counts) => {
    const found = deliveriesOf(legs, shares);
    expect(found && legs.map(({ contract }) => found.contracts.get(contract.conId))).toEqual(counts);
  });

  it('are explained by exactly the new shares, never by more contracts than are gone', () => {
    const leg = fc.record({
      side: fc.constantFrom('long' as const, 'short' as const),
      right: fc.constantFrom<Right>('CALL', 'PUT'),
      contracts: fc.integer({ min: 1, max: 4 }),
      expected: fc.constantFrom('delivered' as const, 'worthless' as const, 'unknown' as const),
    });
    fc.assert(
      fc.property(fc.array(leg, { minLength: 1, maxLength: 4 }), fc.integer({ min: -12, max: 12 }), (legs, lots) => {
        const all = legs.map((one, index) => gone(one.side, one.right, one.contracts, one.expected, index));
        const found = deliveriesOf(all, lots * 100);
        if (found === undefined) return;
        let sum = 0;
        for (const one of all) {
          const count = found.contracts.get(one.contract.conId) ?? Number.NaN;
          expect(count).toBeGreaterThanOrEqual(0);
          expect(count).toBeLessThanOrEqual(one.contracts);
          sum += count * sharesPerContract(one);
        }
        expect(sum).toBe(lots * 100);
      }),
    );
  });
});

const option = (more: Partial<OptionContract>): OptionContract => ({
  ...{ conId: 1, symbol: 'SPY', right: 'PUT', strike: 600, expiry: '20260417', tradingClass: 'SPY', multiplier: 100 },
  ...{ lastTradeAt: Date.parse('2026-04-17T16:15:00-04:00'), style: 'american' },
  ...more,
});
const at = (text: string) => Date.parse(text);

describe('the account shows how an option ended', () => {
  it.each<[string, Partial<OptionContract>, string]>([
    ['on shares: the morning of the next business day', {}, '2026-04-20T08:00:00-04:00'],
    ['on shares, before a holiday on Friday', { expiry: '20260402' }, '2026-04-06T08:00:00-04:00'],
    ['in cash at the close', { style: 'european', tradingClass: 'SPXW' }, '2026-04-17T16:00:00-04:00'],
    [
      'in cash at an early close',
      { style: 'european', tradingClass: 'SPXW', expiry: '20261127' },
      '2026-11-27T13:00:00-05:00',
    ],
    [
      'in cash by the opening of the next day',
      { style: 'european', tradingClass: 'SPX', expiry: '20260416' },
      '2026-04-17T09:30:00-04:00',
    ],
    [
      'the opening after a holiday',
      { style: 'european', tradingClass: 'SPX', expiry: '20260402' },
      '2026-04-06T09:30:00-04:00',
    ],
  ])('%s', (_, more, text) => {
    expect(accountTellsAt(option(more))).toBe(at(text));
    const { tradingClass = 'SPY' } = more;
    expect(settlementTime(option(more))?.by).toBe(tradingClass === 'SPX' ? 'open' : 'close');
  });

  it('until then it is pending, and checked again every following morning', () => {
    const put = option({});
    expect(isSettlementPending(put, at('2026-04-17T16:15:00-04:00'))).toBe(false);
    expect(isSettlementPending(put, at('2026-04-17T16:15:01-04:00'))).toBe(true);
    expect(isSettlementPending(put, at('2026-04-20T07:59:59-04:00'))).toBe(true);
    expect(isSettlementPending(put, at('2026-04-20T08:00:00-04:00'))).toBe(false);
    const looks = [at('2026-04-17T16:20:00-04:00')];
    for (let look = 0; look < 5; look++) looks.push(nextSettlementLook(put, looks.at(-1) ?? 0));
    expect(looks.slice(1).map((time) => new Date(time).toISOString())).toEqual([
      '2026-04-20T12:00:00.000Z',
      '2026-04-20T12:02:00.000Z',
      '2026-04-20T12:30:00.000Z',
      '2026-04-21T12:00:00.000Z',
      '2026-04-22T12:00:00.000Z',
    ]);
  });
});

/** [action, right, strike, open contracts] of each leg. */
const holding = (shares: number, legs: readonly (readonly [Right, number, number])[], openCombos = 0): Holdings => ({
  ...{ symbol: 'SPY', openCombos, shares },
  legs: legs.map(([right, strike, openQuantity], index) => ({
    ...{ legNo: index + 1, ratio: 1, action: openQuantity > 0 ? ('BUY' as const) : ('SELL' as const), openQuantity },
    contract: option({ right, strike }),
  })),
});

describe('the dangers of the last day', () => {
  const usd = (dollars: number) => Math.round(dollars * 1e6);
  const at1545 = at('2026-04-17T15:45:00-04:00');
  const risks = (
    legs: readonly (readonly [Right, number, number])[],
    price: number,
    funds?: number,
    more: Partial<OptionContract> = {},
  ) =>
    lastDayRisks({
      ...{ symbol: 'SPY', now: at1545, underlying: usd(price), pinPct: 0.005 },
      legs: legs.map(([right, strike, openQuantity]) => ({
        contract: option({ right, strike, ...more }),
        openQuantity,
      })),
      ...(funds !== undefined && { availableFunds: usd(funds) }),
    });

  it.each<[string, readonly string[], readonly RegExp[]]>([
    [
      'a short strike near the price',
      risks(
        [
          ['PUT', 600, -2],
          ['PUT', 590, 2],
        ],
        601,
      ),
      [/^Pin risk: -2 .* 600 PUT is 1\.00 out of the money.*17:30.* 200 shares/],
    ],
    [
      'shares that the account can carry',
      risks(
        [
          ['PUT', 600, -1],
          ['PUT', 560, 1],
        ],
        580,
        90_000,
      ),
      [/^At this price, what expires in the money today brings 100 shares of SPY overnight/],
    ],
    [
      'a long call that it cannot',
      risks([['CALL', 560, 3]], 580, 20_000),
      [/^The broker may decline to exercise 3 .* 300 shares .* 87000\.00 of margin, and only 20000\.00 is free/],
    ],
    [
      'both legs in the money',
      risks(
        [
          ['PUT', 600, -1],
          ['PUT', 590, 1],
        ],
        580,
        0,
      ),
      [],
    ],
    [
      'far out of the money',
      risks(
        [
          ['PUT', 600, -1],
          ['PUT', 590, 1],
        ],
        640,
        0,
      ),
      [],
    ],
    ['another day', risks([['PUT', 600, -1]], 600, 0, { expiry: '20260418' }), []],
    ['settled in cash', risks([['PUT', 600, -1]], 600, 0, { style: 'european' }), []],
  ])('%s', (_, found, patterns) => {
    expect(found).toHaveLength(patterns.length);
    for (const [index, pattern] of patterns.entries()) expect(found[index]).toMatch(pattern);
  });
});

describe('a broken position', () => {
  const CONDOR_PUT = holding(100, [
    ['PUT', 590, 1],
    ['PUT', 600, 0],
    ['CALL', 700, -1],
    ['CALL', 710, 1],
  ]);
  const CONDOR_CALL = holding(-100, [
    ['PUT', 590, 1],
    ['PUT', 600, -1],
    ['CALL', 700, 0],
    ['CALL', 710, 1],
  ]);
  const STRANGLE = holding(100, [
    ['PUT', 600, 0],
    ['CALL', 700, -1],
  ]);

  it.each<[string, Holdings, readonly string[], readonly string[]]>([
    ['a condor, assigned at its put', CONDOR_PUT, ['shares', 'leg3', 'leg1', 'leg4'], []],
    ['a condor, assigned at its call', CONDOR_CALL, ['shares', 'leg2', 'leg1', 'leg4'], []],
    ['a strangle, whose shares cover its call', STRANGLE, ['leg2', 'shares'], ['100 shares of SPY']],
    [
      'a spread of which two of three are assigned',
      holding(200, [
        ['PUT', 590, 3],
        ['PUT', 600, -1],
      ]),
      ['shares', 'leg2', 'leg1'],
      [],
    ],
    [
      'a spread whose long leg is gone',
      holding(0, [
        ['PUT', 590, 0],
        ['PUT', 600, -2],
      ]),
      ['leg2'],
      ['2 short SPY puts'],
    ],
    ['shares alone', holding(-300, []), ['shares'], ['-300 shares of SPY']],
  ])('%s', (_, position, roles, bare) => {
    expect(closingOrders(position, 'flatten_as_unit').map(({ role }) => role)).toEqual(roles);
    expect(closingOrders(position, 'close_options_only').map(({ role }) => role)).toEqual(
      roles.filter((role) => role !== 'shares'),
    );
    expect(closingOrders(position, 'alert_only')).toEqual([]);
    expect(uncovered(position)).toEqual(bare);
  });

  it('says what is held, what of it is uncovered, and what follows', () => {
    expect(brokenText(STRANGLE, 'flatten_as_unit')).toBe(
      'It holds 100 shares of SPY, -1 SPY 20260417 700 CALL. Uncovered: 100 shares of SPY. Legwork closes 1 SPY 20260417 700 CALL, then 100 shares of SPY, in regular hours.',
    );
    expect(brokenText(CONDOR_PUT, 'alert_only')).toContain(
      'Legwork sends no order for it; close it at the broker, or `legwork close` it.',
    );
    expect(brokenText(CONDOR_PUT, 'close_options_only')).toContain(
      'The 100 shares are left to you: sell or cover them.',
    );
  });

  it('closes what is certainly held while the account does not show a leg, and nothing that may cover it', () => {
    const leg = fc.tuple(
      fc.constantFrom<Right>('CALL', 'PUT'),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: -3, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(leg, { minLength: 1, maxLength: 4 }), fc.nat({ max: 15 }), (legs, bits) => {
        const position = holding(0, legs);
        const absent = new Set(position.legs.map(({ legNo }) => legNo).filter((legNo) => bits & (1 << (legNo - 1))));
        const all = closingOrders(position, 'flatten_as_unit');
        const orders = closableWithout(position.legs, all, absent);
        expect(all.filter((one) => orders.includes(one))).toEqual(orders);
        const closes = (legNo: number) => orders.some(({ role }) => role === `leg${legNo}`);
        for (const { legNo, openQuantity, contract } of position.legs) {
          const mayCover = position.legs.some(
            (other) => absent.has(other.legNo) && other.openQuantity < 0 && other.contract.right === contract.right,
          );
          const asked = all.some(({ role }) => role === `leg${legNo}`);
          expect(closes(legNo)).toBe(asked && !absent.has(legNo) && (openQuantity < 0 || !mayCover));
        }
      }),
    );
  });

  it('never closes a covering leg before the leg that it covers', () => {
    const leg = fc.tuple(
      fc.constantFrom<Right>('CALL', 'PUT'),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: -3, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(leg, { minLength: 1, maxLength: 4 }), fc.integer({ min: -3, max: 3 }), (legs, lots) => {
        const position = holding(lots * 100, legs);
        const orders = closingOrders(position, 'flatten_as_unit');
        const order = (role: string) => orders.findIndex((one) => one.role === role);
        for (const long of position.legs.filter(({ openQuantity }) => openQuantity > 0)) {
          for (const short of position.legs.filter(({ openQuantity }) => openQuantity < 0))
            expect(order(`leg${short.legNo}`)).toBeLessThan(order(`leg${long.legNo}`));
          if (lots !== 0) expect(order('shares')).toBeLessThan(order(`leg${long.legNo}`));
        }
      }),
    );
  });
});
