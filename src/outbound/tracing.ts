/**
 * Traces by OTLP over HTTP, in JSON. A process exports once a second, and earlier when 512 spans wait. Each request has a deadline, and what a
 * collector that is away does not take is lost: nothing waits for it. Only ids, kinds and counts leave: texts of errors, memos and results of
 * runs can name prices and accounts.
 */
import { context, DiagLogLevel, diag, propagation, type Tracer } from '@opentelemetry/api';
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
import { DeadlineExceeded, within } from './deadline.js';
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
 * `onFailure` gets the reason of each request that failed, and how many spans did not fit into the 2,048 that may wait. No reason quotes the URL.
 */
export function startTracing(options: {
  readonly url: string;
  readonly service: string;
  readonly headers?: string | undefined;
  readonly onFailure?: (reason: string) => void;
}): Tracing {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const dropped = (words: string) => void (words.startsWith('Dropped') && options.onFailure?.(words));
  const silent = () => undefined;
  const words = { verbose: silent, debug: silent, info: silent, warn: dropped, error: silent };
  diag.setLogger(words, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
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
        this.options.onFailure?.(`${new URL(this.url).host}: ${reasonOf(error)}`);
        done({ code: ExportResultCode.FAILED });
      },
    );
  }

  async shutdown(): Promise<void> {
    this.stopped.abort();
  }

  private async send(spans: ReadableSpan[]): Promise<void> {
    const body = JsonTraceSerializer.serializeRequest(spans.map(withoutTexts));
    if (body === undefined) return;
    const { ok, status } = await httpRequest(this.url, {
      ...{ method: 'POST', headers: this.headers, body: new TextDecoder().decode(body) },
      ...{ deadlineMs: EXPORT_MS, statusOnly: true, stop: this.stopped.signal },
    });
    if (!ok) throw new CollectorRefused(`the collector answered ${status}`);
  }
}

class CollectorRefused extends Error {}

/** The message of `fetch` quotes the URL. */
function reasonOf(error: unknown): string {
  if (error instanceof DeadlineExceeded || error instanceof CollectorRefused) return error.message;
  const { name = 'no connection', cause } = error as { readonly name?: string; readonly cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : name;
}

/** The package gives a workflow's span everything that the SDK knows of the run: its memo, last result and last failure, too. */
const SHOWN =
  /^(legwork\.\w+|temporal(Workflow|Activity|Update)Id|run_id|workflowId|runId|workflowType|taskQueue|attempt)$/;

/** An error keeps only its code or class: its message and stack are in the log, where accounts are masked. */
function withoutTexts(span: ReadableSpan): ReadableSpan {
  const [kind] = span.events.flatMap(({ attributes }) => attributes?.['exception.type'] ?? []);
  const message = typeof kind === 'string' && /^\w{1,60}$/.test(kind) ? { message: kind } : {};
  const status = { code: span.status.code, ...message };
  const attributes = Object.fromEntries(Object.entries(span.attributes).filter(([name]) => SHOWN.test(name)));
  return Object.create(span, { attributes: { value: attributes }, events: { value: [] }, status: { value: status } });
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
