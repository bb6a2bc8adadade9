/**
 * When a stop order is elected. A combo has no last price, so a stop on one with the default method never is.
 */
import type { NetQuote } from './net-quote.js';
import { type OrderRecord, sideSign } from './order-record.js';
import { methodOf, reaches } from './price-levels.js';

/** Checks a stop order's quote and says whether it is elected now. */
export function elects(record: OrderRecord, quote: NetQuote): boolean {
  const { auxPrice, action, triggerMethod = 0 } = record.request;
  if (auxPrice === undefined) return false;
  const isOption = !record.isCombo && record.legs[0]?.contract.secType === 'OPT';
  const level = { method: methodOf(triggerMethod, isOption), side: sideSign(action), price: auxPrice };
  const [leg] = record.isCombo ? [] : quote.legs;
  const { bid, ask, bidSize, askSize } = quote;
  const prices = { bid, ask, bidSize, askSize, last: leg?.last, lastSize: leg?.lastSize };
  return reaches(level, prices, record.sightings, 'stop');
}
