/**
 * The protective order of a position. Placed when nothing else works, sized to what is open, and taken away and settled before
 * any exit order is sent: two orders that close the same combos never rest side by side.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { Position } from './position.js';
import { placeOnce, settle } from './working-order.js';

/** Placing may be refused or find the market closed; the next watch tries again. */
const ROUNDS_MAX = 10;

export function ensureProtection(position: Position): Promise<void> {
  return CancellationScope.nonCancellable(() => protect(position, false));
}

/** Nothing protective is live at the broker afterwards; what it had filled is in the ledger. */
export function removeProtection(position: Position): Promise<void> {
  return CancellationScope.nonCancellable(() => protect(position, true));
}

async function protect(position: Position, remove: boolean): Promise<void> {
  const { positionId } = position.input;
  const { proxies } = position;
  const control = { onParked: (reason: string) => position.attention.raise(reason, 'PARKED') };
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const plan = await proxies.position.planProtection({ positionId, step: position.step + 1, remove });
    switch (plan.kind) {
      case 'none':
      case 'keep':
        return;
      case 'later':
        // A message ends the wait; what it asks for comes first.
        await proxies.watch.waitUntil({ positionId, at: plan.at, reason: 'protection waits for the market' });
        if (position.queue.size > 0) return;
        break;
      case 'settle':
        await settle(proxies, plan.orderRef, control);
        break;
      case 'remove':
        await proxies.settle.cancelOrder({ orderRef: plan.orderRef, reason: 'the position changes' });
        break;
      case 'place': {
        position.step = plan.step;
        const placed = await placeOnce(proxies, { by: 'rule', overrideHalt: false }, plan.orderRef, control);
        if (placed.kind === 'refused' || placed.kind === 'rejected') {
          await position.attention.raise(`No protective order rests: ${placed.reason}`);
        }
        if (placed.kind !== 'absent' && placed.kind !== 'expired') return;
      }
    }
  }
}
