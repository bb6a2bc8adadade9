/**
 * Connects a market, an exchange and a clock to the wire.
 */
import { anyFaultSchema } from './control/any-fault.js';
import { applyFault } from './control/apply-fault.js';
import { type ControlTarget, startControl } from './control/http.js';
import { applyMarketChange, type MarketChange } from './control/market-change.js';
import { Journal } from './journal.js';
import type { GatewayHandle, GatewayOptions } from './options.js';
import type { GatewayParts } from './session/port.js';
import { SessionServer } from './session/server.js';

/** How often quotes are sampled in running mode, wall ms: IB's own rhythm for watch lists. */
const PUMP_INTERVAL_MS = 250;
const DEFAULT_MESSAGE_RATE = 50;
const DEFAULT_ACCOUNTS: readonly string[] = ['DU1000000'];

/** The accounts that the options give to a gateway. */
export function accountsOf(options: GatewayOptions): readonly string[] {
  return options.accounts && options.accounts.length > 0 ? options.accounts : DEFAULT_ACCOUNTS;
}

/** Notifies the store of the gateway's state about changes that the exchange does not publish. */
export interface StateListener {
  marketChanged(change: MarketChange, at: number): void;
  save(): void;
}

/**
 * Starts the API port and, if requested, the control port over the given parts. `close` ends everything except those parts.
 */
export async function serveGateway(
  parts: GatewayParts,
  options: GatewayOptions,
  state?: StateListener,
): Promise<GatewayHandle> {
  const { clock, market, exchange } = parts;
  const stepped = clock.mode === 'stepped';
  const host = options.host ?? '127.0.0.1';
  const journal = new Journal(() => clock.now(), {
    wallInFile: !stepped,
    ...(options.journal === undefined ? {} : { file: options.journal }),
  });
  const messageRate = options.messageRate ?? (stepped ? 0 : DEFAULT_MESSAGE_RATE);
  const server = new SessionServer(parts, journal, { accounts: accountsOf(options), messageRate });
  const set = (change: MarketChange): void => {
    const at = clock.now();
    applyMarketChange(market, change, at);
    state?.marketChanged(change, at);
    server.quotesChanged(at);
  };
  const target: ControlTarget = {
    now: () => clock.now(),
    mode: () => clock.mode,
    nextEvent: () => clock.next(),
    sessions: () => server.sessions(),
    positions: () => exchange.positions(),
    journal: (from) => journal.entries(from),
    advance: (to) => {
      const reached = advance(parts, server, to);
      state?.save();
      return reached;
    },
    fault: (fault) => applyFault({ ...parts, server, set }, fault),
    set,
  };
  const port = await server.listen(host, options.port);
  const control =
    options.controlPort === undefined ? undefined : await startControl(target, '127.0.0.1', options.controlPort);
  const pump = stepped ? undefined : setInterval(() => server.pump(), PUMP_INTERVAL_MS);
  return {
    host,
    port,
    controlPort: control?.port,
    now: target.now,
    nextEvent: target.nextEvent,
    advance: target.advance,
    journal: (from = 1) => journal.entries(from),
    fault: (fault) => target.fault(anyFaultSchema.parse(fault)),
    set: target.set,
    positions: target.positions,
    close: async () => {
      clearInterval(pump);
      await control?.close();
      await server.close();
      await journal.close();
    },
  };
}

/**
 * Goes to `to` or to the first event before it, then sends every changed quote once. Throws when the clock is a running one.
 */
function advance(parts: GatewayParts, server: SessionServer, to: number): number {
  const { clock } = parts;
  if (clock.mode !== 'stepped') throw new Error('the clock of this gateway runs by itself');
  const next = clock.next() ?? Number.POSITIVE_INFINITY;
  clock.advance(Math.max(clock.now(), Math.min(to, next)));
  server.pump();
  return clock.now();
}
