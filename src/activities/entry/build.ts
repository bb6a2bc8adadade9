/** Builds the strategy on the listed chain from quotes of one moment, or says why the chain does not hold it. */

import type { Broker } from '../../broker/api.js';
import type { BuildVerdict } from '../../contract/activities.js';
import type { EntryRequest, LegTerms } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { InvalidInput } from '../../domain/errors.js';
import type { LegAction } from '../../domain/option.js';
import { hasEnded } from '../../domain/order/evidence.js';
import { canBePlanned, REQUOTED_MS } from '../../domain/order/possible-net.js';
import { type BuildInput, type BuildResult, buildStrategy, type Candidate } from '../../domain/strategy/build.js';
import type { StrategySettings } from '../../domain/strategy/settings.js';
import { validateStrategy } from '../../domain/strategy/validate.js';
import type { BrokerDeps } from '../context/deps.js';
import { closeTerms, expirationFor, quoteTerms, type Term, thinTerms } from '../market/candidates.js';
import { type EntryMarket, type EntryMarketParts, readEntryMarket } from '../market/entry-market.js';
import { orRefusal, refused } from './refusal.js';
import { settingsWith } from './settings.js';

export interface BuildParts extends EntryMarketParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'stepped'>;
}

/** Wall time between two looks at legs that have no common price yet. */
const LOOK_AGAIN_MS = 200;

export function buildForRequest(parts: BuildParts, request: EntryRequest): Promise<BuildVerdict> {
  return orRefusal(async (): Promise<BuildVerdict> => {
    const settings = settingsWith(parts.deps.settings().strategy, request.set);
    const market = await readEntryMarket(parts, request.symbol);
    if (market.price === undefined) return refused('DATA_MISSING', [`${request.symbol} shows no live price.`]);
    return await buildAt(parts, request, settings, market);
  });
}

/** Builds at a market that was read; `settings` are the request's. */
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
  const { protection } = request;
  return { kind: 'built', plan: { ...result.plan, ...(protection && { protection }) } };
}

/** Legs whose net cannot be a price are being quoted again after a jump: they are read again for as long as that may take. */
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
  const build = (candidates: readonly Candidate[]): BuildResult =>
    buildStrategy(inputOf(request, settings, market, candidates, forbidden));
  if (request.strategyType === 'custom') {
    return build(await quoteTerms(parts.deps.broker, market, customTerms(classes, request.legs ?? [])));
  }
  const { rollDte } = parts.deps.settings().rules.dteRoll;
  const expiration = expirationFor(classes, market.now, settings, rollDte);
  if ('refused' in expiration) return { kind: 'refused', reasons: [expiration.refused] };
  const thin = build(await quoteTerms(parts.deps.broker, market, thinTerms(expiration, market)));
  if (thin.kind === 'refused') return thin;
  const chosen = thin.plan.legs.map(({ contract }) => contract);
  const close = build(await quoteTerms(parts.deps.broker, market, closeTerms(expiration, chosen)));
  return close.kind === 'plan' ? close : thin;
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

/** A person's legs name expiry, strike and right; the class is the standard one that lists them. */
function customTerms(
  classes: Awaited<ReturnType<Broker['optionClasses']>>,
  legs: readonly LegTerms[],
): readonly Term[] {
  return legs.flatMap(({ right, strike, expiry }) => {
    const listed = classes.find(
      (one) => one.multiplier === 100 && one.expirations.includes(expiry) && one.strikes.includes(strike),
    );
    if (listed === undefined) return [];
    return [{ right, strike, expiry, tradingClass: listed.tradingClass, multiplier: listed.multiplier }];
  });
}

/** Contracts held or worked, with their side: the broker refuses both sides of one option in an account. */
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
