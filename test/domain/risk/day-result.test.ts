/** The day's result is the day's (case C16). */
import fc from 'fast-check';
import type { Fill } from '../../../src/domain/order/fill.js';
import { type DayPosition, resultOfDay } from '../../../src/domain/risk/day-result.js';
import { fillOf } from '../position/fills.js';
import { NOW, PLANS, present, usd } from '../strategy/fixtures.js';

const DAY_MS = 86_400_000;
const TODAY = Date.parse('2026-03-03T00:00:00-05:00');
const plan = present(PLANS[1]);
const [long, short] = [present(plan.legs[0]), present(plan.legs[1])];

/** Combos opened for 2.40 or closed at a price. */
const opened = (combos: number, at = NOW): readonly Fill[] => [
  fillOf(long, 'open', combos, usd(3), { at }),
  fillOf(short, 'open', combos, usd(5.4), { at }),
];
const closed = (combos: number, price: number, at: number): readonly Fill[] => [
  fillOf(long, 'close', combos, usd(1), { at }),
  fillOf(short, 'close', combos, usd(1 + price), { at }),
];
/** The short put is assigned at 620, and the shares are sold. */
const assigned = (at: number): readonly Fill[] => [
  fillOf(short, 'close', 1, 0, { at }),
  fillOf(short, 'close', 100, usd(620), { at, conId: plan.underlyingConId, secType: 'STK', side: 'BUY' }),
];
const sold = (price: number, at: number): readonly Fill[] => [
  fillOf(short, 'close', 100, usd(price), { at, conId: plan.underlyingConId, secType: 'STK', side: 'SELL' }),
];
const LATER = TODAY + 11 * 3_600_000;

test.each<[string, Omit<DayPosition, 'plan'>, number]>([
  ['a loss of yesterday is not of today', { fills: opened(2), marked: usd(-1220), markedBefore: usd(-1196) }, -24],
  ['a gain of earlier days that is lost today', { fills: opened(2), marked: usd(10), markedBefore: usd(300) }, -290],
  ['a gain of today counts', { fills: opened(2), marked: usd(-100), markedBefore: usd(-250) }, 150],
  ['opened today', { fills: opened(2, LATER), marked: usd(-40) }, -40],
  ['opened today and not marked yet', { fills: opened(2, LATER) }, 0],
  ['closed today', { fills: [...opened(2), ...closed(2, 3, LATER)], marked: usd(-90), markedBefore: usd(-100) }, -20],
  ['closed today, never marked: a loss counts', { fills: [...opened(2), ...closed(2, 3, LATER)] }, -120],
  ['closed today, never marked: a gain does not', { fills: [...opened(2), ...closed(2, 1, LATER)] }, 0],
  ['opened and closed today', { fills: [...opened(2, LATER), ...closed(2, 1, LATER)], marked: usd(7) }, 280],
  [
    'half closed today',
    { fills: [...opened(2), ...closed(1, 3, LATER)], marked: usd(-70), markedBefore: usd(-80) },
    -50,
  ],
  [
    'half closed yesterday',
    { fills: [...opened(2), ...closed(1, 3, NOW)], marked: usd(-70), markedBefore: usd(-75) },
    5,
  ],
  ['no order has filled', { fills: [] }, 0],
  // An assignment of today's night: the short leg is gone without cash, the shares came for 62,000.
  ['assigned', { fills: [...opened(1), ...assigned(LATER)], marked: usd(-250), markedBefore: usd(10) }, -260],
  [
    'assigned yesterday, the shares sold today',
    {
      fills: [...opened(1), ...assigned(NOW), fillOf(long, 'close', 1, usd(1), { at: LATER }), ...sold(615, LATER)],
      marked: usd(-1),
      markedBefore: usd(-250),
    },
    // 2.40 x 100 and 1.00 x 100 in, 500 lost with the shares; it stood at -250.
    240 + 100 - 500 + 250,
  ],
  [
    'the shares alone over night',
    {
      fills: [...opened(1), ...assigned(NOW), fillOf(long, 'close', 1, usd(1), { at: NOW })],
      marked: usd(-700),
      markedBefore: usd(-400),
    },
    -300,
  ],
  [
    'a leg on its own, opened yesterday',
    { fills: opened(1).slice(0, 1), marked: usd(-30), markedBefore: usd(10) },
    -40,
  ],
])('%s', (_, position, dollars) => {
  expect(resultOfDay({ plan, ...position }, TODAY)).toBe(usd(dollars));
});

test('the days of a position add up to its result, whatever its marks', () => {
  const marks = fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(marks, fc.integer({ min: 0, max: 6 }), (dollars, price) => {
      const start = (day: number) => TODAY + day * DAY_MS;
      const all = [...opened(2, start(0) + 1), ...closed(2, price, start(dollars.length) + 1)];
      const results = [...dollars, 0].map((_, day) => {
        const before = dollars[day - 1];
        return resultOfDay(
          {
            plan,
            fills: all.filter(({ at }) => at < start(day + 1)),
            marked: usd(dollars[Math.min(day, dollars.length - 1)] ?? 0),
            ...(before !== undefined && { markedBefore: usd(before) }),
          },
          start(day),
        );
      });
      expect(results.reduce((sum, one) => sum + one, 0)).toBe(usd(2 * 100 * (2.4 - price)));
    }),
  );
});
