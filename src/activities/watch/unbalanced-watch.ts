/** A broken structure is closed at once, leg by leg: what is left is not what was decided on, and may be naked. */
import { unbalancedLegs } from '../../domain/position/unbalanced.js';
import type { Decision } from '../../domain/rules/decision.js';
import type { PositionRow } from '../../store/api.js';

/** Market time over which it must hold: the executions of one combination come one after another. */
const HOLDS_MS = 3_000;

export class UnbalancedWatch {
  private since: number | undefined;

  /** The decision once it has held; `nextPollAt` while it has not. Market time `now`, epoch ms. */
  observe(row: PositionRow, now: number): { readonly decision?: Decision; readonly nextPollAt?: number } {
    const rest = unbalancedLegs(row.legs, row.openCombos);
    if (rest === undefined || rest.length === 0) {
      this.since = undefined;
      return {};
    }
    this.since ??= now;
    if (now - this.since < HOLDS_MS) return { nextPollAt: this.since + HOLDS_MS };
    const left = rest.map(({ legNo, contracts }) => `${contracts} of leg ${legNo}`).join(', ');
    return {
      decision: {
        action: 'CLOSE',
        urgency: 'IMMEDIATE',
        rule: 'broken_structure',
        reason: `The legs are out of ratio; unbalanced: ${left}.`,
        metadata: { open_combos: row.openCombos },
        at: now,
      },
    };
  }
}
