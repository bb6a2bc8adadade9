/** The export of traces: complete, with the headers asked for, and no process waits for a collector that does not answer. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import { startTracing } from '../../src/outbound/tracing.js';
import { freePort } from '../../src/stack/port.js';
import { startCollector } from '../support/collector.js';

test('the last spans leave before the end, with the headers of the environment', async () => {
  const collector = await startCollector();
  const headers = 'x-key=a%20b, authorization=Bearer c=d';
  const { tracer, stop } = startTracing({ url: `${collector.url}/`, service: 'a-test', headers });
  tracer.startSpan('the last').end();
  await stop();
  expect(collector.spans).toMatchObject([{ name: 'the last', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
  expect(collector.headers()).toMatchObject({ 'x-key': 'a b', authorization: 'Bearer c=d' });
  await collector.close();
});

test('of an error only its class leaves, and of attributes those with ids', async () => {
  const collector = await startCollector();
  const { tracer, stop } = startTracing({ url: collector.url, service: 'a-test' });
  const error = Object.assign(new Error('account DU1234567 lacks 1,234.56 for a credit of 3.78'), { code: 'REJECTED' });
  for (const thrown of [error, new TypeError('DU1234567'), 'DU1234567 at 3.78']) {
    const span = tracer.startSpan('fails');
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(thrown) });
    span.recordException(thrown);
    span.addEvent('retry', { account: 'DU1234567' });
    span.setAttributes({ workflowId: 'position-1', lastResult: 'DU1234567', 'legwork.order': 'ref' });
    span.end();
  }
  await stop();
  const failed = { code: SpanStatusCode.ERROR };
  expect(collector.spans.map((span) => span.status)).toEqual([
    { ...failed, message: 'REJECTED' },
    { ...failed, message: 'TypeError' },
    failed,
  ]);
  for (const { attributes } of collector.spans) {
    expect(attributes).toEqual({ workflowId: 'position-1', 'legwork.order': 'ref' });
  }
  expect(JSON.stringify(collector.spans)).not.toMatch(/DU1234567|3\.78|1,234/);
  await collector.close();
});

test('a collector that never answers holds nothing up', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as AddressInfo;
  const failures: string[] = [];
  const onFailure = (reason: string) => failures.push(reason);
  const { tracer, stop } = startTracing({ url: `http://127.0.0.1:${port}`, service: 'a-test', onFailure });
  tracer.startSpan('lost').end();
  await stop();
  // The request itself ends, too: by the stop, and not by its own deadline, which is later.
  await new Promise((resolve) => setImmediate(resolve));
  expect(failures).toEqual([`127.0.0.1:${port}: AbortError`]);
  await new Promise<void>((resolve) => {
    silent.close(() => resolve());
    silent.closeAllConnections();
  });
});

test('a failed export and spans that find no room are told without the address', async () => {
  const port = await freePort();
  const failures: string[] = [];
  const onFailure = (reason: string) => failures.push(reason);
  const { tracer, processor, stop } = startTracing({
    url: `http://127.0.0.1:${port}/secret`,
    service: 'a-test',
    onFailure,
  });
  for (let span = 0; span < 512 + 2_048 + 12; span += 1) tracer.startSpan('one of many').end();
  await processor.forceFlush().catch(() => undefined);
  tracer.startSpan('one more').end();
  await stop();
  expect(failures).toContain('Dropped 12 spans because maxQueueSize reached');
  expect(failures.join()).not.toContain('secret');
  expect(failures).toContainEqual(`127.0.0.1:${port}: ECONNREFUSED`);
});
