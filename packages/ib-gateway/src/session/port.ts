/**
 * The interface of a request handler: the gateway's parts and the way back to one client.
 */
import type { ExchangeFaults } from '../exchange/index.js';
import type { GatewayClock, GatewayExchange, GatewayMarket } from '../model.js';
import type { Values } from '../protocol/index.js';
import { textOf } from '../protocol/values.js';
import type { Farms } from './farms.js';
import type { Faults } from './faults.js';

/** The three parts that the session layer puts on the wire. */
export interface GatewayParts {
  readonly market: GatewayMarket;
  /** Without `faults`, none can be injected at the exchange itself. */
  readonly exchange: GatewayExchange & { readonly faults?: ExchangeFaults };
  readonly clock: GatewayClock;
}

/** One client, seen from a handler. */
export interface ClientPort extends GatewayParts {
  readonly clientId: number;
  readonly accounts: readonly string[];
  readonly faults: Faults;
  readonly farms: Farms;
  /** The protocol version agreed with this client. */
  readonly serverVersion: number;
  /** Sends a response by its name in the protocol table. */
  send(name: string, values?: Values): void;
  /** Sends ERR_MSG; `id` is a request or order id, -1 for the system. */
  error(id: number, code: number, text: string, advancedReject?: string): void;
}

/** Error codes and texts that several handlers send. */
export const NO_DEFINITION = [200, 'No security definition has been found for the request'] as const;

export const NO_HISTORY = [162, 'Historical Market Data Service error message:HMDS query returned no data'] as const;

export function invalidRequest(reason: string): readonly [number, string] {
  return [321, `Error validating request.-'bN' : cause - ${reason}`];
}

/** An id that is in use; the documentation's 102 was not seen (stoqey/ib issue 240, frames and logs of several clients). */
export function duplicateId(what: string): readonly [number, string] {
  return [322, `Error processing request.-'bO' : cause - Duplicate ticker ${what}`];
}

/**
 * The error for a data request that names no exchange. IB refuses it even with a contract id, as positions come; only
 * contract details need none (erdewit/ib_insync issue 478, ranaroussi/ezibpy issues 7 and 20, live probes of others).
 */
export function exchangeProblem(values: Values): readonly [number, string] | undefined {
  return textOf(values, 'exchange') === '' ? invalidRequest('Please enter exchange') : undefined;
}
