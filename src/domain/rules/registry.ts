/** All rules in the order of evaluation, and the rule that a decision id belongs to. */
import { assignmentRisk } from './assignment-risk.js';
import { catastropheProtection } from './catastrophe-protection.js';
import { deltaRisk } from './delta-risk.js';
import { dteRoll } from './dte-roll.js';
import { gammaRisk } from './gamma-risk.js';
import { ivCrush } from './iv-crush.js';
import { ivPercentileExit } from './iv-percentile-exit.js';
import type { Rule } from './rule.js';
import { singleLegExit } from './single-leg-exit.js';
import { stopLoss } from './stop-loss.js';
import { takeProfit } from './take-profit.js';
import { timeExit } from './time-exit.js';
import { trailingStopLoss } from './trailing-stop-loss.js';
import { vixExit } from './vix-exit.js';

/** Ascending by priority. */
export const RULES: readonly Rule[] = [
  catastropheProtection,
  singleLegExit,
  assignmentRisk,
  trailingStopLoss,
  vixExit,
  takeProfit,
  stopLoss,
  deltaRisk,
  ivCrush,
  ivPercentileExit,
  gammaRisk,
  timeExit,
  dteRoll,
].sort((a, b) => a.priority - b.priority);

const byDecision = new Map(RULES.flatMap((rule) => rule.decisions.map((id) => [id, rule] as const)));

/** The rule that answers with this decision id; undefined for an id of no rule (`none`, `manual_close`). */
export function ruleOfDecision(decisionId: string): Rule | undefined {
  return byDecision.get(decisionId);
}
