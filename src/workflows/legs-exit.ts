/** Closing leg by leg: legs out of ratio, or a combination that the broker does not take. */
import { workflowInfo } from '@temporalio/workflow';
import type { ExitPlan } from '../contract/activities.js';
import type { ExitCommand } from '../contract/requests.js';
import type { OrderRole } from '../domain/ids.js';
import type { Position } from './position-state.js';
import type { WorkOutcome } from './working-order.js';

type Work = (command: ExitCommand, step: number, role: OrderRole, contracts: number) => Promise<WorkOutcome>;

/**
 * One leg after another, shorts first; the first leg that cannot go on ends the round. A leg of whole combos that must wait for
 * its market is waited for here: planned again, the rest would be a broken structure and would be closed whole.
 */
export async function workLegs(
  position: Position,
  command: ExitCommand,
  plan: ExitPlan & { readonly kind: 'exit' },
  work: Work,
): Promise<WorkOutcome> {
  const priced: ExitCommand = plan.whole ? command : { ...command, pricing: { kind: 'walk' } };
  for (const { role, contracts } of plan.legs ?? []) {
    let rest = contracts;
    let outcome = await work(priced, position.step, role, rest);
    for (;;) {
      if (outcome.kind === 'done') rest -= outcome.filled;
      if (rest <= 0 || !plan.whole || outcome.kind !== 'later' || position.queue.overtaken) break;
      await position.waitUntil(outcome.notBefore, outcome.reason);
      // A leg may wait for hours: the run continues as new before its history is full.
      if (position.queue.overtaken || workflowInfo().continueAsNewSuggested) break;
      position.step += 1;
      outcome = await work(priced, position.step, role, rest);
    }
    if (rest > 0) return outcome.kind === 'done' ? { ...outcome, filled: 0 } : outcome;
  }
  const filled = plan.whole ? plan.combos : 0;
  const what = plan.whole ? `${plan.combos} combos were closed leg by leg` : 'what was left was closed leg by leg';
  return { kind: 'done', filled, remaining: 0, reason: what };
}
