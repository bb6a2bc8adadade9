/** Closes a broken position at once, order by order, as far as the settings say: the rest is not what was decided on. */
import { legOfRole, type OrderRole } from '../../domain/ids.js';
import { BROKEN_RULE, closingOrders, isBroken } from '../../domain/position/broken.js';
import type { FollowUp } from '../../domain/position/settings.js';
import type { Decision } from '../../domain/rules/decision.js';
import type { PositionRow } from '../../store/api.js';

/** Market time that it must last: the executions of one combination come one after another. */
const HOLDS_MS = 3_000;

export class UnbalancedWatch {
  private since: number | undefined;

  /** The decision once it has lasted long enough; `nextPollAt` until then. Market time `now`, epoch ms. */
  observe(
    row: PositionRow,
    now: number,
    followUp: FollowUp,
  ): { readonly decision?: Decision; readonly nextPollAt?: number } {
    const orders = isBroken(row) ? closingOrders(row, followUp) : [];
    if (orders.length === 0) {
      this.since = undefined;
      return {};
    }
    this.since ??= now;
    if (now - this.since < HOLDS_MS) return { nextPollAt: this.since + HOLDS_MS };
    const left = orders.map(({ role, contracts }) => leftText(role, contracts)).join(', ');
    return {
      decision: {
        action: 'CLOSE',
        urgency: 'IMMEDIATE',
        rule: BROKEN_RULE,
        reason: `The position is not what was decided on any more; to be closed are ${left}.`,
        metadata: { open_combos: row.openCombos, shares: row.shares },
        at: now,
      },
    };
  }
}

function leftText(role: OrderRole, contracts: number): string {
  return role === 'shares' ? `${contracts} shares` : `${contracts} of leg ${legOfRole(role)}`;
}
