/** Broker against database, asked for by a person or a schedule: every difference is named and raised as an alert. */
import { findDifferences, reconcileSession } from '../orders/reconcile.js';
import type { BrokerParts } from '../parts.js';

export async function reconcileNow(
  parts: BrokerParts,
): Promise<{ readonly findings: readonly { readonly kind: string; readonly text: string }[] }> {
  const { deps, tracker } = parts;
  await reconcileSession(deps, tracker);
  const findings = await findDifferences(deps);
  const createdAt = deps.broker.clock.now();
  for (const { kind, text, symbol, positionId } of findings) {
    await deps.store.alerts.raise({
      type: kind === 'naked-short' ? 'CRITICAL' : 'WARNING',
      severity: kind === 'naked-short' ? 'IMMEDIATE' : 'HIGH',
      title: `Broker and database differ: ${kind}`,
      message: text,
      rule: `reconcile_${kind}`,
      ...(symbol !== undefined && { symbol }),
      ...(positionId !== undefined && { positionId }),
      metadata: {},
      createdAt,
    });
  }
  return { findings: findings.map(({ kind, text }) => ({ kind, text })) };
}
