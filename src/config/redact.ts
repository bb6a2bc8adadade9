/** The settings in a form that may be shown: no password, no full account number. */
import type { Settings } from './schema.js';

/** A copy for people and logs: passwords hidden, accounts masked to their first and last two characters. */
export function redact(settings: Settings): Settings {
  const { ib, database, alerts, observability } = settings;
  const { otlpUrl } = observability;
  const { email } = alerts;
  return {
    ...settings,
    ib: { ...ib, accounts: ib.accounts.map(maskAccount), live: maskAccount(ib.live) },
    database: { ...database, ...(database.url !== undefined && { url: maskUrl(database.url) }) },
    observability: { ...observability, ...(otlpUrl !== undefined && { otlpUrl: maskUrl(otlpUrl) }) },
    alerts: {
      ...alerts,
      ...(alerts.webhookUrl !== undefined && { webhookUrl: maskPath(alerts.webhookUrl) }),
      email: { ...email, ...(email.smtpUrl !== undefined && { smtpUrl: maskUrl(email.smtpUrl) }) },
    },
  };
}

/** `DU1234567` becomes `DU*****67`. */
function maskAccount(account: string): string {
  if (account.length <= 4) return account === '' ? '' : '*'.repeat(account.length);
  return `${account.slice(0, 2)}${'*'.repeat(account.length - 4)}${account.slice(-2)}`;
}

/** A connection string without its password; an unreadable one is hidden entirely. */
function maskUrl(text: string): string {
  try {
    const url = new URL(text);
    if (url.password !== '') url.password = '***';
    if (url.searchParams.has('password')) url.searchParams.set('password', '***');
    return url.toString();
  } catch {
    return '***';
  }
}

/** Webhooks carry their secret in the path. */
function maskPath(text: string): string {
  try {
    return `${new URL(text).origin}/***`;
  } catch {
    return '***';
  }
}
