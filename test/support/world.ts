/**
 * A whole system for a test: a real Temporal server, a real Postgres, the gateway in this process (so that its journal,
 * positions and market are at hand) and a worker as the child process that people run.
 */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GatewayHandle, type ScenarioInput, startGateway } from 'ib-gateway';
import { stringify } from 'yaml';
import { kill } from '../../chaos/servers.js';
import { run } from '../../src/cli/main.js';
import { connectClient, type LegworkClient } from '../../src/client/client.js';
import type { Part } from '../../src/stack/child.js';
import { startCommand } from '../../src/stack/command.js';
import { startTemporal } from '../../src/stack/temporal.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import type { Store } from '../../src/store/api.js';
import { disagreements } from './agreement.js';
import { startTestPostgres } from './postgres.js';
import { TIMEOUT_FACTOR } from './timeout-factor.js';

export interface WorldOptions {
  readonly seed?: number;
  readonly stepped?: boolean;
  /** Market seconds per wall second; default 1. */
  readonly speed?: number;
  /** A shipped scenario's name, or a scenario of this world. */
  readonly scenario?: string | ScenarioInput;
  readonly start?: string;
  /** Written to the legwork.yaml of this world. */
  readonly settings?: object;
  readonly accounts?: readonly string[];
  /** A file for the gateway's journal: in memory it keeps the latest entries only. */
  readonly journal?: string;
  /** Laid over the worker's environment. */
  readonly workerEnv?: Readonly<Record<string, string>>;
  /** More arguments of the Temporal server. */
  readonly temporalArgs?: readonly string[];
  /** Without a worker at first; default with one. */
  readonly worker?: boolean;
  /** False: the tables are left to the first worker. */
  readonly migrate?: boolean;
}

/** What a command answered. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  // biome-ignore lint/suspicious/noExplicitAny: the answers of many commands are read here as a program would.
  readonly json: any;
}

const READY_MS = 30_000 * TIMEOUT_FACTOR;
/** A wait polls again after a tenth of its time so far, within these limits: each poll costs a query or more. */
const POLL_MS = { least: 25, most: 200 };

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const dir = temporaryFolder('world');
  const quiet = () => undefined;
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const scenario = scenarioOf(dir, options.scenario);
    const starts = await Promise.allSettled([
      // In memory: it has nothing to save before it stops, which would take a second.
      startTemporal({ log: quiet, args: options.temporalArgs ?? [] }).then((part) =>
        keep(undo, part, () => kill(part)),
      ),
      startTestPostgres(join(dir, 'postgres')).then((part) => keep(undo, part, () => part.stop())),
      startGateway({
        port: 0,
        controlPort: 0,
        seed: options.seed ?? 7,
        scenario,
        ...(options.stepped === true ? { stepped: true } : { speed: options.speed ?? 1 }),
        ...(options.start !== undefined && { start: options.start }),
        ...(options.accounts !== undefined && { accounts: options.accounts }),
        ...(options.journal !== undefined && { journal: options.journal }),
      }).then((gateway) => keep(undo, gateway, () => gateway.close())),
    ]);
    const [temporal, postgres, gateway] = starts;
    if (temporal.status === 'rejected') throw temporal.reason;
    if (postgres.status === 'rejected') throw postgres.reason;
    if (gateway.status === 'rejected') throw gateway.reason;
    const world = new World(dir, options, gateway.value, temporal.value, postgres.value.url, undo);
    await world.connect();
    if (options.worker !== false) await world.startWorker();
    return world;
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

function keep<T>(undo: (() => Promise<unknown>)[], part: T, stop: () => Promise<unknown>): T {
  undo.push(stop);
  return part;
}

function scenarioOf(dir: string, scenario: WorldOptions['scenario']): string {
  if (scenario === undefined || typeof scenario === 'string') return scenario ?? 'calm';
  const file = join(dir, 'scenario.yaml');
  writeFileSync(file, stringify(scenario));
  return file;
}

export class World {
  /** The last lines of the workers, for the message of a failed wait. */
  readonly log: string[] = [];
  readonly client: LegworkClient;
  readonly env: Readonly<Record<string, string>>;
  /** Where the Temporal Web UI is served. */
  readonly webUi: string | undefined;
  private readonly config: string;
  private opened: Store | undefined;
  private worker: Part | undefined;

  constructor(
    readonly dir: string,
    private readonly options: WorldOptions,
    readonly gateway: GatewayHandle,
    temporal: { readonly address: string; readonly uiUrl?: string },
    readonly databaseUrl: string,
    private readonly undo: readonly (() => Promise<unknown>)[],
  ) {
    this.config = join(dir, 'legwork.yaml');
    this.webUi = temporal.uiUrl;
    this.env = {
      TEMPORAL_ADDRESS: temporal.address,
      DATABASE_URL: databaseUrl,
      IB_HOST: gateway.host,
      IB_PORT: String(gateway.port),
      LEGWORK_GATEWAY_CONTROL_PORT: String(gateway.controlPort ?? ''),
      LEGWORK_CONFIG: this.config,
    };
    this.writeSettings(options.settings ?? {});
    this.client = connectClient({ cwd: dir, env: this.env });
  }

  get store(): Store {
    if (this.opened === undefined) throw new Error('The world is not connected.');
    return this.opened;
  }

  async connect(): Promise<void> {
    this.opened = await this.client.store();
    if (this.options.migrate !== false) await this.opened.migrate();
  }

  writeSettings(settings: object): void {
    writeFileSync(this.config, stringify(settings));
  }

  /** Starts a worker and waits until it holds the broker session; `settings` replace those of the world. */
  async startWorker(settings?: object): Promise<void> {
    if (settings !== undefined) this.writeSettings(settings);
    const { part, held } = this.spawnWorker();
    this.worker = part;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('it was not ready in time'), READY_MS);
    });
    const result = await Promise.race([held, part.ended, late]);
    clearTimeout(timer);
    if (result === true) return;
    await part.stop();
    throw new Error(`The worker did not start (${result}):\n${this.log.slice(-20).join('\n')}`);
  }

  /** A worker process as it comes: `held` when it has the broker session. */
  spawnWorker(env: Readonly<Record<string, string>> = {}): { readonly part: Part; readonly held: Promise<true> } {
    let announce: () => void = () => undefined;
    const held = new Promise<true>((resolve) => {
      announce = () => resolve(true);
    });
    const part = startCommand({
      name: 'worker',
      args: ['worker'],
      env: { NODE_OPTIONS: '', ...this.env, ...this.options.workerEnv, ...env },
      stopMs: 60_000,
      log: (_part, line) => {
        this.log.push(line);
        if (this.log.length > 500) this.log.shift();
      },
      onLine: (line) => {
        if (line === 'broker session held') announce();
      },
    });
    return { part, held };
  }

  /** kill -9: nothing is settled, nothing is handed over. */
  async killWorker(): Promise<void> {
    if (this.worker === undefined) return;
    process.kill(this.worker.pid, 'SIGKILL');
    await this.worker.ended;
    this.worker = undefined;
  }

  /** SIGTERM, and the orderly end that follows from it. */
  async stopWorker(): Promise<void> {
    await this.worker?.stop();
    this.worker = undefined;
  }

  async restartWorker(settings?: object): Promise<void> {
    await this.stopWorker();
    await this.startWorker(settings);
  }

  /** Waits until the condition returns a value; otherwise throws its description and the worker's last lines. */
  async waitUntil<T>(
    description: string,
    condition: () => T | undefined | false | Promise<T | undefined | false>,
    timeoutMs = 20_000,
  ): Promise<T> {
    const begun = performance.now();
    const deadline = begun + timeoutMs * TIMEOUT_FACTOR;
    for (;;) {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      if (performance.now() > deadline) {
        throw new Error(`Not within ${timeoutMs} ms: ${description}\nworker:\n${this.log.slice(-15).join('\n')}`);
      }
      const pause = Math.min(POLL_MS.most, Math.max(POLL_MS.least, (performance.now() - begun) / 10));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Runs one command in this process, as a person in another terminal would. */
  async cli(argv: readonly string[], env: Readonly<Record<string, string | undefined>> = this.env): Promise<Answer> {
    let stdout = '';
    let stderr = '';
    const code = await run(argv, {
      stdout: { isTTY: false, columns: 120, write: (text) => (stdout += text) },
      stderr: { isTTY: false, write: (text) => (stderr += text) },
      env,
      cwd: this.dir,
      interruption: () => new AbortController().signal,
    });
    return {
      code,
      stdout,
      stderr,
      get json() {
        return JSON.parse(stdout);
      },
    };
  }

  /** Asserts that gateway, database and Temporal agree; data in transit gets a moment to arrive. */
  async agree(timeoutMs = 10_000): Promise<void> {
    let found: readonly string[] = [];
    await this.waitUntil(
      'gateway, database and Temporal agree',
      async () => {
        found = await disagreements(this);
        return found.length === 0;
      },
      timeoutMs,
    ).catch(() => {
      throw new Error(`Gateway, database and Temporal do not agree:\n${found.join('\n')}`);
    });
  }

  async stop(): Promise<void> {
    await this.stopWorker();
    await this.client.disconnect();
    await Promise.all(this.undo.map((step) => step()));
    rmSync(this.dir, { recursive: true, force: true });
  }
}
