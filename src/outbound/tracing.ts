/**
 * Traces by OTLP over HTTP, in JSON. One process exports at most once a second, each request has a deadline, and what a collector that is
 * away does not take is lost: nothing waits for it.
 */
import { context, propagation, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { within } from './deadline.js';
import { httpRequest } from './http.js';

const EXPORT_MS = 3_000;
const EVERY_MS = 1_000;
/** For the last spans of a process that ends. */
const FLUSH_MS = 2_000;

export interface Tracing {
  readonly tracer: Tracer;
  readonly processor: SpanProcessor;
  readonly resource: Resource;
  /** Sends what is left, within two seconds. Never throws. */
  stop(): Promise<void>;
}

/**
 * `url` is the base of the collector, as OTEL_EXPORTER_OTLP_ENDPOINT gives it; `headers` are those of OTEL_EXPORTER_OTLP_HEADERS.
 * `onFailure` gets the reason of each request that failed.
 */
export function startTracing(options: {
  readonly url: string;
  readonly service: string;
  readonly headers?: string | undefined;
  readonly onFailure?: (reason: string) => void;
}): Tracing {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const resource = new Resource({ 'service.name': options.service });
  const exporter = new OtlpExporter(options);
  const processor = new BatchSpanProcessor(exporter, {
    scheduledDelayMillis: EVERY_MS,
    exportTimeoutMillis: EXPORT_MS + EVERY_MS,
  });
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  return {
    tracer: provider.getTracer('legwork'),
    processor,
    resource,
    stop: () => within(FLUSH_MS, () => processor.shutdown()).catch(() => exporter.shutdown()),
  };
}

class OtlpExporter implements SpanExporter {
  private readonly url: string;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly stopped = new AbortController();

  constructor(private readonly options: Parameters<typeof startTracing>[0]) {
    this.url = `${options.url.replace(/\/+$/, '')}/v1/traces`;
    this.headers = { 'content-type': 'application/json', ...headersOf(options.headers) };
  }

  export(spans: ReadableSpan[], done: (result: { code: ExportResultCode; error?: Error }) => void): void {
    this.send(spans).then(
      () => done({ code: ExportResultCode.SUCCESS }),
      (error: unknown) => {
        this.options.onFailure?.(error instanceof Error ? error.message : String(error));
        done({ code: ExportResultCode.FAILED });
      },
    );
  }

  async shutdown(): Promise<void> {
    this.stopped.abort();
  }

  private async send(spans: ReadableSpan[]): Promise<void> {
    const body = JsonTraceSerializer.serializeRequest(spans);
    if (body === undefined) return;
    const { ok, status } = await httpRequest(this.url, {
      ...{ method: 'POST', headers: this.headers, body: new TextDecoder().decode(body) },
      ...{ deadlineMs: EXPORT_MS, statusOnly: true, stop: this.stopped.signal },
    });
    if (!ok) throw new Error(`the collector answered ${status}`);
  }
}

/** `name=value,name=value`, with percent-encoded values. */
function headersOf(text = ''): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(pair));
  return Object.fromEntries(pairs.flatMap((match) => (match ? [[match[1] ?? '', decoded(match[2] ?? '')]] : [])));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
