/** The mark of what is held, contract by contract and share by share. */
import fc from 'fast-check';
import type { Fill } from '../../../src/domain/order/fill.js';
import { foldPosition } from '../../../src/domain/position/ledger.js';
import { isOfHoldings, markHeld } from '../../../src/domain/rules/held-mark.js';
import type { LegState } from '../../../src/domain/rules/input.js';
import { fillOf } from '../position/fills.js';
import { anyPlan, PLANS, present, usd } from '../strategy/fixtures.js';

const plan = present(PLANS[1]);
const [long, short] = [present(plan.legs[0]), present(plan.legs[1])];
const greeks = { impliedVol: 0.2, delta: -0.25, gamma: 0.01, vega: 0.3, theta: -0.1 };
/** The long put at 1.00, the short one at 3.10. */
const STATES: readonly LegState[] = [
  { ...long, bid: usd(0.9), ask: usd(1.1), greeks },
  { ...short, bid: usd(3), ask: usd(3.2), greeks: { ...greeks, delta: -0.5 } },
];
const held = (longs: number, shorts: number, shares = 0) => ({
  ...{ legs: [{ openQuantity: longs }, { openQuantity: shorts }], shares, multiplier: 100 },
});
const only = (index: number, more: Partial<LegState>) =>
  STATES.map((state, at) => (at === index ? ({ ...state, ...more } as LegState) : state));

test.each<[string, Parameters<typeof markHeld>, object]>([
  ['whole combos', [held(2, -2), STATES, usd(640)], { value: usd(-420), shareDelta: 50, shareGamma: 0 }],
  [
    'an assigned short: the long and the shares',
    [held(1, 0, 100), STATES, usd(640)],
    { value: usd(64_100), shareDelta: 75, shareGamma: 1 },
  ],
  [
    'assigned in part',
    [held(3, -1, 200), STATES, usd(640)],
    { value: usd(128_000 + 300 - 310), shareDelta: 200 - 75 + 50, shareGamma: 2 },
  ],
  ['shares alone', [held(0, 0, 100), [], usd(640)], { value: usd(64_000), shareDelta: 100, shareGamma: 0 }],
  ['short shares', [held(0, 0, -30), STATES, usd(640)], { value: usd(-19_200), shareDelta: -30, shareGamma: 0 }],
  ['shares without a price', [held(0, 0, 100), STATES, undefined], { shareDelta: 100, shareGamma: 0 }],
  ['contracts need no price of the shares', [held(1, 0), STATES, undefined], { value: usd(100), shareDelta: -25 }],
  [
    'a leg without Greeks',
    [held(1, 0, 100), only(0, { greeks: undefined as never }), usd(640)],
    { value: usd(64_100) },
  ],
  ['a leg that is not held needs no quote', [held(1, 0), STATES.slice(0, 1), usd(640)], { value: usd(100) }],
  // Held on the opposite side: a long one without a bid has a price, a short one without an ask has none.
  ['reversed', [held(-1, 1), only(1, { bid: undefined as never }), usd(640)], { value: usd(-100 + 80) }],
  ['reversed, without an ask', [held(-1, 0), only(0, { ask: undefined as never }), usd(640)], { shareDelta: 25 }],
])('%s', (_, input, expected) => {
  const mark = markHeld(...input);
  expect(mark).toMatchObject(expected);
  if (!('value' in expected)) expect(mark).not.toHaveProperty('value');
});

test('a leg without Greeks leaves those of the whole unknown', () => {
  const mark = markHeld(held(1, -1, 100), only(1, { greeks: undefined as never }), usd(640));
  expect(mark).toEqual({ value: usd(64_000 + 100 - 310) });
});

test('cash and worth come to what closing everything at the marks realises, to the micro', () => {
  const cents = (most: number) => fc.integer({ min: 1, max: most }).map((value) => value * 10_000);
  const history = anyPlan.chain((any) =>
    fc.record({
      plan: fc.constant(any),
      opened: fc.array(fc.tuple(cents(2_000), fc.integer({ min: 0, max: 3 })), { minLength: 4, maxLength: 4 }),
      closed: fc.array(fc.tuple(cents(2_000), fc.integer({ min: 0, max: 4 })), { minLength: 4, maxLength: 4 }),
      shares: fc.array(fc.tuple(cents(90_000), fc.integer({ min: -300, max: 300 }))),
      marks: fc.array(cents(2_000), { minLength: 4, maxLength: 4 }),
      underlying: cents(90_000),
    }),
  );
  fc.assert(
    fc.property(history, ({ plan: any, opened, closed, shares, marks, underlying }) => {
      const stock = (quantity: number, price: number, execId: string): Fill => ({
        ...fillOf(present(any.legs[0]), 'close', Math.abs(quantity), price, { execId }),
        ...{ conId: any.underlyingConId, secType: 'STK', side: quantity > 0 ? 'BUY' : 'SELL', commission: 340_000 },
      });
      const commission = { commission: 660_000 };
      const fills = [
        ...any.legs.flatMap((leg, index) => {
          const [[openPrice, open] = [0, 0], [closePrice, close] = [0, 0]] = [opened[index], closed[index]];
          return [
            ...(open > 0 ? [fillOf(leg, 'open', open, openPrice, commission)] : []),
            ...(close > 0 ? [fillOf(leg, 'close', close, closePrice, commission)] : []),
          ];
        }),
        ...shares.flatMap(([price, quantity], at) =>
          quantity === 0 ? [] : [stock(quantity, price, `stock-${at}.01`)],
        ),
      ];
      const folded = foldPosition({ plan: any, fills });
      const states = any.legs.map((leg, index) => ({ ...leg, bid: present(marks[index]), ask: present(marks[index]) }));
      const mark = markHeld({ ...folded, multiplier: any.multiplier }, states, underlying);
      const closing = folded.legs.flatMap(({ openQuantity }, index) => {
        if (openQuantity === 0) return [];
        const fill = fillOf(present(any.legs[index]), 'close', Math.abs(openQuantity), present(marks[index]));
        return [{ ...fill, side: openQuantity > 0 ? ('SELL' as const) : ('BUY' as const) }];
      });
      const sale = folded.shares === 0 ? [] : [{ ...stock(-folded.shares, underlying, 'last.01'), commission: 0 }];
      const flat = foldPosition({ plan: any, fills: [...fills, ...closing, ...sale] });
      expect(flat.shares).toBe(0);
      // What opening the held contracts cost counts when they are closed.
      const ofHeld = folded.commissions - (grossOf(fills, any.multiplier) - folded.cash);
      const result = folded.cash + present(mark.value) - ofHeld;
      if (fills.length > 0) expect(result).toBe(flat.realizedPnl ?? 0);
    }),
  );
});

/** Received less paid. */
function grossOf(fills: readonly Fill[], multiplier: number): number {
  return fills.reduce(
    (sum, { side, quantity, price, secType }) =>
      sum + (side === 'SELL' ? 1 : -1) * quantity * price * (secType === 'OPT' ? multiplier : 1),
    0,
  );
}

test('a mark of whole combos is not one of what a broken position holds', () => {
  const legs = [
    { legNo: 1, ratio: 1, action: 'BUY' as const, openQuantity: 1 },
    { legNo: 2, ratio: 1, action: 'SELL' as const, openQuantity: -1 },
  ];
  const whole = { legs, openCombos: 1, shares: 0 };
  const broken = { ...whole, shares: 100 };
  expect(isOfHoldings(whole, { closeNet: usd(1), delta: 0.1 })).toBe(true);
  expect(isOfHoldings(broken, { closeNet: usd(1) })).toBe(false);
  expect(isOfHoldings(broken, { delta: 0.1 })).toBe(false);
  expect(isOfHoldings(broken, {})).toBe(true);
});
