/**
 * Whether an order may truthfully have stayed unfilled: the chance of it, by the limits that it had, the quotes of its time and
 * the exchange's own rule. The market is a function of its seed, so it is asked again afterwards.
 */

import type { GatewayMarket, JournalEntry } from 'ib-gateway';
import {
  edgeOf,
  type FillChances,
  netQuote,
  type OrderRecord,
  parseTime,
  restingChance,
  sideSign,
} from 'ib-gateway/simulation';

export interface OrderWait {
  /** Market ms that it was at the broker. */
  readonly ms: number;
  /** Chance that nothing of it fills in that time; 1 of one that filled in part, whose rest is not reckoned. */
  readonly chance: number;
  /** How far the net mid of its legs was towards its end from that of its planning, dollars per share. */
  readonly moved: number;
  /** It stayed until its own time was over. */
  readonly toItsEnd: boolean;
}

const SECOND_MS = 1_000;
/** A cancel takes a moment, and a walk's last step ends a little before the order's own time. */
const END_SLACK_MS = 15_000;
/** A cancel is decided on quotes at most this much older than the order's end at the broker. */
const DECIDED_MS = 60_000;
/** Looks are not at every second: no second makes a fill certain. */
const SUREST = 0.9;

/** `frames`: the journal's PLACE_ORDER entries of this order, oldest first; `plannedAt`: when its walk began. The order is over. */
export function waitOf(
  record: OrderRecord,
  plannedAt: number,
  frames: readonly JournalEntry[],
  market: GatewayMarket,
  chances: FillChances,
): OrderWait {
  const { placedAt, completedAt = placedAt, legs, request } = record;
  const side = sideSign(request.action);
  const first = netQuote(market, legs, plannedAt).mid;
  let chance = 1;
  let moved = 0;
  for (let at = placedAt; at < completedAt; at += SECOND_MS) {
    const quote = netQuote(market, legs, at);
    const limit = limitAt(frames, at) ?? request.limitPrice;
    const natural = side > 0 ? quote.ask : quote.bid;
    if (first !== undefined && quote.mid !== undefined && at > completedAt - DECIDED_MS)
      moved = Math.max(moved, Math.abs(quote.mid - first));
    if (limit === undefined || natural === undefined) continue;
    const marketable = side * (limit - natural) > -1e-9;
    chance *= 1 - Math.min(SUREST, restingChance(marketable ? 0 : edgeOf(side, limit, natural, quote), chances));
  }
  const goodTill = parseTime(request.goodTillDate ?? '');
  return {
    ms: completedAt - placedAt,
    chance: record.filled > 0 ? 1 : chance,
    moved,
    toItsEnd: goodTill !== undefined && completedAt >= goodTill - END_SLACK_MS,
  };
}

function limitAt(frames: readonly JournalEntry[], at: number): number | undefined {
  const frame = frames.filter((one) => one.at <= at).at(-1) ?? frames[0];
  return frame === undefined ? undefined : Number(frame.fields.limitPrice);
}
