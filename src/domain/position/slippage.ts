/** Slippage: each order's fills against the net mid at which its walk began. */
import type { Micros } from '../money.js';
import type { Fill } from '../order/fill.js';
import type { WalkState } from '../order/walk.js';
import { effectiveFills } from './effective-fills.js';

interface WalkedOrder {
  readonly orderRef: string;
  readonly payload: { readonly legs: readonly { readonly ratio: number }[] };
  readonly walk?: WalkState;
}

/**
 * Money: options by the multiplier, shares one by one; positive is worse than mid. Undefined when no order with a walk has filled;
 * resting orders and trades of others have no mid to compare with.
 */
export function slippageOf(
  orders: readonly WalkedOrder[],
  fills: readonly Fill[],
  multiplier: number,
): Micros | undefined {
  const legFills = effectiveFills(fills).filter(({ secType }) => secType !== 'BAG');
  const parts = orders.flatMap(({ orderRef, payload, walk }) => {
    const own = legFills.filter((fill) => fill.orderRef === orderRef);
    if (walk === undefined || own.length === 0) return [];
    const sum = (of: (fill: Fill) => number) => own.reduce((total, fill) => total + of(fill), 0);
    const units = sum(({ quantity }) => quantity) / payload.legs.reduce((total, { ratio }) => total + ratio, 0);
    const paid = sum(({ side, quantity, price }) => (side === 'BUY' ? 1 : -1) * quantity * price);
    const perUnit = own.every(({ secType }) => secType === 'STK') ? 1 : multiplier;
    return [Math.round((paid - walk.startMid * units) * perUnit)];
  });
  return parts.length === 0 ? undefined : parts.reduce((total, part) => total + part, 0);
}
