/** A dry run as a person reads it, and as JSON with money as decimal strings. */
import type { DraftOrder, DryRun } from '../contract/requests.js';
import { contractName, isStock, type OrderLeg } from '../domain/order/order.js';
import { checksText } from './check-list.js';
import { money, time } from './format.js';
import { type Paint, table } from './paint.js';

/** Checks, the orders in the order of sending, and the broker's preview. */
export function dryRunText(run: DryRun, paint: Paint): string {
  return [
    ...(run.checks.length > 0 ? [checksText(run.checks, paint), ''] : []),
    ...run.cancels.map((orderRef) => `${orderRef} would be cancelled first.`),
    ...(run.orders.length > 0 ? [ordersTable(run.orders, paint), ''] : []),
    ...(run.whatIf === undefined ? [] : [previewLine(run.whatIf)]),
    run.ok
      ? paint.good(['Nothing was sent (dry run).', ...run.reasons].join(' '))
      : paint.bad(`It would not be sent (${run.code ?? 'refused'}): ${run.reasons.join(' ')}`),
  ].join('\n');
}

export function dryRunJson({ whatIf, orders, ...run }: DryRun) {
  return {
    ...run,
    orders: orders.map(orderJson),
    whatIf: whatIf === undefined ? null : previewJson(whatIf),
  };
}

function ordersTable(orders: readonly DraftOrder[], paint: Paint): string {
  return table(
    paint,
    ['ORDER', 'TYPE', '>QTY', '>LIMIT', '>STOP', 'TIF', 'LEGS'],
    orders.map(({ orderRef, payload, parentRef }) => [
      parentRef === undefined ? orderRef : `  ${orderRef}`,
      payload.orderType,
      String(payload.quantity),
      money(payload.limitPrice),
      payload.stopPrice === undefined ? '' : money(payload.stopPrice),
      payload.goodTill === undefined ? payload.tif : `${payload.tif} ${time(payload.goodTill)}`,
      payload.legs.map(legText).join(', '),
    ]),
  );
}

function orderJson({ orderRef, payload, parentRef }: DraftOrder) {
  const { limitPrice, stopPrice, goodTill, conditions, legs, ...rest } = payload;
  return {
    orderRef,
    parentRef: parentRef ?? null,
    ...rest,
    limitPrice: limitPrice === undefined ? null : money(limitPrice),
    stopPrice: stopPrice === undefined ? null : money(stopPrice),
    goodTill: goodTill === undefined ? null : time(goodTill),
    conditions: (conditions ?? []).map(({ price, ...one }) => ({ ...one, price: money(price) })),
    legs: legs.map(({ contract, action, ratio }) => {
      const { conId } = contract;
      if (isStock(contract)) return { action, ratio, secType: contract.secType, symbol: contract.symbol, conId };
      const { right, strike, expiry } = contract;
      return { action, ratio, right, strike, expiry, conId };
    }),
  };
}

function legText({ action, ratio, contract }: OrderLeg): string {
  return `${action} ${isStock(contract) ? contractName(contract) : `${ratio} ${contract.right} ${contract.strike}`}`;
}

function previewJson({ initMarginChange, maintMarginChange, commission, warning }: NonNullable<DryRun['whatIf']>) {
  const amount = (micros: number | undefined) => (micros === undefined ? null : money(micros));
  return {
    initMarginChange: amount(initMarginChange),
    maintMarginChange: amount(maintMarginChange),
    commission: amount(commission),
    warning: warning ?? null,
  };
}

function previewLine({ initMarginChange, commission, warning }: NonNullable<DryRun['whatIf']>): string {
  const words = `The broker's preview: margin ${money(initMarginChange)}, commission ${money(commission)}.`;
  return warning === undefined ? words : `${words} ${warning}`;
}
