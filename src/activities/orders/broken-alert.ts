/** The alert about a broken position, raised when a comparison finds it and ended when it is whole or flat. */
import { OPEN_ALERTS } from '../../domain/alert.js';
import { brokenText, isBroken, uncovered } from '../../domain/position/broken.js';
import type { FollowUp } from '../../domain/position/settings.js';
import { isExpired } from '../../domain/position/settlement.js';
import { isFlat, openStatus } from '../../domain/position/status.js';
import type { PositionRow, Store } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { exerciseProposal } from './exercise.js';

const BROKEN_ALERT = 'position_broken';

/** What the settings prescribe when shares came into a position of this strategy. */
export function followUpOf(
  { settings }: Pick<BrokerDeps, 'settings'>,
  { strategyType }: Pick<PositionRow, 'strategyType'>,
): FollowUp {
  const { followUp, perStrategy } = settings().assignment;
  return perStrategy[strategyType] ?? followUp;
}

/** Marks a broken position that has no order left to fill and raises its alert once. Ends both when it is whole again or flat. */
export async function noteBroken(
  deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>,
  row: PositionRow,
): Promise<void> {
  const { store, broker } = deps;
  if (isFlat(row) || !isBroken(row)) return await endBroken(store, row, broker.clock.now());
  const { positionId, symbol } = row;
  if (row.status !== 'BROKEN') await store.executions.update_execution_status(positionId, 'BROKEN', broker.clock.now());
  const open = await store.alerts.list({ statuses: OPEN_ALERTS, rule: BROKEN_ALERT, positionId });
  if (open.length > 0) return;
  const message = [brokenText(row, followUpOf(deps, row)), ...(await proposals(deps, row))].join(' ');
  await store.alerts.raise({
    ...{ type: 'CRITICAL', severity: 'IMMEDIATE', title: 'Position is broken', message, rule: BROKEN_ALERT },
    ...{ symbol, positionId, metadata: { uncovered: uncovered(row) }, createdAt: broker.clock.now() },
  });
}

/** Long legs whose exercise removes the shares, where that brings more. Nothing is sent without a person. */
async function proposals(deps: Pick<BrokerDeps, 'broker'>, row: PositionRow): Promise<readonly string[]> {
  const { shares, positionId } = row;
  if (shares === 0) return [];
  const now = deps.broker.clock.now();
  const legs = row.legs.filter(
    ({ contract, openQuantity }) =>
      openQuantity > 0 && contract.right === (shares > 0 ? 'PUT' : 'CALL') && !isExpired(contract, now),
  );
  const found = await Promise.all(
    legs.map(async (leg) => {
      // The alert is raised even when no price can be had for a proposal.
      const proposal = await exerciseProposal(deps, row, leg).catch(() => undefined);
      if (proposal === undefined || proposal.perShare <= 0) return [];
      return [`${proposal.text} \`legwork exercise ${positionId} --leg ${leg.legNo}\` sends it.`];
    }),
  );
  return found.flat();
}

/** Whole again, or flat: clears the mark and the alert. An opening that ended out of its ratio has ended with that. */
export async function endBroken(store: Store, row: PositionRow, at: number): Promise<void> {
  if (row.status === 'BROKEN' && !isFlat(row)) {
    await store.executions.update_execution_status(row.positionId, openStatus(row), at, { openingEnded: true });
  }
  await store.alerts.end({ rule: BROKEN_ALERT, positionId: row.positionId }, at);
}
