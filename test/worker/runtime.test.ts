/** The endpoint of the metrics: a port that is taken costs the metrics and nothing else. */
import { createServer } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { Runtime } from '@temporalio/worker';
import { freePort } from '../../src/stack/port.js';
import { installRuntime } from '../../src/worker/runtime.js';

const lines: { readonly level: string; readonly message: string }[] = [];
const install = (metricsPort?: number) =>
  installRuntime({ metricsHost: '127.0.0.1', ...(metricsPort !== undefined && { metricsPort }) }, (level, message) =>
    lines.push({ level, message }),
  );

afterEach(async () => {
  lines.length = 0;
  await Runtime.instance().shutdown();
});

test('it is at the port that is set', async () => {
  const port = await freePort();
  const meters = install(port);
  meters.orders('PARKED', 2);
  meters.evaluationAge('a-position', 1_500);
  meters.evaluated('another', { at: 0, action: 'HOLD', quoteAgesMs: [10, 2_000] });
  meters.onlyOpen(new Set(['another']));
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(text).toContain('legwork_orders{state="PARKED"} 2');
  expect(text).toContain('legwork_evaluation_age_seconds{position="a-position"} NaN');
  expect(text).toContain('legwork_quote_age_seconds{position="another"} 2');
  expect(lines).toEqual([{ level: 'info', message: `metrics at http://127.0.0.1:${port}/metrics` }]);
});

test('a port that is taken is an error in the log, and the worker goes on', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { readonly port: number };
  try {
    install(port).orders('PARKED', 2);
    expect(lines).toEqual([
      { level: 'error', message: expect.stringContaining(`127.0.0.1:${port}: set observability`) },
    ]);
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test('without a port nothing is measured and nothing said', () => {
  install().orders('PARKED', 2);
  expect(lines).toEqual([]);
});
