/**
 * `legwork up`: the whole stack in one terminal. Starts what the environment does not name, prints where it is, names a part
 * that crashes, and stops everything on Ctrl-C or SIGTERM.
 */

import { loadSettings } from '../config/index.js';
import { metricsEndpoint } from '../config/metrics-url.js';
import { stackFolder } from '../config/stack-file.js';
import { SAVED_VIEWS, viewUrl } from '../contract/saved-views.js';
import { defined } from '../domain/defined.js';
import { lockFolder } from './lock.js';
import { type Stack, startStack } from './stack.js';
import { removeStackRecord, writeStackRecord } from './stack-record.js';

export interface UpOptions {
  readonly seed?: number;
  readonly speed?: number;
  readonly scenario?: string;
  readonly start?: string;
  readonly stepped?: boolean;
  readonly skipReplay?: boolean;
}

const TEMPORAL_PORTS = { port: 7233, uiPort: 8233 };
const GATEWAY_PORT = 4002;

/** Returns the exit code once everything is stopped. Throws INVALID_INPUT when a stack runs in this folder already. */
export async function runUp({ skipReplay = false, ...options }: UpOptions = {}): Promise<number> {
  const env = process.env;
  const dir = stackFolder(process.cwd(), env);
  const { settings, sources } = loadSettings({ cwd: process.cwd(), env });
  const lock = lockFolder(dir);
  const stop = new AbortController();
  const stopAsked = new Promise<'asked'>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve('asked'));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  });
  try {
    const named = (path: string) => sources.get(path) !== 'default';
    const { temporal, database, ib } = settings;
    const starting = startStack({
      dir,
      given: {
        ...(temporal.address !== undefined && {
          temporal: { address: temporal.address, namespace: temporal.namespace },
        }),
        ...defined({ databaseUrl: database.url }),
        broker: named('ib.host') || named('ib.port'),
      },
      gateway: { seed: 1, ...options, port: GATEWAY_PORT, state: `${dir}/gateway.json` },
      temporalPorts: TEMPORAL_PORTS,
      skipReplay,
      say: (line) => process.stdout.write(`${line}\n`),
      stop: stop.signal,
      watchdog: settings.alerts.webhookUrl !== undefined || settings.alerts.email.smtpUrl !== undefined,
      onParts: (parts) => writeStackRecord(dir, parts, ib.accountAlias),
    });
    const stack = await Promise.race([starting, stopAsked]);
    if (stack === 'asked') {
      process.stdout.write('Stopping ...\n');
      await starting.then((late) => late.stop()).catch(() => undefined);
      return 0;
    }
    try {
      printAddresses(stack, dir, metricsEndpoint(settings.observability)?.url);
      return await untilEnd(stack, stopAsked);
    } finally {
      process.stdout.write('Stopping ...\n');
      await stack.stop();
    }
  } finally {
    removeStackRecord(dir);
    lock.release();
  }
}

function printAddresses({ temporal, gateway, logs }: Stack, dir: string, metrics: string | undefined): void {
  const lines = [
    'Legwork is up.',
    `  Temporal   ${temporal.address} (namespace ${temporal.namespace})`,
    ...(temporal.uiUrl === undefined ? [] : [`  Web UI     ${temporal.uiUrl}`, ...viewLines(temporal.uiUrl, temporal)]),
    ...(gateway === undefined
      ? []
      : [
          `  Gateway    ${gateway.host}:${gateway.port} (simulated), control http://${gateway.host}:${gateway.controlPort}`,
        ]),
    ...(metrics === undefined ? [] : [`  Metrics    ${metrics}`]),
    `  Data       ${dir}`,
    `  Logs       ${logs.fileOf('worker').replace('worker.log', '')}`,
    'Try `legwork enter SPY iron-condor` in another terminal. Ctrl-C stops everything.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function viewLines(uiUrl: string, { namespace }: Stack['temporal']): readonly string[] {
  return SAVED_VIEWS.map((view) => `    ${view.name.padEnd(16)}  ${viewUrl(uiUrl, namespace, view)}`);
}

/** A worker or gateway that ended can be started again by hand; without Temporal or the database nothing can go on. */
async function untilEnd(stack: Stack, stopAsked: Promise<'asked'>): Promise<number> {
  const end = await Promise.race([stopAsked, stack.crashed]);
  if (end === 'asked') return 0;
  const { part, how } = end;
  const lines = [`${part} ended unexpectedly (${how}). Its log: ${stack.logs.fileOf(part)}`, ...stack.logs.tail(part)];
  process.stderr.write(`${lines.join('\n')}\n`);
  if (part === 'temporal' || part === 'postgres') return 1;
  process.stderr.write(`The rest keeps running; ${hintFor(part, stack)} Ctrl-C stops everything.\n`);
  await stopAsked;
  return 0;
}

function hintFor(part: string, { gateway }: Stack): string {
  if (part === 'worker' || part === 'watchdog') return `start it again with \`legwork ${part}\`.`;
  return `start it again with \`legwork gateway --port ${gateway?.port ?? GATEWAY_PORT}\`.`;
}
