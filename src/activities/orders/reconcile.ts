/**
 * Taking up a session: after every connection the broker's open orders, executions and completed orders are read to their end and
 * taken into the ledger, before any order may leave.
 */
import { defined } from '../../domain/defined.js';
import { parseOrderRef } from '../../domain/ids.js';
import { type Finding, type LedgerPosition, reconcile } from '../../domain/position/reconcile.js';
import { isSettlementPending } from '../../domain/position/settlement.js';
import { reversalOf } from '../../domain/position/unbalanced.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { readOrderLists } from './find-order.js';
import type { OrderTracker } from './tracker.js';

type Deps = Pick<BrokerDeps, 'broker' | 'log' | 'store'>;

/** Broker time within which an executed order may be in no list yet: twice the longest time seen for a combo. */
const FRESH_MS = 10_000;

/** Reads everything once; true when each answer was complete and the epoch is still the same. */
export async function reconcileSession(deps: Deps, tracker: OrderTracker): Promise<boolean> {
  const { broker, log } = deps;
  const { epoch } = broker.state();
  const { open, completed, executions, complete } = await readOrderLists(broker);
  if (!complete || broker.state().epoch !== epoch) return false;
  const ours = (row: { orderRef: string }) => parseOrderRef(row.orderRef) !== undefined;
  await tracker.ingest([...completed.rows, ...open.rows].filter(ours), executions.rows.filter(ours));
  broker.markReconciled(epoch);
  log('info', 'session reconciled', { open: open.rows.length, executions: executions.rows.length });
  return true;
}

/**
 * Compares the account with the ledger; every difference is a finding with a name. The broker is asked first: fills that it reported
 * before it answered are in the ledger when that is read.
 */
export async function findDifferences(deps: Deps, tracker: OrderTracker): Promise<readonly Finding[]> {
  const { broker, store } = deps;
  const [positions, open] = await Promise.all([broker.positions(), broker.orders.openOrders()]);
  await tracker.drained();
  const [executions, symbols, unsettled] = await Promise.all([
    store.executions.get_open_strategies(),
    store.executions.symbols(),
    store.intents.unsettled(),
  ]);
  const shown = new Set(positions.rows.map(({ conId }) => conId));
  return reconcile({
    positionsComplete: positions.complete,
    positions: positions.rows,
    openOrdersComplete: open.complete,
    openOrders: open.rows,
    executions: executions.map((row) => ledgerPosition(row, { now: broker.clock.now(), shown })),
    symbols,
    intents: unsettled.map(({ orderRef, positionId, state, permId, sentAt = 0 }) => ({
      orderRef,
      positionId,
      state,
      permId: permId ?? 0,
      isFresh: broker.clock.now() - sentAt < FRESH_MS,
    })),
  });
}

/** A contract that has expired and is gone from the account is no difference until the account can say how it ended. */
function ledgerPosition(
  row: PositionRow,
  { now, shown }: { readonly now: number; readonly shown: ReadonlySet<number> },
): LedgerPosition {
  const { positionId, symbol, underlyingConId, shares } = row;
  const reversed = reversalOf(row.legs);
  const legs = row.legs.filter(({ contract }) => shown.has(contract.conId) || !isSettlementPending(contract, now));
  return {
    positionId,
    symbol,
    ...defined({ reversed }),
    shares: { conId: underlyingConId, quantity: shares },
    legs: legs.map(({ contract, openQuantity }) => ({ conId: contract.conId, right: contract.right, openQuantity })),
  };
}
