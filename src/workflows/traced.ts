/**
 * For the bundle of a worker that exports traces. The SDK's own workflow interceptors await around every call and take the random numbers
 * of the run for their ids: a run that goes on where the setting differs would not replay. These do neither, so a run may change between
 * both bundles at any event. Headers and sink are those of the SDK's package, which traces clients and activities.
 */
// First: OpenTelemetry expects globals of a browser.
import '@temporalio/interceptors-opentelemetry/lib/workflow/runtime.js';
import { type Context, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { TRACE_HEADER } from '@temporalio/interceptors-opentelemetry/lib/instrumentation.js';
import { SpanExporter } from '@temporalio/interceptors-opentelemetry/lib/workflow/span-exporter.js';
import { type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';

/** For the bundle: Temporal calls it once a run. */
export function interceptors(): WorkflowInterceptors {
  const { runId, workflowType } = workflowInfo();
  const tracer = tracerOf(runId);
  let run: Context = ROOT_CONTEXT;
  const carried = <Input extends { readonly headers: Headers }>(name: string, input: Input): Input => {
    const span = tracer.startSpan(name, {}, run);
    const headers = { ...input.headers, ...headersOf(trace.setSpan(run, span)) };
    span.end();
    return { ...input, headers };
  };
  return {
    inbound: [
      {
        execute: (input, next) => {
          const cause = contextOf(input.headers);
          const span = tracer.startSpan(`RunWorkflow:${workflowType}`, {}, cause);
          run = trace.setSpan(cause, span);
          const ended = () => span.end();
          const result = next(input);
          result.then(ended, ended);
          return result;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(carried(`StartActivity:${input.activityType}`, input)),
        startChildWorkflowExecution: (input, next) => next(carried(`StartChildWorkflow:${input.workflowType}`, input)),
        signalWorkflow: (input, next) => next(carried(`SignalWorkflow:${input.signalName}`, input)),
        continueAsNew: (input, next) => next(carried('ContinueAsNew', input)),
      },
    ],
  };
}

const propagator = new W3CTraceContextPropagator();

function contextOf(headers: Headers): Context {
  const encoded = headers[TRACE_HEADER];
  if (encoded === undefined) return ROOT_CONTEXT;
  return propagator.extract(ROOT_CONTEXT, defaultPayloadConverter.fromPayload(encoded), defaultTextMapGetter);
}

function headersOf(context: Context): Headers {
  const carrier: Record<string, string> = {};
  propagator.inject(context, carrier, defaultTextMapSetter);
  return { [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) };
}

/** Its ids depend on the run alone: a replay makes the same ones. */
function tracerOf(runId: string) {
  const words = wordsOf(runId);
  const hex = (count: number) => Array.from({ length: count }, () => words().toString(16).padStart(8, '0')).join('');
  return new BasicTracerProvider({
    idGenerator: { generateTraceId: () => hex(4), generateSpanId: () => hex(2) },
    spanProcessors: [new SimpleSpanProcessor(new SpanExporter())],
  }).getTracer('legwork');
}

/** Numbers of 32 bits that depend on the seed alone: FNV-1a of the text, then splitmix32. */
function wordsOf(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  };
}
