/** Traces of a worker: of its activities, and of its workflows by the traced bundle. Nothing of it is loaded without a collector. */
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import type { Settings } from '../config/index.js';
import type { Log } from '../domain/log.js';
import type { BundleKind } from './bundle.js';
import { namesItsLines, unnamed } from './logger.js';

type Injected = NonNullable<WorkerOptions['sinks']>;

export interface Traces {
  readonly bundle: BundleKind;
  /** For every worker of the process; lines of the log name their activity with and without traces. */
  readonly activity: ActivityInterceptorsFactory[];
  /** For the workflow worker. */
  readonly sinks: Injected;
  /** Sends the last spans, within a deadline. */
  stop(): Promise<void>;
}

const UNTRACED: Traces = { bundle: 'plain', activity: [namesItsLines], sinks: {}, stop: async () => undefined };
/** A collector that is away is mentioned once in this time. */
const SAY_MS = 60_000;

export async function startTraces(
  { otlpUrl: url }: Settings['observability'],
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<Traces> {
  if (url === undefined) return UNTRACED;
  const { startTracing } = await import('../outbound/tracing.js');
  const { makeWorkflowExporter, OpenTelemetryActivityInboundInterceptor } = await import(
    '@temporalio/interceptors-opentelemetry/lib/worker/index.js'
  );
  const { trace } = await import('@opentelemetry/api');
  let saidAt = Number.NEGATIVE_INFINITY;
  const onFailure = (error: string) => {
    if (performance.now() - saidAt < SAY_MS) return;
    saidAt = performance.now();
    // Some activity began the timer or the socket.
    unnamed(log)('warn', 'traces could not be exported', { error });
  };
  const headers = env.OTEL_EXPORTER_OTLP_HEADERS;
  const { tracer, processor, resource, stop } = startTracing({ url, service: 'legwork-worker', headers, onFailure });
  const traced: ActivityInterceptorsFactory = (context) => ({
    inbound: new OpenTelemetryActivityInboundInterceptor(context, { tracer }),
  });
  const described: ActivityInterceptorsFactory = () => ({
    inbound: {
      execute: async (input, next) => {
        const span = trace.getActiveSpan();
        span?.setAttributes(textsOf(input.args[0], INPUTS));
        const result = await next(input);
        span?.setAttributes(textsOf(result, RESULTS));
        return result;
      },
    },
  });
  const sinks = { exporter: makeWorkflowExporter(processor, resource) } as unknown as Injected;
  return { bundle: 'traced', activity: [traced, described, namesItsLines], sinks, stop };
}

/** What a span says of the input and the result of its activity, by path. */
const INPUTS = { 'legwork.position': ['positionId'], 'legwork.order': ['orderRef'] };
const RESULTS = { 'legwork.result': ['kind'], 'legwork.filled': ['progress', 'filled'] };

function textsOf(value: unknown, paths: Readonly<Record<string, readonly string[]>>): Record<string, string | number> {
  const at = (path: readonly string[]) =>
    path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value);
  return Object.fromEntries(
    Object.entries(paths).flatMap(([name, path]) => {
      const found = at(path);
      return typeof found === 'string' || typeof found === 'number' ? [[name, found]] : [];
    }),
  );
}
