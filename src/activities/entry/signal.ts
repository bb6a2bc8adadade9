/** The entry signal: reads the market, evaluates it, and records every check with its number, accepted or not. */

import type { SignalVerdict } from '../../contract/activities.js';
import type { EntryRequest } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { type EntrySignal, evaluateEntrySignal } from '../../domain/entry/signal.js';
import { sumsOf, whyMissing } from '../../domain/risk/book-checks.js';
import { strategyPremium } from '../../domain/strategy/names.js';
import type { BrokerDeps } from '../context/deps.js';
import { type EntryMarket, type EntryMarketParts, readEntryMarket } from '../market/entry-market.js';
import type { Book } from '../positions/book-delta.js';
import { orRefusal, refused } from './refusal.js';

export interface SignalParts extends EntryMarketParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'configHash' | 'settings' | 'store'>;
  readonly book: Pick<Book, 'betasWith' | 'exposures' | 'netLiquidation'>;
}

export async function evaluateSignal(
  parts: SignalParts,
  input: { readonly request: EntryRequest; readonly signalOnly: boolean },
): Promise<SignalVerdict> {
  const { request, signalOnly } = input;
  const { clock } = parts.deps.broker;
  const release = clock.hold(request.entryId);
  try {
    if (!signalOnly) await openEntry(parts, request);
    return await orRefusal(() => decide(parts, request));
  } finally {
    release();
  }
}

/** The entry is stored before anything is read. A stepped clock waits for it until it has ended. */
async function openEntry(parts: SignalParts, request: EntryRequest): Promise<void> {
  const { store, broker } = parts.deps;
  const { entryId, symbol, strategyType } = request;
  broker.clock.join(entryId);
  if ((await store.entries.get(entryId)) !== undefined) return;
  const at = broker.clock.now();
  await store.entries.save({
    entryId,
    workflowId: `entry-${entryId}`,
    symbol,
    strategyType,
    status: 'DECIDING',
    reasons: [],
    createdAt: at,
    updatedAt: at,
  });
}

/** The signal for a market that has been read. A roll is exempt from the IV band and leaves room for itself. */
export async function signalAt(
  { deps, book }: Pick<SignalParts, 'deps' | 'book'>,
  { symbol, strategyType }: Pick<EntryRequest, 'symbol' | 'strategyType'>,
  market: EntryMarket,
  rolledFrom?: string,
): Promise<EntrySignal> {
  const rows = await deps.store.executions.get_open_strategies();
  const open = rows.filter(({ positionId }) => positionId !== rolledFrom);
  const exposures = await book.exposures(deps.store, open, await book.betasWith(symbol));
  const netLiquidation = await book.netLiquidation();
  const { condorDelta, deltaShare } = sumsOf(exposures, netLiquidation);
  return evaluateEntrySignal(
    {
      premium: strategyPremium(strategyType),
      ivHistory: market.ivHistory,
      openInSymbol: open.filter((row) => row.symbol === symbol).length,
      bookMissing: whyMissing(exposures, netLiquidation),
      session: market.session,
      ...defined({
        impliedVolatility: market.impliedVolatility,
        vix: market.vix,
        vixAgeMs: market.vixAgeMs,
        portfolioDelta: condorDelta,
        dollarDeltaShare: deltaShare,
        underlyingPrice: market.price,
        underlyingAgeMs: market.priceAgeMs,
      }),
    },
    deps.settings().entry,
    rolledFrom === undefined ? 'entry' : 'roll',
  );
}

async function decide(parts: SignalParts, request: EntryRequest): Promise<SignalVerdict> {
  const { deps } = parts;
  const { symbol, strategyType } = request;
  const market = await readEntryMarket(parts, symbol);
  const result = await signalAt(parts, request, market);
  await deps.store.decisions.append({
    subjectId: request.entryId,
    kind: 'entry',
    action: 'HOLD',
    urgency: 'NORMAL',
    rule: result.accepted ? 'entry_signal_accepted' : 'entry_signal_refused',
    reason: result.accepted ? `The signal accepts ${symbol} ${strategyType}.` : result.reasons.join(' '),
    metadata: Object.fromEntries(result.checks.map((check) => [check.name, check.value])),
    at: market.now,
    inputs: { request, checks: result.checks },
    configHash: deps.configHash(),
    skipped: [],
  });
  if (result.accepted || request.ignoreSignal) return { kind: 'accepted', checks: result.checks };
  return refused('SIGNAL_REFUSED', result.reasons, result.checks);
}
