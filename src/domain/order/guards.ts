/** The last checks of an order's own numbers: that it only reduces, and that its price makes sense for its purpose. */
import { formatMoney, type Micros } from '../money.js';
import type { LegAction } from '../option.js';
import type { Structure } from '../strategy/strategy.js';
import type { OrderPurpose } from './order.js';

export interface ReducibleInput {
  readonly conId: number;
  readonly action: LegAction;
  /** Contracts of this leg that the order would trade. */
  readonly quantity: number;
  /** Signed contracts held by the ledger. */
  readonly ledger: number;
  /** Signed contracts held by the account; absent when the broker's answer was incomplete, which must not block an exit. */
  readonly account?: number;
  /** Contracts of other reducing orders of the same contract and action that may be live. */
  readonly working: number;
}

/**
 * A sentence when the order would not shrink the holding, or would reduce it by more than min(|ledger|, |account|) less what other
 * orders may still close; undefined when it may go. An account on the other side of zero counts as holding nothing.
 */
export function reducible(input: ReducibleInput): string | undefined {
  const { conId, action, quantity, ledger, account, working } = input;
  if (!Number.isInteger(quantity) || quantity <= 0)
    return `Contract ${conId}: ${quantity} is not allowed as a quantity to close; expected a whole number, 1 or more.`;
  const side = action === 'SELL' ? 1 : -1;
  const held = Math.max(0, Math.min(side * ledger, side * (account ?? ledger)));
  if (held === 0) {
    const of =
      account === undefined ? `the ledger holds ${ledger}` : `the ledger holds ${ledger}, the account ${account}`;
    return `Contract ${conId}: to ${action.toLowerCase()} ${quantity} would not reduce it; ${of}.`;
  }
  const free = held - working;
  if (quantity <= free) return undefined;
  return `Contract ${conId}: ${quantity} would close more than the ${Math.max(0, free)} that are free (${held} held, ${working} being closed).`;
}

export interface LimitInput {
  readonly structure: Structure;
  /** The side on which the order trades a single option. */
  readonly action?: LegAction;
  /** Whether the structure is opened for a credit; absent when its worth may have either sign. */
  readonly credit?: boolean;
  readonly purpose: OrderPurpose;
  /** Per share in the broker's sense: what we pay; negative: we receive. */
  readonly limit: Micros;
  /** Widest side of the structure per share; 0 when it has none. */
  readonly width: Micros;
  /** For custom legs: what one combo, as opened, is worth at expiration at least and at most; absent where nothing bounds it. */
  readonly worth?: { readonly lowest?: Micros; readonly highest?: Micros };
  /** Net mid in the same sense. */
  readonly mid: Micros;
  /** Largest distance from mid. */
  readonly collar: Micros;
}

/**
 * A sentence when the limit has the wrong sign, lies outside what the structure can be worth, or lies too far from mid.
 *
 * Opening: a credit receives, a debit pays, strictly inside (0, width). Custom legs lie strictly inside what they can be worth, and may
 * have either sign or be zero where that range does. Reducing: strictly inside (-width, width), with either sign, for the structures
 * whose value is so bounded, since nothing may block an exit; custom legs may be worth more than their width. A single option is
 * checked by the size of its price: its action carries the side.
 */
export function checkLimit(input: LimitInput): string | undefined {
  const { limit, purpose } = input;
  if (!Number.isSafeInteger(limit)) return `The limit ${limit} is not a price.`;
  if (input.structure === 'single_leg') {
    if (limit === 0) return 'The limit of a single option must be above zero.';
    const { action } = input;
    if (action !== undefined && limit > 0 !== (action === 'BUY')) {
      return `The limit ${formatMoney(limit)} does not fit an order that ${action === 'BUY' ? 'buys' : 'sells'}.`;
    }
    return collarOf(Math.abs(limit), Math.abs(input.mid), input.collar);
  }
  return (
    (purpose === 'OPEN' ? openingSign(input) : undefined) ?? boundsOf(input) ?? collarOf(limit, input.mid, input.collar)
  );
}

function openingSign({ credit, limit }: LimitInput): string | undefined {
  if (credit === undefined || (credit ? limit < 0 : limit > 0)) return undefined;
  const way = credit ? 'a credit, but the limit does not receive' : 'a debit, but the limit does not pay';
  return `The structure is opened for ${way} (${formatMoney(limit)}).`;
}

function boundsOf({ structure, purpose, limit, width, worth }: LimitInput): string | undefined {
  if (purpose === 'OPEN' && worth !== undefined) {
    const { lowest = Number.NEGATIVE_INFINITY, highest = Number.POSITIVE_INFINITY } = worth;
    if (limit > lowest && limit < highest) return undefined;
    const sure = limit >= highest ? 'can only lose' : 'can only win';
    return `The limit ${formatMoney(limit)} ${sure}: the legs are worth ${boundText(worth)} at expiration.`;
  }
  if (width <= 0 || (purpose === 'REDUCE' && structure === 'custom')) return undefined;
  if (Math.abs(limit) < width) return undefined;
  return `The limit ${formatMoney(limit)} does not lie inside the width ${formatMoney(width)}.`;
}

function boundText({ lowest, highest }: NonNullable<LimitInput['worth']>): string {
  const least = lowest === undefined ? 'any loss' : formatMoney(lowest);
  return `${least} to ${highest === undefined ? 'any gain' : formatMoney(highest)}`;
}

function collarOf(limit: Micros, mid: Micros, collar: Micros): string | undefined {
  if (Math.abs(limit - mid) <= collar) return undefined;
  return `The limit ${formatMoney(limit)} is further than ${formatMoney(collar)} from mid ${formatMoney(mid)}.`;
}
