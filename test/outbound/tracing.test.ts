/** The export of traces: complete, with the headers asked for, and no process waits for a collector that does not answer. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { startTracing } from '../../src/outbound/tracing.js';
import { startCollector } from '../support/collector.js';
import { TIMEOUT_FACTOR } from '../support/timeout-factor.js';

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

test('a collector that never answers holds nothing up', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as AddressInfo;
  const failures: string[] = [];
  const onFailure = (reason: string) => failures.push(reason);
  const { tracer, stop } = startTracing({ url: `http://127.0.0.1:${port}`, service: 'a-test', onFailure });
  tracer.startSpan('lost').end();
  const begun = performance.now();
  await stop();
  expect(performance.now() - begun).toBeLessThan(2_900 * TIMEOUT_FACTOR);
  // The request itself ends, too.
  await new Promise((resolve) => setImmediate(resolve));
  expect(failures).toHaveLength(1);
  await new Promise<void>((resolve) => {
    silent.close(() => resolve());
    silent.closeAllConnections();
  });
});
