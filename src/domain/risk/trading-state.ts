/** Whether orders may leave at all: stored in Postgres, obeyed at the send step of every process. */
import type { OrderPurpose } from '../order/order.js';

/** ACTIVE: everything. REDUCING: only reducing orders. HALTED: nothing automatic. */
export const TRADING_STATES = ['ACTIVE', 'REDUCING', 'HALTED'] as const;
export type TradingState = (typeof TRADING_STATES)[number];

/**
 * Whether an order with this purpose may leave. `overrideHalt` is a person's explicit permission for this one exit; it
 * lets a reducing order through a halt and never an opening one.
 */
export function tradingStateAllows(state: TradingState, purpose: OrderPurpose, overrideHalt: boolean): boolean {
  switch (state) {
    case 'ACTIVE':
      return true;
    case 'REDUCING':
      return purpose === 'REDUCE';
    case 'HALTED':
      return purpose === 'REDUCE' && overrideHalt;
  }
}
