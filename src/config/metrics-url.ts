/** Where a worker with these settings shows its metrics. */
import type { Settings } from './schema.js';

/** `bind` as host:port, and `url` as this machine reaches it; undefined without a port. */
export function metricsEndpoint({
  metricsHost: host,
  metricsPort: port,
}: Settings['observability']): { readonly bind: string; readonly url: string } | undefined {
  if (port === undefined) return undefined;
  const at = (address: string) => `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const local = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return { bind: at(host), url: `http://${at(local)}/metrics` };
}
