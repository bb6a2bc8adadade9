/** The limits of the account, of the book and of the symbol, held against an entry beside everything that is open. */
import type { Refusal } from '../../contract/activities.js';
import type { Check, EntryRequest } from '../../contract/requests.js';
import { deltaAfterChecks } from '../../domain/entry/book-delta-after.js';
import { positionsInSymbol } from '../../domain/entry/signal.js';
import { passRiskGate } from '../../domain/risk/gate.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { Book } from '../positions/book-delta.js';
import { refused } from './refusal.js';
import { todaysResult } from './todays-result.js';

export interface LimitParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>;
  readonly book: Pick<Book, 'deltas'>;
}

/** What the broker estimates, or what stands for it. */
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
  /** The id that the position would have: a step that is repeated does not count itself. */
  readonly positionId: string;
  readonly margin: Margin;
  readonly quality: readonly Check[];
}

export interface Judged {
  readonly checks: readonly Check[];
  readonly refusal?: Refusal;
}

/** The limits of the account and of the symbol, beside whatever is open or being opened at this moment. */
export async function checkLimits(
  parts: LimitParts,
  { plan, request, rolledFrom }: Asked,
  { positionId, margin, quality }: Found,
): Promise<Judged> {
  const { risk, entry } = parts.deps.settings();
  const open = await parts.deps.store.executions.get_open_strategies();
  const others = open.filter((row) => row.positionId !== rolledFrom && row.positionId !== positionId);
  const gate = passRiskGate(await riskInput(parts, plan, margin, { others, all: open }), risk);
  const delta = deltaAfterChecks(plan, await parts.book.deltas(), entry);
  const checks = [...quality, ...delta, ...gate.checks];
  const leaning = delta.filter((check) => !check.passed).map((check) => check.text);
  if (gate.kind === 'refused') {
    return { checks, refusal: refused(riskCode(gate.checks), [...gate.reasons, ...leaning], checks) };
  }
  if (leaning.length > 0) return { checks, refusal: refused('RISK_REFUSED', leaning, checks) };
  // The signal has looked at it; others may have come since.
  const room = positionsInSymbol(others.filter(({ symbol }) => symbol === plan.symbol).length, entry);
  const isHeld = !room.passed && rolledFrom === undefined && !request.ignoreSignal;
  return isHeld ? { checks, refusal: refused('SIGNAL_REFUSED', [room.text], [...checks, room]) } : { checks };
}

/** A halt has a code of its own, so that the command can say so. */
function riskCode(checks: readonly Check[]): 'TRADING_HALTED' | 'RISK_REFUSED' {
  return checks.some((check) => check.name === 'trading_state' && !check.passed) ? 'TRADING_HALTED' : 'RISK_REFUSED';
}

async function riskInput(
  parts: LimitParts,
  plan: StrategyPlan,
  margin: Margin,
  { others, all }: { readonly others: readonly PositionRow[]; readonly all: readonly PositionRow[] },
) {
  const { store, broker } = parts.deps;
  const [summary, trading] = await Promise.all([broker.accountSummary(), store.trading.state()]);
  return {
    plan,
    whatIf: margin,
    openMaxLoss: sumOfLosses(others),
    openPositions: others.length,
    tradingState: trading.state,
    todaysResult: await todaysResult(parts.deps, all),
    netLiquidation: summary.netLiquidation,
    buyingPower: summary.buyingPower,
  };
}

/** Money that the positions may lose, for the combos that are open or still to be opened; undefined when unlimited. */
function sumOfLosses(rows: readonly PositionRow[]): number | undefined {
  let sum = 0;
  for (const { maxLoss, openedCombos, quantity, openCombos } of rows) {
    if (maxLoss === undefined) return undefined;
    sum += maxLoss * (openedCombos === 0 ? quantity : openCombos);
  }
  return sum;
}
