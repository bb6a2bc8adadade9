import type {
  GatewayCommission,
  GatewayExecution,
  GatewayMargin,
  GatewayOrder,
  GatewayOrderRequest,
  GatewayPosition,
} from './orders.js';

/** The executions that a client requests; an absent field matches anything. `since` in epoch ms. */
export interface ExecutionFilter {
  clientId?: number;
  account?: string;
  since?: number;
  symbol?: string;
  secType?: string;
  side?: string;
}

/** An event that the exchange sends unrequested, to the `clientId` of the order (-1: to every client). */
export type ExchangeEvent =
  | {
      readonly kind: 'openOrder';
      readonly order: GatewayOrder;
      /** The effect of an order: the answer to a what-if. */
      readonly margin?: GatewayMargin;
      /** The warning of a what-if; its figures come in another row. */
      readonly warning?: string;
      /** Commission of a filled order, dollars. */
      readonly commission?: number;
    }
  | { readonly kind: 'orderStatus'; readonly order: GatewayOrder }
  | { readonly kind: 'execution'; readonly execution: GatewayExecution }
  | { readonly kind: 'commission'; readonly clientId: number; readonly commission: GatewayCommission }
  | {
      readonly kind: 'error';
      readonly clientId: number;
      readonly id: number;
      readonly code: number;
      readonly text: string;
      readonly advancedReject?: string;
    }
  | { readonly kind: 'position'; readonly position: GatewayPosition }
  /** A scripted event is due; `missed`: why it could do nothing. No client is sent it. */
  | { readonly kind: 'script'; readonly event: ScriptedEvent; readonly missed?: string };

/** An event of a scenario, as written there. */
export interface ScriptedEvent {
  readonly kind: string;
}

/** The holder's instruction for long options overnight. */
export interface ExerciseRequest {
  readonly conId: number;
  readonly action: 'exercise' | 'lapse';
  readonly quantity: number;
  /** Even against the value of the option: exercise out of the money, lapse in it. */
  readonly override: boolean;
}

export interface BaseCurrency {
  readonly currency: string;
  /** 0: no rate is sent. */
  readonly perDollar: number;
}

/** The exchange side: orders, executions, account. All times come from the clock it was created with. */
export interface GatewayExchange {
  on(listener: (event: ExchangeEvent) => void): () => void;
  place(request: GatewayOrderRequest): void;
  cancel(clientId: number, orderId: number): void;
  globalCancel(): void;
  /** Marks an order id, and every lower one, as used for a client. */
  useOrderId?(clientId: number, orderId: number): void;
  /** Whether a client's order is not final, whatever lists say; without this the list of open orders decides. */
  isLive?(clientId: number, orderId: number): boolean;
  /**
   * Gives client 0's ids to orders that a person placed in TWS, or that lost their client: existing ones, or also future ones,
   * with their rows sent. An exchange without it has no such orders.
   */
  bindManualOrders?(scope: 'present' | 'all'): void;
  openOrders(clientId?: number): readonly GatewayOrder[];
  completedOrders(): readonly GatewayOrder[];
  executions(filter: ExecutionFilter): readonly GatewayExecution[];
  commissions(execId: string): GatewayCommission | undefined;
  positions(): readonly GatewayPosition[];
  /** Account values by IB tag (NetLiquidation, BuyingPower, ...), in dollars. */
  accountValues(): Readonly<Record<string, number>>;
  marketValue(position: GatewayPosition): number | undefined;
  /** Takes an instruction about long options; an exchange without it carries none out. Returns [code, text] of a refusal. */
  exercise?(request: ExerciseRequest): readonly [number, string] | undefined;
  pnl(conId?: number): { daily: number; unrealized: number; realized: number; value?: number };
  readonly account: string;
  /** The currency of the account, and how much of it a dollar is; absent: dollars. */
  readonly base?: BaseCurrency;
  /** The next valid order id of a client. */
  nextOrderId(clientId: number): number;
}
