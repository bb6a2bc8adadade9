/** The side of a person's net price (case C10), and walks of structures whose net is even. */
import fc from 'fast-check';
import type { BrokerDeps } from '../../../src/activities/context/deps.js';
import { anchoredLimit, firstWalk } from '../../../src/activities/orders/walk-pricing.js';
import { parsePricing } from '../../../src/cli/arguments.js';
import type { OrderSpec } from '../../../src/contract/activities.js';
import type { Pricing } from '../../../src/contract/requests.js';
import { openingSide } from '../../../src/domain/order/money-side.js';
import type { OrderPurpose } from '../../../src/domain/order/order.js';
import { orderSettingsSchema } from '../../../src/domain/order/settings.js';
import { netOf } from '../../../src/domain/order/walk.js';
import type { StrategyLeg } from '../../../src/domain/strategy/strategy.js';
import type { PositionRow } from '../../../src/store/api.js';
import { candidateOf, contractOf, legOf, NOW, planOf, usd } from '../strategy/fixtures.js';

const deps = { settings: () => ({ orders: orderSettingsSchema.parse({}) }) } as unknown as BrokerDeps;
const CENT = usd(0.01);

const later = (leg: StrategyLeg): StrategyLeg => ({
  ...leg,
  contract: contractOf(leg.contract.right, leg.contract.strike, { expiry: '20260618' }),
});

const RATIO = [legOf('SELL', 'CALL', 690), legOf('BUY', 'CALL', 709, 2)];
const PUT_SPREAD = [legOf('BUY', 'PUT', 670), legOf('SELL', 'PUT', 680)];
const CALENDAR = [legOf('SELL', 'CALL', 700), later(legOf('BUY', 'CALL', 700))];
const LONG_CALL = [legOf('BUY', 'CALL', 705)];
const SHORT_PUT = [legOf('SELL', 'PUT', 690)];

/** The first limit in the broker's sense (what we pay), in dollars, or why there is none. */
function limitFor(
  legs: readonly StrategyLeg[],
  purpose: OrderPurpose,
  pricing: Pricing,
  net: { readonly mid: number; readonly natural: number },
): number | string {
  const plan = planOf('custom', legs, usd(legs === SHORT_PUT ? 5 : -1), {
    structure: legs.length === 1 ? 'single_leg' : 'custom',
  });
  const row = { plan, legs: plan.legs, structure: plan.structure, width: plan.width } as unknown as PositionRow;
  const spec = { role: 'combo', purpose, pricing, urgency: 'NORMAL', combos: 1 } as unknown as OrderSpec;
  const walk = firstWalk(deps, spec, row, { mid: usd(net.mid), natural: usd(net.natural) } as never, CENT, NOW);
  return 'refused' in walk ? walk.refused : walk.limit / 1e6;
}

const typed = (text: string) => parsePricing({ limitPrice: text });

test.each<[string, readonly StrategyLeg[], OrderPurpose, string, number, number]>([
  ['a backspread worth something is sold for it', RATIO, 'REDUCE', '0.15cr', -0.14, -0.15],
  ['or bought out of', RATIO, 'REDUCE', '0.15db', 0.14, 0.15],
  ['deep in the money', RATIO, 'REDUCE', '12cr', -12.38, -12],
  ['opened for money', RATIO, 'OPEN', '0.10cr', -0.12, -0.1],
  ['opened with money', RATIO, 'OPEN', '0.10db', -0.12, 0.1],
  ['even', RATIO, 'OPEN', '0', 0.02, 0],
  ['a calendar', CALENDAR, 'OPEN', '11.80db', 11.81, 11.8],
  ['a credit spread opens for a credit', PUT_SPREAD, 'OPEN', '2.40', -2.4, -2.4],
  ['and closes for a debit', PUT_SPREAD, 'REDUCE', '1.20', 1.2, 1.2],
  ['said, it is the same', PUT_SPREAD, 'REDUCE', '1.20 DB', 1.2, 1.2],
  ['a long call is bought', LONG_CALL, 'OPEN', '12.50', 12.5, 12.5],
  ['and sold', LONG_CALL, 'REDUCE', '12.50', -12.5, -12.5],
  ['a short put is sold', SHORT_PUT, 'OPEN', '5', -5, -5],
  ['and bought back', SHORT_PUT, 'REDUCE', '5', 5, 5],
])('%s', (_, legs, purpose, text, mid, limit) => {
  expect(limitFor(legs, purpose, typed(text), { mid, natural: mid + 0.05 })).toBe(limit);
});

test.each<[OrderPurpose, readonly StrategyLeg[]]>([
  ['REDUCE', RATIO],
  ['OPEN', RATIO],
  ['OPEN', CALENDAR],
])('a price without a side is asked about where the structure can be worth either sign: %s', (purpose, legs) => {
  const refused = limitFor(legs, purpose, typed('0.15'), { mid: -0.14, natural: -0.1 });
  expect(refused).toContain('0.15cr to receive it or 0.15db to pay it');
});

test('a side that the structure cannot have is refused', () => {
  expect(limitFor(PUT_SPREAD, 'OPEN', typed('0.10db'), { mid: -2.4, natural: -2.3 })).toContain('does not receive');
});

test.each(['-0.15', '0.15x', 'cr', '1e3', '1,5', ''])('%p is no price', (text) => {
  expect(() => typed(text)).toThrow(/1\.25cr to receive it, 1\.25db to pay it/);
});

describe('an even net', () => {
  it('is walked, across zero, when it opens', () => {
    const net = { mid: usd(0), natural: usd(0.2) };
    expect(limitFor(RATIO, 'OPEN', { kind: 'walk' }, { mid: 0, natural: 0.2 })).toBe(0);
    expect(limitFor(RATIO, 'OPEN', { kind: 'walk' }, { mid: -0.05, natural: 0.2 })).toBe(-0.05);
    const plan = planOf('custom', RATIO, 0);
    const row = { plan, legs: plan.legs, structure: 'custom', width: plan.width } as unknown as PositionRow;
    const spec = {
      role: 'combo',
      purpose: 'OPEN',
      pricing: { kind: 'walk' },
      urgency: 'NORMAL',
    } as unknown as OrderSpec;
    expect(firstWalk(deps, spec, row, net as never, CENT, NOW)).toMatchObject({
      limit: 0,
      limits: [usd(0.03), usd(0.07), usd(0.11), usd(0.15)],
    });
  });

  it('is closed at zero when the market is there', () => {
    expect(limitFor(RATIO, 'REDUCE', { kind: 'walk' }, { mid: 0, natural: 0 })).toBe(0);
    expect(limitFor(RATIO, 'REDUCE', { kind: 'market' }, { mid: -0.02, natural: 0 })).toBe(0);
    // A spread without a bid is offered for a cent, never given away.
    expect(limitFor(PUT_SPREAD, 'OPEN', { kind: 'walk' }, { mid: 0, natural: 0 })).toContain('does not receive');
  });
});

test('a limit with a side has its sign, and only an impossible price is refused, whatever the structure and the market', () => {
  const anyLegs = fc.constantFrom(RATIO, CALENDAR, PUT_SPREAD, [
    legOf('BUY', 'CALL', 690),
    legOf('SELL', 'CALL', 709, 2),
  ]);
  const price = fc.integer({ min: 690, max: 720 });
  fc.assert(
    fc.property(anyLegs, price, fc.constantFrom<OrderPurpose>('OPEN', 'REDUCE'), (legs, spot, purpose) => {
      const undo = purpose === 'REDUCE';
      const sides = legs.map(({ contract, action, ratio }) => {
        const { bid, ask } = candidateOf(contract.right, contract.strike, spot).quote;
        return {
          action: (action === 'BUY') === undo ? ('SELL' as const) : ('BUY' as const),
          ratio,
          ...(bid && { bid }),
          ...(ask && { ask }),
        };
      });
      const net = netOf(sides);
      if (net === undefined) return;
      const text = (Math.abs(Math.round(net.mid / 10_000)) / 100).toFixed(2);
      const [mid, natural] = [net.mid / 1e6, net.natural / 1e6];
      const limit = limitFor(legs, purpose, typed(`${text}${net.mid < 0 ? 'cr' : 'db'}`), { mid, natural });
      const even = openingSide(legs) === undefined;
      if (even || purpose === 'REDUCE') expect(typeof limit).toBe('number');
      if (typeof limit === 'number' && limit !== 0) expect(Math.sign(limit)).toBe(Math.sign(net.mid));
    }),
  );
});

test('an exit at market stays marketable at every step, where a walk goes from mid to natural', () => {
  const plan = planOf('custom', PUT_SPREAD, usd(-1), { structure: 'vertical_spread' });
  const row = { plan, legs: plan.legs, structure: plan.structure, width: plan.width } as unknown as PositionRow;
  const pricing = fc.constantFrom<Pricing>({ kind: 'market' }, { kind: 'walk' });
  const cents = fc.integer({ min: 1, max: 400 });
  fc.assert(
    fc.property(pricing, cents, cents, fc.constantFrom('NORMAL', 'HIGH', 'IMMEDIATE'), (kind, mid, spread, urgency) => {
      const net = { mid: usd(mid / 100), natural: usd((mid + spread) / 100) } as never;
      const spec = { role: 'combo', purpose: 'REDUCE', pricing: kind, urgency, combos: 2 } as unknown as OrderSpec;
      const limits = [1, 2, 3, 4, 5, 6].map((step) => anchoredLimit(deps, spec, row, { net, increment: CENT, step }));
      const natural = Math.min(usd((mid + spread) / 100), plan.width - CENT);
      expect(limits.at(-1)).toBeGreaterThanOrEqual(natural);
      if (kind.kind === 'market') expect(new Set(limits).size).toBe(1);
      else expect([...limits].sort((a, b) => a - b)).toEqual(limits);
    }),
  );
});
