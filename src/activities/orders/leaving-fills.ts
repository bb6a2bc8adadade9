/** The records of executions that were never reported: an option leaves at a price, and shares come at its strike. */
import { MICROS_PER_DOLLAR, type Micros } from '../../domain/money.js';
import type { OptionContract } from '../../domain/option.js';
import type { Fill } from '../../domain/order/fill.js';
import { sharesPerContract } from '../../domain/position/delivery.js';
import type { PositionRow } from '../../store/api.js';
import { NO_ORDER } from './external-change.js';

export interface Leaving {
  readonly row: PositionRow;
  readonly contract: OptionContract;
  /** Signed contracts before and after. */
  readonly from: number;
  readonly to: number;
  readonly execId: string;
  readonly at: number;
}

export function leavingFill({ row, contract, from, to, execId, at }: Leaving, price: Micros): Fill {
  return {
    ...{ ...NO_ORDER, execId, account: row.account, conId: contract.conId },
    ...{ side: from > 0 ? 'SELL' : 'BUY', quantity: Math.abs(from - to), price, at },
  };
}

/** Assigned or exercised: at zero, and the result is in the shares. */
export function deliveredFills(leaving: Leaving): { readonly fills: readonly [Fill, Fill]; readonly shares: number } {
  const { contract, from, to, row } = leaving;
  const side = from > 0 ? 'long' : 'short';
  const shares = sharesPerContract({ contract, side }) * Math.abs(from - to);
  const option = leavingFill(leaving, 0);
  const stock: Fill = {
    ...option,
    execId: `${option.execId}-shares`,
    conId: row.underlyingConId,
    secType: 'STK',
    side: shares > 0 ? 'BUY' : 'SELL',
    quantity: Math.abs(shares),
    price: Math.round(contract.strike * MICROS_PER_DOLLAR),
  };
  return { fills: [option, stock], shares };
}
