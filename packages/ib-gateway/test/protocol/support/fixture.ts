/** A gateway on the real market and a stepped clock, with the paper exchange, and the real client connected to it. */

import { EventName, IBApi } from '@stoqey/ib';
import { serveGateway } from '../../../src/assembly.js';
import { createClock } from '../../../src/clock.js';
import { createMarket } from '../../../src/market/index.js';
import { marketScenarioSchema } from '../../../src/market/scenario.js';
import type { GatewayMarket } from '../../../src/model.js';
import type { GatewayHandle, GatewayOptions } from '../../../src/options.js';
import { TIMEOUT_FACTOR } from '../../support/timeout-factor.js';
import { PaperExchange } from './paper-exchange.js';

/** Monday 2026-11-23, 10:00 in New York. */
export const START = Date.parse('2026-11-23T15:00:00Z');

export interface Fixture {
  readonly gateway: GatewayHandle;
  readonly exchange: PaperExchange;
  readonly market: GatewayMarket;
}

export async function startFixture(options: Partial<GatewayOptions> = {}, start = START): Promise<Fixture> {
  const clock = createClock({ mode: 'stepped', start });
  const market = createMarket({ seed: 7, start, scenario: marketScenarioSchema.parse({}) });
  const exchange = new PaperExchange({ market, clock });
  const gateway = await serveGateway({ market, exchange, clock }, { port: 0, seed: 7, stepped: true, ...options });
  return { gateway, exchange, market };
}

/** Everything a client received, as [event, ...arguments]. */
export type Heard = readonly [string, ...unknown[]];

export interface Client {
  readonly api: IBApi;
  readonly heard: Heard[];
  /** Resolves with the first matching event after `from`; rejects with what was received instead. */
  wait(name: string, fits?: (...values: never[]) => boolean, from?: number): Promise<Heard>;
  close(): void;
}

const DEADLINE_MS = 10_000 * TIMEOUT_FACTOR;

/** Connects the unmodified client library and waits for its next valid id. */
export async function connectClient(port: number, clientId = 1): Promise<Client> {
  const api = new IBApi({ host: '127.0.0.1', port, clientId });
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  const emit = api.emit.bind(api);
  // The library emits each event once by its name, and once more as `all`.
  api.emit = (name: string | symbol, ...values: unknown[]): boolean => {
    heard.push([String(name), ...values]);
    for (const wake of waiting) wake();
    return emit(name as EventName, ...(values as []));
  };
  api.on(EventName.error, () => undefined);
  const wait = async (name: string, fits: (...values: never[]) => boolean = () => true, from = 0): Promise<Heard> => {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const found = heard.slice(from).find(([event, ...values]) => event === name && fits(...(values as never[])));
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(
          `no ${name}; heard ${JSON.stringify(heard.slice(-20), (_, v) => (v instanceof Error ? v.message : v))}`,
        );
      await new Promise<void>((resolve) => {
        // An abandoned wait must not keep the process alive.
        const timer = setTimeout(wake, left).unref();
        function wake(): void {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        }
        waiting.add(wake);
      });
    }
  };
  api.connect();
  const greeted = wait(EventName.nextValidId);
  const refused = wait(EventName.disconnected).then(() => 'refused');
  refused.catch(() => undefined);
  greeted.catch(() => undefined);
  if ((await Promise.race([greeted, refused])) === 'refused') throw new Error(JSON.stringify(heard));
  return { api, heard, wait, close: () => api.disconnect() };
}

/** A client's decoding errors: code 505 means that a message had too few or too many fields. */
export function decodingErrors(client: Client): string[] {
  return client.heard
    .filter(([name, , code]) => name === EventName.error && code === 505)
    .map(([, error]) => (error instanceof Error ? error.message : String(error)));
}
