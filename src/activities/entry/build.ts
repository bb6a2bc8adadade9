/** Builds the strategy on the listed chain from quotes of one moment, or says why the chain has no such legs. */

import type { Broker } from '../../broker/api.js';
import type { BuildVerdict } from '../../contract/activities.js';
import type { EntryRequest } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { InvalidInput } from '../../domain/errors.js';
import { parseMoney } from '../../domain/money.js';
import type { LegAction } from '../../domain/option.js';
import { hasEnded } from '../../domain/order/evidence.js';
import { signedLimit } from '../../domain/order/money-side.js';
import { canBePlanned, REQUOTED_MS } from '../../domain/order/net-bounds.js';
import { type BuildInput, type BuildResult, buildStrategy, type Candidate } from '../../domain/strategy/build.js';
import { commonDivisor } from '../../domain/strategy/ratios.js';
import type { StrategySettings } from '../../domain/strategy/settings.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';
import { validateStrategy } from '../../domain/strategy/validate.js';
import type { BrokerDeps } from '../context/deps.js';
import { closeTerms, expirationFor, quoteTerms, thinTerms } from '../market/candidates.js';
import { type EntryMarket, type EntryMarketParts, readEntryMarket } from '../market/entry-market.js';
import { customTerms } from './custom-terms.js';
import { orRefusal, refused } from './refusal.js';
import { settingsWith } from './settings.js';

export interface BuildParts extends EntryMarketParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'stepped'>;
}

/** Wall time between two reads of legs that do not yet have a consistent price. */
const LOOK_AGAIN_MS = 200;

export function buildForRequest(parts: BuildParts, request: EntryRequest): Promise<BuildVerdict> {
  return orRefusal(async (): Promise<BuildVerdict> => {
    requireLowestTerms(request);
    const settings = settingsWith(parts.deps.settings().strategy, request.set);
    const market = await readEntryMarket(parts, request.symbol);
    if (market.price === undefined) return refused('DATA_MISSING', [`${request.symbol} shows no live price.`]);
    const verdict = await buildAt(parts, request, settings, market);
    if (verdict.kind === 'built') requireSide(request, verdict.plan);
    return verdict;
  });
}

/** A fixed net price is for one combination. Reducing the ratios would give it another meaning than the person intended. */
function requireLowestTerms({ legs = [], pricing, quantity }: EntryRequest): void {
  const divisor = commonDivisor(legs.map(({ ratio }) => ratio));
  if (divisor === 1 || legs.length === 1 || pricing.kind !== 'limit') return;
  const lowest = legs.map(({ ratio }) => ratio / divisor).join(':');
  const asked = legs.map(({ ratio }) => ratio).join(':');
  throw new InvalidInput(
    'leg ratios',
    asked,
    `${lowest} with quantity ${quantity * divisor} and the limit price of one such combo`,
  );
}

/** A fixed net price needs its side, credit or debit, when the legs can be worth either sign. */
function requireSide({ pricing }: EntryRequest, { legs }: StrategyPlan): void {
  if (pricing.kind !== 'limit') return;
  const { price, side } = pricing;
  const limit = signedLimit(legs, 'OPEN', { price: parseMoney(price), ...(side && { side }) });
  if (typeof limit === 'object')
    throw new InvalidInput('limit price', price, `${price}cr or ${price}db: ${limit.refused}`);
}

/** Builds on a market that has been read; `settings` are those of the request. */
export async function buildAt(
  parts: BuildParts,
  request: EntryRequest,
  settings: StrategySettings,
  market: EntryMarket,
): Promise<BuildVerdict> {
  const result = await buildPriced(parts, request, settings, market);
  if (result.kind === 'refused') return refused('NO_SUITABLE_CONTRACT', result.reasons);
  const wrong = validateStrategy(result.plan);
  if (wrong.length > 0) return refused('NO_SUITABLE_CONTRACT', wrong);
  const { protection, set } = request;
  const asked = { ...(protection && { protection }), ...(Object.keys(set).length > 0 && { set }) };
  return { kind: 'built', plan: { ...result.plan, ...asked } };
}

/** Legs whose net cannot be a price are being requoted after a jump. They are read again for as long as that may take. */
async function buildPriced(
  parts: BuildParts,
  request: EntryRequest,
  settings: StrategySettings,
  market: EntryMarket,
): Promise<BuildResult> {
  const { broker, stepped } = parts.deps;
  const requoted = broker.clock.now() + REQUOTED_MS;
  for (;;) {
    const result = await lookAndBuild(parts, request, settings, market);
    if (result.kind !== 'plan' || canBePlanned(result.plan)) return result;
    if (stepped() || broker.clock.now() >= requoted) return result;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function lookAndBuild(
  parts: BuildParts,
  request: EntryRequest,
  settings: StrategySettings,
  market: EntryMarket,
): Promise<BuildResult> {
  const classes = await parts.deps.broker.optionClasses(market.underlying);
  if (classes.length === 0)
    throw new InvalidInput('symbol', request.symbol, 'an underlying with listed options', 'UNKNOWN_SYMBOL');
  const forbidden = await takenSides(parts.deps.broker);
  const build = (candidates: readonly Candidate[], coarse?: true): BuildResult =>
    buildStrategy({ ...inputOf(request, settings, market, candidates, forbidden), ...(coarse && { coarse }) });
  if (request.strategyType === 'custom' || request.legs !== undefined) {
    const { terms, unusable } = await customTerms(parts.deps.broker, market, classes, request.legs ?? [], settings);
    if (unusable.length > 0) return { kind: 'refused', reasons: unusable };
    return build(await quoteTerms(parts.deps.broker, market, terms, settings));
  }
  const expiration = await expirationFor(parts.deps, market, classes, settings);
  if ('refused' in expiration) return { kind: 'refused', reasons: [expiration.refused] };
  const candidates = await quoteTerms(parts.deps.broker, market, thinTerms(expiration, market), settings);
  const thin = build(candidates, true);
  if (thin.kind === 'refused') return thin;
  const chosen = thin.plan.legs.map(({ contract }) => contract);
  const close = build(await quoteTerms(parts.deps.broker, market, closeTerms(expiration, chosen), settings));
  if (close.kind === 'plan') return close;
  const alone = build(candidates);
  return alone.kind === 'plan' ? alone : close;
}

function inputOf(
  request: EntryRequest,
  settings: StrategySettings,
  market: EntryMarket,
  candidates: readonly Candidate[],
  forbidden: ReadonlyMap<number, LegAction>,
): BuildInput {
  return {
    symbol: request.symbol,
    strategyType: request.strategyType,
    underlyingConId: market.underlying.conId,
    underlyingPrice: market.price ?? 0,
    quantity: request.quantity,
    candidates,
    ...(request.legs && { legs: request.legs }),
    settings,
    forbidden,
    ...defined({ impliedVolatility: market.impliedVolatility, vix: market.vix }),
    now: market.now,
  };
}

/** Contracts held or being worked, with their side: the broker refuses both sides of one option in an account. */
export async function takenSides(
  broker: Pick<Broker, 'positions' | 'orders'>,
): Promise<ReadonlyMap<number, LegAction>> {
  const [positions, open] = await Promise.all([broker.positions(), broker.orders.openOrders()]);
  const taken = new Map<number, LegAction>();
  for (const row of positions.rows) if (row.quantity !== 0) taken.set(row.conId, row.quantity > 0 ? 'BUY' : 'SELL');
  for (const order of open.rows.filter(({ status }) => !hasEnded(status))) {
    for (const leg of order.legs) taken.set(leg.conId, leg.action);
    if (order.conId > 0) taken.set(order.conId, order.action);
  }
  return taken;
}
