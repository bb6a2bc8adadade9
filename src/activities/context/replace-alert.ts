/** An acknowledgement covers the alert's text. When the text changes, the alert ends and a new one is raised. */
import type { AlertRow, Alerts, Store } from '../../store/api.js';

type NewAlert = Parameters<Alerts['raise']>[0];

/** Raises an alert whose text carries facts a person must know, such as quantities. */
export async function replaceAlert({ alerts }: Store, alert: NewAlert): Promise<void> {
  const acknowledged = await alerts.list({ statuses: ['ACKNOWLEDGED'], rule: alert.rule });
  if (acknowledged.some((one) => isOfSame(one, alert) && one.message !== alert.message)) {
    await alerts.end(alert, alert.createdAt);
  }
  await alerts.raise(alert);
}

function isOfSame(one: AlertRow, { positionId, symbol }: NewAlert): boolean {
  return (one.positionId ?? one.symbol) === (positionId ?? symbol);
}
