/**
 * Refusals that follow from the market, the account and the other orders: error 201 with the words that IB uses.
 */
import type { AccountView } from './account-view.js';
import { needsLimit, orderTypeOf } from './form-checks.js';
import { isReducing, type PreviewParts, previewMargin } from './margin-preview.js';
import type { NetQuote } from './net-quote.js';
import { legSign, type OrderRecord, sideSign } from './order-record.js';
import { payoffBounds } from './payoff.js';
import { type Refusal, rejected } from './refusal.js';

const BOTH_SIDES =
  'Cannot have open orders on both sides of the same US Option contract in the same account. ' +
  'If the new order is intended to close a position, please cancel the other order first.';
const RISKLESS = 'Riskless combination orders are not allowed.';
const LOSES = 'Guaranteed-to-lose combination orders are not allowed.';
export const TOO_FAR = 'Limit price too far outside of NBBO.';
export const TOO_FAR_REFUSAL = rejected(TOO_FAR);

const TOLERANCE = 1e-9;

/** A combo whose limit leaves nothing to chance: it can only win, or only lose. */
export function payoffRefusal(record: OrderRecord): Refusal | undefined {
  const { limitPrice, action } = record.request;
  if (!record.isCombo || limitPrice === undefined || !needsLimit(orderTypeOf(record.request))) return undefined;
  const bounds = payoffBounds(record.legs);
  if (!bounds) return undefined;
  const side = sideSign(action);
  const [best, worst] = side > 0 ? [bounds.lowest, bounds.highest] : [bounds.highest, bounds.lowest];
  if (side * (limitPrice - best) <= TOLERANCE) return rejected(RISKLESS);
  if (side * (limitPrice - worst) >= -TOLERANCE) return rejected(LOSES);
  return undefined;
}

/** A limit worse than the far side by more than `dollars` and by more than that price itself; 0 dollars: never. */
export function isTooFar(record: OrderRecord, quote: NetQuote, dollars: number): boolean {
  const { limitPrice, action } = record.request;
  const natural = action === 'BUY' ? quote.ask : quote.bid;
  if (dollars === 0 || natural === undefined || limitPrice === undefined) return false;
  const beyond = sideSign(action) * (limitPrice - natural);
  return beyond > Math.max(dollars, Math.abs(natural));
}

/** A working order elsewhere in the account on the other side of one of this order's options. */
export function collisionRefusal(record: OrderRecord, others: readonly OrderRecord[]): Refusal | undefined {
  const sides = new Map<number, number>();
  for (const leg of record.legs)
    if (leg.contract.secType === 'OPT') sides.set(leg.contract.conId, legSign(record, leg));
  const collides = others.some(
    (other) =>
      other !== record &&
      isActive(other) &&
      !isRelated(record, other) &&
      other.legs.some((leg) => sides.get(leg.contract.conId) === -legSign(other, leg)),
  );
  return collides ? rejected(BOTH_SIDES) : undefined;
}

function isActive(order: OrderRecord): boolean {
  return order.phase !== 'held' && order.phase !== 'child' && order.phase !== 'inactive' && order.phase !== 'done';
}

/** Orders of one bracket or one OCA group cannot work against each other. */
function isRelated(left: OrderRecord, right: OrderRecord): boolean {
  const [one, other] = [left.request, right.request];
  if (one.ocaGroup !== undefined && one.ocaGroup === other.ocaGroup) return true;
  if (one.clientId !== other.clientId) return false;
  const root = (request: typeof one): number => request.parentId ?? request.orderId;
  return root(one) === root(other);
}

/** Too little equity for the margin after the order; an order that only reduces positions always may. */
export function marginRefusal(
  parts: PreviewParts & { view: AccountView },
  record: OrderRecord,
  quote: NetQuote,
): Refusal | undefined {
  if (isReducing(parts.ledger, record)) return undefined;
  const { initAfter, equityAfter } = previewMargin(parts, record, quote);
  if (equityAfter >= initAfter) return undefined;
  const text =
    'YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE ' +
    `[${equityAfter.toFixed(2)} USD] MUST EXCEED THE INITIAL MARGIN [${initAfter.toFixed(2)} USD]`;
  return { ...rejected(text), inactive: true };
}
