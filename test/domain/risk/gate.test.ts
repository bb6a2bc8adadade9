import { passRiskGate, type RiskGateInput } from '../../../src/domain/risk/gate.js';
import { riskSettingsSchema } from '../../../src/domain/risk/settings.js';
import { tradingStateAllows } from '../../../src/domain/risk/trading-state.js';
import { legOf, PLANS, planOf, present, usd } from '../strategy/fixtures.js';

const settings = riskSettingsSchema.parse({});
const condor = present(PLANS[0]);

/** The condor loses 690 a combo, 1380 in all: 2 % of 69000. */
const fits: RiskGateInput = {
  plan: condor,
  netLiquidation: usd(69_000),
  buyingPower: usd(4_000),
  whatIf: { initMarginChange: usd(2_000) },
  pendingMargin: 0,
  openMaxLoss: usd(12_420),
  todaysResult: usd(-2_069.99),
  openPositions: 149,
  tradingState: 'ACTIVE',
};
const failing = (changes: Partial<RiskGateInput>, limits = settings) =>
  passRiskGate({ ...fits, ...changes }, limits)
    .checks.filter((check) => !check.passed)
    .map((check) => check.name);

describe('the risk gate', () => {
  it('approves at its bounds and reports every check', () => {
    const verdict = passRiskGate(fits, settings);
    expect(verdict.kind).toBe('approved');
    expect(verdict.checks.map((check) => check.name)).toEqual([
      'trading_state',
      'symbol',
      'quantity',
      'open_positions',
      'naked_shorts',
      'max_loss_position',
      'max_loss_total',
      'buying_power',
      'daily_loss',
    ]);
  });

  it.each([
    ['trading_state', { tradingState: 'REDUCING' as const }],
    ['trading_state', { tradingState: 'HALTED' as const }],
    ['symbol', { plan: { ...condor, symbol: 'TSLA' } }],
    ['open_positions', { openPositions: 150 }],
    ['max_loss_total', { openMaxLoss: usd(12_420.01) }],
    ['buying_power', { whatIf: { initMarginChange: usd(2_000.01) } }],
    ['buying_power', { pendingMargin: usd(0.01) }],
    ['daily_loss', { todaysResult: usd(-2_070) }],
  ])('refuses just beyond the bound of %s', (name, changes) => {
    expect(failing(changes)).toEqual([name]);
  });

  it('refuses a position that can lose more than its share', () => {
    expect(failing({ plan: { ...condor, maxLoss: usd(690.01) }, openMaxLoss: 0 })).toEqual(['max_loss_position']);
  });

  it('bounds the quantity', () => {
    const rich = { netLiquidation: usd(10_000_000), openMaxLoss: 0 };
    expect(failing({ ...rich, plan: { ...condor, quantity: 10 } })).toEqual([]);
    expect(failing({ ...rich, plan: { ...condor, quantity: 11 } })).toEqual(['quantity']);
    expect(failing({ ...rich, plan: { ...condor, quantity: 0 } })).toEqual(['quantity']);
    expect(failing({ ...rich, plan: { ...condor, quantity: 1.5 } })).toEqual(['quantity']);
  });

  it('refuses uncovered shorts unless allowed, and an unlimited loss in any case', () => {
    const plan = planOf('custom', [legOf('SELL', 'CALL', 740)], usd(3));
    expect(failing({ plan })).toEqual(['naked_shorts', 'max_loss_position', 'max_loss_total']);
    expect(failing({ plan }, { ...settings, allowNakedShorts: true })).toEqual(['max_loss_position', 'max_loss_total']);
  });

  it('refuses missing data by name, one by one', () => {
    expect(failing({ netLiquidation: undefined })).toEqual(['max_loss_position', 'max_loss_total', 'daily_loss']);
    expect(failing({ buyingPower: undefined })).toEqual(['buying_power']);
    expect(failing({ whatIf: {} })).toEqual(['buying_power']);
    expect(failing({ pendingMargin: undefined })).toEqual(['buying_power']);
    expect(failing({ openMaxLoss: undefined })).toEqual(['max_loss_total']);
    expect(failing({ todaysResult: undefined })).toEqual(['daily_loss']);
    const verdict = passRiskGate({ ...fits, whatIf: {} }, settings);
    expect(verdict).toMatchObject({ kind: 'refused', reasons: ["The broker's margin estimate is missing."] });
  });

  it('reports everything that is wrong at once', () => {
    const all = failing({ tradingState: 'HALTED', openPositions: 1000, whatIf: {}, todaysResult: usd(-69_000) });
    expect(all).toEqual(['trading_state', 'open_positions', 'buying_power', 'daily_loss']);
  });

  it('takes any symbol when the list is empty', () => {
    expect(failing({ plan: { ...condor, symbol: 'TSLA' } }, { ...settings, symbols: [] })).toEqual([]);
  });

  it('approves every shipped structure for a large account', () => {
    for (const plan of PLANS) {
      expect(passRiskGate({ ...fits, plan, netLiquidation: usd(1_000_000) }, settings).kind).toBe('approved');
    }
  });
});

describe('the trading state', () => {
  it.each([
    ['ACTIVE', 'OPEN', false, true],
    ['ACTIVE', 'REDUCE', false, true],
    ['REDUCING', 'OPEN', false, false],
    ['REDUCING', 'OPEN', true, false],
    ['REDUCING', 'REDUCE', false, true],
    ['HALTED', 'OPEN', true, false],
    ['HALTED', 'OPEN', false, false],
    ['HALTED', 'REDUCE', false, false],
    ['HALTED', 'REDUCE', true, true],
  ] as const)('%s, %s, override %s: %s', (state, purpose, override, allowed) => {
    expect(tradingStateAllows(state, purpose, override)).toBe(allowed);
  });
});
