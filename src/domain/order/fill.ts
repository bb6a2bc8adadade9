/** One execution as the broker reported it: a row of the append-only ledger. */
import type { Micros } from '../money.js';

export interface Fill {
  /** The broker's full execution id; corrections differ in the digits after the last dot. */
  readonly execId: string;
  readonly orderRef: string;
  readonly orderId: number;
  readonly permId: number;
  readonly account: string;
  /** 0 for the summary of a combination; the shares of a dividend. */
  readonly conId: number;
  /** CASH: a dividend, received (SELL) or owed (BUY) on `quantity` shares. */
  readonly secType: 'OPT' | 'BAG' | 'STK' | 'CASH' | 'OTHER';
  readonly side: 'BUY' | 'SELL';
  readonly quantity: number;
  /** Per share; of a BAG the signed net price. */
  readonly price: Micros;
  /** Broker's time of the execution, epoch ms. */
  readonly at: number;
  /** The broker liquidated the position itself. */
  readonly liquidation: boolean;
  /** Joined later, when the report arrives. */
  readonly commission?: Micros;
  readonly realizedPnl?: Micros;
}
