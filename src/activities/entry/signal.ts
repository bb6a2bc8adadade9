/** The entry signal: reads the market, evaluates it, and records every check with its number, accepted or not. */

import type { SignalVerdict } from '../../contract/activities.js';
import type { EntryRequest } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { evaluateEntrySignal } from '../../domain/entry/signal.js';
import { sumsOf, whyMissing } from '../../domain/risk/book-checks.js';
import { strategyPremium } from '../../domain/strategy/names.js';
import type { BrokerDeps } from '../context/deps.js';
import { type EntryMarketParts, readEntryMarket } from '../market/entry-market.js';
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

/** The entry is stored before anything is read, and counts for a stepped clock until it has ended. */
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

async function decide(parts: SignalParts, request: EntryRequest): Promise<SignalVerdict> {
  const { deps, book } = parts;
  const { symbol, strategyType } = request;
  const market = await readEntryMarket(parts, symbol);
  const open = await deps.store.executions.get_open_strategies();
  const exposures = await book.exposures(deps.store, open, await book.betasWith(symbol));
  const netLiquidation = await book.netLiquidation();
  const { condorDelta, deltaShare } = sumsOf(exposures, netLiquidation);
  const result = evaluateEntrySignal(
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
  );
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
