/**
 * Turns a fill into executions, cash and positions, and sends the commission reports when their time comes.
 */
import type { GatewayContract, GatewayExecution, GatewayMarket } from '../model.js';
import { CommissionReports, type ReportParts } from './commission-reports.js';
import type { ExchangeScenario } from './config.js';
import { ExecutionIds, executionId } from './execution-ids.js';
import { commissionOf } from './fees.js';
import type { Ledger } from './ledger.js';
import { legPrices } from './leg-prices.js';
import type { Fill } from './matching.js';
import type { NetQuote } from './net-quote.js';
import { legSign, type OrderRecord, roundPrice, sideSign } from './order-record.js';

/** Order id of executions without one, which a person or the broker caused (ib_insync commit 0f5b212). */
const NO_ORDER_ID = 2147483647;

/** The fields of an execution that do not depend on its contract. */
type Origin = Pick<
  GatewayExecution,
  | 'orderId'
  | 'clientId'
  | 'permId'
  | 'orderRef'
  | 'liquidation'
  | 'exchange'
  | 'contract'
  | 'execId'
  | 'cumQty'
  | 'avgPrice'
>;

export interface BookingParts extends ReportParts {
  readonly market: GatewayMarket;
  readonly account: string;
  readonly ledger: Ledger;
  readonly rates: ExchangeScenario['commissions'];
  readonly seed: number;
  readonly generation: number;
  /** Market time between the executions of a combo's legs. */
  readonly legsApartMs: number;
}

export class FillBooking {
  readonly #parts: BookingParts;
  readonly #ids: ExecutionIds;
  /** Their commission reports. */
  readonly reports: CommissionReports;

  constructor(parts: BookingParts) {
    this.#parts = parts;
    this.#ids = new ExecutionIds(parts.seed, parts.generation);
    this.reports = new CommissionReports(parts);
  }

  /**
   * Books a fill and returns its executions: for a combo first the order's own, then one per leg, perhaps some time
   * apart.
   */
  book(record: OrderRecord, fill: Fill, quote: NetQuote): readonly GatewayExecution[] {
    record.fills += 1;
    record.filled += fill.quantity;
    record.remaining -= fill.quantity;
    record.paid += fill.quantity * fill.price;
    record.lastFillPrice = fill.price;
    record.lastFillAt = this.#parts.clock.now();
    const id = this.#ids.fill(record.permId, record.fills);
    const own = record.isCombo ? [this.#summary(record, fill, executionId(id, 1))] : [];
    const prices = record.isCombo ? legPrices(record.legs, quote.legs, fill.price) : [fill.price];
    const legs = record.legs.map((leg, index) => {
      const quantity = fill.quantity * leg.ratio;
      const price = prices[index] ?? fill.price;
      const totals = record.legTotals[index] ?? { quantity: 0, paid: 0 };
      totals.quantity += quantity;
      totals.paid += quantity * price;
      const cumulative = { cumQty: totals.quantity, avgPrice: roundPrice(totals.paid / totals.quantity) };
      const execId = executionId(id, record.isCombo ? index + 2 : 1);
      const origin = { ...this.#origin(record), ...cumulative, contract: leg.contract, execId };
      record.commission += this.#commission(leg.contract, quantity);
      return this.#trade(origin, legSign(record, leg) * quantity, price, index * this.#parts.legsApartMs);
    });
    return [...own, ...legs];
  }

  /** A trade that no order of a client caused: a person in TWS, or the broker. */
  bookExternal(
    contract: GatewayContract,
    quantity: number,
    price: number,
    permId: number,
    liquidation: 0 | 1,
  ): GatewayExecution {
    const origin: Origin = {
      orderId: NO_ORDER_ID,
      clientId: 0,
      permId,
      orderRef: '',
      liquidation,
      exchange: contract.exchange,
      contract,
      execId: executionId(this.#ids.fill(permId, 1), 1),
      cumQty: Math.abs(quantity),
      avgPrice: price,
    };
    return this.#trade(origin, quantity, price);
  }

  #origin({ request, permId }: OrderRecord) {
    const { orderId, clientId, orderRef, contract } = request;
    return {
      orderId: orderId === 0 ? NO_ORDER_ID : orderId,
      clientId,
      orderRef,
      permId,
      liquidation: 0,
      exchange: contract.exchange,
    };
  }

  #summary(record: OrderRecord, fill: Fill, execId: string): GatewayExecution {
    const { contract } = record.request;
    const execution: GatewayExecution = {
      ...this.#origin(record),
      execId,
      contract: { localSymbol: '', tradingClass: '', ...contract, primaryExchange: '' },
      at: this.#parts.clock.now(),
      account: this.#parts.account,
      side: sideSign(record.request.action) > 0 ? 'BOT' : 'SLD',
      shares: fill.quantity,
      price: fill.price,
      cumQty: record.filled,
      avgPrice: roundPrice(record.paid / record.filled),
    };
    this.#parts.log.add(execution);
    return execution;
  }

  #trade(origin: Origin, quantity: number, price: number, afterMs = 0): GatewayExecution {
    const { account, clock, ledger, log } = this.#parts;
    const { contract } = origin;
    const execution: GatewayExecution = {
      ...origin,
      at: clock.now() + afterMs,
      account,
      side: quantity > 0 ? 'BOT' : 'SLD',
      shares: Math.abs(quantity),
      price,
    };
    log.add(execution);
    const commission = this.#commission(contract, quantity);
    const realizedPnl = ledger.book({ contract, quantity, price, commission });
    this.reports.report(execution, commission, realizedPnl);
    return execution;
  }

  #commission(contract: GatewayContract, quantity: number): number {
    return commissionOf(this.#parts.rates, contract, quantity, isIndexOption(this.#parts.market, contract));
  }
}

/** Whether a contract is an option on an index, which settles in cash. */
export function isIndexOption(market: GatewayMarket, contract: GatewayContract): boolean {
  const underlying = contract.underlyingConId === undefined ? undefined : market.contract(contract.underlyingConId);
  return contract.secType === 'OPT' && underlying?.secType === 'IND';
}
