/**
 * The orders that rest for a position: its protective order and its profit target, in one OCA group. They are placed when nothing
 * else works and sized to what is open. They are cancelled and settled before any exit order is sent: an exit never works beside
 * an order that closes the same combos. Their prices follow from the fills.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { OrderSpec, ProtectiveRole } from '../contract/activities.js';
import { PROTECTIVE_NAMES } from '../domain/order/protection.js';
import type { Position } from './position-state.js';
import { placeOnce, settle } from './working-order.js';

/** Placing may be refused or find the market closed; the next watch tries again. */
const ROUNDS_MAX = 10;

const ROLES = ['stop', 'target'] as const;

export function ensureProtection(position: Position): Promise<void> {
  return CancellationScope.nonCancellable(() => protect(position, false));
}

/** Afterwards no protective order is live at the broker, and its fills are in the ledger. */
export function removeProtection(position: Position): Promise<void> {
  return CancellationScope.nonCancellable(() => protect(position, true));
}

/**
 * Children of an opening order. A further attempt first settles those of the one before: two brackets of one step never rest side
 * by side.
 */
export async function bracketChildren(
  position: Position,
  { attempt }: Pick<OrderSpec, 'attempt'>,
  orderRef: string,
): Promise<readonly string[]> {
  if (attempt > 1) await removeProtection(position);
  return await position.proxies.orders.planBracket({ orderRef });
}

async function protect(position: Position, remove: boolean): Promise<void> {
  const { positionId } = position.input;
  const { proxies } = position;
  const control = position.parking;
  const skip: ProtectiveRole[] = [];
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const plan = await proxies.position.planProtection({ positionId, step: position.step + 1, remove, skip });
    switch (plan.kind) {
      case 'none':
      case 'keep':
        // What should rest at the broker does.
        if (!remove) await position.attention.end(...ROLES.filter((role) => !skip.includes(role)));
        return;
      case 'later':
        // A message ends the wait; its request comes first.
        await position.waitUntil(plan.at, 'its protective orders are placed when the market opens');
        if (position.queue.size > 0) return;
        break;
      case 'settle':
        await settle(proxies, plan.orderRef, control);
        break;
      case 'remove':
        await proxies.settle.cancelOrder({ orderRef: plan.orderRef, reason: 'the position changes' });
        break;
      case 'adjust': {
        const adjusted = await proxies.orders.adjustProtection({ positionId, orderRef: plan.orderRef });
        if (adjusted.kind === 'kept') {
          await position.attention.raise(
            plan.role,
            `The ${PROTECTIVE_NAMES[plan.role]} could not be changed and keeps its earlier price: ${adjusted.reason}`,
          );
          skip.push(plan.role);
        }
        if (adjusted.kind === 'replace') {
          await proxies.settle.cancelOrder({ orderRef: plan.orderRef, reason: adjusted.reason });
        }
        if (position.queue.size > 0) return;
        if (adjusted.kind === 'later') {
          await position.waitUntil(adjusted.at, 'a protective order is changed when the market opens');
          if (position.queue.size > 0) return;
        }
        break;
      }
      case 'place': {
        position.step = plan.step;
        const placed = await placeOnce(proxies, { by: 'rule', overrideHalt: false }, plan.orderRef, control);
        if (placed.kind === 'later') return;
        if (placed.kind === 'refused' || placed.kind === 'rejected') {
          await position.attention.raise(
            plan.role,
            `No ${PROTECTIVE_NAMES[plan.role]} is in place at the broker: ${placed.reason}`,
          );
          skip.push(plan.role);
        }
        // A request that came meanwhile goes first.
        if (position.queue.size > 0) return;
      }
    }
  }
}
