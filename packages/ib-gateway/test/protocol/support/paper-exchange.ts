/**
 * An exchange that fills every order at its limit on request, so that the wire can be tested alone.
 */
import type {
  ExchangeEvent,
  GatewayCommission,
  GatewayContract,
  GatewayExchange,
  GatewayExecution,
  GatewayOrder,
  GatewayOrderRequest,
  GatewayOrderStatus,
  GatewayPosition,
} from '../../../src/model.js';
import type { GatewayParts } from '../../../src/session/port.js';

const ACCOUNT = 'DU1000000';

export class PaperExchange implements GatewayExchange {
  readonly account = ACCOUNT;
  readonly placed: GatewayOrderRequest[] = [];
  readonly #parts: Pick<GatewayParts, 'market' | 'clock'>;
  readonly #listeners = new Set<(event: ExchangeEvent) => void>();
  readonly #orders = new Map<string, GatewayOrder>();
  readonly #executions: GatewayExecution[] = [];
  readonly #commissions = new Map<string, GatewayCommission>();
  readonly #positions = new Map<number, GatewayPosition>();
  #permId = 900_000_000;

  constructor(parts: Pick<GatewayParts, 'market' | 'clock'>) {
    this.#parts = parts;
  }

  on(listener: (event: ExchangeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  place(request: GatewayOrderRequest): void {
    this.placed.push(request);
    if (request.whatIf) {
      const margin = {
        initBefore: 0,
        initAfter: 500,
        maintBefore: 0,
        maintAfter: 400,
        equityBefore: 1e5,
        equityAfter: 1e5,
      };
      const order = this.#order(request, 'PreSubmitted', 0, 0);
      this.#emit({
        kind: 'openOrder',
        order,
        margin: { ...margin, commission: 1.3, minCommission: 1, maxCommission: 2 },
      });
      return;
    }
    this.#permId += 1;
    const order = this.#order(request, 'Submitted', this.#permId, 0);
    this.#store(order);
    this.#emit({ kind: 'openOrder', order });
    this.#emit({ kind: 'orderStatus', order });
  }

  /** Fills a working order at its limit: the combo, then each leg, then the commissions. */
  fill(orderId: number): void {
    const before = this.#find(orderId);
    const { request } = before;
    const price = request.limitPrice ?? 1;
    const order = { ...this.#order(request, 'Filled', before.permId, request.quantity), avgFillPrice: price };
    this.#store({ ...order, completedAt: this.#parts.clock.now(), completedStatus: 'Filled' });
    const rows = request.comboLegs.length === 0 ? [this.#single(request)] : this.#legs(request);
    if (request.comboLegs.length > 0)
      this.#execute(order, request.contract as GatewayContract, request.action, price, '01', 1);
    rows.forEach((row, index) => {
      const id = `0${index + 2}`;
      this.#execute(order, row.contract, row.action, price, id, row.ratio);
      this.#commission(order, id);
    });
    this.#emit({ kind: 'orderStatus', order });
  }

  cancel(clientId: number, orderId: number): void {
    const order = this.openOrders(clientId).find((candidate) => candidate.request.orderId === orderId);
    if (!order) {
      const text = `OrderId ${orderId} that needs to be cancelled is not found.`;
      this.#emit({ kind: 'error', clientId, id: orderId, code: 10147, text });
      return;
    }
    const done = {
      ...order,
      status: 'Cancelled' as const,
      completedAt: this.#parts.clock.now(),
      completedStatus: 'Cancelled',
    };
    this.#store(done);
    this.#emit({ kind: 'orderStatus', order: done });
    this.#emit({ kind: 'error', clientId, id: orderId, code: 202, text: 'Order Canceled - reason:' });
  }

  globalCancel(): void {
    for (const { request } of this.openOrders()) this.cancel(request.clientId, request.orderId);
  }

  openOrders(clientId?: number): readonly GatewayOrder[] {
    return [...this.#orders.values()].filter(
      (order) => order.completedAt === undefined && (clientId === undefined || order.request.clientId === clientId),
    );
  }

  completedOrders(): readonly GatewayOrder[] {
    return [...this.#orders.values()].filter((order) => order.completedAt !== undefined);
  }

  executions(filter: { since?: number; symbol?: string }): readonly GatewayExecution[] {
    return this.#executions.filter(
      (row) => row.at >= (filter.since ?? 0) && (filter.symbol ?? row.contract.symbol) === row.contract.symbol,
    );
  }

  commissions(execId: string): GatewayCommission | undefined {
    return this.#commissions.get(execId);
  }

  positions(): readonly GatewayPosition[] {
    return [...this.#positions.values()];
  }

  accountValues(): Readonly<Record<string, number>> {
    return { NetLiquidation: 100_000, TotalCashValue: 100_000, BuyingPower: 400_000, Cushion: 1 };
  }

  marketValue(position: GatewayPosition): number {
    return position.quantity * position.averageCost;
  }

  pnl(conId?: number): { daily: number; unrealized: number; realized: number; value?: number } {
    return { daily: 1, unrealized: 2, realized: 3, ...(conId === undefined ? {} : { value: 4 }) };
  }

  nextOrderId(clientId: number): number {
    return Math.max(0, ...this.placed.filter((row) => row.clientId === clientId).map((row) => row.orderId)) + 1;
  }

  #emit(event: ExchangeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #store(order: GatewayOrder): void {
    this.#orders.set(`${order.request.clientId}:${order.request.orderId}`, order);
  }

  #find(orderId: number): GatewayOrder {
    const found = this.openOrders().find((order) => order.request.orderId === orderId);
    if (!found) throw new Error(`no open order ${orderId}`);
    return found;
  }

  #order(request: GatewayOrderRequest, status: GatewayOrderStatus, permId: number, filled: number): GatewayOrder {
    const remaining = request.quantity - filled;
    const at = this.#parts.clock.now();
    return { request, permId, status, filled, remaining, avgFillPrice: 0, lastFillPrice: 0, whyHeld: '', placedAt: at };
  }

  #single(request: GatewayOrderRequest): { contract: GatewayContract; action: string; ratio: number } {
    return { contract: this.#contract(request.contract.conId), action: request.action, ratio: 1 };
  }

  #legs(request: GatewayOrderRequest): { contract: GatewayContract; action: string; ratio: number }[] {
    return request.comboLegs.map((leg) => ({
      contract: this.#contract(leg.conId),
      action: (leg.action === 'BUY') === (request.action === 'BUY') ? 'BUY' : 'SELL',
      ratio: leg.ratio,
    }));
  }

  #contract(conId: number): GatewayContract {
    const found = this.#parts.market.contract(conId);
    if (!found) throw new Error(`no contract ${conId}`);
    return found;
  }

  #execute(
    order: GatewayOrder,
    contract: GatewayContract,
    action: string,
    price: number,
    id: string,
    ratio: number,
  ): void {
    const shares = order.request.quantity * ratio;
    const execution: GatewayExecution = {
      ...{
        execId: `0000e0d5.${order.permId}.${id}.01`,
        orderId: order.request.orderId,
        clientId: order.request.clientId,
      },
      ...{
        permId: order.permId,
        contract,
        at: this.#parts.clock.now(),
        account: ACCOUNT,
        exchange: 'CBOE',
        shares,
        price,
      },
      ...{ side: action === 'BUY' ? 'BOT' : 'SLD', cumQty: shares, avgPrice: price, orderRef: order.request.orderRef },
      liquidation: 0,
    };
    this.#executions.push(execution);
    this.#emit({ kind: 'execution', execution });
    if (contract.secType === 'BAG') return;
    const quantity = (action === 'BUY' ? shares : -shares) + (this.#positions.get(contract.conId)?.quantity ?? 0);
    const position = { account: ACCOUNT, contract, quantity, averageCost: price * 100 };
    this.#positions.set(contract.conId, position);
    this.#emit({ kind: 'position', position });
  }

  #commission(order: GatewayOrder, id: string): void {
    const commission = { execId: `0000e0d5.${order.permId}.${id}.01`, commission: 0.65, currency: 'USD' };
    this.#commissions.set(commission.execId, commission);
    this.#emit({ kind: 'commission', clientId: order.request.clientId, commission });
  }
}
