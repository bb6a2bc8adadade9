/**
 * What a position adds to the Greeks of the book. An opening that may still fill counts in full; any other position by its
 * holdings. Greeks that are absent or too old are missing, never zero.
 */
import { defined } from '../defined.js';
import { MICROS_PER_DOLLAR, type Micros } from '../money.js';
import { isBroken } from '../position/broken.js';
import type { ExecutionStatus } from '../position/status.js';
import type { LegHolding } from '../position/unbalanced.js';
import type { StrategyPlan, Structure } from '../strategy/strategy.js';

/** The stored data of a position that count here. */
export interface CountedPosition {
  readonly positionId: string;
  readonly status: ExecutionStatus;
  readonly quantity: number;
  readonly openCombos: number;
  readonly multiplier: number;
  readonly legs: readonly LegHolding[];
  /** Signed shares of the underlying. */
  readonly shares: number;
  readonly plan: StrategyPlan;
  readonly createdAt: number;
  readonly fillTime?: number;
  /** When its opening ended; absent: it may still fill. */
  readonly openingEndedAt?: number;
}

/** The Greeks of a position from its last watch. */
export interface SeenGreeks {
  /** Market time, epoch ms. */
  readonly at: number;
  /** One combo, per share. */
  readonly delta?: number;
  readonly gamma?: number;
  /** Everything held, in shares, the underlying's shares with a delta of 1 each; used for a broken position. */
  readonly shareDelta?: number;
  readonly shareGamma?: number;
  readonly underlying?: Micros;
  readonly profitPct?: number;
}

/** Dollars are micros. */
export interface Exposure {
  readonly positionId: string;
  readonly symbol: string;
  readonly structure: Structure;
  /** Combos that count; 0 for a broken position, which is no multiple of a combo. */
  readonly combos: number;
  /** Delta of one combo, per share. */
  readonly deltaPerCombo?: number;
  /** Delta x price of the underlying, all contracts together. */
  readonly dollarDelta?: Micros;
  /** Change of the dollar delta for a move of the underlying by 1 %. */
  readonly dollarGamma?: Micros;
  /** Change of the underlying in per cent for one per cent of SPY. */
  readonly beta?: number;
  /** A sentence that says why a figure is absent. */
  readonly missing?: string;
}

export interface ExposureTerms {
  readonly beta: number | undefined;
  /** Market time, epoch ms, and the age beyond which Greeks do not count. */
  readonly now: number;
  readonly freshMs: number;
}

export type Counted = Pick<CountedPosition, 'status' | 'openingEndedAt' | 'quantity' | 'openCombos'>;

/** The opening may still fill. */
export function isOpening({ status, openingEndedAt }: Counted): boolean {
  return status === 'PENDING' || (status === 'PARTIAL' && openingEndedAt === undefined);
}

/** Combos that count against limits: all of an opening that may still fill, else the open ones. */
export function countedCombos(position: Counted): number {
  return isOpening(position) ? Math.max(position.quantity, position.openCombos) : position.openCombos;
}

/** What is held is no multiple of a combo; while an opening may still fill, that means nothing. */
export function isBrokenNow(position: CountedPosition): boolean {
  return !isOpening(position) && isBroken(position);
}

/** The plan's Greeks stand in for an opening that no watch has seen, and for a position that has just filled. */
export function exposureOf(position: CountedPosition, seen: SeenGreeks | undefined, terms: ExposureTerms): Exposure {
  const { positionId, plan, multiplier } = position;
  const broken = isBrokenNow(position);
  const combos = broken ? 0 : countedCombos(position);
  const greeks = greeksOf(position, seen, terms);
  const { underlying } = greeks ?? {};
  const delta = broken ? undefined : greeks?.delta;
  const shareDelta = broken ? greeks?.shareDelta : times(delta, combos * multiplier);
  const shareGamma = broken ? greeks?.shareGamma : times(greeks?.gamma, combos * multiplier);
  const dollarDelta = roundedProduct(shareDelta, underlying);
  const onePercent = underlying === undefined ? undefined : (underlying / MICROS_PER_DOLLAR) * 0.01;
  const dollarGamma = roundedProduct(times(shareGamma, onePercent), underlying);
  const isKnown = dollarDelta !== undefined && dollarGamma !== undefined;
  const { beta } = terms;
  const missing = isKnown ? betaMissing(plan.symbol, beta) : greeksMissing(positionId, seen, terms);
  return {
    ...{ positionId, symbol: plan.symbol, structure: plan.structure, combos },
    ...defined({ deltaPerCombo: delta, dollarDelta, dollarGamma, beta, missing }),
  };
}

/** What an entry would add. */
export function exposureOfPlan(positionId: string, plan: StrategyPlan, beta: number | undefined): Exposure {
  const { quantity, multiplier, builtAt } = plan;
  const nothing = { openCombos: 0, legs: [], shares: 0 };
  const position = {
    positionId,
    status: 'PENDING',
    quantity,
    multiplier,
    plan,
    createdAt: builtAt,
    ...nothing,
  } as const;
  const { missing, ...exposure } = exposureOf(position, undefined, {
    beta,
    now: builtAt,
    freshMs: 0,
  });
  const noGreeks = plan.netDelta === undefined || plan.netGamma === undefined;
  return {
    ...exposure,
    ...defined({ missing: noGreeks ? 'The broker gives no Greeks of a leg of the entry.' : missing }),
  };
}

function greeksOf(
  position: CountedPosition,
  seen: SeenGreeks | undefined,
  { now, freshMs }: ExposureTerms,
): SeenGreeks | undefined {
  const isFresh = seen !== undefined && now - seen.at <= freshMs;
  if (isFresh && (isBrokenNow(position) ? seen.shareDelta : seen.delta) !== undefined) return seen;
  const since = position.fillTime ?? position.createdAt;
  if (!isOpening(position) && now - since > freshMs) return undefined;
  const { netDelta, netGamma, underlyingPrice } = position.plan;
  return { at: since, underlying: underlyingPrice, ...defined({ delta: netDelta, gamma: netGamma }) };
}

function greeksMissing(positionId: string, seen: SeenGreeks | undefined, { now, freshMs }: ExposureTerms): string {
  if (seen === undefined) return `${positionId} has no Greeks yet: no watch has seen them.`;
  const age = Math.ceil((now - seen.at) / 1000);
  if (now - seen.at <= freshMs) return `${positionId} has no Greeks: the broker gives none for one of its legs.`;
  return `The Greeks of ${positionId} are ${age} s old; ${Math.round(freshMs / 1000)} s are allowed.`;
}

function betaMissing(symbol: string, beta: number | undefined): string | undefined {
  if (beta !== undefined) return undefined;
  return `The beta of ${symbol} against SPY is missing: the broker gave no year of daily bars. Set risk.betas.${symbol} to go without them.`;
}

function times(value: number | undefined, factor: number | undefined): number | undefined {
  return value === undefined || factor === undefined ? undefined : value * factor;
}

function roundedProduct(value: number | undefined, price: Micros | undefined): Micros | undefined {
  return value === undefined || price === undefined ? undefined : Math.round(value * price) + 0;
}
