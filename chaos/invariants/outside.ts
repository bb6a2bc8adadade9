/** What somebody else does to a position is told: no leg and no shares are left without their cover unseen. */
import type { Evidence } from '../evidence.js';
import { undisturbedIn } from '../outages.js';

import type { Violation } from './frames.js';
import { wallAt } from './wall-clock.js';

/** Undisturbed wall ms; the broker notifies a client of positions only after its next look. */
const TOLD_MS = 60_000;
const RULES: readonly string[] = ['outside_change', 'position_broken'];

/** Each change without an order of ours has an alert of its position, in the time that an exit has. */
export function changesAreTold({ outside, alerts, outages, clock }: Evidence): readonly Violation[] {
  return outside.flatMap(({ name, positionId, at }) => {
    const told = alerts
      .filter((alert) => alert.positionId === positionId && RULES.includes(alert.rule))
      .map(({ lastAt }) => wallAt(clock, lastAt))
      .filter((wall) => wall > at - SLACK_MS)
      .sort((one, other) => one - other)[0];
    const waited = told === undefined ? Number.POSITIVE_INFINITY : undisturbedIn(outages, at, Math.max(at, told));
    if (waited <= TOLD_MS) return [];
    const when = told === undefined ? 'never' : `after ${Math.round(waited)} ms`;
    return [{ invariant: 'changes are told', text: `${name} of ${positionId} was told ${when}` }];
  });
}

/** Market time is mapped to the wall's by the last start of the gateway, which took a moment. */
const SLACK_MS = 5_000;
