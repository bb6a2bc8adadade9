/** The rules' evaluation of a position, as text. */
import type { Evaluation } from '../contract/activities.js';
import type { Paint } from './paint.js';

/** Decision, distances to the rules, and the rules that could not be evaluated. */
export function evaluationText({ positionId, decision, distances, skipped }: Evaluation, paint: Paint): string {
  const width = Math.max(0, ...distances.map(({ rule }) => rule.length), ...skipped.map(({ rule }) => rule.length));
  return [
    decisionText(positionId, decision, paint),
    ...distances.map(({ rule, text }) => `  ${rule.padEnd(width)}  ${text}`),
    ...skipped.map(({ rule, missing }) => paint.dim(`  ${rule.padEnd(width)}  not evaluated, missing: ${missing}`)),
  ].join('\n');
}

/** A hold that names a rule means that no rule may evaluate the position. */
function decisionText(positionId: string, decision: Evaluation['decision'], paint: Paint): string {
  const { action, rule, reason, urgency } = decision;
  const head = `${positionId}: ${action}`;
  if (action !== 'HOLD') return paint.warn(`${head} (${urgency.toLowerCase()}) by ${rule}: ${reason}`);
  return rule === 'none' ? paint.good(head) : paint.bad(`${head}. ${reason}`);
}
