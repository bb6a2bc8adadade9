/** The worker's log as a program reads it. */
import { afterEach, expect, test } from '@jest/globals';
import { Runtime } from '@temporalio/worker';
import { createLogger, logOf, namesItsLines, unnamed } from '../../src/worker/logger.js';
import { installRuntime } from '../../src/worker/runtime.js';

const lines: Record<string, unknown>[] = [];
const log = logOf(createLogger({}, { write: (line: string) => lines.push(JSON.parse(line)) }));
afterEach(() => {
  lines.length = 0;
});

const info = (workflowId: string) => ({
  info: { activityType: 'placeOrder', attempt: 2, workflowExecution: { workflowId, runId: 'a-run' } },
});

/** Logs two lines, the second after a turn, as the activity. */
async function run(workflowId: string, input: unknown, fields = {}): Promise<void> {
  const { inbound } = namesItsLines(info(workflowId));
  await inbound.execute?.({ args: [input], headers: {} }, async () => {
    log('info', 'at once', fields);
    await new Promise((resolve) => setImmediate(resolve));
    log('warn', 'later', fields);
  });
}

test.each([
  ['position-spy-ic-1', { positionId: 'spy-ic-2' }, 'spy-ic-2'],
  ['entry-k3v9', { orderRef: 'LW|spy-ic-3|2|combo|1' }, 'spy-ic-3'],
  ['position-spy-ic-1', 'no object', 'spy-ic-1'],
  ['position-spy-ic-1', undefined, 'spy-ic-1'],
  ['entry-k3v9', {}, undefined],
])('an activity of %s with input %j names its lines', async (workflowId, input, positionId) => {
  await run(workflowId, input);
  const names = { workflowId, runId: 'a-run', activity: 'placeOrder', attempt: 2, ...(positionId && { positionId }) };
  expect(lines.map(({ level: _level, time: _time, ...rest }) => rest)).toEqual([
    { ...names, msg: 'at once' },
    { ...names, msg: 'later' },
  ]);
});

test('two activities at once do not mix, and a line outside names none', async () => {
  await Promise.all([run('position-a-a', {}), run('position-b-b', {})]);
  log('info', 'outside');
  const named = (id: string) => lines.filter(({ positionId }) => positionId === id).map(({ msg }) => msg);
  expect([named('a-a'), named('b-b')]).toEqual([
    ['at once', 'later'],
    ['at once', 'later'],
  ]);
  expect(lines.at(-1)).not.toHaveProperty('workflowId');
});

test('what a line names itself wins, and what is shared names nothing', async () => {
  await run('position-a-a', {}, { positionId: 'another' });
  expect(lines.map(({ positionId }) => positionId)).toEqual(['another', 'another']);
  const { inbound } = namesItsLines(info('position-a-a'));
  await inbound.execute?.({ args: [], headers: {} }, async () => unnamed(log)('warn', 'the gateway is away'));
  expect(lines.at(-1)).not.toHaveProperty('positionId');
});

test('no account and no password is in any text', () => {
  const error = new Error('postgres://legwork:s3cret@db:5432/x refused DU1234567');
  log('error', 'DU1234567 at https://me:s3cret@host/path', {
    error,
    deep: { list: [String(error)] },
    password: 's3cret',
  });
  expect(JSON.stringify(lines)).not.toMatch(/s3cret|1234567/);
  expect(JSON.stringify(lines)).toContain('postgres://legwork:***@db:5432/x refused DU');
});

test("the SDK's own lines are like ours", async () => {
  installRuntime({ metricsHost: '127.0.0.1' }, log);
  const { logger } = Runtime.instance();
  logger.warn('Activity failed', {
    ...{
      workflowId: 'position-spy-ic-1',
      runId: 'a-run',
      activityType: 'watchPosition',
      attempt: 3,
      sdkComponent: 'worker',
    },
    error: new Error('DU1234567 is away'),
  });
  logger.info('nobody reads this');
  await Runtime.instance().shutdown();
  expect(lines).toEqual([
    expect.objectContaining({
      ...{ level: 40, msg: 'Activity failed', workflowId: 'position-spy-ic-1', positionId: 'spy-ic-1' },
      ...{ activity: 'watchPosition', attempt: 3, sdk: 'worker', error: expect.not.stringContaining('1234567') },
    }),
  ]);
});
