/** Maps the configuration to the broker adapter's options. */

import type { BrokerOptions } from '../broker/api.js';
import type { Settings } from '../config/index.js';
import type { Log } from '../domain/log.js';

export function brokerOptions({ ib }: Settings, log: Log): BrokerOptions {
  return {
    host: ib.host,
    port: ib.port,
    clientId: ib.clientId,
    guard: {
      allowedHosts: ib.allowedHosts,
      allowedPorts: ib.allowedPorts,
      accounts: ib.accounts,
      live: ib.live !== '',
    },
    ...(ib.controlPort !== undefined && { control: { host: ib.host, port: ib.controlPort } }),
    lineLimit: ib.lineLimit,
    probePeriodMs: ib.probePeriodSeconds * 1000,
    requestTimeoutMs: ib.requestTimeoutSeconds * 1000,
    log,
  };
}
