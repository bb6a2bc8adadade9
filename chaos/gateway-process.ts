/**
 * The gateway of a seed: a process on fixed ports with its state and its journal in files, killed and started again; and
 * its control interface.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ExchangeState,
  type FaultInput,
  type GatewayMarket,
  type GatewayPosition,
  type GatewayState,
  parseScenario,
  type Scenario,
  type ScenarioInput,
} from 'ib-gateway';
import { applyMarketChange, createMarket, type MarketChange } from 'ib-gateway/simulation';
import { freePort, httpRequest, type Part, type StackLog, startCommand } from 'legwork/stack';
import { stringify } from 'yaml';
import { kill } from './servers.js';

const HOST = '127.0.0.1';
const START_MS = 20_000;

export interface GatewayProcessOptions {
  readonly dir: string;
  readonly seed: number;
  readonly speed: number;
  readonly scenario: ScenarioInput;
  readonly log: StackLog;
}

/** From here on the market's clock ran at this speed; wall and market ms. */
export interface ClockSegment {
  readonly wall: number;
  readonly market: number;
  readonly speed: number;
}

export class GatewayProcess {
  readonly host = HOST;
  readonly journalFile: string;
  /** One a start of the process: the clock of a killed one leaps. */
  readonly segments: ClockSegment[] = [];
  readonly #stateFile: string;
  readonly #scenarioFile: string;
  #part: Part | undefined;

  private constructor(
    private readonly options: GatewayProcessOptions,
    readonly port: number,
    readonly controlPort: number,
  ) {
    this.journalFile = join(options.dir, 'journal.jsonl');
    this.#stateFile = join(options.dir, 'gateway.json');
    this.#scenarioFile = join(options.dir, 'scenario.yaml');
    writeFileSync(this.#scenarioFile, stringify(options.scenario));
    writeFileSync(this.journalFile, '');
  }

  static async start(options: GatewayProcessOptions): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(options, await freePort(), await freePort());
    await gateway.revive();
    return gateway;
  }

  /** Starts the process, with the state of the former one if there was one; resolves when it answers. */
  async revive(): Promise<void> {
    const { seed, speed, log } = this.options;
    const part = startCommand({
      name: 'gateway',
      args: [
        ...['gateway', '--port', String(this.port), '--control-port', String(this.controlPort)],
        ...['--seed', String(seed), '--speed', String(speed), '--scenario', this.#scenarioFile],
        ...['--state', this.#stateFile, '--journal', this.journalFile],
      ],
      env: { NODE_OPTIONS: '' },
      stopMs: 10_000,
      log,
    });
    this.#part = part;
    const end = performance.now() + START_MS;
    let ended: string | undefined;
    void part.ended.then((how) => {
      ended = how;
    });
    while (performance.now() < end && ended === undefined) {
      const status = await this.status().catch(() => undefined);
      if (status !== undefined) {
        this.segments.push({ wall: Date.now(), market: status.now, speed });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await part.stop();
    throw new Error(`The gateway did not start: ${ended ?? 'no answer'}.`);
  }

  async kill(): Promise<void> {
    if (this.#part) await kill(this.#part);
  }

  async stop(): Promise<void> {
    await this.#part?.stop();
  }

  /** An orderly end; it was away until a market time, in epoch ms, when it starts again. */
  async restartAt(from: number): Promise<void> {
    await this.stop();
    const saved = this.#saved();
    const resumeAt = Math.max(from, saved.resumeAt);
    writeFileSync(this.#stateFile, JSON.stringify({ ...saved, resumeAt }));
    await this.revive();
  }

  status(): Promise<{ readonly now: number; readonly sessions: readonly { readonly ready: boolean }[] }> {
    return this.#ask('GET', '/status');
  }

  async fault(fault: FaultInput): Promise<void> {
    await this.#ask('POST', '/fault', fault);
  }

  async set(change: MarketChange): Promise<void> {
    await this.#ask('POST', '/set', change);
  }

  positions(): Promise<readonly GatewayPosition[]> {
    return this.#ask('GET', '/positions');
  }

  /** Orders, executions and holdings as they were last written down, which is at once. */
  state(): ExchangeState {
    return this.#saved().exchange;
  }

  /** The market as it was, shocks included, to be asked about any time. */
  market(): GatewayMarket {
    const { seed, origin, changes } = this.#saved();
    const market = createMarket({ seed, start: origin, scenario: this.scenario.market });
    for (const { change, at } of changes) applyMarketChange(market, change, at);
    return market;
  }

  get scenario(): Scenario {
    return parseScenario('chaos', this.options.scenario);
  }

  #saved(): GatewayState {
    return JSON.parse(readFileSync(this.#stateFile, 'utf8')) as GatewayState;
  }

  async #ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const { ok, text } = await httpRequest(`http://${HOST}:${this.controlPort}${path}`, {
      method,
      deadlineMs: 3_000,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = JSON.parse(text);
    if (!ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer as T;
  }
}
