/** The second half of a roll: the same strategy on a later expiry, built, approved and saved, linked to the first. */
import { createHash } from 'node:crypto';
import { daysToExpiry } from 'market-time';
import type { ApprovalVerdict, PositionActivities, Refusal, RollVerdict } from '../../contract/activities.js';
import type { EntryRequest, ExitCommand } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { formatMoney, type Micros } from '../../domain/money.js';
import type { StrategySettings } from '../../domain/strategy/settings.js';
import type { StrategyPlan } from '../../domain/strategy/strategy.js';
import type { PositionRow } from '../../store/api.js';
import { existing } from '../context/existing.js';
import { expirationFor } from '../market/candidates.js';
import { type EntryMarket, readEntryMarket } from '../market/entry-market.js';
import { titleOf } from '../positions/title.js';
import { type ApprovalParts, approveEntry } from './approve.js';
import { type BuildParts, buildAt } from './build.js';
import { orRefusal, refused } from './refusal.js';
import { leastCreditOf } from './roll-credit.js';
import { settingsWith } from './settings.js';
import { type SignalParts, signalAt } from './signal.js';

export interface RollParts extends BuildParts, ApprovalParts, SignalParts {
  readonly deps: BuildParts['deps'] & ApprovalParts['deps'] & SignalParts['deps'];
  readonly feeds: ApprovalParts['feeds'] & SignalParts['feeds'];
  readonly book: ApprovalParts['book'] & SignalParts['book'];
}

const NO_COMBO =
  'The roll closed no whole combo, so it opens none: the position was broken, or closed by something else.';

/** Largest distance in days between the listed expiry of a roll and the wanted one. */
const WINDOW_DAYS = { before: 10, after: 15 };

export async function buildRoll(
  parts: RollParts,
  input: Parameters<PositionActivities['buildRoll']>[0],
): Promise<RollVerdict> {
  const { store } = parts.deps;
  const row = await existing(parts.deps.store, input.positionId);
  if (row.rolledTo !== undefined) return await alreadyBuilt(parts, row.rolledTo);
  return await orRefusal(async (): Promise<RollVerdict> => {
    const { command, combos, since } = input;
    if (combos === 0) return refused('RISK_REFUSED', [NO_COMBO]);
    const made = await makeSuccessor(parts, row, command, { combos, dryRun: false, ...defined({ since }) });
    if ('kind' in made) return made;
    const { plan, positionId, title, mode, onPartial } = made;
    const at = row.closeTime ?? parts.deps.broker.clock.now();
    await store.executions.update_execution_status(row.positionId, 'CLOSED', at, { rolledTo: positionId });
    return { kind: 'built', positionId, title, plan, ...(mode && { mode }), ...(onPartial && { onPartial }) };
  });
}

/**
 * Whether the position could be rolled now, before anything is closed; the refusal if it could not. Nothing is saved:
 * the market may have changed when the first half is done.
 */
export async function tryRoll(parts: RollParts, row: PositionRow, command: ExitCommand): Promise<Refusal | undefined> {
  const made = await draftRoll(parts, row, command);
  return 'kind' in made ? made : undefined;
}

/** The position that a roll would open now. Nothing is saved. */
export function draftRoll(parts: RollParts, row: PositionRow, command: ExitCommand): Promise<Successor | Refusal> {
  return orRefusal(() => makeSuccessor(parts, row, command, { combos: row.openCombos, dryRun: true }));
}

export interface Successor extends Pick<ApprovalVerdict & { readonly kind: 'approved' }, 'mode' | 'onPartial'> {
  readonly plan: StrategyPlan;
  readonly positionId: string;
  readonly title: string;
}

async function makeSuccessor(
  parts: RollParts,
  row: PositionRow,
  command: ExitCommand,
  how: How,
): Promise<Successor | Refusal> {
  const market = await readEntryMarket(parts, row.symbol);
  if (market.price === undefined) return refused('DATA_MISSING', [`${row.symbol} shows no live price.`]);
  const { positionId: rolledFrom, workflowId } = row;
  const signal = await signalAt(parts, row, market, rolledFrom);
  if (!signal.accepted) return refused('SIGNAL_REFUSED', signal.reasons, signal.checks);
  const settings = settingsFor(parts, row, command);
  const request = await requestOf(parts, row, { command, ...how }, settings, market);
  if ('kind' in request) return request;
  const built = await buildAt(parts, request, settings, market);
  if (built.kind === 'refused') return built;
  const leastCredit = await leastCreditOf(parts, row, how);
  const plan = { ...built.plan, ...defined({ leastCredit }) };
  if (leastCredit !== undefined && plan.netMid < leastCredit)
    return refused('RISK_REFUSED', [noCredit(plan, leastCredit)]);
  const approved = await approveEntry(parts, { request, plan, workflowId, rolledFrom });
  return approved.kind === 'refused' ? approved : { plan, ...approvalOf(approved) };
}

/** How many combos are rolled; nothing is saved in a dry run. */
interface How {
  readonly combos: number;
  readonly dryRun: boolean;
  /** Market time at which the exit was planned; its fills are the close of this roll. Epoch ms. */
  readonly since?: number;
}

function noCredit({ netMid }: StrategyPlan, leastCredit: Micros): string {
  const brings = `${formatMoney(Math.abs(netMid))} ${netMid < 0 ? 'db' : 'cr'}`;
  return `Opening brings ${brings} at mid. It must bring ${formatMoney(leastCredit)} cr or more, so that close and opening together bring rules.roll.minCredit.`;
}

function approvalOf(approved: ApprovalVerdict & { readonly kind: 'approved' }): Omit<Successor, 'plan'> {
  const { positionId, title, mode, onPartial } = approved;
  return { positionId, title, ...(mode && { mode }), ...(onPartial && { onPartial }) };
}

/** A roll always goes to a later expiry than the present one. */
function settingsFor(parts: RollParts, row: PositionRow, command: ExitCommand): StrategySettings {
  const { rules, strategy: configured } = parts.deps.settings();
  const strategy = settingsWith(configured, row.plan.set ?? {});
  const later = daysToExpiry(parts.deps.broker.clock.now(), row.expiry) + 1;
  const dte = Math.max(command.dte ?? rules.dteRoll.rollToDte, later);
  return { ...strategy, dte, dteMin: Math.max(later, dte - WINDOW_DAYS.before), dteMax: dte + WINDOW_DAYS.after };
}

/** The step ran before and its answer was lost. */
async function alreadyBuilt(parts: RollParts, positionId: string): Promise<RollVerdict> {
  const { plan, mode, onPartial } = await existing(parts.deps.store, positionId);
  return {
    kind: 'built',
    positionId,
    title: titleOf(plan),
    plan,
    ...(mode && { mode }),
    ...(onPartial && { onPartial }),
  };
}

/** One rule may roll two positions at the same instant, so the id covers both the position and the request. */
function rollIdOf(positionId: string, requestId: string): string {
  return createHash('sha256').update(`${positionId} ${requestId}`).digest('hex').slice(0, 12);
}

/** Kept strikes move to the later expiry: always for custom legs, for others where configured. */
async function requestOf(
  parts: RollParts,
  row: PositionRow,
  how: How & { readonly command: ExitCommand },
  settings: StrategySettings,
  market: EntryMarket,
): Promise<EntryRequest | Refusal> {
  const base: EntryRequest = {
    entryId: rollIdOf(row.positionId, how.command.requestId),
    symbol: row.symbol,
    strategyType: row.strategyType,
    quantity: how.combos,
    pricing: { kind: 'walk' },
    set: row.plan.set ?? {},
    dryRun: how.dryRun,
    ignoreSignal: false,
    ...(row.plan.protection && { protection: row.plan.protection }),
  };
  if (row.strategyType !== 'custom' && parts.deps.settings().rules.roll.strikes === 'by_delta') return base;
  const classes = await parts.deps.broker.optionClasses(market.underlying);
  const later = await expirationFor(parts.deps, market, classes, settings);
  if ('refused' in later) return refused('NO_SUITABLE_CONTRACT', [later.refused]);
  const legs = row.plan.legs.map(({ contract, action, ratio }) => ({
    right: contract.right,
    strike: contract.strike,
    expiry: later.expiry,
    action,
    ratio,
  }));
  return { ...base, legs };
}
