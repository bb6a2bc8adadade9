/** The second half of a roll: the same strategy on a later expiry, built, approved and saved, linked to the first. */
import type { RollVerdict } from '../../contract/activities.js';
import type { EntryRequest, ExitCommand } from '../../contract/requests.js';
import type { ExecutionRow } from '../../store/api.js';
import { approveEntry } from '../entry/approve.js';
import { buildAt } from '../entry/build.js';
import { expirationFor } from '../entry/candidates.js';
import { readEntryMarket } from '../entry/market.js';
import { orRefusal, refused } from '../entry/refusal.js';
import type { BrokerParts } from '../parts.js';
import { existing } from './opening.js';
import { titleOf } from './title.js';

/** Days by which the listed expiry of a roll may miss the wanted one. */
const WINDOW_DAYS = { before: 10, after: 15 };

export async function buildRoll(
  parts: BrokerParts,
  input: { readonly positionId: string; readonly command: ExitCommand },
): Promise<RollVerdict> {
  const { store } = parts.deps;
  const row = await existing(parts, input.positionId);
  if (row.rolledTo !== undefined) return await alreadyBuilt(parts, row.rolledTo);
  return await orRefusal(async (): Promise<RollVerdict> => {
    const market = await readEntryMarket(parts, row.symbol);
    if (market.price === undefined) return refused('DATA_MISSING', [`${row.symbol} shows no live price.`]);
    const { strategy, rules } = parts.deps.settings();
    const dte = input.command.dte ?? rules.dteRoll.rollToDte;
    const settings = {
      ...strategy,
      dte,
      dteMin: Math.max(1, dte - WINDOW_DAYS.before),
      dteMax: dte + WINDOW_DAYS.after,
    };
    const request = await requestOf(parts, row, input.command, settings);
    if ('kind' in request) return request;
    const built = await buildAt(parts, request, settings, market);
    if (built.kind === 'refused') return built;
    const { positionId, workflowId } = row;
    const approved = await approveEntry(parts, { request, plan: built.plan, workflowId, rolledFrom: positionId });
    if (approved.kind === 'refused') return approved;
    await store.executions.update_execution_status(positionId, 'CLOSED', row.closeTime ?? market.now, {
      rolledTo: approved.positionId,
    });
    return { kind: 'built', positionId: approved.positionId, title: approved.title, plan: built.plan };
  });
}

/** The step ran before and its answer was lost. */
async function alreadyBuilt(parts: BrokerParts, positionId: string): Promise<RollVerdict> {
  const { plan } = await existing(parts, positionId);
  return { kind: 'built', positionId, title: titleOf(plan), plan };
}

/** As many combos as were opened. A custom strategy keeps its strikes and moves to the later expiry. */
async function requestOf(
  parts: BrokerParts,
  row: ExecutionRow,
  command: ExitCommand,
  settings: Parameters<typeof expirationFor>[2],
): Promise<EntryRequest | ReturnType<typeof refused>> {
  const base: EntryRequest = {
    entryId: command.requestId,
    symbol: row.symbol,
    strategyType: row.strategyType,
    quantity: row.openedCombos,
    pricing: { kind: 'walk' },
    set: {},
    dryRun: false,
    ignoreSignal: false,
  };
  if (row.strategyType !== 'custom') return base;
  const { broker, settings: all } = parts.deps;
  const classes = await broker.optionClasses(await parts.feeds.underlying(row.symbol));
  const later = expirationFor(classes, broker.clock.now(), settings, all().rules.dteRoll.rollDte);
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
