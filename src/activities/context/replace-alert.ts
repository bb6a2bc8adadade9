/** An acknowledgement holds for the words of the alert: with other words the alert ends, and a new one is raised. */
import type { AlertRow, Alerts, Store } from '../../store/api.js';

type NewAlert = Parameters<Alerts['raise']>[0];

/** Raises an alert whose words name what a person must know of, such as quantities. */
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
