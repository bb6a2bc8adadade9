/** A position as its workflow and the Web UI see it. */

import { daysToExpiry, easternClock, marketDate } from 'market-time';
import type { PositionSummary } from '../../contract/activities.js';
import { defined } from '../../domain/defined.js';
import { formatMoney } from '../../domain/money.js';
import { hasProtection, isProtective, protectionOf } from '../../domain/order/protection.js';
import { OBSERVED_CAUSES, reasonsOf } from '../../domain/position/attention.js';
import { isBroken } from '../../domain/position/broken.js';
import { isFlat } from '../../domain/position/status.js';
import { unbalancedLegs } from '../../domain/position/unbalanced.js';
import { type Evaluation, OFF } from '../../domain/rules/engine.js';
import { isOfHoldings } from '../../domain/rules/held-mark.js';
import { dashed } from '../../domain/summary/summary-text.js';
import type { PositionRow, SnapshotRow, Store } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { wasOpenedByLegs } from '../orders/by-legs.js';
import { titleOf } from './title.js';

type SummaryParts = Pick<BrokerDeps, 'store' | 'settings' | 'broker'>;

export async function summaryOf(parts: SummaryParts, row: PositionRow): Promise<PositionSummary> {
  const { store, settings, broker } = parts;
  const unsettled = await store.intents.unsettled(row.positionId);
  const beyond = unbalancedLegs(row.legs, row.openCombos) !== undefined;
  const protection = protectionOf(settings(), row.plan.protection);
  const wanted = hasProtection(protection);
  return {
    plannedCombos: row.quantity,
    openCombos: row.openCombos,
    openedCombos: row.openedCombos,
    flat: isFlat(row),
    lastStep: row.lastStep,
    unsettled: unsettled.filter(({ role }) => !isProtective(role)).map((intent) => intent.orderRef),
    ...((wanted || unsettled.some(({ role }) => isProtective(role))) && { protective: true }),
    ...(wanted && protection.bracket && { bracket: true }),
    ...(beyond && (await wasOpenedByLegs(store, row)) && { halfOpen: true }),
    details: await detailsOf(store, row, broker.clock.now()),
    ...(row.attention && { attention: row.attentionReason ?? 'a person is needed' }),
    ...defined({ realizedPnl: row.realizedPnl, commissions: row.commissions }),
    observed: reasonsOf(row.attentionReasons, OBSERVED_CAUSES),
  };
}

/** What a watch sees of its position. */
export interface Seen {
  readonly distances: Evaluation['distances'];
  /** Market time at which its session ends, epoch ms. */
  readonly sessionEnd: number;
}

/** The page of a position as the database and its watch have it now; Markdown. */
export async function detailsOf(store: Store, row: PositionRow, now: number, seen?: Seen): Promise<string> {
  const [fills, decisions, snapshot] = await Promise.all([
    store.fills.ofPosition(row.positionId),
    store.decisions.latest([row.positionId]),
    store.snapshots.latest(row.positionId),
  ]);
  // The summary of a combination comes beside the executions of its legs, and has no commission.
  const executions = fills.filter(({ secType }) => secType !== 'BAG' && secType !== 'CASH');
  const unreported = executions.filter(({ commission }) => commission === undefined).length;
  const money = (value: number | undefined) => (value === undefined ? 'unknown' : formatMoney(value));
  const last = decisions.get(row.positionId);
  return [
    `**${titleOf(row.plan)}**: ${row.status}, ${row.openCombos} of ${row.openedCombos} combos open, ${daysToExpiry(now, row.expiry)} days to expiry. As of ${stamp(now)}.`,
    '',
    `Entry net ${money(row.entryNet)}, exit net ${money(row.exitNet)}, realised P&L ${money(row.realizedPnl)}, executions ${executions.length}, commissions ${money(row.commissions)}${unreported === 0 ? '' : ` (${unreported} not yet reported)`}`,
    ...(snapshot === undefined || isFlat(row) || !isOfHoldings(row, snapshot)
      ? []
      : [
          '',
          `${isBroken(row) ? '' : `Mark ${money(snapshot.closeNet)}, `}unrealised P&L ${money(snapshot.unrealizedPnl)}, delta ${deltaOf(row, snapshot)} at ${stamp(snapshot.at)}`,
        ]),
    '',
    '| leg | action | ratio | open | entry | exit |',
    '| --- | --- | --- | --- | --- | --- |',
    ...row.legs.map(
      ({ contract, action, ratio, openQuantity, openPrice, closePrice }) =>
        `| ${contract.symbol} ${contract.expiry} ${contract.strike} ${contract.right} | ${action} | ${ratio} | ${openQuantity} | ${money(openPrice)} | ${money(closePrice)} |`,
    ),
    '',
    last === undefined ? 'No decision yet.' : `Last decision: **${last.rule}** (${last.action}) ${last.reason}`,
    ...(seen === undefined ? [] : ['', ...rulesText(seen)]),
  ].join('\n');
}

/** The delta of one combo, or of everything that a broken position holds. */
function deltaOf(row: PositionRow, { delta, shareDelta }: SnapshotRow): string {
  if (!isBroken(row)) return delta?.toFixed(2) ?? 'unknown';
  return shareDelta === undefined ? 'unknown' : `of ${shareDelta.toFixed(1)} shares`;
}

function rulesText({ distances, sessionEnd }: Seen): readonly string[] {
  const active = distances.filter(({ text }) => text !== OFF);
  if (distances.length === 0) return [`The session ends ${stamp(sessionEnd)}. No rule decides on it as it is.`];
  return [
    `The session ends ${stamp(sessionEnd)}. Rules that are on, and how far each is:`,
    '',
    '| rule | how far |',
    '| --- | --- |',
    ...active.map(({ rule, text }) => `| ${rule} | ${text} |`),
  ];
}

/** A market time for people, New York. */
function stamp(at: number): string {
  return `${dashed(marketDate(at))} ${easternClock(at)}`;
}
