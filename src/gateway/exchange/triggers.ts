/**
 * When a stop order is elected, by trigger method.
 *
 * Methods of the TWS API: 1 double bid/ask, 2 last, 3 double last, 4 bid/ask, 7 last or bid/ask, 8 mid; 0 is double bid/ask for options
 * and last for everything else. A combo has no last price, so a stop on one with the default method is never elected.
 */
import type { NetQuote } from './net-quote.js';
import type { OrderRecord } from './order-record.js';
import { sideSign } from './order-record.js';

const DOUBLE_BID_ASK = 1;
const LAST = 2;
const DOUBLE_LAST = 3;
const BID_ASK = 4;
const LAST_OR_BID_ASK = 7;
const MID = 8;

/** Looks at a stop order's quote and says whether it is elected now; counts hits of the double methods. */
export function elects(record: OrderRecord, quote: NetQuote): boolean {
  const stop = record.request.auxPrice;
  if (stop === undefined) return false;
  const method = methodOf(record);
  const side = sideSign(record.request.action);
  const last = record.isCombo ? undefined : quote.legs[0]?.last;
  const reached = (price: number | undefined): boolean => price !== undefined && side * (price - stop) >= -1e-9;
  const bidAsk = reached(side > 0 ? quote.ask : quote.bid);
  const hit =
    ((method === DOUBLE_BID_ASK || method === BID_ASK) && bidAsk) ||
    ((method === LAST || method === DOUBLE_LAST) && reached(last)) ||
    (method === LAST_OR_BID_ASK && (bidAsk || reached(last))) ||
    (method === MID && reached(quote.mid));
  record.triggerHits = hit ? record.triggerHits + 1 : 0;
  const needed = method === DOUBLE_BID_ASK || method === DOUBLE_LAST ? 2 : 1;
  return record.triggerHits >= needed;
}

function methodOf(record: OrderRecord): number {
  const given = record.request.triggerMethod ?? 0;
  if (given !== 0) return given;
  if (record.isCombo) return LAST;
  return record.legs[0]?.contract.secType === 'OPT' ? DOUBLE_BID_ASK : LAST;
}
