/** The runtime of the Temporal SDK in this process: its log, and the endpoint of its metrics and ours. */
import { Runtime, type RuntimeOptions } from '@temporalio/worker';
import { Meters } from '../activities/context/meters.js';
import type { Settings } from '../config/index.js';
import { metricsEndpoint } from '../config/metrics-url.js';
import type { Log } from '../domain/log.js';
import { METERS, type Meter } from '../domain/meters.js';

/** Without a port nothing is measured. A port that is taken is no reason not to trade: the log says so, and nothing is measured. */
export function installRuntime(settings: Settings['observability'], log: Log): Meters {
  const endpoint = metricsEndpoint(settings);
  const options: RuntimeOptions = { logger: loggerOf(log), shutdownSignals: [] };
  if (endpoint === undefined) return new Meters(Runtime.install(options).metricMeter, log);
  const metrics = { prometheus: { bindAddress: endpoint.bind, histogramBucketOverrides: boundsOf(METERS) } };
  try {
    const runtime = Runtime.install({ ...options, telemetryOptions: { metrics } });
    log('info', `metrics at ${endpoint.url}`);
    return new Meters(runtime.metricMeter, log);
  } catch (error) {
    const hint = 'set observability.metricsHost, or LEGWORK_METRICS_PORT for this worker to a free port';
    log('error', `no metrics at ${endpoint.bind}: ${hint}`, { error: String(error) });
    return new Meters(Runtime.install(options).metricMeter, log);
  }
}

function boundsOf(meters: Readonly<Record<string, Meter>>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(meters).flatMap(([name, { bounds }]) => (bounds === undefined ? [] : [[name, [...bounds]]])),
  );
}

function loggerOf(log: Log): NonNullable<RuntimeOptions['logger']> {
  return {
    log: (level, message) => level !== 'TRACE' && level !== 'DEBUG' && level !== 'INFO' && log('warn', message),
    trace: () => undefined,
    debug: () => undefined,
    info: () => undefined,
    warn: (message, meta) => log('warn', message, { error: String(meta?.error ?? '') }),
    error: (message, meta) => log('error', message, { error: String(meta?.error ?? '') }),
  };
}
