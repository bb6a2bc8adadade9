/**
 * Market quality of a built strategy: a net that is a possible price, enough credit for its width, and legs that can be traded out of
 * again.
 */
import { formatMoney, fromNumber, type Micros } from '../money.js';
import { canBePlanned, payoffRange } from '../order/net-bounds.js';
import type { StrategyPlan } from '../strategy/strategy.js';
import { type Check, failed, notApplicable, passedWhen } from './check.js';
import type { EntrySettings } from './settings.js';

export interface LegMarket {
  /** How the leg is named in the report. */
  readonly label: string;
  readonly bid?: Micros | undefined;
  readonly ask?: Micros | undefined;
  readonly openInterest?: number | undefined;
}

export interface QualityInput {
  readonly plan: StrategyPlan;
  readonly legs: readonly LegMarket[];
}

/**
 * One check for the net, one for the credit, two per leg; bounds are inclusive. A leg without both prices or without open interest fails.
 */
export function checkQuality(input: QualityInput, settings: EntrySettings): readonly Check[] {
  return [
    checkNet(input.plan),
    creditOfWidth(input.plan, settings),
    ...input.legs.flatMap((leg) => [legSpread(leg, settings), openInterest(leg, settings)]),
  ];
}

/** Name of the check that cannot be ignored. */
export const NET_OF_LEGS = 'net_of_legs';

/** Quotes of different moments can add up to more than the structure can ever be worth, or to less than nothing: their net is no price. */
function checkNet(plan: StrategyPlan): Check {
  const { legs, netMid } = plan;
  const name = NET_OF_LEGS;
  const range = payoffRange(legs);
  if (range === undefined)
    return notApplicable(name, 'A single leg, or legs of several expirations, have no common payoff.', 'any');
  const { lowest, highest } = range;
  const bounds = [
    ...(lowest === undefined ? [] : [`at least ${formatMoney(lowest)}`]),
    ...(highest === undefined ? [] : [`at most ${formatMoney(highest)}`]),
  ];
  const bound = bounds.length === 0 ? 'any price' : bounds.join(', ');
  const price = `${netMid > 0 ? 'a credit' : 'a debit'} of ${formatMoney(Math.abs(netMid))}`;
  return passedWhen(canBePlanned(plan), {
    name,
    text: `The legs' quotes give ${price} per share; the structure can be worth ${bound}.`,
    value: formatMoney(netMid),
    bound,
  });
}

function creditOfWidth({ netMid, width }: StrategyPlan, { creditOfWidthMin }: EntrySettings): Check {
  const name = 'credit_of_width';
  const bound = `>= ${creditOfWidthMin}`;
  if (netMid <= 0) return notApplicable(name, 'The strategy is opened for a debit.', bound);
  if (width <= 0) return notApplicable(name, 'The strategy has no width.', bound);
  const value = netMid / width;
  return passedWhen(value >= creditOfWidthMin, {
    name,
    text: `The credit ${formatMoney(netMid)} is ${(value * 100).toFixed(1)} % of the width ${formatMoney(width)}; ${(creditOfWidthMin * 100).toFixed(1)} % are needed.`,
    value,
    bound,
  });
}

/** Ask less bid within max(legSpreadMin, legSpreadPct of mid). */
function legSpread({ label, bid, ask }: LegMarket, settings: EntrySettings): Check {
  const name = 'leg_spread';
  const { legSpreadMin, legSpreadPct } = settings;
  const bound = `<= max(${legSpreadMin}, ${legSpreadPct} of mid)`;
  if (bid === undefined || ask === undefined) {
    return failed(name, `${label} is not quoted on both sides.`, bound);
  }
  const widest = Math.max(fromNumber(legSpreadMin), Math.round(((bid + ask) / 2) * legSpreadPct));
  const spread = ask - bid;
  return passedWhen(spread >= 0 && spread <= widest, {
    name,
    text: `${label} is quoted ${formatMoney(bid)} to ${formatMoney(ask)}; a spread of ${formatMoney(widest)} is allowed.`,
    value: formatMoney(spread),
    bound: `<= ${formatMoney(widest)}`,
  });
}

function openInterest({ label, openInterest: value }: LegMarket, { openInterestMin }: EntrySettings): Check {
  const name = 'open_interest';
  const bound = `>= ${openInterestMin}`;
  if (value === undefined) return failed(name, `The open interest of ${label} is missing.`, bound);
  return passedWhen(value >= openInterestMin, {
    name,
    text: `${label} has an open interest of ${value}; ${openInterestMin} are needed.`,
    value,
    bound,
  });
}
