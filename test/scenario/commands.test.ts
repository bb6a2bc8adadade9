/** Every command against one world, as a person uses them; after each the three places that know what is open agree. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Runtime, Worker } from '@temporalio/worker';
import { METERS, type Meter } from '../../src/domain/meters.js';
import type { DaySummary } from '../../src/domain/summary/day-summary.js';
import { freePort } from '../../src/stack/port.js';
import { execution, newPositionId } from '../store/support.js';
import { type Collector, type Span, startCollector } from '../support/collector.js';
import { decided, ended, WILLING } from '../support/life.js';
import { UNHURRIED } from '../support/market.js';
import { isWhole } from '../support/whole.js';
import { sentOrders } from '../support/wire.js';
import { type Answer, startWorld, type World } from '../support/world.js';
import { bundledOnce } from '../workflows/support/bundled.js';
import { quiet } from '../workflows/support/server.js';

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Prometheus' text format. */
function seriesOf(text: string): readonly Series[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text]);
      return { name, labels: Object.fromEntries(pairs), value: Number(value) };
    });
}

let world: World;

let metricsUrl: string;
let collector: Collector;
/** The first entry. */
let entered: { readonly entryId: string; readonly positionId: string };

beforeAll(async () => {
  const metricsPort = await freePort();
  collector = await startCollector();
  // At this speed a busy machine takes minutes of the market for a leg.
  metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  const settings = {
    ...UNHURRIED,
    orders: { legs: { legSeconds: 1_800 } },
    observability: { metricsPort, otlpUrl: collector.url },
  };
  world = await startWorld({ seed: 21, speed: 20, scenario: WILLING, settings });
});
afterAll(async () => {
  await world?.stop();
  await collector?.close();
  await Runtime.instance().shutdown();
});
afterEach(() => world.agree());

const cli = (...argv: string[]) => world.cli(argv);

/** A command that must succeed. */
async function done(...argv: string[]): Promise<Answer> {
  const answer = await cli(...argv);
  expect({ argv, code: answer.code, stderr: answer.stderr, stdout: answer.code === 0 ? '' : answer.stdout }).toEqual({
    argv,
    code: 0,
    stderr: '',
    stdout: '',
  });
  return answer;
}

describe('a position by the commands', () => {
  let id = '';

  test('signal evaluates and sends nothing', async () => {
    const { json } = await done('signal', 'SPY', 'iron-condor', '--json');
    expect(json.kind).toBe('accepted');
    expect(json.checks.map((check: { name: string }) => check.name)).toContain('iv_rank');
    expect(sentOrders(world.gateway)).toEqual([]);
    expect((await done('signal', 'SPY', 'iron-condor')).stdout).toMatch(
      /The IV rank is \d\d\.\d; selling premium needs > 50/,
    );
  });

  test('enter opens and names the position', async () => {
    const { json } = await done('enter', 'SPY', 'iron-condor', '--quantity', '4', '--json');
    expect(json).toMatchObject({ status: 'OPENED', filledCombos: 4 });
    id = json.positionId;
    entered = { entryId: json.entryId, positionId: id };
    expect(id).toMatch(/^spy-ic-\d{8}-[a-z0-9]{6}$/);
  });

  test('positions and show list it, with the distance to each rule', async () => {
    const list = await done('positions', '--json');
    expect(list.json.positions).toHaveLength(1);
    expect(list.json.positions[0]).toMatchObject({ positionId: id, status: 'FILLED', openCombos: 4 });
    const shown = await done('show', id, '--json');
    expect(shown.json.legs).toHaveLength(4);
    expect(shown.json.fills.length).toBeGreaterThanOrEqual(4);
    expect(shown.json.rules.decision.action).toBe('HOLD');
    expect(shown.json.rules.distances.length + shown.json.rules.skipped.length).toBeGreaterThanOrEqual(12);
    expect((await done('show', id)).stdout).toMatch(/take_profit .*%/);
  });

  test('monitor evaluates, and nothing follows from it', async () => {
    const sent = sentOrders(world.gateway).length;
    const { json } = await done('monitor', '--json');
    expect(json.evaluations).toHaveLength(1);
    expect(json.evaluations[0]).toMatchObject({ positionId: id, decision: { action: 'HOLD' } });
    expect(json).toMatchObject({ failures: [], counts: { HOLD: 1 } });
    expect((await done('monitor', id)).stdout).toMatch(new RegExp(`^${id}: HOLD`));
    expect((await done('monitor')).stdout).toMatch(/^1 position: 1 HOLD$/m);
    expect(sentOrders(world.gateway)).toHaveLength(sent);
  });

  test('monitor names a position that it cannot evaluate, beside the others', async () => {
    // It has no fills, as while an opening is being worked. Its entry counts as running, so no run is started for it meanwhile.
    const failing = newPositionId();
    const { workflowId: entryWorkflowId } = await world.client.execution(id);
    const createdAt = world.gateway.now();
    await world.store.executions.save_execution(execution(failing, { createdAt, entryWorkflowId }));
    const { code, json } = await cli('monitor', '--json');
    await world.store.executions.update_execution_status(failing, 'FAILED', world.gateway.now());
    expect(code).toBe(1);
    expect(json).toMatchObject({ evaluations: [{ positionId: id }], counts: { HOLD: 1 } });
    expect(json.failures).toEqual([
      { positionId: failing, failed: expect.stringContaining('there is nothing to evaluate') },
    ]);
  });

  test('reduce closes half', async () => {
    const { json } = await done('reduce', id, '--ratio', '0.5', '--json');
    expect(json).toMatchObject({ result: 'REDUCED', filledCombos: 2, openCombos: 2 });
    expect((await world.client.execution(id)).legs.map((leg) => leg.openQuantity)).toEqual([2, -2, -2, 2]);
  });

  test('pause stops the rules and resume lets them run again', async () => {
    await done('pause', id);
    await world.waitUntil('it is paused', async () => (await world.client.execution(id)).paused);
    await done('resume', id);
    await world.waitUntil('it is not paused', async () => !(await world.client.execution(id)).paused);
  });

  test('roll closes it and opens the next one, linked both ways', async () => {
    const { json } = await done('roll', id, '--dte', '52', '--json');
    expect(json).toMatchObject({ result: 'ROLLED', openCombos: 0 });
    const old = await ended(world, id);
    expect(old).toMatchObject({ status: 'CLOSED', rolledTo: json.rolledTo, exitRule: 'manual_roll' });
    const next = await world.client.execution(json.rolledTo);
    expect(next).toMatchObject({ status: 'FILLED', rolledFrom: id, openCombos: 2 });
    id = json.rolledTo;
    expect(next.expiry > old.expiry).toBe(true);
    await decided(world, id, 'none');
  });

  test('close ends it; a second close is success without an order', async () => {
    const { json } = await done('close', id, '--json');
    expect(json).toMatchObject({ result: 'CLOSED', openCombos: 0 });
    await ended(world, id);
    const sent = sentOrders(world.gateway).length;
    expect((await done('close', id, '--json')).json).toMatchObject({ result: 'ALREADY_CLOSED' });
    expect(sentOrders(world.gateway)).toHaveLength(sent);
    expect((await done('positions', '--json')).json.positions).toEqual([]);
    expect((await done('positions', '--all', '--json')).json.positions).toHaveLength(3);
  });

  test('decisions shows every decision and its author', async () => {
    const { json } = await done('decisions', id, '--json');
    // The watch of the position records its own meanwhile.
    const [byPerson] = json.decisions.filter(({ kind }: { kind: string }) => kind === 'manual');
    expect(byPerson).toMatchObject({ rule: 'manual_close', action: 'CLOSE' });
    expect(json.decisions).toContainEqual(expect.objectContaining({ action: 'HOLD', kind: 'monitor' }));
  });

  test('the same request id twice is one request', async () => {
    const first = await done('enter', 'SPY', 'bull-put', '--id', 'asked-once', '--json');
    const second = await done('enter', 'SPY', 'bull-put', '--id', 'asked-once', '--json');
    expect(second.json.positionId).toBe(first.json.positionId);
    const all = await done('close-all', 'SPY', '--json');
    expect(all.json.outcomes).toMatchObject([{ positionId: first.json.positionId, result: 'CLOSED' }]);
    await ended(world, first.json.positionId);
    expect((await done('close-all')).stdout).toMatch(/No open positions/);
  });
});

/** The arguments of the examples. */
const SAMPLE = { position: 'spy-ic-20260302-a1b2c3', entry: 'k3v9x0ab', alert: '3f9c2a1b' };
/** Commands that run until they are stopped, or bring a stack of their own: each has its own tests. */
const LONG = ['up', 'worker', 'watchdog', 'gateway', 'demo', 'paper-check'];
const ALERT = {
  type: 'WARNING',
  severity: 'HIGH',
  title: 'A test of the alerts',
  message: 'Nothing is the matter.',
  rule: 'test',
  metadata: {},
} as const;

/** The examples of every command's help, without its name; no order is PARKED here, no channel is set, nothing has expired, and `watch` runs on. */
async function examples(): Promise<readonly string[]> {
  const namesIn = (help: string) =>
    [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}(\w[\w-]*)/gm)].map(([, name = '']) => name);
  const found: string[] = [];
  for (const name of namesIn((await done('--help')).stdout).filter((one) => one !== 'help' && !LONG.includes(one))) {
    const help = (await done(name, '--help')).stdout;
    const below = await Promise.all(
      namesIn(help)
        .filter((one) => one !== 'help')
        .map(async (sub) => (await done(name, sub, '--help')).stdout),
    );
    for (const text of [help, ...below])
      found.push(...[...text.matchAll(/^ {2}\$ legwork (.+)$/gm)].map(([, line = '']) => line));
  }
  return found.filter((line) => !/^(?:orders resolve|alerts test|settle|watch$)/.test(line));
}

const NO_POSITIONS: DaySummary = {
  ...{ day: '20260302', at: 0, positions: [], trading: { state: 'ACTIVE', reason: '' }, alerts: [] },
  next: {
    ...{ day: '20260303', open: 0, close: 0, isEarlyClose: false, ends: [], dividends: [], dividendsUnknown: [] },
  },
};

/** An open position that can be reduced, entered where none is. */
async function openPosition() {
  const open = (await world.store.executions.get_open_strategies()).find(({ openCombos }) => openCombos > 1);
  if (open !== undefined) return open;
  const { json } = await done('enter', 'SPY', 'iron-condor', '--quantity', '4', '--json');
  return await world.client.execution(json.positionId);
}

async function nothingIsOpen(): Promise<void> {
  await world.waitUntil(
    'everything is closed',
    async () => (await world.store.executions.get_open_strategies()).length === 0,
    60_000,
  );
}

describe('the rest of the desk', () => {
  test('halt, reduce-only and activate', async () => {
    expect((await done('halt', '--reason', 'lunch', '--json')).json).toMatchObject({ state: 'HALTED' });
    expect((await cli('enter', 'SPY', 'bull-put')).code).toBe(3);
    expect((await done('reduce-only', '--json')).json).toMatchObject({ state: 'REDUCING', before: 'HALTED' });
    expect((await done('activate', '--json')).json).toMatchObject({ state: 'ACTIVE', before: 'REDUCING' });
  });

  if (isWhole) {
    test('each example of the help does what it says', async () => {
      const ran: string[] = [];
      expect((await done('summary')).stdout).toBe(
        'No summary yet: a worker makes one after the close of each session.\n',
      );
      expect((await cli('summary', '--date', '2026-03-02')).code).toBe(2);
      await world.store.daySummaries.save(NO_POSITIONS, undefined);
      for (const line of await examples()) {
        const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
        const id = (await openPosition()).positionId;
        const { alertId } = await world.store.alerts.raise({
          ...ALERT,
          rule: `example_${ran.length}`,
          createdAt: world.gateway.now(),
        });
        const [order] = await world.store.intents.list({ positionId: id });
        const argv = words.map((word) =>
          word.startsWith('LW|')
            ? (order?.orderRef ?? '')
            : word === SAMPLE.position || word === SAMPLE.entry
              ? id
              : word,
        );
        await done(...argv.map((word) => (word === SAMPLE.alert ? alertId.slice(0, 8) : word)));
        if (words.includes('--no-wait')) await nothingIsOpen();
        ran.push(line);
      }
      expect(ran.length).toBeGreaterThan(25);
      await done('close-all');
    });
  }

  test('no open alert is hidden, however many there are', async () => {
    const many = [...Array(60)].map((_, index) => ({ ...ALERT, rule: `test_${index}` }));
    for (const alert of many) await world.store.alerts.raise({ ...alert, createdAt: world.gateway.now() });
    const rules = (await done('alerts', '--json')).json.alerts.map(({ rule }: { rule: string }) => rule);
    expect(rules).toEqual(expect.arrayContaining(many.map(({ rule }) => rule)));
    expect((await done('alerts', '--limit', '5', '--json')).json.alerts).toHaveLength(5);
  });

  test('alerts are listed, acknowledged and resolved', async () => {
    const alert = await world.store.alerts.raise({ ...ALERT, createdAt: world.gateway.now() });
    const listed = await done('alerts', '--json');
    expect(JSON.stringify(listed.json)).toContain(alert.alertId);
    await done('alerts', 'ack', alert.alertId);
    await done('alerts', 'resolve', alert.alertId);
    expect((await world.store.alerts.list({ statuses: ['RESOLVED'] })).map((one) => one.alertId)).toContain(
      alert.alertId,
    );
  });

  test('doctor finds no problem, config show gives the source of each value', async () => {
    const doctor = await cli('doctor');
    expect({ code: doctor.code, out: doctor.code === 0 ? '' : doctor.stdout }).toEqual({ code: 0, out: '' });
    expect((await done('config', 'show')).stdout).toMatch(/IB_PORT/);
    expect((await done('reconcile', '--json')).json.findings).toEqual([]);
  });
});

describe('the metrics of the worker', () => {
  const shown = async () => seriesOf(await (await fetch(metricsUrl)).text());

  test('each documented one has been measured, with its labels and buckets', async () => {
    const { positions } = (await done('positions', '--all', '--json')).json;
    const closed = positions.find(({ status }: { status: string }) => status === 'CLOSED').positionId;
    const series = await world.waitUntil('a closed position has no age', async () => {
      const read = await shown();
      const age = read.find(
        ({ name, labels }) => name === 'legwork_evaluation_age_seconds' && labels.position === closed,
      );
      return Number.isNaN(age?.value) && read;
    });
    const measured = Object.entries<Meter>(METERS).map(([name, { kind, bounds }]) => {
      const own = series.filter((one) => one.name === (kind === 'gauge' ? name : `${name}_bucket`));
      return {
        name,
        labels: [
          ...new Set(
            own.map((one) =>
              Object.keys(one.labels)
                .filter((key) => key !== 'le')
                .join(),
            ),
          ),
        ],
        bounds: kind === 'gauge' ? undefined : [...new Set(own.map((one) => Number(one.labels.le ?? '')))],
        bounded: bounds,
      };
    });
    expect(measured).toEqual(
      Object.entries<Meter>(METERS).map(([name, { labels, bounds }]) => ({
        ...{ name, labels: [labels.join()], bounded: bounds },
        bounds: bounds && [...bounds, Number.NaN],
      })),
    );
    const countOf = (name: string, purpose: string) =>
      series.find((one) => one.name === `${name}_count` && one.labels.purpose === purpose)?.value ?? 0;
    for (const purpose of ['OPEN', 'REDUCE']) {
      expect([purpose, countOf('legwork_decision_to_order_seconds', purpose)]).not.toEqual([purpose, 0]);
      expect([purpose, countOf('legwork_order_acknowledgement_seconds', purpose)]).not.toEqual([purpose, 0]);
    }
    expect(series.some(({ name }) => name === 'temporal_activity_execution_latency_bucket')).toBe(true);
    expect(series.filter(({ name, value }) => name === 'legwork_reconcile_findings' && value > 0)).toEqual([]);
  });

  test('every line of its log is JSON', () => {
    const announced = /^(?:worker ready|broker session held)/;
    const written = world.log.filter((line) => !announced.test(line));
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter((line) => !/^\{.*\}$/.test(line))).toEqual([]);
  });

  test('doctor says where they are', async () => {
    expect((await cli('doctor')).stdout).toContain(metricsUrl);
  });
});

test('one trace spans the command, the order and its fill', async () => {
  const { positionId } = entered;
  const fill = await world.waitUntil('the fill', () =>
    collector.spans.find(
      ({ name, attributes }) =>
        name === 'RunActivity:followOrder' &&
        attributes['legwork.position'] === positionId &&
        attributes['legwork.filled'] === 4,
    ),
  );
  const trace = await world.waitUntil('the end of the position', () => {
    const all = collector.spans.filter(({ traceId }) => traceId === fill.traceId);
    return all.some(({ name }) => name === 'RunWorkflow:positionWorkflow') && all;
  });
  const byId = new Map(trace.map((span) => [span.spanId, span]));
  const pathOf = (span: Span | undefined): readonly string[] =>
    span === undefined ? [] : [...pathOf(byId.get(span.parentSpanId ?? '')), span.name];
  const path = ['StartWorkflow:entryWorkflow', 'RunWorkflow:entryWorkflow', 'StartChildWorkflow:positionWorkflow'];
  expect(pathOf(fill)).toEqual([
    ...path,
    'RunWorkflow:positionWorkflow',
    'StartActivity:followOrder',
    'RunActivity:followOrder',
  ]);
  const order = trace.find(
    ({ name, attributes }) =>
      name === 'RunActivity:placeOrder' && attributes['legwork.order'] === fill.attributes['legwork.order'],
  );
  expect(pathOf(order)).toEqual([
    ...path,
    'RunWorkflow:positionWorkflow',
    'StartActivity:placeOrder',
    'RunActivity:placeOrder',
  ]);
  const [root] = trace.filter(({ parentSpanId }) => parentSpanId === undefined);
  // The run goes on at a worker with another setting.
  const { client } = await world.client.links.temporal();
  const workflowId = `position-${positionId}`;
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  quiet();
  for (const kind of ['plain', 'traced'] as const) {
    const sinks = { exporter: { export: { fn: () => undefined } } };
    const options = { workflowBundle: await bundledOnce(kind), sinks };
    for await (const { error } of Worker.runReplayHistories(options, [{ workflowId, history }])) {
      expect([kind, error]).toEqual([kind, undefined]);
    }
  }
  expect(root).toMatchObject({ name: path[0], attributes: { temporalWorkflowId: `entry-${entered.entryId}` } });
});

describe('bad input gets one sentence and the exit code', () => {
  const CASES: readonly [string, readonly string[], number, RegExp][] = [
    ['unknown symbol', ['enter', 'NOSUCH', 'iron-condor'], 2, /NOSUCH/],
    ['unknown strategy', ['enter', 'SPY', 'iron-butterfly-of-doom'], 2, /strategy/i],
    ['unknown option', ['enter', 'SPY', 'iron-condor', '--fast'], 2, /--fast/],
    ['unknown command', ['entr', 'SPY', 'iron-condor'], 2, /entr/],
    ['negative quantity', ['enter', 'SPY', 'iron-condor', '--quantity', '-1'], 2, /quantity/],
    ['fractional quantity', ['enter', 'SPY', 'iron-condor', '--quantity', '1.5'], 2, /quantity/],
    ['unknown setting', ['enter', 'SPY', 'iron-condor', '--set', 'nonsense=1'], 2, /nonsense/],
    ['ratio out of range', ['reduce', 'spy-ic-20260302-aaaaaa', '--ratio', '1.5'], 2, /ratio/],
    ['a date that is none', ['summary', '--date', '2026-02-30'], 2, /date: "2026-02-30"/],
    ['malformed id', ['close', 'not an id'], 2, /id/],
    ['unknown position', ['close', 'spy-ic-20260302-aaaaaa'], 2, /does not exist/],
  ];

  test.each(CASES)('%s', async (_name, argv, code, says) => {
    const answer = await cli(...argv);
    expect(answer.code).toBe(code);
    const said = `${answer.stderr}${answer.stdout}`;
    expect(said).toMatch(says);
    expect(said).not.toMatch(/\n\s+at /);
    expect(answer.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('malformed yaml, and nothing listening', async () => {
    const temporal = await world.cli(['positions'], {
      ...world.env,
      DATABASE_URL: 'postgres://legwork@127.0.0.1:9/none',
    });
    expect(temporal.code).toBe(4);
    expect(temporal.stderr.trimEnd().split('\n')).toHaveLength(1);
    const server = await world.cli(['monitor'], { ...world.env, TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect(server.code).toBe(4);
    expect(server.stderr).toMatch(/^Temporal does not answer at 127\.0\.0\.1:9\.\n$/);
    world.writeSettings({ rules: { takeProfit: { full: 'much' } } });
    const config = await cli('positions');
    world.writeSettings({});
    expect(config.code).toBe(2);
    expect(config.stderr).toMatch(/rules\.takeProfit\.full/);
    expect(config.stderr).not.toMatch(/\n\s+at /);
  });
});
