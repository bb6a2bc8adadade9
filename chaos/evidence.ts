/** Everything that the invariants are checked against, read once when a seed has ended. */

import type { ExchangeState, JournalEntry } from 'ib-gateway';
import {
  type AlertRow,
  type DecisionRow,
  type Fill,
  type IntentRow,
  orderRefOf,
  type PositionRow,
  parseOrderRef,
} from 'legwork';
import { type Arena, entryIdOf, type Halt, numberOf } from './arena.js';
import { type EntryEvidence, gatherEntries } from './entry-evidence.js';
import { type OrderWait, waitOf } from './fill-chance.js';
import type { InjectedFault } from './injected-faults.js';
import type { Holding } from './lease-watch.js';
import type { Outage } from './outages.js';
import type { Plan } from './plan.js';

export interface Evidence {
  readonly plan: Plan;
  readonly account: string;
  /** Entries about orders, executions and faults, oldest first. */
  readonly journal: readonly JournalEntry[];
  /** The broker's own record. */
  readonly broker: ExchangeState;
  readonly executions: readonly PositionRow[];
  readonly intents: ReadonlyMap<string, IntentRow>;
  readonly fills: readonly Fill[];
  readonly alerts: readonly AlertRow[];
  readonly decisions: readonly DecisionRow[];
  readonly leases: readonly Holding[];
  readonly halts: readonly Halt[];
  readonly outages: readonly Outage[];
  /** When the exit of a position was accepted, wall ms, by position id. */
  readonly exitAsked: ReadonlyMap<string, number>;
  readonly entries: readonly EntryEvidence[];
  /** Faults that really happened. */
  readonly injections: readonly InjectedFault[];
  /** How each opening order that ended unfilled at the broker may have come to that, by its reference. */
  readonly waits: ReadonlyMap<string, OrderWait>;
}

const ACCOUNT = 'DU1000000';

export async function gatherEvidence(arena: Arena, leases: readonly Holding[]): Promise<Evidence> {
  const { store, plan } = arena;
  const executions = await store.executions.list({ limit: 500 });
  const perPosition = await Promise.all(executions.map((row) => store.decisions.ofSubject(row.positionId, 500)));
  const exitAsked = new Map<string, number>();
  for (const { positionId } of executions) {
    const at = arena.asked.get(numberOf(plan, positionId) ?? -1);
    if (at !== undefined) exitAsked.set(positionId, at);
  }
  arena.triggers.read(arena.journal.read());
  const intents = new Map((await store.intents.list({ limit: 10_000 })).map((intent) => [intent.orderRef, intent]));
  return {
    plan,
    account: ACCOUNT,
    journal: arena.journal.entries,
    broker: arena.gateway.state(),
    executions,
    intents,
    fills: await store.fills.ofOrder('LW|'),
    alerts: await store.alerts.list({ limit: 1_000 }),
    decisions: perPosition.flat(),
    leases,
    halts: arena.halts,
    outages: arena.outages.list,
    exitAsked,
    entries: await gatherEntries(arena),
    injections: arena.injections.list,
    waits: waitsOf(arena, intents),
  };
}

function waitsOf({ gateway, journal }: Arena, intents: Evidence['intents']): Evidence['waits'] {
  const market = gateway.market();
  const { fills } = gateway.scenario.exchange;
  const unfilled = gateway.state().done.filter(({ request, filled }) => {
    return filled < request.quantity && intents.get(request.orderRef)?.purpose === 'OPEN';
  });
  return new Map(
    unfilled.map((record) => {
      const { orderRef } = record.request;
      const frames = journal.entries.filter(
        ({ dir, type, fields }) => dir === 'in' && type === 'PLACE_ORDER' && fields.orderRef === orderRef,
      );
      return [orderRef, waitOf(record, plannedAt(intents, orderRef) ?? record.placedAt, frames, market, fills)];
    }),
  );
}

/** Market time at which the first attempt of an order was planned: further ones go on with its walk. */
function plannedAt(intents: Evidence['intents'], orderRef: string): number | undefined {
  const parts = parseOrderRef(orderRef);
  return parts && intents.get(orderRefOf({ ...parts, attempt: 1 }))?.createdAt;
}

/** What is still unsettled in a seed, one sentence each; empty when it has converged. */
export async function unfinished(arena: Arena): Promise<readonly string[]> {
  const { store, gateway, plan } = arena;
  const [executions, unsettled, fills, entries] = await Promise.all([
    store.executions.list({ limit: 500 }),
    store.intents.unsettled(),
    store.fills.ofOrder('LW|'),
    Promise.all(plan.positions.map((_, index) => store.entries.get(entryIdOf(plan.seed, index)))),
  ]);
  const broker = gateway.state();
  const known = new Set(fills.map(({ execId }) => execId));
  const missing = broker.executions.filter(({ execId, orderRef }) => orderRef.startsWith('LW|') && !known.has(execId));
  return [
    ...entries.flatMap((entry, index) =>
      entry !== undefined && ['OPENED', 'NOT_ENTERED', 'FAILED'].includes(entry.status)
        ? []
        : [`entry ${entryIdOf(plan.seed, index)} is ${entry?.status ?? 'not stored'}`],
    ),
    ...executions
      .filter(({ status }) => status !== 'CLOSED' && status !== 'FAILED')
      .map((row) => `${row.positionId} is ${row.status}, ${row.openCombos} open: ${row.attentionReason ?? ''}`),
    ...unsettled.map(({ orderRef, state, reason }) => `${orderRef} is ${state}: ${reason ?? ''}`),
    ...broker.live.map(
      ({ request, status }) => `order ${request.orderId} ${request.orderRef} is ${status} at the broker`,
    ),
    ...broker.holdings
      .filter(({ quantity }) => quantity !== 0)
      .map(({ contract, quantity }) => `the broker holds ${quantity} of ${contract.conId} ${contract.localSymbol}`),
    ...(missing.length === 0 ? [] : [`${missing.length} executions are not in the ledger`]),
  ];
}
