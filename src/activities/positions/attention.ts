/** Attention: the flag that a position needs a person, and the alert that says so. */
import type { PositionActivities } from '../../contract/activities.js';
import { defined } from '../../domain/defined.js';
import { ERRORS } from '../../domain/errors.js';
import { RUN_CAUSES } from '../../domain/position/attention.js';
import type { BrokerDeps } from '../context/deps.js';

interface AttentionParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'store'>;
}

const ATTENTION_RULE = 'attention';

/**
 * Sets the reasons that the position's run has found, or clears them with null; those that activities have found stand. Setting them again
 * counts the open alert up; clearing resolves the alert.
 */
export async function setAttention(
  parts: AttentionParts,
  input: Parameters<PositionActivities['setAttention']>[0],
): Promise<void> {
  const { store, broker } = parts.deps;
  const { positionId, reason, code } = input;
  // The release before sends only the text.
  const reasons = input.reasons ?? (reason === null ? {} : { position: reason });
  const at = broker.clock.now();
  const changes = RUN_CAUSES.map((cause) => [cause, reasons[cause] ?? null]);
  await store.executions.setAttention(positionId, Object.fromEntries(changes));
  if (reason === null) {
    await store.alerts.end({ rule: ATTENTION_RULE, positionId }, at);
    return;
  }
  const row = await store.executions.get_execution(positionId);
  const parked = reasons.parked !== undefined || code === 'PARKED' || code === 'OUTCOME_UNKNOWN';
  await store.alerts.raise({
    type: parked ? 'CRITICAL' : 'WARNING',
    severity: parked ? 'IMMEDIATE' : 'HIGH',
    title: parked ? 'Order parked: a person must decide' : 'Position needs attention',
    message: reason,
    rule: ATTENTION_RULE,
    ...(row && { symbol: row.symbol }),
    positionId,
    metadata: { ...defined({ code }), ...(isCode(code) && { meaning: ERRORS[code].meaning }) },
    createdAt: at,
  });
}

function isCode(code: string | undefined): code is keyof typeof ERRORS {
  return code !== undefined && code in ERRORS;
}
