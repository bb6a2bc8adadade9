/**
 * The effect of an order on the account: the answer to a what-if, and the basis of a refusal for lack of margin.
 */
import type { GatewayMargin, GatewayMarket } from '../model.js';
import type { AccountView } from './account-view.js';
import type { ExchangeScenario } from './config.js';
import { commissionOf } from './fees.js';
import { isIndexOption } from './fill-booking.js';
import { needsLimit, orderTypeOf } from './form-checks.js';
import type { Ledger } from './ledger.js';
import type { MarginPosition } from './margin.js';
import type { NetQuote } from './net-quote.js';
import { legSign, type OrderRecord, sideSign } from './order-record.js';

export interface PreviewParts {
  readonly market: GatewayMarket;
  readonly ledger: Ledger;
  readonly view: AccountView;
  readonly rates: ExchangeScenario['commissions'];
}

const cents = (value: number): number => Math.round(value * 100) / 100;

/** Margin before and after the whole remaining order at its limit, or at the quote when it has none. */
export function previewMargin(parts: PreviewParts, record: OrderRecord, quote: NetQuote): GatewayMargin {
  const { view, ledger, market, rates } = parts;
  const before = view.margin();
  const equityBefore = view.equityWithLoan();
  const after = view.margin(positionsAfter(ledger, record));
  let commission = 0;
  for (const leg of record.legs) {
    const size = leg.ratio * record.remaining;
    commission += commissionOf(rates, leg.contract, size, isIndexOption(market, leg.contract));
  }
  const cost = sideSign(record.request.action) * expectedPrice(record, quote) * record.remaining * multiplierOf(record);
  // Bought shares count as equity; options do not.
  const spent = record.legs[0]?.contract.secType === 'OPT' ? cost : 0;
  return {
    initBefore: before.initial,
    initAfter: after.initial,
    maintBefore: before.maintenance,
    maintAfter: after.maintenance,
    equityBefore,
    equityAfter: cents(equityBefore - spent - commission),
    commission: cents(commission),
    minCommission: cents(commission),
    maxCommission: cents(commission),
  };
}

function multiplierOf(record: OrderRecord): number {
  return record.legs[0]?.contract.multiplier ?? 1;
}

function expectedPrice(record: OrderRecord, quote: NetQuote): number {
  const { limitPrice, auxPrice, action } = record.request;
  if (needsLimit(orderTypeOf(record.request)) && limitPrice !== undefined) return limitPrice;
  return (action === 'BUY' ? quote.ask : quote.bid) ?? auxPrice ?? quote.mid ?? 0;
}

function positionsAfter(ledger: Ledger, record: OrderRecord): readonly MarginPosition[] {
  const positions = new Map<number, MarginPosition>(ledger.positions().map((one) => [one.contract.conId, one]));
  for (const leg of record.legs) {
    const { contract } = leg;
    const quantity =
      (positions.get(contract.conId)?.quantity ?? 0) + legSign(record, leg) * leg.ratio * record.remaining;
    positions.set(contract.conId, { contract, quantity });
  }
  return [...positions.values()].filter(({ quantity }) => quantity !== 0);
}

/** Whether every leg brings its position nearer to zero without crossing it. */
export function isReducing(ledger: Ledger, record: OrderRecord): boolean {
  return record.legs.every((leg) => {
    const held = ledger.quantity(leg.contract.conId);
    const change = legSign(record, leg) * leg.ratio * record.remaining;
    return held * change < 0 && Math.abs(change) <= Math.abs(held);
  });
}
