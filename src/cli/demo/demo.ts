/**
 * `legwork demo`: the whole life of an iron condor in stepped time-lapse, on its own stack that leaves nothing behind.
 * Command, workflows, database, broker client and wire protocol are the real ones; only the broker at the other end is
 * simulated.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { connectClient, type LegworkClient } from '../../client/client.js';
import { LegworkError } from '../../domain/errors.js';
import { type Stack, startStack } from '../../stack/stack.js';
import { temporaryFolder } from '../../stack/temporary.js';
import type { Store } from '../../store/api.js';
import { demoReport, demoSummary } from './report.js';
import { type DemoView, demoView } from './view.js';

export interface DemoOptions {
  readonly seed: number;
  /** Calendar days after which a position that no rule has closed is closed by hand. */
  readonly days: number;
  readonly json: boolean;
  /** Keeps the stack, and with it the Web UI, until Ctrl-C. */
  readonly keep?: boolean;
}

/**
 * Coarse enough that weeks pass in a minute: a poll and a snapshot every ten market minutes. Rolls are off, since the demo
 * shows one life.
 */
const SETTINGS = {
  watch: { snapshotSeconds: 600 },
  rules: { dteRoll: { action: 'close' } },
};

const QUANTITY = 4;
const POLL_MS = 150;

export async function runDemo(options: DemoOptions): Promise<number> {
  const dir = temporaryFolder('demo');
  const view = demoView(process.stderr, options.days);
  const asked = new AbortController();
  /** The result, once only inspection is left: Ctrl-C is then the ordinary end. */
  const kept: { code?: number } = {};
  const onSignal = () => asked.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  const stopped = new Promise<number>((resolve) => asked.signal.addEventListener('abort', () => resolve(1)));
  let stack: Stack | undefined;
  let client: LegworkClient | undefined;
  try {
    view.say('Starting Temporal, Postgres, the simulated gateway and a worker ...');
    const config = join(dir, 'legwork.yaml');
    writeFileSync(config, stringify(SETTINGS));
    const { seed } = options;
    const starting = startStack({
      dir,
      given: {},
      gateway: { seed, stepped: true, scenario: 'demo' },
      say: (line) => view.say(line),
      stop: asked.signal,
      workerEnv: { LEGWORK_CONFIG: config },
    });
    const started = await Promise.race([starting, stopped]);
    if (typeof started === 'number') {
      await starting.then((late) => late.stop()).catch(() => undefined);
      return started;
    }
    stack = started;
    const { temporal, databaseUrl } = stack;
    client = connectClient({
      cwd: dir,
      env: { TEMPORAL_ADDRESS: temporal.address, DATABASE_URL: databaseUrl, LEGWORK_CONFIG: config },
    });
    return await Promise.race([
      live(client, stack, options, view, kept),
      crash(stack),
      stopped.then((code) => kept.code ?? code),
    ]);
  } finally {
    view.end();
    await client?.disconnect();
    await stack?.stop();
    rmSync(dir, { recursive: true, force: true });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}

async function crash(stack: Stack): Promise<never> {
  const { part, how } = await stack.crashed;
  throw new LegworkError(
    'INVARIANT_BROKEN',
    `${part} ended unexpectedly (${how}): ${stack.logs.tail(part).join(' | ')}`,
  );
}

async function live(
  client: LegworkClient,
  stack: Stack,
  options: DemoOptions,
  view: DemoView,
  kept: { code?: number },
): Promise<number> {
  const store = await client.store();
  const { uiUrl } = stack.temporal;
  if (uiUrl !== undefined) view.say(`Web UI: ${uiUrl}`);
  const positionId = await enter(client, options.seed, view);
  await untilClosed(client, store, positionId, options.days, view);
  const row = await client.execution(positionId);
  const report = await demoReport(store, row);
  view.end();
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(demoSummary(report, webUiOf(uiUrl, row.workflowId, options)));
  const code = report.status === 'CLOSED' ? 0 : 1;
  if (options.keep) {
    kept.code = code;
    await untilSignal(view);
  }
  return code;
}

async function enter(client: LegworkClient, seed: number, view: DemoView): Promise<string> {
  view.say(`legwork enter SPY iron-condor --quantity ${QUANTITY}`);
  const asked = await client.enter({
    entryId: `demo${seed}`,
    symbol: 'SPY',
    strategyType: 'iron_condor',
    quantity: QUANTITY,
    pricing: { kind: 'walk' },
    set: {},
    dryRun: false,
    ignoreSignal: false,
  });
  const waited = await asked.wait();
  if (waited.kind !== 'done') throw new LegworkError('INVARIANT_BROKEN', 'The demo was interrupted while entering.');
  const { status, reasons, positionId } = waited.value;
  if (status !== 'OPENED' || positionId === undefined) {
    throw new LegworkError('SIGNAL_REFUSED', `The position was not entered: ${reasons.join(' ')}`);
  }
  return positionId;
}

/** Follows the position to the end of its workflow; after the last day it is closed by hand. */
async function untilClosed(
  client: LegworkClient,
  store: Store,
  positionId: string,
  days: number,
  view: DemoView,
): Promise<void> {
  const row = await client.execution(positionId);
  const { client: temporal } = await client.links.temporal();
  let over = false;
  const ended = temporal.workflow
    .getHandle(row.workflowId)
    .result()
    .finally(() => {
      over = true;
    });
  let closing = false;
  while (!over) {
    const [now, snapshot, decisions] = await Promise.all([
      client.execution(positionId),
      store.snapshots.latest(positionId),
      store.decisions.ofSubject(positionId, 20),
    ]);
    view.show({ row: now, decisions, ...(snapshot && { snapshot }) });
    if (!closing && snapshot !== undefined && snapshot.at - row.createdAt > days * 86_400_000) {
      closing = true;
      view.say(`No rule has closed it in ${days} days; it is closed by hand.`);
      await client.close(positionId);
    }
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, POLL_MS))]);
  }
  await ended;
}

function webUiOf(uiUrl: string | undefined, workflowId: string, { keep }: DemoOptions): string | undefined {
  if (uiUrl === undefined) return undefined;
  const page = `${uiUrl}/namespaces/default/workflows/${workflowId}`;
  return keep ? page : `${page} (while the demo ran; \`legwork demo --keep\` or \`legwork up\` keeps one open)`;
}

function untilSignal(view: DemoView): Promise<void> {
  view.say('The stack stays up for the Web UI. Ctrl-C ends it.');
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
