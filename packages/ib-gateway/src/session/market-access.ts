/**
 * Whether a client gets live quotes, delayed ones or none, and IB's message about it.
 */
import type { GatewayContract } from '../model.js';
import type { MarketDataState } from './data-faults.js';
import { COMPETING } from './line-refusals.js';

export type LineAccess = 'live' | 'delayed' | 'frozen' | 'none';

/** Types 3 and 4 of a client's choice accept delayed quotes. */
const acceptsDelayed = (dataType: number): boolean => dataType >= 3;

/** What a line gets, by the state of the account's quotes and the data type that its client chose. */
export function accessOf(state: MarketDataState, dataType: number): LineAccess {
  if (state === 'live' || state === 'frozen') return state;
  return (state === 'delayed' || state === 'noApi') && acceptsDelayed(dataType) ? 'delayed' : 'none';
}

const API_SUBSCRIPTION =
  "Requested market data requires additional subscription for API. See link in 'Market Data Connections' dialog for more details.";

/** IB's name for a contract's data at the end of such a text. */
function dataName(contract: GatewayContract | undefined): string {
  return contract ? `${contract.localSymbol} ${contract.primaryExchange || contract.exchange}/TOP/ALL` : '';
}

/** The error for a client in this state; 10089 and 10167 are advisories to clients that get delayed quotes. */
export function refusalOf(
  state: MarketDataState,
  access: LineAccess,
  dataType: number,
  contract: GatewayContract | undefined,
): readonly [number, string] | undefined {
  if (access === 'live' || access === 'frozen') return undefined;
  const name = dataName(contract);
  if (state === 'noApi') return [10089, `${API_SUBSCRIPTION}Delayed market data is available.${name}`];
  if (access === 'delayed') return [10167, 'Requested market data is not subscribed. Displaying delayed market data.'];
  if (state === 'competing') return COMPETING;
  if (acceptsDelayed(dataType))
    return [10168, 'Requested market data is not subscribed. Delayed market data is not enabled.'];
  const delayed = state === 'delayed' ? 'available' : 'not available';
  return [354, `Requested market data is not subscribed.Delayed market data is ${delayed}.${name}`];
}

/** The advisory that a part of the ticks is missing. */
export function partialNotice(code: 10090 | 10091, contract: GatewayContract | undefined): readonly [number, string] {
  const name = dataName(contract);
  if (code === 10091) return [10091, `Part of ${API_SUBSCRIPTION.replace('R', 'r')}${name}`];
  const text = 'Part of requested market data is not subscribed. Subscription-independent ticks are still active.';
  return [10090, `${text}Delayed market data is not available.${name}`];
}
