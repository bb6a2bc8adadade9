/**
 * Starts a simulated gateway: scenario, clock, market, exchange, and its ports.
 */
import { DateTime } from 'luxon';
import { accountsOf, serveGateway } from './assembly.js';
import { createClock } from './clock.js';
import { type AnyFault, anyFaultSchema } from './control/any-fault.js';
import { applyMarketChange } from './control/market-change.js';
import { createExchange } from './exchange/index.js';
import { createMarket, type SimulatedMarket } from './market/index.js';
import type { GatewayClock } from './model.js';
import type { GatewayHandle, GatewayOptions } from './options.js';
import { loadScenario, type Scenario } from './scenario/index.js';
import { readState, StateKeeper } from './state.js';

/**
 * Starts a gateway. Rejects with RangeError when the scenario, the start or the speed cannot be read or the state file belongs
 * to another run, and with the system's error when a port is taken or a file cannot be written.
 */
export async function startGateway(options: GatewayOptions): Promise<GatewayHandle> {
  const scenario = loadScenario(options.scenario ?? 'calm');
  const { seed, state: file } = options;
  const accounts = accountsOf(options);
  const identity = { seed, scenario: scenario.name, accounts };
  const before = file === undefined ? undefined : readState(file, identity);
  const origin = before?.origin ?? startOf(options.start, scenario);
  const clock = createClock({
    mode: options.stepped ? 'stepped' : 'running',
    start: before?.resumeAt ?? origin,
    ...(options.speed === undefined ? {} : { speed: options.speed }),
  });
  let keeper: StateKeeper | undefined;
  try {
    const market = createMarket({ seed, start: origin, scenario: scenario.market });
    for (const { change, at } of before?.changes ?? []) applyMarketChange(market, change, at);
    const faults = scriptedFaults(scenario, market);
    const saved = before && { state: before.exchange, at: before.savedAt, generation: before.generation + 1 };
    const parts = { clock, market, seed, accounts, scenario: scenario.exchange };
    const exchange = createExchange({ ...parts, ...(saved && { saved }) });
    exchange.on((event) => {
      if (event.kind === 'script' && event.missed !== undefined) sayMissed(`event ${event.event.kind}`, event.missed);
    });
    const speed = options.speed ?? 1;
    if (file !== undefined) keeper = new StateKeeper({ file, identity, origin, before, clock, speed, exchange });
    const handle = await serveGateway({ clock, market, exchange }, options, keeper);
    schedule(clock, handle, faults, before?.savedAt);
    return {
      ...handle,
      close: async () => {
        clock.close();
        try {
          await handle.close();
        } finally {
          keeper?.close();
        }
      },
    };
  } catch (error) {
    clock.close();
    keeper?.close();
    throw error;
  }
}

/** Epoch ms at which the market clock begins. */
function startOf(start: string | undefined, scenario: Scenario): number {
  if (start === undefined) return scenario.start;
  if (start === 'now') return Date.now();
  const parsed = DateTime.fromISO(start, { setZone: true });
  if (!parsed.isValid) throw new RangeError(`the start is no ISO 8601 time: ${start}`);
  return parsed.toMillis();
}

interface ScriptedFault {
  readonly at: number;
  readonly fault: AnyFault;
}

/** The scenario's connection faults. Throws RangeError that names an unreadable one. */
function scriptedFaults(scenario: Scenario, market: SimulatedMarket): readonly ScriptedFault[] {
  return scenario.faults.map(({ at, fault: kind, ...fields }, index) => {
    const parsed = anyFaultSchema.safeParse({ kind, ...fields });
    if (!parsed.success) throw new RangeError(`scenario ${scenario.name}: fault ${index + 1}: ${parsed.error.message}`);
    return { at: market.moment(at), fault: parsed.data };
  });
}

/** Schedules the remaining faults; an earlier run has seen those up to `since`. */
function schedule(
  clock: GatewayClock,
  handle: GatewayHandle,
  faults: readonly ScriptedFault[],
  since: number | undefined,
): void {
  for (const { at, fault } of faults) {
    if (since === undefined ? at >= clock.now() : at > since)
      clock.schedule(at, `fault:${fault.kind}`, () => attempt(handle, fault));
    else if (since === undefined) sayMissed(`fault ${fault.kind}`, 'its moment is before the start of the scenario');
  }
}

/** A scripted fault without a target is in the journal as FAULT_MISSED; the run goes on. */
function attempt(handle: GatewayHandle, fault: AnyFault): void {
  try {
    handle.fault(fault);
  } catch (error) {
    sayMissed(`fault ${fault.kind}`, error instanceof Error ? error.message : String(error));
  }
}

/** To the person who runs the scenario: it did not do what it says. */
function sayMissed(what: string, why: string): void {
  console.error(`scenario: ${what} did nothing: ${why}`);
}
