/**
 * Past ticks: trades, quotes or midpoints, up to a thousand, forward from a start or backward from an end.
 */
import type { Values } from '../protocol/index.js';
import { flagOf, numberOr, textOf } from '../protocol/values.js';
import { parseTime } from '../times.js';
import { oneContract } from './one-contract.js';
import { type ClientPort, invalidRequest } from './port.js';
import { type SecondTick, type TickKind, ticksAfter, ticksBefore } from './second-ticks.js';

const MOST_TICKS = 1_000;
const KINDS: ReadonlyMap<string, TickKind> = new Map([
  ['TRADES', 'last'],
  ['BID_ASK', 'bidAsk'],
  ['MIDPOINT', 'midpoint'],
]);

/** The message of each kind of tick. */
const MESSAGES = {
  last: 'HISTORICAL_TICKS_LAST',
  bidAsk: 'HISTORICAL_TICKS_BID_ASK',
  midpoint: 'HISTORICAL_TICKS',
} as const;

export function historicalTicks(client: ClientPort, values: Values): void {
  const reqId = numberOr(values, 'reqId');
  const kind = KINDS.get(textOf(values, 'whatToShow').toUpperCase());
  const count = numberOr(values, 'numberOfTicks');
  const start = textOf(values, 'startDateTime');
  const end = textOf(values, 'endDateTime');
  const at = parseTime(start === '' ? end : start);
  const problem = problemOf(kind, count, start, end, at);
  if (problem !== undefined || kind === undefined || at === undefined) {
    client.error(reqId, ...invalidRequest(problem ?? 'Invalid request'));
    return;
  }
  const contract = oneContract(client, values);
  if (!contract) return;
  const { market, clock } = client;
  const search = {
    ...{ market, conId: contract.conId, kind, count, now: clock.now() },
    ...{ ignoreSize: flagOf(values, 'ignoreSize'), useRth: flagOf(values, 'useRth') },
  };
  const found = start === '' ? ticksBefore(search, at) : ticksAfter(search, at);
  sendTicks(client, reqId, kind, found, contract.exchange);
}

function problemOf(
  kind: TickKind | undefined,
  count: number,
  start: string,
  end: string,
  at: number | undefined,
): string | undefined {
  if (kind === undefined) return 'Historical ticks show TRADES, BID_ASK or MIDPOINT';
  if (count < 1 || count > MOST_TICKS) return `Number of ticks must be between 1 and ${MOST_TICKS}`;
  if ((start === '') === (end === '')) return 'Either start or end time must be given, not both';
  return at === undefined ? `Invalid time '${start || end}'` : undefined;
}

/** Sends past ticks in the message of their kind. */
export function sendTicks(
  client: ClientPort,
  reqId: number,
  kind: TickKind,
  found: readonly SecondTick[],
  exchange: string,
): void {
  client.send(MESSAGES[kind], { reqId, ticks: found.map((tick) => tickValues(kind, tick, exchange)), done: true });
}

function tickValues(kind: TickKind, { time, quote }: SecondTick, exchange: string): Values {
  if (kind === 'midpoint') return { time, price: ((quote.bid ?? 0) + (quote.ask ?? 0)) / 2, size: 0 };
  if (kind === 'last')
    return { time, attributes: 0, price: quote.last, size: quote.lastSize ?? 0, exchange, conditions: '' };
  const { bid, ask, bidSize, askSize } = quote;
  return { time, attributes: 0, bid, ask, bidSize, askSize };
}
