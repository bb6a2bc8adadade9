/**
 * Whether a client gets live quotes, delayed ones or none, and what IB says about it.
 */
import type { MarketDataState } from './faults.js';

export type LineAccess = 'live' | 'delayed' | 'frozen' | 'none';

/** Types 3 and 4 of a client's choice accept delayed quotes. */
const acceptsDelayed = (dataType: number): boolean => dataType >= 3;

/** What a line gets, by the state of the account's quotes and the type of data that its client asked for. */
export function accessOf(state: MarketDataState, dataType: number): LineAccess {
  if (state === 'live' || state === 'frozen') return state;
  return state === 'delayed' && acceptsDelayed(dataType) ? 'delayed' : 'none';
}

/** The error that tells a client so; 10167 is a warning, and quotes follow. */
export function refusalOf(
  state: MarketDataState,
  access: LineAccess,
  dataType: number,
): readonly [number, string] | undefined {
  if (access === 'live' || access === 'frozen') return undefined;
  if (access === 'delayed') return [10167, 'Requested market data is not subscribed. Displaying delayed market data.'];
  if (state === 'competing') return [10197, 'No market data during competing live session'];
  if (acceptsDelayed(dataType))
    return [10168, 'Requested market data is not subscribed. Delayed market data is not enabled.'];
  const delayed = state === 'delayed' ? 'available' : 'not available';
  return [354, `Requested market data is not subscribed. Delayed market data is ${delayed}.`];
}
