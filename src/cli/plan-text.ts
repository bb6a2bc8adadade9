/** A strategy plan as a person reads it. */
import type { StrategyPlan } from '../domain/strategy/strategy.js';
import { credit, date, money, number } from './format.js';
import { type Paint, table } from './paint.js';

/** Legs, price and maximum loss. */
export function planText(plan: StrategyPlan, paint: Paint): string {
  const legs = plan.legs.map(({ contract, action, ratio }) => [
    action,
    String(ratio * plan.quantity),
    contract.right,
    String(contract.strike),
    date(contract.expiry),
    contract.tradingClass,
  ]);
  return [
    table(paint, ['LEG', '>QTY', 'RIGHT', '>STRIKE', 'EXPIRY', 'CLASS'], legs),
    '',
    `${plan.quantity} x ${plan.symbol}, ${credit(plan.netMid)} at mid (${credit(plan.netNatural)} natural), ${plan.dte} days`,
    `per combo: max loss ${plan.maxLoss === undefined ? 'unlimited' : money(plan.maxLoss)}, max profit ${
      plan.maxProfit === undefined ? 'unlimited' : money(plan.maxProfit)
    }, break-even ${plan.breakevens.map((price) => number(price)).join(' and ') || 'none'}`,
  ].join('\n');
}

/** The plan as JSON with money as decimal strings. */
export function planJson(plan: StrategyPlan) {
  const { netMid, netNatural, width, maxLoss, maxProfit, underlyingPrice, builtAt, legs, ...rest } = plan;
  return {
    ...rest,
    netMid: money(netMid),
    netNatural: money(netNatural),
    width: money(width),
    maxLoss: maxLoss === undefined ? null : money(maxLoss),
    maxProfit: maxProfit === undefined ? null : money(maxProfit),
    underlyingPrice: money(underlyingPrice),
    builtAt: new Date(builtAt).toISOString(),
    legs: legs.map(({ contract, action, ratio }) => ({
      action,
      ratio,
      right: contract.right,
      strike: contract.strike,
      expiry: contract.expiry,
      tradingClass: contract.tradingClass,
      conId: contract.conId,
    })),
  };
}
