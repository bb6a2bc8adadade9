/**
 * The risk gate of an entry: every limit is checked and reported with its number. An entry with missing data is refused, and the refusal
 * names them. Reducing orders never come here.
 */
import { type Check, failed, passedWhen } from '../entry/check.js';
import { formatMoney, type Micros } from '../money.js';
import { nakedShorts } from '../strategy/payoff.js';
import type { StrategyPlan } from '../strategy/strategy.js';
import { symbolOf } from '../symbol.js';
import type { RiskSettings } from './settings.js';
import { type TradingState, tradingStateAllows } from './trading-state.js';

/** Amounts are money in micros; an absent one is missing data. */
export interface RiskGateInput {
  readonly plan: StrategyPlan;
  readonly netLiquidation?: Micros | undefined;
  readonly buyingPower?: Micros | undefined;
  /** The broker's preview; `reason`: its text when it has no figures. */
  readonly whatIf: { readonly initMarginChange?: Micros | undefined; readonly reason?: string | undefined };
  /** Initial margin of other entries that the buying power does not show yet; absent when one of them is unknown. */
  readonly pendingMargin: Micros | undefined;
  /** Sum of the maximum losses of the open positions; absent when one of them is unlimited or unknown. */
  readonly openMaxLoss?: Micros | undefined;
  /** The account's result of the day, unrealised included; negative is a loss. */
  readonly todaysResult: Micros | undefined;
  readonly openPositions: number;
  readonly tradingState: TradingState;
}

export type RiskVerdict =
  | { readonly kind: 'approved'; readonly checks: readonly Check[] }
  | { readonly kind: 'refused'; readonly checks: readonly Check[]; readonly reasons: readonly string[] };

/** All limits, none skipped because another failed. Bounds are inclusive, except the daily loss, which must stay above its own. */
export function passRiskGate(input: RiskGateInput, settings: RiskSettings): RiskVerdict {
  const checks = [
    tradingState(input),
    symbol(input, settings),
    quantity(input, settings),
    openPositions(input, settings),
    nakedShort(input, settings),
    ...maxLoss(input, settings),
    margin(input, settings),
    dailyLoss(input, settings),
  ];
  const reasons = checks.filter((check) => !check.passed).map((check) => check.text);
  return reasons.length === 0 ? { kind: 'approved', checks } : { kind: 'refused', checks, reasons };
}

function tradingState({ tradingState: state }: RiskGateInput): Check {
  return passedWhen(tradingStateAllows(state, 'OPEN', false), {
    name: 'trading_state',
    text: `Trading is ${state}; entries need ACTIVE.`,
    value: state,
    bound: 'ACTIVE',
  });
}

function symbol({ plan }: RiskGateInput, { symbols }: RiskSettings): Check {
  const list = symbols.length === 0 ? 'any' : symbols.join(', ');
  return passedWhen(symbols.length === 0 || symbols.some((one) => symbolOf(one) === plan.symbol), {
    name: 'symbol',
    text: `The underlying is ${plan.symbol}; allowed: ${list}.`,
    value: plan.symbol,
    bound: list,
  });
}

function quantity({ plan }: RiskGateInput, { quantityMax }: RiskSettings): Check {
  return passedWhen(Number.isInteger(plan.quantity) && plan.quantity >= 1 && plan.quantity <= quantityMax, {
    name: 'quantity',
    text: `${plan.quantity} combos are to be opened; 1 to ${quantityMax} are allowed.`,
    value: plan.quantity,
    bound: `1 to ${quantityMax}`,
  });
}

function openPositions({ openPositions: open }: RiskGateInput, { positionsMax }: RiskSettings): Check {
  return passedWhen(open < positionsMax, {
    name: 'open_positions',
    text: `${open} positions are open; an entry needs fewer than ${positionsMax}.`,
    value: open,
    bound: `< ${positionsMax}`,
  });
}

function nakedShort({ plan }: RiskGateInput, { allowNakedShorts }: RiskSettings): Check {
  const { calls, puts } = nakedShorts(plan.legs);
  return passedWhen(allowNakedShorts || calls + puts === 0, {
    name: 'naked_shorts',
    text: `${calls} short calls and ${puts} short puts of a combo are uncovered; ${allowNakedShorts ? 'this is allowed' : 'none may be'}.`,
    value: calls + puts,
    bound: allowNakedShorts ? 'any' : '0',
  });
}

function maxLoss(input: RiskGateInput, settings: RiskSettings): readonly Check[] {
  const { plan, netLiquidation, openMaxLoss } = input;
  const each = plan.maxLoss === undefined ? undefined : plan.maxLoss * plan.quantity;
  const all = each === undefined || openMaxLoss === undefined ? undefined : openMaxLoss + each;
  const loss = (name: string, what: string, value: Micros | undefined, missing: string, pct: number): Check => {
    const bound = `<= ${percent(pct)} of net liquidation`;
    if (value === undefined) return failed(name, missing, bound);
    if (netLiquidation === undefined) return failed(name, 'The net liquidation value is missing.', bound);
    const limit = Math.floor(netLiquidation * pct);
    return passedWhen(value <= limit, {
      name,
      text: `${what} can lose ${formatMoney(value)}; ${percent(pct)} of net liquidation are ${formatMoney(limit)}.`,
      value: formatMoney(value),
      bound: `<= ${formatMoney(limit)}`,
    });
  };
  const unlimited = 'The maximum loss of the strategy is unlimited or unknown.';
  return [
    loss('max_loss_position', 'The position', each, unlimited, settings.maxLossPerPositionPct),
    loss(
      'max_loss_total',
      'All positions together',
      all,
      each === undefined ? unlimited : 'The maximum loss of the open positions is missing.',
      settings.maxLossTotalPct,
    ),
  ];
}

function margin(
  { whatIf: { initMarginChange, reason }, buyingPower, pendingMargin: pending }: RiskGateInput,
  { buyingPowerUsePct }: RiskSettings,
): Check {
  const name = 'buying_power';
  const bound = `<= ${percent(buyingPowerUsePct)} of buying power`;
  if (initMarginChange === undefined)
    return failed(name, `The broker's margin estimate is missing${reason ? `: ${reason}` : '.'}`, bound);
  if (buyingPower === undefined) return failed(name, 'The buying power is missing.', bound);
  if (pending === undefined)
    return failed(name, 'The initial margin of an entry that is being opened is missing.', bound);
  const limit = Math.floor(buyingPower * buyingPowerUsePct);
  const others = pending === 0 ? '' : `, entries that are being opened take ${formatMoney(pending)}`;
  return passedWhen(initMarginChange + pending <= limit, {
    name,
    text: `The order takes ${formatMoney(initMarginChange)} of initial margin${others}; ${percent(buyingPowerUsePct)} of buying power are ${formatMoney(limit)}.`,
    value: formatMoney(initMarginChange + pending),
    bound: `<= ${formatMoney(limit)}`,
  });
}

function dailyLoss(input: RiskGateInput, { dailyLossPct }: RiskSettings): Check {
  const { todaysResult: today, netLiquidation } = input;
  const name = 'daily_loss';
  const bound = `> -${percent(dailyLossPct)} of net liquidation`;
  if (today === undefined) return failed(name, "The day's profit and loss is missing.", bound);
  if (netLiquidation === undefined) return failed(name, 'The net liquidation value is missing.', bound);
  const limit = -Math.floor(netLiquidation * dailyLossPct);
  return passedWhen(today > limit, {
    name,
    text: `The day stands at ${formatMoney(today)}; entries end at ${formatMoney(limit)}.`,
    value: formatMoney(today),
    bound: `> ${formatMoney(limit)}`,
  });
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`;
}
