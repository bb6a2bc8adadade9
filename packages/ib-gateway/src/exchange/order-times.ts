/**
 * The times of an order: when it begins and when it expires.
 */
import type { GatewayMarket, GatewayOrderRequest } from '../model.js';
import { parseTime } from '../times.js';
import type { OrderLeg } from './order-record.js';
import { type Refusal, refusal, rejected } from './refusal.js';

const TIFS = new Set(['DAY', 'GTC', 'GTD', 'IOC', 'FOK']);
const INVALID_TIME =
  'The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xx/xxxx or yyyymmdd-hh:mm:ss';

/** Checks tif and times against the present. */
export function timeRefusal(request: GatewayOrderRequest, now: number): Refusal | undefined {
  if (!TIFS.has(request.tif))
    return refusal(321, `Error validating request.-'bN' : cause - Invalid time in force:${request.tif}`);
  if (request.goodAfterTime !== undefined && parseTime(request.goodAfterTime) === undefined)
    return refusal(391, INVALID_TIME);
  if (request.tif !== 'GTD') return undefined;
  const until = parseTime(request.goodTillDate ?? '');
  if (until === undefined) return refusal(391, INVALID_TIME);
  if (until <= now) return rejected('The good till date is in the past.');
  return undefined;
}

/** Time before which the order does not work, epoch ms; undefined: none. */
export function beginsAt(request: GatewayOrderRequest): number | undefined {
  return request.goodAfterTime === undefined ? undefined : parseTime(request.goodAfterTime);
}

/** Whether every leg is in its session. */
export function isOpen(market: GatewayMarket, legs: readonly OrderLeg[], at: number): boolean {
  return legs.every((leg) => market.isOpen(leg.contract.conId, at));
}

/** When every leg's next session has begun; infinity when a leg has none left. */
export function nextOpen(market: GatewayMarket, legs: readonly OrderLeg[], at: number): number {
  return Math.max(...legs.map((leg) => market.nextOpen(leg.contract.conId, at)));
}

/** Close of the present or next session of the leg that closes first. */
function sessionEnd(market: GatewayMarket, legs: readonly OrderLeg[], at: number): number | undefined {
  const from = isOpen(market, legs, at) ? at : nextOpen(market, legs, at);
  if (!Number.isFinite(from)) return undefined;
  const closes = legs.map((leg) => market.sessionClose(leg.contract.conId, from));
  const known = closes.filter((close): close is number => close !== undefined);
  return known.length === closes.length ? Math.min(...known) : undefined;
}

/**
 * When the order expires unless something changes: DAY and the immediate kinds at the end of the session, GTD at its date. A
 * GTC order lives until its contract has no session left, which is checked at the end of each session.
 */
export function expiresAt(
  market: GatewayMarket,
  request: GatewayOrderRequest,
  legs: readonly OrderLeg[],
  at: number,
): number | undefined {
  if (request.tif === 'GTD') return parseTime(request.goodTillDate ?? '');
  if (request.tif === 'GTC') return undefined;
  const begin = Math.max(at, beginsAt(request) ?? at);
  return sessionEnd(market, legs, begin);
}
