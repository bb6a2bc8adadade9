/**
 * The state of an exchange that outlives its process, and how it is restored.
 *
 * It keeps what a real broker would not forget: cash, positions, transmitted orders and their outcomes, the day's executions and
 * commissions, the ids in use. It drops what a gateway forgets as well: orders that were not transmitted, sizes taken from quotes that
 * have changed since, and faults.
 */
import { easternDay, easternMidnight } from 'market-time';
import type { GatewayCommission, GatewayExecution } from '../model.js';
import type { PendingCommission } from './commission-reports.js';
import { forgetDay } from './day-cycle.js';
import type { DeskParts } from './desk-parts.js';
import type { Exercise } from './exercises.js';
import type { Holding } from './ledger.js';
import type { OrderDesk } from './order-desk.js';
import type { OrderRecord } from './order-record.js';
import type { Settlement } from './settlement.js';

/** Plain data that survives JSON unchanged. Times are epoch ms, money is dollars. */
export interface ExchangeState {
  readonly cash: number;
  readonly holdings: readonly Holding[];
  readonly equityYesterday: number;
  readonly marginFactor: number;
  /** Orders that are not final, in the order they were placed, and those that became final today. */
  readonly live: readonly OrderRecord[];
  readonly done: readonly OrderRecord[];
  /** Next valid order id by client. */
  readonly nextIds: readonly (readonly [number, number])[];
  /** Permanent ids of the latest orders, as the book counts them. */
  readonly permIds: readonly number[];
  readonly executions: readonly GatewayExecution[];
  readonly commissions: readonly GatewayCommission[];
  /** Pending reports. */
  readonly pendingCommissions: readonly PendingCommission[];
  /** The holder's instructions for long options overnight; earlier states lack them. */
  readonly exercises?: readonly Exercise[];
}

/** The present state of the exchange. The result shares objects with it: write it out at once. */
export function exchangeState({ ledger, view, book, log, booking, exercises }: DeskParts): ExchangeState {
  return {
    ...ledger.state(),
    ...view.state(),
    ...book.state(),
    ...log.state(),
    ...booking.reports.state(),
    ...exercises.state(),
  };
}

/**
 * Restores a saved exchange into a new one that has done nothing yet. `savedAt` is the time up to which it had lived; what
 * was due since happens at once.
 */
export function restoreExchange(
  parts: DeskParts,
  desk: OrderDesk,
  settlement: Settlement,
  state: ExchangeState,
  savedAt: number,
): void {
  const { ledger, view, book, log, booking, exercises, clock } = parts;
  ledger.restore(state);
  view.restore(state);
  book.restore(state);
  log.restore(state);
  booking.reports.restore(state);
  exercises.restore(state);
  for (const { contract } of ledger.positions()) settlement.watch(contract);
  // An order may still fill, and its contracts must be settled; the settlement listener is notified of every new position.
  desk.resume(savedAt);
  const today = easternDay(clock.now());
  if (easternDay(savedAt) !== today) forgetDay(parts, easternMidnight(today));
}
