/**
 * A bracket: an opening order with its protective order and profit target as children. The broker holds the children until the parent
 * has filled completely, cancels them with it, and cancels one when the other fills; so the position is protected from its fill on,
 * even if this process dies.
 *
 * The intents of all are committed first. They are written in one tick, parent first, and the broker holds each but the last: it has
 * the whole bracket or works none of it. Their prices come from the parent's first limit; once it has filled they follow its fills
 * (adjust.ts).
 */
import type { Placement } from '../../contract/activities.js';
import { orderRefOf } from '../../domain/ids.js';
import { ocaGroupOf } from '../../domain/order/oca-group.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existing, existingIntent } from '../context/existing.js';
import { withoutCancelledByUser } from './cancel-by-user.js';
import type { Caller } from './gates.js';
import { payloadHash } from './payload-hash.js';
import { type PlaceParts, placeTogether } from './place.js';
import { type ProtectionParts, protectionFor, protectivePayload, protectiveRoles } from './protection-orders.js';

export interface BracketParts extends ProtectionParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>;
}

/** Commits the intents of the children that the position should have; returns their references. */
export async function planBracket(parts: BracketParts, parentRef: string): Promise<readonly string[]> {
  const { intents } = parts.deps.store;
  const parent = await existingIntent(parts.deps.store, parentRef);
  const row = await existing(parts.deps.store, parent.positionId);
  const { positionId, step, attempt, validUntil } = parent;
  const planned: string[] = [];
  const wanted = protectiveRoles(protectionFor(parts, row), row, entryNetOf(parent));
  for (const role of await withoutCancelledByUser(parts.deps.store, positionId, wanted)) {
    const orderRef = orderRefOf({ positionId, step, role, attempt });
    if ((await intents.get(orderRef)) === undefined) {
      const { quantity } = parent.payload;
      const ocaGroup = ocaGroupOf(positionId, step);
      const payload = await protectivePayload(parts, row, {
        role,
        step,
        quantity,
        entryNet: entryNetOf(parent),
        ocaGroup,
      });
      // Without a price now, its fills decide later whether it can be placed.
      if (typeof payload === 'string') continue;
      const now = parts.deps.broker.clock.now();
      await intents.plan(
        {
          ...{ orderRef, positionId, step, role, attempt, purpose: 'REDUCE', payload, validUntil },
          payloadHash: payloadHash(payload),
        },
        now,
      );
    }
    planned.push(orderRef);
  }
  return planned;
}

/** Sends parent and children and returns the parent's answer. A child without evidence is UNKNOWN and settled like any other. */
export function placeBracketOrder(
  parts: PlaceParts,
  { orderRef, children }: { readonly orderRef: string; readonly children: readonly string[] },
  caller: Caller,
): Promise<Placement> {
  return placeTogether(parts, orderRef, children, caller);
}

/** What the opening brings per share when it fills at its limit: credit positive. */
export function entryNetOf({ payload }: Pick<IntentRow, 'payload'>): number {
  const [first, ...more] = payload.legs;
  const limit = payload.limitPrice ?? 0;
  return more.length === 0 && first?.action === 'SELL' ? limit : -limit;
}
