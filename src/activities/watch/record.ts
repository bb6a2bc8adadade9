/** Stores a decision with everything it was based on, and raises its alert. */
import { alertOf } from '../../domain/alert.js';
import type { Decision } from '../../domain/rules/decision.js';
import type { Evaluation } from '../../domain/rules/engine.js';
import type { RuleInput } from '../../domain/rules/input.js';
import type { DecisionRow, PositionRow } from '../../store/api.js';
import { endDecisionAlerts } from '../context/decision-alerts.js';
import type { BrokerDeps } from '../context/deps.js';

type Deps = Pick<BrokerDeps, 'configHash' | 'meters' | 'store'>;

/** A rule's decision, with the input of the rules. */
export async function recordDecision(
  deps: Deps,
  row: PositionRow,
  input: RuleInput,
  evaluation: Evaluation,
  decision: Decision,
): Promise<void> {
  const { market, session, memory, legs, book } = input;
  await record(deps, row, decision, { market, session, memory, legs, book }, evaluation.skipped);
}

/** A change in what the rules say while nothing is done about it. Alerts of rules that no longer fire end. */
export async function recordHold(
  { configHash, store }: Omit<Deps, 'meters'>,
  { positionId }: PositionRow,
  { market, session, memory, legs, book }: RuleInput,
  { skipped }: Evaluation,
  hold: Decision,
): Promise<void> {
  const inputs = { market, session, memory, legs, book };
  const kind = 'monitor' as const;
  await store.decisions.append({ ...hold, subjectId: positionId, kind, inputs, configHash: configHash(), skipped });
  const { firing } = hold.metadata;
  await endDecisionAlerts(store, positionId, hold.at, typeof firing === 'string' ? firing : undefined);
}

/** A decision that follows from the ledger alone. */
export async function recordLedgerDecision(deps: Deps, row: PositionRow, decision: Decision): Promise<void> {
  await record(deps, row, decision, { legs: row.legs, openCombos: row.openCombos }, []);
}

async function record(
  deps: Deps,
  row: PositionRow,
  decision: Decision,
  inputs: DecisionRow['inputs'],
  skipped: DecisionRow['skipped'],
): Promise<void> {
  const { positionId: subjectId } = row;
  await deps.store.decisions.append({
    ...decision,
    subjectId,
    kind: 'monitor',
    inputs,
    configHash: deps.configHash(),
    skipped,
  });
  deps.meters.decided(subjectId);
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
