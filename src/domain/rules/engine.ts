/**
 * Evaluates every rule on a position. The first that fires, by priority, is the decision. The others are reported too,
 * with every rule that could not be evaluated and the distance of each from firing. A rule that throws is reported, never
 * fatal: one broken rule must not leave a position unwatched.
 */

import { MINUTE_MS } from 'market-time';
import { messageOf } from '../errors.js';
import type { Decision } from './decision.js';
import type { RuleInput } from './input.js';
import { RULES } from './registry.js';
import { withRollPolicy } from './roll-policy.js';
import { missing, type Rule, type RuleResult } from './rule.js';
import type { RulesSettings } from './settings.js';
import { type Valuation, valuePosition } from './valuation.js';

export interface Evaluation {
  /** HOLD with rule `none` when nothing fired. */
  readonly decision: Decision;
  /** Every decision that fired, by priority. */
  readonly all: readonly Decision[];
  /** Rules that could not be evaluated, each with the data it lacked. */
  readonly skipped: readonly { readonly rule: string; readonly missing: string }[];
  /** How far each rule is from firing: one sentence with the numbers. */
  readonly distances: readonly { readonly rule: string; readonly text: string }[];
}

/** The distance of a rule that is not on. */
export const OFF = 'switched off';

/** Evaluates all rules, or the given ones in their order, on one input. Never throws. */
export function evaluateRules(input: RuleInput, settings: RulesSettings, rules: readonly Rule[] = RULES): Evaluation {
  const valuation = valuePosition(input, settings.basis.minPremiumShare);
  const active = rules.filter((rule) => rule.enabled(settings));
  const results = active.map((rule) => ({ rule, result: resultOf(rule, input, valuation, settings) }));
  const all = results.flatMap(({ result }) =>
    result.kind === 'fired' ? [withRollPolicy(result.decision, settings)] : [],
  );
  return {
    decision: all[0] ?? hold(input, active.length),
    all,
    skipped: results.flatMap(({ rule, result }) =>
      result.kind === 'missing' ? [{ rule: rule.name, missing: result.missing }] : [],
    ),
    distances: rules.map((rule) => ({ rule: rule.name, text: distanceOf(rule, input, valuation, settings) })),
  };
}

function resultOf(rule: Rule, input: RuleInput, valuation: Valuation, settings: RulesSettings): RuleResult {
  const reason = rule.kind === 'price' ? pricesNotYet(input, settings) : undefined;
  if (reason !== undefined) return missing(reason);
  try {
    return rule.evaluate(input, valuation, settings);
  } catch (error) {
    return missing(`failed: ${messageOf(error)}`);
  }
}

/** Why option prices do not count now; undefined when they do. */
function pricesNotYet({ session }: RuleInput, settings: RulesSettings): string | undefined {
  if (!session.isOpen) return 'the session is closed';
  if (session.sinceOpenMs >= settings.firstMinutes * MINUTE_MS) return undefined;
  return `the first ${settings.firstMinutes} minutes of the session`;
}

function distanceOf(rule: Rule, input: RuleInput, valuation: Valuation, settings: RulesSettings): string {
  if (!rule.enabled(settings)) return OFF;
  try {
    return rule.distance(input, valuation, settings);
  } catch (error) {
    return `failed: ${messageOf(error)}`;
  }
}

function hold(input: RuleInput, evaluated: number): Decision {
  return {
    action: 'HOLD',
    urgency: 'NORMAL',
    rule: 'none',
    reason: 'No rule triggered.',
    metadata: { rules_evaluated: evaluated },
    at: input.now,
  };
}
