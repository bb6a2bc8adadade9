/** Attention: the flag that a position needs a person, and the alert that says so. */
import { defined } from '../../domain/defined.js';
import { ERRORS } from '../../domain/errors.js';
import type { BrokerDeps } from '../context/deps.js';

interface AttentionParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'store'>;
}

const ATTENTION_RULE = 'attention';

/**
 * Sets it with a reason, clears it with null. Setting it again counts the open alert up; clearing resolves the alert.
 */
export async function setAttention(
  parts: AttentionParts,
  input: { readonly positionId: string; readonly reason: string | null; readonly code?: string },
): Promise<void> {
  const { store, broker } = parts.deps;
  const { positionId, reason, code } = input;
  const at = broker.clock.now();
  await store.executions.setAttention(positionId, reason !== null, reason ?? undefined);
  if (reason === null) {
    await store.alerts.end({ rule: ATTENTION_RULE, positionId }, at);
    return;
  }
  const row = await store.executions.get_execution(positionId);
  const parked = code === 'PARKED' || code === 'OUTCOME_UNKNOWN';
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
