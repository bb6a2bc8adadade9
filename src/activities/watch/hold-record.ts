/**
 * Changes in what the rules say while nothing is done about it: a rule that begins to fire and is not confirmed, one that stops, rules
 * that lack data or have it again. Each change is a decision of its own, HOLD; flapping is recorded once a minute.
 */
import type { Decision } from '../../domain/rules/decision.js';
import type { Evaluation } from '../../domain/rules/engine.js';
import type { DecisionRow } from '../../store/api.js';

/** Market time between two records. */
const LEAST_GAP_MS = 60_000;

/** Changes between two records. */
function stanceOf({ rule, skipped }: { readonly rule: string } & Pick<Evaluation, 'skipped'>): string {
  return [rule, ...skipped.map((one) => `${one.rule} lacks ${one.missing}`).sort()].join('; ');
}

/** The stance after a stored decision. */
export function stanceAfter({ rule, action, metadata, skipped }: DecisionRow): string {
  const firing = action === 'HOLD' && typeof metadata.firing === 'string' ? metadata.firing : rule;
  return stanceOf({ rule: firing, skipped });
}

export class HoldRecord {
  private recordedAt = Number.NEGATIVE_INFINITY;

  /** `stance`: that of the rules' last stored decision about the position, whatever people decided since; absent: none is stored. */
  constructor(private stance: string | undefined) {}

  /** The HOLD to be stored, or undefined when nothing has changed since the last record. */
  observe({ decision, skipped }: Pick<Evaluation, 'decision' | 'skipped'>): Decision | undefined {
    const { action, rule, at } = decision;
    const stance = stanceOf({ rule, skipped });
    if (stance === this.stance || at - this.recordedAt < LEAST_GAP_MS) return undefined;
    this.stance = stance;
    this.recordedAt = at;
    const lacking = skipped.length === 0 ? '' : ` ${skipped.length} of the rules lack data.`;
    if (action === 'HOLD') return { ...decision, reason: `No rule fires.${lacking}` };
    const reason = `${rule} fires and is not confirmed yet: ${decision.reason}${lacking}`;
    return { ...decision, action: 'HOLD', urgency: 'NORMAL', rule: 'none', reason, metadata: { firing: rule } };
  }

  /** A decision was stored: the next change is a change from it. */
  decided({ rule, at }: Decision, skipped: Evaluation['skipped']): void {
    this.stance = stanceOf({ rule, skipped });
    this.recordedAt = at;
  }
}
