/**
 * Builders: turn quoted listed options into a strategy, or report every reason why not.
 *
 * Strikes are chosen by the quoted delta nearest to the target, wings by distance; all on listed contracts. A contract that
 * already has a working order or a holding on the opposite side is avoided, since the broker refuses both sides of one
 * option in an account.
 */

import { daysToExpiry } from 'market-time';
import { defined } from '../defined.js';
import { divideRounded, fromNumber, type Micros } from '../money.js';
import { actionSign, type LegAction, type OptionContract, type Right } from '../option.js';
import type { Quote } from '../quote.js';
import { structureOf } from './names.js';
import { payoffOf, widthOf } from './payoff.js';
import { commonDivisor } from './ratios.js';
import type { StrategySettings } from './settings.js';
import type { StrategyLeg, StrategyPlan, StrategyType } from './strategy.js';

export interface Candidate {
  readonly contract: OptionContract;
  readonly quote: Quote;
}

/** One leg of a custom strategy by its terms; expiry YYYYMMDD. */
export interface LegTerms extends Pick<OptionContract, 'right' | 'strike' | 'expiry'> {
  readonly action: LegAction;
  readonly ratio: number;
}

export interface BuildInput {
  readonly symbol: string;
  readonly strategyType: StrategyType;
  readonly underlyingConId: number;
  readonly underlyingPrice: Micros;
  readonly quantity: number;
  readonly candidates: readonly Candidate[];
  /** Legs by their terms: for `custom`, and for a roll that keeps its strikes. */
  readonly legs?: readonly LegTerms[];
  readonly settings: StrategySettings;
  /** A first read of some of the strikes: takes the nearest, however far, to show where to read every strike. */
  readonly coarse?: true;
  /** Contracts held or worked on one side: the opposite side is avoided. */
  readonly forbidden: ReadonlyMap<number, LegAction>;
  readonly impliedVolatility?: number;
  readonly vix?: number;
  readonly now: number;
}

export type BuildResult =
  | { readonly kind: 'plan'; readonly plan: StrategyPlan }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

type Leg = { readonly candidate: Candidate; readonly action: LegAction; readonly ratio: number };
type Chosen = readonly Leg[] | string;

/**
 * Builds the strategy from one set of quotes. Ratios with a common divisor are reduced to lowest terms and the quantity grows to
 * match: 2:2 is 1:1 with the quantity doubled.
 */
export function buildStrategy(input: BuildInput): BuildResult {
  const chosen = chooseLegs(input);
  if (typeof chosen === 'string') return { kind: 'refused', reasons: [chosen] };
  const unpriced = chosen.filter(
    ({ candidate }) => candidate.quote.bid === undefined && candidate.quote.ask === undefined,
  );
  const reasons = unpriced.map(({ candidate }) => `${describe(candidate.contract)} has no quote.`);
  if (reasons.length > 0) return { kind: 'refused', reasons };
  const divisor = commonDivisor(chosen.map(({ ratio }) => ratio));
  const legs = chosen.map((one) => ({ ...one, ratio: one.ratio / divisor }));
  return { kind: 'plan', plan: planOf({ ...input, quantity: input.quantity * divisor }, legs) };
}

function chooseLegs(input: BuildInput): Chosen {
  if (input.legs !== undefined) return named(input);
  switch (input.strategyType) {
    case 'iron_condor':
      return ironCondor(input);
    case 'bull_put_spread':
      return creditSpread(input, 'PUT');
    case 'bear_call_spread':
      return creditSpread(input, 'CALL');
    case 'bull_call_spread':
      return debitSpread(input, 'CALL');
    case 'bear_put_spread':
      return debitSpread(input, 'PUT');
    case 'long_call':
      return singleLeg(input, 'CALL');
    case 'long_put':
      return singleLeg(input, 'PUT');
    case 'custom':
      return named(input);
  }
}

/** Legs in the order buy put, sell put, sell call, buy call. */
function ironCondor(input: BuildInput): Chosen {
  const { shortDelta, deltaTolerance } = input.settings.ironCondor;
  const puts = shortAndWing(input, 'PUT', shortDelta, deltaTolerance, input.settings.ironCondor);
  if (typeof puts === 'string') return puts;
  const calls = shortAndWing(input, 'CALL', shortDelta, deltaTolerance, input.settings.ironCondor);
  if (typeof calls === 'string') return calls;
  return [...puts, ...calls.toReversed()];
}

/** Buy the wing, sell the nearer strike: a put spread gains when the underlying stays above, a call spread below. */
function creditSpread(input: BuildInput, right: Right): Chosen {
  const { creditSpread: settings } = input.settings;
  return shortAndWing(input, right, settings.shortDelta, settings.deltaTolerance, settings);
}

function shortAndWing(
  input: BuildInput,
  right: Right,
  target: number,
  tolerance: number,
  width: WidthSettings,
): Chosen {
  const short = byDelta(input, right, 'SELL', target, tolerance);
  if (typeof short === 'string') return short;
  const direction = right === 'PUT' ? -1 : 1;
  const long = byDistance(input, right, 'BUY', short.contract.strike, direction, width);
  if (typeof long === 'string') return long;
  return [leg(long, 'BUY'), leg(short, 'SELL')];
}

/** Buy near the money, sell further out: a call spread gains when the underlying rises, a put spread when it falls. */
function debitSpread(input: BuildInput, right: Right): Chosen {
  const { debitSpread: settings } = input.settings;
  const long = byDelta(input, right, 'BUY', settings.longDelta, settings.deltaTolerance);
  if (typeof long === 'string') return long;
  const short = byDistance(input, right, 'SELL', long.contract.strike, right === 'CALL' ? 1 : -1, settings);
  if (typeof short === 'string') return short;
  return [leg(long, 'BUY'), leg(short, 'SELL')];
}

function singleLeg(input: BuildInput, right: Right): Chosen {
  const { delta, deltaTolerance } = input.settings.singleLeg;
  const found = byDelta(input, right, 'BUY', delta, deltaTolerance);
  return typeof found === 'string' ? found : [leg(found, 'BUY')];
}

function named(input: BuildInput): Chosen {
  const terms = input.legs ?? [];
  if (terms.length === 0) return 'A custom strategy needs at least one leg.';
  const legs: Leg[] = [];
  for (const term of terms) {
    const found = input.candidates.find(
      ({ contract }) =>
        contract.right === term.right && contract.strike === term.strike && contract.expiry === term.expiry,
    );
    if (found === undefined) {
      return `${term.right} ${term.strike} of ${term.expiry} is not listed, or shows no live price now.`;
    }
    if (isForbidden(input, found, term.action))
      return `${describe(found.contract)} is held or working on the opposite side.`;
    legs.push({ candidate: found, action: term.action, ratio: term.ratio });
  }
  return legs;
}

/** Listed option of a right whose absolute delta is nearest to the target. */
function byDelta(
  input: BuildInput,
  right: Right,
  action: LegAction,
  target: number,
  tolerance: number,
): Candidate | string {
  const usable = input.candidates
    .filter((one) => one.contract.right === right && one.quote.greeks !== undefined && !isForbidden(input, one, action))
    .map((one) => ({ one, miss: Math.abs(Math.abs(one.quote.greeks?.delta ?? 0) - target) }))
    .sort((a, b) => a.miss - b.miss || a.one.contract.strike - b.one.contract.strike);
  const best = usable[0];
  if (best === undefined) return `No listed ${right.toLowerCase()} with a delta is free to ${action.toLowerCase()}.`;
  if (best.miss > tolerance && !input.coarse) {
    return `The nearest ${right.toLowerCase()} to a delta of ${target} has ${Math.abs(best.one.quote.greeks?.delta ?? 0).toFixed(3)}; ${tolerance} of difference is allowed.`;
  }
  return best.one;
}

interface WidthSettings {
  readonly widthPct: number;
  readonly widthMin: number;
  readonly widthMax: number;
}

/** Listed option of a right nearest to the wanted distance from a strike, on its far side. */
function byDistance(
  input: BuildInput,
  right: Right,
  action: LegAction,
  from: number,
  direction: 1 | -1,
  width: WidthSettings,
): Candidate | string {
  const price = input.underlyingPrice / 1_000_000;
  // The upper clamp is for prices up to a thousand; an index at several thousand has wider strikes.
  const widest = width.widthMax * Math.max(1, price / 1000);
  const wanted = Math.min(widest, Math.max(width.widthMin, price * width.widthPct));
  const beyond = input.candidates
    .filter((one) => one.contract.right === right && (one.contract.strike - from) * direction > 0)
    .map((one) => ({ one, distance: Math.abs(one.contract.strike - from) }));
  const best = beyond
    .filter(({ one }) => !isForbidden(input, one, action))
    .sort((a, b) => Math.abs(a.distance - wanted) - Math.abs(b.distance - wanted) || a.distance - b.distance)[0];
  // Where strikes lie further apart than wanted, the next one is the nearest possible.
  const isNext = best !== undefined && beyond.every(({ distance }) => distance >= best.distance);
  const fits =
    best !== undefined &&
    (Math.abs(best.distance - wanted) <= wanted / 2 || (isNext && best.distance <= widest) || input.coarse);
  if (!fits) return `No listed ${right.toLowerCase()} lies about ${wanted.toFixed(2)} points from ${from}.`;
  return best.one;
}

function isForbidden(input: BuildInput, one: Candidate, action: LegAction): boolean {
  const taken = input.forbidden.get(one.contract.conId);
  return taken !== undefined && taken !== action;
}

function leg(candidate: Candidate, action: LegAction): Leg {
  return { candidate, action, ratio: 1 };
}

function describe(contract: OptionContract): string {
  return `${contract.symbol} ${contract.expiry} ${contract.strike} ${contract.right}`;
}

function planOf(input: BuildInput, chosen: readonly Leg[]): StrategyPlan {
  const legs: StrategyLeg[] = chosen.map(({ candidate, action, ratio }) => ({
    contract: candidate.contract,
    action,
    ratio,
  }));
  const sum = (value: (one: Leg) => number) => chosen.reduce((total, one) => total + one.ratio * value(one), 0);
  // Selling brings money, so a leg's credit is minus its action's sign times its price.
  const netMid = sum((one) => -actionSign(one.action) * midOf(one.candidate.quote));
  const netNatural = sum(({ candidate, action }) =>
    action === 'SELL' ? (candidate.quote.bid ?? 0) : -(candidate.quote.ask ?? candidate.quote.bid ?? 0),
  );
  const expiries = legs.map(({ contract }) => contract.expiry).sort();
  const expiry = expiries[0] ?? '';
  const together = expiries.at(-1) === expiry;
  const multiplier = legs[0]?.contract.multiplier ?? 100;
  const payoff = together ? payoffOf(legs, netMid) : { breakevens: [] };
  return {
    strategyType: input.strategyType,
    structure: structureOf(input.strategyType, legs.length),
    symbol: input.symbol,
    underlyingConId: input.underlyingConId,
    legs,
    quantity: input.quantity,
    multiplier,
    netMid,
    netNatural,
    width: widthOf(legs),
    ...(payoff.maxLoss !== undefined && { maxLoss: payoff.maxLoss * multiplier }),
    ...(payoff.maxProfit !== undefined && { maxProfit: payoff.maxProfit * multiplier }),
    breakevens: payoff.breakevens,
    expiry,
    dte: daysToExpiry(input.now, expiry),
    ...netGreeks(chosen),
    underlyingPrice: input.underlyingPrice,
    ...defined({ impliedVolatility: input.impliedVolatility, vix: input.vix }),
    builtAt: input.now,
    params: Object.fromEntries(
      chosen.map(({ candidate, action }, index) => [
        `leg${index + 1}`,
        `${action} ${candidate.contract.right} ${candidate.contract.strike} delta ${candidate.quote.greeks?.delta.toFixed(3) ?? 'unknown'}`,
      ]),
    ),
  };
}

/** Both or none: a leg without Greeks leaves the combo's unknown. */
function netGreeks(chosen: readonly Leg[]): Pick<StrategyPlan, 'netDelta' | 'netGamma'> {
  let [netDelta, netGamma] = [0, 0];
  for (const { action, ratio, candidate } of chosen) {
    const { greeks } = candidate.quote;
    if (greeks === undefined) return {};
    netDelta += actionSign(action) * ratio * greeks.delta;
    netGamma += actionSign(action) * ratio * greeks.gamma;
  }
  return { netDelta, netGamma };
}

/** Mid of a quote; a one-sided quote counts half its ask, or its bid. */
export function midOf(quote: Pick<Quote, 'bid' | 'ask'>): Micros {
  if (quote.bid !== undefined && quote.ask !== undefined) return divideRounded(quote.bid + quote.ask, 2);
  if (quote.ask !== undefined) return divideRounded(quote.ask, 2);
  return quote.bid ?? fromNumber(0);
}
