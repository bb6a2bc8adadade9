/**
 * The live guard: which gateway and which accounts this process may use. Named accounts must be exactly the managed ones.
 * Without a name the guard allows only a single paper account (their ids begin with D); a live one needs its name and
 * `live` as well.
 */
import type { BrokerOptions } from './api.js';

/** Why this address may not be connected to, or undefined. */
export function refuseEndpoint(options: Pick<BrokerOptions, 'host' | 'port' | 'guard'>): string | undefined {
  const { host, port, guard } = options;
  if (!guard.allowedHosts.includes(host)) return `The host ${host} is not among the allowed hosts.`;
  if (!guard.allowedPorts.includes(port)) return `The port ${port} is not among the allowed ports.`;
  if (!guard.live && guard.accounts.some((account) => !isPaper(account)))
    return 'A configured account is not a paper account, and live trading is not allowed.';
  return undefined;
}

/** Why a session with these managed accounts may not be used, or undefined. Account ids are masked. */
export function refuseAccounts(guard: BrokerOptions['guard'], managed: readonly string[]): string | undefined {
  if (guard.accounts.length === 0 && managed.length !== 1) {
    return `The gateway manages ${managed.length} accounts, and none is configured; name the one to use.`;
  }
  const missing = guard.accounts.find((account) => !managed.includes(account));
  if (missing !== undefined) return `The configured account ${masked(missing)} is not managed by this gateway.`;
  const extra = guard.accounts.length > 0 ? managed.find((account) => !guard.accounts.includes(account)) : undefined;
  if (extra !== undefined) return `The gateway manages the account ${masked(extra)}, which is not configured.`;
  const live = managed.find((account) => !isPaper(account));
  if (live !== undefined && !(guard.live && guard.accounts.includes(live)))
    return `The account ${masked(live)} is not a paper account, and live trading in it is not allowed.`;
  return undefined;
}

function isPaper(account: string): boolean {
  return account.startsWith('D');
}

/** An account id that may be shown: its first two characters. */
export function masked(account: string): string {
  return `${account.slice(0, 2)}***`;
}
