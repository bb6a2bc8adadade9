/** The runtime of the Temporal SDK in this process: its log, and the endpoint of its metrics and ours. */
import { type LogLevel, type LogMetadata, Runtime, type RuntimeOptions } from '@temporalio/worker';
import { Meters } from '../activities/context/meters.js';
import type { Settings } from '../config/index.js';
import { metricsEndpoint } from '../config/metrics-url.js';
import { positionOfWorkflow } from '../contract/workflow-ids.js';
import { defined } from '../domain/defined.js';
import type { Log } from '../domain/log.js';
import { METERS, type Meter } from '../domain/meters.js';

/** Without a port nothing is measured. A port that is taken is no reason not to trade: the log says so, and nothing is measured. */
export function installRuntime(settings: Settings['observability'], log: Log): Meters {
  const endpoint = metricsEndpoint(settings);
  const logging = { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } as const;
  const options: RuntimeOptions = { logger: loggerOf(log), shutdownSignals: [], telemetryOptions: { logging } };
  if (endpoint === undefined) return new Meters(Runtime.install(options).metricMeter, log);
  const metrics = { prometheus: { bindAddress: endpoint.bind, histogramBucketOverrides: boundsOf(METERS) } };
  try {
    const runtime = Runtime.install({ ...options, telemetryOptions: { logging, metrics } });
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

type LogFields = NonNullable<Parameters<Log>[2]>;

function loggerOf(log: Log): NonNullable<RuntimeOptions['logger']> {
  const write = (level: LogLevel, message: string, meta: LogMetadata = {}) => {
    const ours = LEVELS[level];
    if (ours !== undefined) log(ours, message, fieldsOf(meta));
  };
  return {
    log: write,
    trace: () => undefined,
    debug: () => undefined,
    info: () => undefined,
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

/** What the SDK says below a warning is its own business. */
const LEVELS: Readonly<Partial<Record<LogLevel, 'warn' | 'error'>>> = { WARN: 'warn', ERROR: 'error' };

/** Renames the SDK's fields as our own lines name them. */
function fieldsOf({
  workflowId,
  runId,
  activityType,
  taskQueue,
  attempt,
  sdkComponent,
  error,
}: LogMetadata): LogFields {
  const id = typeof workflowId === 'string' ? workflowId : undefined;
  return defined({
    workflowId: id,
    positionId: id && positionOfWorkflow(id),
    runId,
    activity: activityType,
    taskQueue,
    attempt,
    sdk: sdkComponent,
    error: error === undefined ? undefined : String(error),
  });
}
