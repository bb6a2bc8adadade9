/** The simulated gateway as a part of the stack: a process of its own, ready when its control interface answers. */
import { LegworkError } from '../domain/errors.js';
import { httpRequest } from '../outbound/http.js';
import { type Part, type StackLog, untilReady } from './child.js';
import { startCommand } from './command.js';
import { freePort, portNear } from './port.js';

export interface GatewayPartOptions {
  readonly seed: number;
  /** Market seconds per wall second; ignored when stepped. */
  readonly speed?: number;
  readonly stepped?: boolean;
  readonly scenario?: string;
  readonly start?: string;
  /** Keeps positions, cash and the clock across restarts. */
  readonly state?: string;
  readonly journal?: string;
  /** Preferred API port; without it any free one. */
  readonly port?: number;
  readonly log: StackLog;
}

export interface GatewayPart extends Part {
  readonly host: string;
  readonly port: number;
  readonly controlPort: number;
}

const HOST = '127.0.0.1';
const START_MS = 15_000;

export async function startGatewayPart(options: GatewayPartOptions): Promise<GatewayPart> {
  const port = options.port === undefined ? await freePort() : await portNear(options.port);
  const controlPort = await freePort();
  const flag = (name: string, value: string | number | undefined) => (value === undefined ? [] : [name, String(value)]);
  const part = startCommand({
    name: 'gateway',
    args: [
      'gateway',
      ...flag('--port', port),
      ...flag('--control-port', controlPort),
      ...flag('--seed', options.seed),
      ...(options.stepped ? ['--stepped'] : flag('--speed', options.speed)),
      ...flag('--scenario', options.scenario),
      ...flag('--start', options.start),
      ...flag('--journal', options.journal),
      ...flag('--state', options.state),
    ],
    stopMs: 10_000,
    log: options.log,
  });
  const ready = await untilReady(part, { withinMs: START_MS, everyMs: 50 }, () => askStatus(controlPort));
  if (ready === true) return { ...part, host: HOST, port, controlPort };
  await part.stop();
  throw new LegworkError('BROKER_UNREACHABLE', `The simulated gateway did not start: ${String(ready)}.`);
}

async function askStatus(controlPort: number): Promise<void> {
  const { ok } = await httpRequest(`http://${HOST}:${controlPort}/status`, { deadlineMs: 1_000, statusOnly: true });
  if (!ok) throw new Error('no answer');
}
