/**
 * Refusals that follow from the market, the account and the other orders: error 201 with IB's text.
 */
import type { AccountView } from './account-view.js';
import { needsLimit, orderTypeOf } from './form-checks.js';
import { isReducing, type PreviewParts, previewMargin } from './margin-preview.js';
import type { NetQuote } from './net-quote.js';
import { legSign, type OrderRecord, sideSign } from './order-record.js';
import { payoffBounds } from './payoff.js';
import { hasOverride, overridable, type Refusal, rejected } from './refusal.js';

const BOTH_SIDES =
  'Cannot have open orders on both sides of the same US Option contract.<br>' +
  'You are attempting to add an order for a contract where an open order already exists on the opposite side of the market.<br>' +
  'Customers are prevented, by regulation, from entering a buy and a sell order for the same option contract.';
const RISKLESS = 'Riskless combination orders are not allowed.';
const LOSES = 'Guaranteed-to-lose combination orders are not allowed.';
export const TOO_FAR = 'Limit price too far outside of NBBO.';
export const TOO_FAR_REFUSAL = rejected(TOO_FAR);

const TOLERANCE = 1e-9;

/** The `advancedErrorOverride` value for an order whose payoff leaves nothing to chance. */
const COMBO_PAYOUT = '8229=COMBOPAYOUT';

/** A combo whose limit leaves nothing to chance: it can only win, or only lose. A client may override the refusal. */
export function payoffRefusal(record: OrderRecord): Refusal | undefined {
  const { limitPrice, action } = record.request;
  if (hasOverride(record.request, COMBO_PAYOUT)) return undefined;
  if (!record.isCombo || limitPrice === undefined || !needsLimit(orderTypeOf(record.request))) return undefined;
  const bounds = payoffBounds(record.legs);
  if (!bounds) return undefined;
  const side = sideSign(action);
  const [best, worst] = side > 0 ? [bounds.lowest, bounds.highest] : [bounds.highest, bounds.lowest];
  if (side * (limitPrice - best) <= TOLERANCE) return overridable(rejected(RISKLESS), COMBO_PAYOUT);
  if (side * (limitPrice - worst) >= -TOLERANCE) return overridable(rejected(LOSES), COMBO_PAYOUT);
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

/**
 * An order elsewhere in the account on the other side of one of this order's options. Children that wait for their parent and
 * orders that are not transmitted count as well.
 */
export function collisionRefusal(record: OrderRecord, others: readonly OrderRecord[]): Refusal | undefined {
  const sides = new Map<number, number>();
  for (const leg of record.legs)
    if (leg.contract.secType === 'OPT') sides.set(leg.contract.conId, legSign(record, leg));
  const collides = others.some(
    (other) =>
      other !== record &&
      other.phase !== 'inactive' &&
      other.phase !== 'done' &&
      !isRelated(record, other) &&
      other.legs.some((leg) => sides.get(leg.contract.conId) === -legSign(other, leg)),
  );
  return collides ? rejected(BOTH_SIDES) : undefined;
}

const NOT_AT_WORK: ReadonlySet<OrderRecord['phase']> = new Set(['held', 'child', 'inactive', 'done']);

/**
 * More working orders on one contract and side than the broker allows. A combo counts here as a contract of its own, named by
 * its legs: there is no evidence that it counts for its legs' contracts.
 */
export function crowdRefusal(record: OrderRecord, others: readonly OrderRecord[], most: number): Refusal | undefined {
  const contract = contractName(record);
  const crowd = others.filter(
    (other) =>
      other !== record &&
      !NOT_AT_WORK.has(other.phase) &&
      other.request.action === record.request.action &&
      contractName(other) === contract,
  );
  if (crowd.length < most) return undefined;
  return rejected(
    `Your account has a minimum of ${most} orders working on either the buy or sell side for this particular contract.`,
  );
}

function contractName({ legs }: OrderRecord): string {
  return legs
    .map((leg) => `${leg.contract.conId} ${leg.sign * leg.ratio}`)
    .sort()
    .join();
}

/** Orders of one bracket or one OCA group cannot work against each other. */
function isRelated(left: OrderRecord, right: OrderRecord): boolean {
  const [one, other] = [left.request, right.request];
  if (one.ocaGroup !== undefined && one.ocaGroup === other.ocaGroup) return true;
  if (one.clientId !== other.clientId) return false;
  const root = (request: typeof one): number => request.parentId ?? request.orderId;
  return root(one) === root(other);
}

/** Too little equity for the margin after the order; an order that only reduces positions is always allowed. */
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
