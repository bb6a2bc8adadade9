/** What a rule is, and the three answers it may give. */
import type { Decision } from './decision.js';
import type { RuleInput } from './input.js';
import type { RulesSettings } from './settings.js';
import type { Valuation } from './valuation.js';

/** `underlying` rules need no option price: they alone run in the first minutes and ignore the options' spread. */
export type RuleKind = 'underlying' | 'price';

export type RuleResult =
  | { readonly kind: 'fired'; readonly decision: Decision }
  | { readonly kind: 'quiet' }
  /** The rule could not be evaluated; `missing` names the data, for people. */
  | { readonly kind: 'missing'; readonly missing: string };

export interface Rule {
  readonly name: string;
  /** Lower runs first; the first that fires wins. */
  readonly priority: number;
  readonly kind: RuleKind;
  /** Every decision id the rule can answer with. */
  readonly decisions: readonly string[];
  /** Its decisions that the clock alone makes: no tick can be wrong about them, so they need no confirmation. */
  readonly byClock?: readonly string[];
  /** Its decisions that take a profit: such an exit does not become more urgent with age. */
  readonly takesProfit?: readonly string[];
  enabled(settings: RulesSettings): boolean;
  evaluate(input: RuleInput, valuation: Valuation, settings: RulesSettings): RuleResult;
  /** How far the rule is from firing: one sentence with the numbers. */
  distance(input: RuleInput, valuation: Valuation, settings: RulesSettings): string;
}

export const QUIET: RuleResult = { kind: 'quiet' };

export function missing(what: string): RuleResult {
  return { kind: 'missing', missing: what };
}

export function fired(input: Pick<RuleInput, 'now'>, decision: Omit<Decision, 'at'>): RuleResult {
  return { kind: 'fired', decision: { ...decision, at: input.now } };
}

/** The answer of a rule with several parts: the first that fires; else the missing data; else quiet. */
export function firstOf(parts: readonly RuleResult[]): RuleResult {
  const first = parts.find((part) => part.kind === 'fired');
  if (first) return first;
  const absent = new Set(parts.flatMap((part) => (part.kind === 'missing' ? [part.missing] : [])));
  return absent.size > 0 ? missing([...absent].join(', ')) : QUIET;
}
