/**
 * The limits of the account, the book and the symbol for an entry. They are checked when it is approved, and again in the transaction
 * that commits its first order as sent.
 */
import type { Refusal } from '../../contract/activities.js';
import type { Check, EntryRequest } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { positionsInSymbol } from '../../domain/entry/signal.js';
import { foldPosition } from '../../domain/position/ledger.js';
import { bookChecks } from '../../domain/risk/book-checks.js';
import { countedCombos, exposureOfPlan } from '../../domain/risk/exposure.js';
import { passRiskGate, type RiskGateInput } from '../../domain/risk/gate.js';
import { isPending, marginOf, type PendingRow, pendingMargin } from '../../domain/risk/pending-margin.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';
import type { OpeningTables, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existing } from '../context/existing.js';
import type { Admission } from '../orders/send.js';
import type { Book } from '../positions/book-delta.js';
import { refused } from './refusal.js';
import { todaysResult } from './todays-result.js';

/** The broker tells the time of a fill in whole seconds: it came up to so much later. */
const FILL_TIME_MS = 1_000;

export interface LimitParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>;
  readonly book: Pick<Book, 'account' | 'accountNow' | 'betasWith' | 'exposures'>;
}

/** The broker's estimate, or the value used instead. */
export interface Margin {
  readonly initMarginChange?: number;
  /** Why there is no figure. */
  readonly reason?: string;
  readonly notTaken?: true;
}

interface Asked {
  readonly request: EntryRequest;
  readonly plan: StrategyPlan;
  readonly rolledFrom?: string;
}

interface Found {
  /** The id that the position would have, so that a repeated step does not count itself. */
  readonly positionId: string;
  readonly margin: Margin;
  readonly quality: readonly Check[];
}

export interface LimitVerdict {
  readonly checks: readonly Check[];
  readonly refusal?: Refusal;
}

/** What an entry is measured by, besides everything else that counts. */
interface Measured {
  readonly positionId: string;
  readonly plan: StrategyPlan;
  /** Which of the other open positions count. */
  readonly counts: (row: PositionRow) => boolean;
  /** The signal's own limit does not apply to it. */
  readonly looksPast: boolean;
  readonly account: Pick<RiskGateInput, 'netLiquidation' | 'buyingPower' | 'whatIf'>;
  /** Market time at which the buying power was read, epoch ms. */
  readonly readAt: number;
  readonly betas: ReadonlyMap<string, number>;
}

/** The limits of the account and the symbol, counting everything that is open or being opened now. */
export async function checkLimits(
  parts: LimitParts,
  { plan, request, rolledFrom }: Asked,
  { positionId, margin, quality }: Found,
): Promise<LimitVerdict> {
  const { store } = parts.deps;
  const { readAt, ...money } = await parts.book.accountNow();
  const held = await measure(parts, store, {
    ...{ positionId, plan },
    counts: (row) => row.positionId !== rolledFrom,
    looksPast: rolledFrom !== undefined || request.ignoreSignal,
    account: { ...money, whatIf: margin },
    readAt,
    betas: await parts.book.betasWith(plan.symbol),
  });
  const checks = [...quality, ...held.checks];
  if (held.code === undefined) return { checks };
  const [only] = held.failed;
  const shown = held.code === 'SIGNAL_REFUSED' && only !== undefined ? [...checks, only] : checks;
  return {
    checks,
    refusal: refused(
      held.code,
      held.failed.map(({ text }) => text),
      shown,
    ),
  };
}

/**
 * The same limits for the first order of a position that is about to be sent. Each counts the orders sent before it, and those still
 * waiting are checked in their turn. So of many entries approved at once, no more leave than the limits allow.
 */
export async function admission(parts: LimitParts, positionId: string): Promise<Admission> {
  const { symbol } = await existing(parts.deps.store, positionId);
  const betas = await parts.book.betasWith(symbol);
  const { readAt, ...money } = await parts.book.account();
  return async (tables) => {
    const present = await tables.executions.get_execution(positionId);
    if (present === undefined) return undefined;
    const open = await tables.executions.get_open_strategies();
    const sent = await tables.intents.everSent(open.map((one) => one.positionId));
    if (sent.has(positionId) || present.openedCombos > 0) return undefined;
    const { failed, code } = await measure(parts, tables, {
      ...{ positionId, plan: present.plan },
      counts: (one) => one.status !== 'PENDING' || sent.has(one.positionId),
      looksPast: present.rolledFrom !== undefined || present.ignoresSignal === true,
      account: { ...money, whatIf: defined({ initMarginChange: marginOf(present.plan) }) },
      ...{ readAt, betas },
    });
    return code && { code, reason: failed.map(({ text }) => text).join(' ') };
  };
}

interface Held {
  readonly checks: readonly Check[];
  readonly failed: readonly Check[];
  readonly code?: 'TRADING_HALTED' | 'RISK_REFUSED' | 'SIGNAL_REFUSED';
}

async function measure(parts: LimitParts, tables: OpeningTables, entry: Measured): Promise<Held> {
  const { risk, entry: settings } = parts.deps.settings();
  const open = await tables.executions.get_open_strategies();
  const others = open.filter((row) => row.positionId !== entry.positionId && entry.counts(row));
  const { plan, account, betas } = entry;
  const trading = await tables.trading.state();
  const gate = passRiskGate(
    {
      ...{ plan, ...account },
      openMaxLoss: sumOfLosses(others),
      pendingMargin: pendingMargin(await withShown(tables, others, entry.readAt), entry.readAt),
      openPositions: others.length,
      tradingState: trading.state,
      todaysResult: await todaysResult(parts.deps, tables, open),
    },
    risk,
  );
  const book = await parts.book.exposures(tables, others, betas);
  const own = exposureOfPlan(entry.positionId, plan, betas.get(plan.symbol));
  const greeks = bookChecks(own, [...book, own], account.netLiquidation, settings);
  const checks = [...greeks, ...gate.checks];
  const failed = [...gate.checks, ...greeks].filter(({ passed }) => !passed);
  if (failed.length > 0) return { checks, failed, code: riskCode(failed) };
  // The signal has checked it, but other positions may have opened since.
  const room = positionsInSymbol(others.filter(({ symbol }) => symbol === plan.symbol).length, settings);
  return room.passed || entry.looksPast ? { checks, failed } : { checks, failed: [room], code: 'SIGNAL_REFUSED' };
}

/** The positions that are being opened, each with the combos that had filled when the buying power was read. */
async function withShown(
  { fills }: Pick<OpeningTables, 'fills'>,
  rows: readonly PositionRow[],
  readAt: number,
): Promise<readonly PendingRow[]> {
  const pending = rows.filter((row) => isPending(row, readAt));
  const begun = pending.filter(({ openedCombos }) => openedCombos > 0).map(({ positionId }) => positionId);
  if (begun.length === 0) return pending;
  const known = await fills.ofPositions(begun);
  return pending.map((row) => {
    const { plan, positionId } = row;
    const before = (known.get(positionId) ?? []).filter(({ at }) => at + FILL_TIME_MS <= readAt);
    return { ...row, shownCombos: foldPosition({ plan, fills: before }).openedCombos };
  });
}

/** A halt has its own code, so that the command can report it. */
function riskCode(failed: readonly Check[]): 'TRADING_HALTED' | 'RISK_REFUSED' {
  return failed.some(({ name }) => name === 'trading_state') ? 'TRADING_HALTED' : 'RISK_REFUSED';
}

/** Money that the positions may lose on combos that are open or may still be opened; undefined when unlimited. */
function sumOfLosses(rows: readonly PositionRow[]): number | undefined {
  let sum = 0;
  for (const row of rows) {
    if (row.maxLoss === undefined) return undefined;
    sum += row.maxLoss * countedCombos(row);
  }
  return sum;
}
