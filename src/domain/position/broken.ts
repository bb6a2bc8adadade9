/**
 * A position that is no longer what was decided on: an assignment or an exercise left shares in it, or legs went out of their
 * ratio without an order of ours. What closing it brings, in which order, and how it is reported.
 */
import type { OrderRole } from '../ids.js';
import { type OptionContract, rightSign } from '../option.js';
import { contractName } from '../order/order.js';
import type { FollowUp } from './settings.js';
import { type LegHolding, unbalancedLegs } from './unbalanced.js';

export interface Holdings {
  readonly symbol: string;
  readonly legs: readonly (LegHolding & { readonly contract: OptionContract })[];
  readonly openCombos: number;
  /** Signed shares of the underlying. */
  readonly shares: number;
}

export interface ClosingOrder {
  readonly role: OrderRole;
  /** Contracts of the leg, or shares; unsigned. */
  readonly contracts: number;
}

/** Rule of the decision that closes the rest. */
export const BROKEN_RULE = 'broken_structure';

/** Shares are held, or the legs are not whole combos. The latter means nothing while an order of ours fills. */
export function isBroken({
  legs,
  openCombos,
  shares,
}: Pick<Holdings, 'openCombos' | 'shares'> & { readonly legs: readonly LegHolding[] }): boolean {
  return shares !== 0 || unbalancedLegs(legs, openCombos) !== undefined;
}

/**
 * The orders that close it, one after another; each goes only when the one before has filled. The shares go before the long legs
 * that limit their loss, and before the short legs unless the shares are all that covers one. With `close_options_only` the
 * shares stay, with `alert_only` everything stays.
 */
export function closingOrders(position: Holdings, followUp: FollowUp): readonly ClosingOrder[] {
  const { legs, openCombos, shares } = position;
  if (followUp === 'alert_only') return [];
  const rest = (unbalancedLegs(legs, openCombos) ?? []).map(
    ({ legNo, contracts }): ClosingOrder & { readonly isLong: boolean } => ({
      role: `leg${legNo}`,
      contracts,
      isLong: (legs.find((leg) => leg.legNo === legNo)?.openQuantity ?? 0) > 0,
    }),
  );
  const orders = ({ isLong }: { readonly isLong: boolean }) =>
    rest.filter((one) => one.isLong === isLong).map(({ role, contracts }): ClosingOrder => ({ role, contracts }));
  const stock: readonly ClosingOrder[] =
    followUp === 'flatten_as_unit' && shares !== 0 ? [{ role: 'shares', contracts: Math.abs(shares) }] : [];
  const shorts = orders({ isLong: false });
  const longs = orders({ isLong: true });
  return coversShort(position) ? [...shorts, ...stock, ...longs] : [...stock, ...shorts, ...longs];
}

/**
 * What of these orders may go while it is uncertain whether some legs are still held: none of those legs, no long leg that may still cover
 * such a short one, and no shares that may.
 */
export function closableWithout(
  legs: Holdings['legs'],
  orders: readonly ClosingOrder[],
  absent: ReadonlySet<number>,
): readonly ClosingOrder[] {
  const shorts = legs.filter(({ legNo, openQuantity }) => absent.has(legNo) && openQuantity < 0);
  const isCovered = (right: OptionContract['right']) => shorts.some(({ contract }) => contract.right === right);
  return orders.filter(({ role }) => {
    if (role === 'shares') return shorts.length === 0;
    const leg = legs.find(({ legNo }) => role === `leg${legNo}`);
    if (leg === undefined || absent.has(leg.legNo)) return false;
    return leg.openQuantity < 0 || !isCovered(leg.contract.right);
  });
}

/** Whether the shares cover a short leg that no long leg of its right covers: long shares cover calls, short ones puts. */
function coversShort({ legs, shares }: Holdings): boolean {
  const right = shares > 0 ? 'CALL' : 'PUT';
  return shares !== 0 && netOf(legs, right) < 0;
}

function netOf(legs: Holdings['legs'], right: OptionContract['right']): number {
  return legs.filter(({ contract }) => contract.right === right).reduce((sum, leg) => sum + leg.openQuantity, 0);
}

/** Contracts and shares that nothing in the position covers, as people read it. Empty: the holdings limit their own loss. */
export function uncovered({ symbol, legs, shares }: Holdings): readonly string[] {
  const multiplier = legs[0]?.contract.multiplier ?? 100;
  const found: string[] = [];
  for (const right of ['CALL', 'PUT'] as const) {
    // Long shares cover short calls, and long puts limit the loss of long shares; short shares the other way round.
    const helping = Math.max(0, rightSign(right) * shares);
    const short = Math.max(0, -netOf(legs, right)) - Math.floor(helping / multiplier);
    if (short > 0) found.push(`${short} short ${symbol} ${right.toLowerCase()}${short === 1 ? '' : 's'}`);
  }
  const limiting = Math.max(0, netOf(legs, shares > 0 ? 'PUT' : 'CALL')) * multiplier;
  const bare = Math.max(0, Math.abs(shares) - limiting);
  if (bare > 0) found.push(`${shares > 0 ? bare : -bare} shares of ${symbol}`);
  return found;
}

/** Shares and contracts as people read them: `100 shares of SPY, -1 SPY 20260417 618 PUT`. */
export function heldText({ legs, shares, symbol }: Pick<Holdings, 'legs' | 'shares' | 'symbol'>): string {
  return [
    ...(shares === 0 ? [] : [`${shares} shares of ${symbol}`]),
    ...legs.flatMap(({ openQuantity, contract }) =>
      openQuantity === 0 ? [] : [`${openQuantity} ${contractName(contract)}`],
    ),
  ].join(', ');
}

/** What is held, what of it is uncovered and what happens next, for an alert. */
export function brokenText(position: Holdings, followUp: FollowUp): string {
  const { shares } = position;
  const bare = uncovered(position);
  const orders = closingOrders(position, followUp);
  const next =
    orders.length === 0
      ? 'Legwork sends no order for it; close it at the broker, or `legwork close` it.'
      : `Legwork closes ${orders.map(({ role, contracts }) => orderText(position, role, contracts)).join(', then ')}, in regular hours.`;
  const rest =
    followUp === 'close_options_only' && shares !== 0
      ? ` The ${shares} shares are left to you: sell or cover them.`
      : '';
  const danger = bare.length === 0 ? 'Nothing is uncovered.' : `Uncovered: ${bare.join(', ')}.`;
  return `It holds ${heldText(position)}. ${danger} ${next}${rest}`;
}

function orderText({ legs, symbol }: Holdings, role: OrderRole, contracts: number): string {
  const leg = legs.find(({ legNo }) => role === `leg${legNo}`);
  return `${contracts} ${leg === undefined ? `shares of ${symbol}` : contractName(leg.contract)}`;
}
