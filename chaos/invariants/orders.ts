/** What must hold of every order that left: at most one live an intent, committed first, by the holder of the lease. */
import { orderRefPrefix, parseOrderRef } from 'legwork';
import type { Evidence } from '../evidence.js';
import { orderFrames, type Violation, wallOf } from './frames.js';

/** The lease is polled at most this late, and a handover is seen up to this late. */
const LEASE_GRACE_MS = 600;

/** The broker has taken one order for a reference: a change of an order that is over must not become another one. */
export function takenOnce({ broker }: Evidence): readonly Violation[] {
  const permIds = new Map<string, Set<number>>();
  for (const { request, permId } of [...broker.done, ...broker.live]) {
    permIds.set(request.orderRef, (permIds.get(request.orderRef) ?? new Set()).add(permId));
  }
  return [...permIds]
    .filter(([ref, some]) => ref.startsWith('LW|') && some.size > 1)
    .map(([ref, some]) => ({ invariant: 'taken once', text: `${ref} became orders ${[...some].join(', ')}` }));
}

/** One order reference has one order id, whatever became of the order. */
export function oneOrderPerReference(evidence: Evidence): readonly Violation[] {
  const ids = new Map<string, Set<number>>();
  for (const { orderRef, orderId } of orderFrames(evidence)) {
    ids.set(orderRef, (ids.get(orderRef) ?? new Set()).add(orderId));
  }
  return [...ids]
    .filter(([, some]) => some.size > 1)
    .map(([ref, some]) => ({
      invariant: 'one order an intent',
      text: `${ref} was sent as orders ${[...some].join(', ')}`,
    }));
}

/** No two orders of one (position, step, role) were live at the broker at the same market time. */
export function oneLiveOrderPerIntent({ broker }: Evidence): readonly Violation[] {
  const records = [...broker.done, ...broker.live];
  return records.flatMap((one, index) =>
    records.slice(index + 1).flatMap((other) => {
      const prefix = prefixOf(one.request.orderRef);
      if (prefix === undefined || prefix !== prefixOf(other.request.orderRef)) return [];
      const from = Math.max(one.placedAt, other.placedAt);
      const to = Math.min(one.completedAt ?? Number.POSITIVE_INFINITY, other.completedAt ?? Number.POSITIVE_INFINITY);
      if (from >= to) return [];
      return [
        {
          invariant: 'one live order an intent',
          text: `${one.request.orderRef} (${one.permId}) and ${other.request.orderRef} (${other.permId}) were live together`,
        },
      ];
    }),
  );
}

function prefixOf(orderRef: string): string | undefined {
  const parts = parseOrderRef(orderRef);
  return parts && orderRefPrefix(parts);
}

/** Every order on the wire is the one its intent was committed with. */
export function committedFirst(evidence: Evidence): readonly Violation[] {
  return orderFrames(evidence).flatMap(({ orderRef, orderId, intent, entry }) => {
    if (intent === undefined) return [{ invariant: 'intent first', text: `${orderRef} left without an intent` }];
    if (intent.orderId !== orderId || intent.clientId !== entry.clientId) {
      const text = `${orderRef} left as ${orderId} of client ${entry.clientId}, committed was ${intent.orderId} of ${intent.clientId}`;
      return [{ invariant: 'intent first', text }];
    }
    return [];
  });
}

/** New orders come from the process that held the lease at that time. */
export function leaseHeld(evidence: Evidence): readonly Violation[] {
  return orderFrames(evidence).flatMap(({ orderRef, isNew, intent, entry }) => {
    const process = intent?.sessionEpoch?.split(':')[0];
    if (!isNew || process === undefined) return [];
    const at = wallOf(entry);
    const taken = evidence.leases.filter(({ from }) => from <= at - LEASE_GRACE_MS).at(-1);
    const near = evidence.leases.filter(({ from }) => Math.abs(from - at) < LEASE_GRACE_MS).map(({ holder }) => holder);
    if (taken === undefined || taken.holder === process || near.includes(process)) return [];
    return [
      { invariant: 'lease held', text: `${orderRef} was sent by ${process} while ${taken.holder} held the lease` },
    ];
  });
}

/** Orders go to the configured account and to no other. */
export function rightAccount(evidence: Evidence): readonly Violation[] {
  return orderFrames(evidence)
    .filter(({ entry }) => entry.fields.account !== evidence.account)
    .map(({ orderRef, entry }) => ({
      invariant: 'right account',
      text: `${orderRef} names the account '${String(entry.fields.account)}'`,
    }));
}

export function nothingParked({ intents }: Evidence): readonly Violation[] {
  return [...intents.values()]
    .filter(({ state }) => state === 'PARKED')
    .map(({ orderRef, reason }) => ({ invariant: 'nothing parked', text: `${orderRef}: ${reason ?? ''}` }));
}
