/**
 * Whether, how much and at what price an order fills at one sample of the market.
 *
 * A limit at or beyond the far side fills at the quote. A limit that rests between mid and the far side fills at its own
 * price by chance, rarer the further it is from the far side; the chance is drawn from the seed, the order's key and the interval
 * since the last sample, so neither the order of arrival nor the steps of the clock change it.
 */
import { textHash, uniformOf } from '../market/random.js';
import type { ExchangeScenario } from './config.js';
import { needsLimit, orderTypeOf } from './form-checks.js';
import type { NetQuote } from './net-quote.js';
import { type OrderRecord, roundPrice, sideSign } from './order-record.js';

export interface Fill {
  readonly quantity: number;
  /** Net dollars per unit of the order. */
  readonly price: number;
}

export interface MatchInputs {
  readonly seed: number;
  readonly fills: ExchangeScenario['fills'];
  readonly at: number;
  /** Whether the time since the open is still too short for resting orders. */
  readonly quiet: boolean;
  /** Whether the fill plan applies to this order. */
  readonly planned: boolean;
  /** Size left at the far side. */
  readonly size: number;
}

/** Largest distance beyond mid, in halves of the spread, at which a resting order still has a chance. */
const FURTHEST_EDGE = 1.5;

/** The fill at this sample, or undefined. */
export function matchOrder(record: OrderRecord, quote: NetQuote, inputs: MatchInputs): Fill | undefined {
  const side = sideSign(record.request.action);
  const natural = side > 0 ? quote.ask : quote.bid;
  if (natural === undefined) return undefined;
  const limit = needsLimit(orderTypeOf(record.request)) ? record.request.limitPrice : undefined;
  const marketable = limit === undefined || side * (limit - natural) > -1e-9;
  const price = marketable ? natural : limit;
  const edge = marketable ? 0 : edgeOf(side, limit, natural, quote);
  const plan = planPart(record, inputs);
  if (plan === 'later') return undefined;
  const continues = plan !== undefined && record.fills > 0 && edge <= FURTHEST_EDGE;
  if (!marketable && !continues && !restingFills(record, edge, inputs)) return undefined;
  const most = plan ?? record.remaining;
  const quantity = marketable && inputs.fills.displayedSize ? Math.min(most, inputs.size) : most;
  return quantity > 0 ? { quantity, price: roundPrice(price) } : undefined;
}

/** Distance of a limit from the far side in halves of the spread: 0 there, 1 at mid. */
export function edgeOf(side: number, limit: number, natural: number, quote: NetQuote): number {
  const half = quote.mid === undefined ? 0 : side * (natural - quote.mid);
  return half > 0 ? (side * (natural - limit)) / half : Number.POSITIVE_INFINITY;
}

/** How readily resting orders fill. */
export type FillChances = Pick<ExchangeScenario['fills'], 'nearNatural' | 'atMid'>;

/** Chance that a resting limit fills within a second, by its distance from the far side. */
export function restingChance(edge: number, { nearNatural, atMid }: FillChances): number {
  if (edge > FURTHEST_EDGE) return 0;
  if (edge <= 1) return nearNatural ** (1 - edge) * atMid ** edge;
  return (atMid * (FURTHEST_EDGE - edge)) / (FURTHEST_EDGE - 1);
}

function restingFills(record: OrderRecord, edge: number, { seed, fills, at, quiet }: MatchInputs): boolean {
  if (quiet || edge > FURTHEST_EDGE) return false;
  const aSecond = restingChance(edge, fills);
  const seconds = Math.max(0, at - record.lastLookAt) / 1000;
  const chance = 1 - (1 - aSecond) ** seconds;
  return uniformOf(textHash(`${seed} ${record.key} ${at}`)) < chance;
}

/** Quantity of the plan's next part, `later` while its time has not come, or undefined without a plan. */
function planPart(record: OrderRecord, { fills, at, planned }: MatchInputs): number | 'later' | undefined {
  const last = fills.partial.length - 1;
  const part = fills.partial[Math.min(record.fills, last)];
  if (!planned || !part) return undefined;
  if (record.fills > 0 && at < record.lastFillAt + part.afterSeconds * 1000) return 'later';
  if (record.fills >= last) return record.remaining;
  return Math.min(record.remaining, Math.max(1, Math.round(record.request.quantity * part.fraction)));
}

/** How long an order that was placed or changed `age` ms ago waits for its next sample, ms. */
export function lookInterval(age: number): number {
  if (age < 120_000) return 1_000;
  return age < 1_200_000 ? 5_000 : 30_000;
}
