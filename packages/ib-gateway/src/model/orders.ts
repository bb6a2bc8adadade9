/** Orders, executions, positions and account values. */
import type { GatewayContract, Right, SecType } from './contracts.js';

export interface GatewayComboLeg {
  readonly conId: number;
  readonly ratio: number;
  readonly action: 'BUY' | 'SELL' | 'SSHORT';
  readonly exchange: string;
  readonly openClose: number;
}

export type GatewayOrderStatus =
  | 'ApiPending'
  | 'PendingSubmit'
  | 'PreSubmitted'
  | 'Submitted'
  | 'PendingCancel'
  | 'Cancelled'
  | 'ApiCancelled'
  | 'Filled'
  | 'Inactive';

/** An order as a client sent it. Numbers that the client left unset are `undefined`. */
export interface GatewayOrderRequest {
  readonly orderId: number;
  readonly clientId: number;
  readonly contract: {
    readonly conId: number;
    readonly symbol: string;
    readonly secType: SecType;
    readonly expiry?: string;
    readonly strike?: number;
    readonly right?: Right;
    readonly multiplier?: number;
    readonly exchange: string;
    readonly currency: string;
    readonly localSymbol?: string;
    readonly tradingClass?: string;
  };
  readonly comboLegs: readonly GatewayComboLeg[];
  readonly action: 'BUY' | 'SELL';
  readonly quantity: number;
  readonly orderType: string;
  readonly limitPrice?: number;
  readonly auxPrice?: number;
  readonly tif: string;
  readonly goodTillDate?: string;
  readonly goodAfterTime?: string;
  readonly ocaGroup?: string;
  readonly ocaType?: number;
  readonly account: string;
  readonly orderRef: string;
  readonly transmit: boolean;
  readonly parentId?: number;
  readonly outsideRth?: boolean;
  readonly triggerMethod?: number;
  readonly whatIf: boolean;
  /** Every other decoded field, by its TWS API name, echoed in openOrder and completedOrder. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** An order as the exchange holds it. */
export interface GatewayOrder {
  readonly request: GatewayOrderRequest;
  readonly permId: number;
  readonly status: GatewayOrderStatus;
  readonly filled: number;
  readonly remaining: number;
  readonly avgFillPrice: number;
  readonly lastFillPrice: number;
  readonly whyHeld: string;
  readonly placedAt: number;
  readonly completedAt?: number;
  readonly completedStatus?: string;
}

export interface GatewayExecution {
  readonly execId: string;
  readonly orderId: number;
  readonly clientId: number;
  readonly permId: number;
  readonly contract: GatewayContract;
  readonly at: number;
  readonly account: string;
  readonly exchange: string;
  readonly side: 'BOT' | 'SLD';
  readonly shares: number;
  readonly price: number;
  readonly cumQty: number;
  readonly avgPrice: number;
  readonly orderRef: string;
  readonly liquidation: number;
}

export interface GatewayCommission {
  readonly execId: string;
  readonly commission: number;
  readonly currency: string;
  readonly realizedPnl?: number;
}

export interface GatewayPosition {
  readonly account: string;
  readonly contract: GatewayContract;
  readonly quantity: number;
  /** Average cost including the multiplier, as IB reports it. */
  readonly averageCost: number;
}

export interface GatewayMargin {
  readonly initBefore: number;
  readonly initAfter: number;
  readonly maintBefore: number;
  readonly maintAfter: number;
  readonly equityBefore: number;
  readonly equityAfter: number;
  readonly commission?: number;
  readonly minCommission?: number;
  readonly maxCommission?: number;
}
