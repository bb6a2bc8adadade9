/** Writes a decision down with everything it was based on, and raises its alert. */
import { alertOf } from '../../domain/alert.js';
import type { Decision } from '../../domain/rules/decision.js';
import type { Evaluation } from '../../domain/rules/engine.js';
import type { RuleInput } from '../../domain/rules/input.js';
import type { ExecutionRow } from '../../store/api.js';
import type { BrokerDeps } from '../deps.js';

export async function recordDecision(
  deps: BrokerDeps,
  row: ExecutionRow,
  input: RuleInput,
  evaluation: Evaluation,
  decision: Decision,
): Promise<void> {
  await deps.store.decisions.append({
    ...decision,
    subjectId: row.positionId,
    kind: 'monitor',
    inputs: { market: input.market, session: input.session, memory: input.memory, legs: input.legs, book: input.book },
    configHash: deps.configHash(),
    skipped: evaluation.skipped,
  });
  const alert = alertOf(decision);
  if (alert === undefined) return;
  await deps.store.alerts.raise({
    ...alert,
    rule: decision.rule,
    symbol: row.symbol,
    positionId: row.positionId,
    metadata: decision.metadata,
    createdAt: decision.at,
  });
}
