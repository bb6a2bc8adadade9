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
import type { ClockSegment } from './gateway-process.js';
import type { Move, OutsideChange } from './happened.js';
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
  /** What no order of ours did, and what came or went by it without an execution. */
  readonly outside: readonly OutsideChange[];
  readonly moves: readonly Move[];
  /** Positions that were held while what they hold expired. */
  readonly expired: readonly string[];
  /** Positions with a change whose price is Legwork's own reckoning. */
  readonly estimated: ReadonlySet<string>;
  /** Dollars that the account began with. */
  readonly cash: number;
  /** How the market's clock ran, oldest first. */
  readonly clock: readonly ClockSegment[];
}

const ACCOUNT = 'DU1000000';

export async function gatherEvidence(arena: Arena, leases: readonly Holding[]): Promise<Evidence> {
  const { store, plan } = arena;
  const executions = await store.executions.list({ limit: 500 });
  const perPosition = await Promise.all(executions.map((row) => store.decisions.ofSubject(row.positionId, 500)));
  const changes = await Promise.all(executions.map((row) => store.externalChanges.ofPosition(row.positionId)));
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
    broker: arena.record.look(),
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
    outside: arena.happened.outside,
    moves: arena.happened.moves,
    expired: arena.happened.expired,
    estimated: new Set(changes.flat().flatMap((change) => (change.estimated ? [change.positionId] : []))),
    cash: arena.gateway.scenario.exchange.cash,
    clock: arena.gateway.segments,
  };
}

function waitsOf({ gateway, journal, record }: Arena, intents: Evidence['intents']): Evidence['waits'] {
  const market = gateway.market();
  const { fills } = gateway.scenario.exchange;
  const unfilled = record.look().done.filter(({ request, filled }) => {
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
  const { store, record, plan } = arena;
  const [executions, unsettled, fills, unanswered, entries] = await Promise.all([
    store.executions.list({ limit: 500 }),
    store.intents.unsettled(),
    store.fills.ofOrder('LW|'),
    unansweredCommands(arena),
    Promise.all(plan.positions.map((_, index) => store.entries.get(entryIdOf(plan.seed, index)))),
  ]);
  const broker = record.look();
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
    ...unanswered,
    ...(missing.length === 0 ? [] : [`${missing.length} executions are not in the ledger`]),
  ];
}

/** Commands whose runs have not ended, one sentence each. */
async function unansweredCommands({ client, happened }: Arena): Promise<readonly string[]> {
  const { client: temporal } = await client.links.temporal();
  const runs = await Promise.all(
    happened.commands
      .filter(({ workflowId }) => workflowId !== '')
      .map(async ({ name, requestId, workflowId }) => {
        const { status } = await temporal.workflow.getHandle(workflowId).describe();
        return status.name === 'COMPLETED' ? [] : [`${name} ${requestId} has no answer: its run is ${status.name}`];
      }),
  );
  return runs.flat();
}
