/**
 * The source of a market-data line: a listed contract, or the legs of a combo.
 */
import type { GatewayContract, GatewayMarket, GatewayQuote } from '../model.js';
import type { Values } from '../protocol/index.js';
import { numberOr, rowsOf, textOf } from '../protocol/values.js';
import { comboMoment, comboQuote } from './combo-quote.js';
import { findContracts } from './contract-query.js';
import { farmOf, type QuoteFarm } from './farms.js';
import { genericsOf, genericTicks } from './generic-ticks.js';
import type { ClientPort } from './port.js';
import type { Tick } from './quote-ticks.js';

export interface LineSource {
  /** None for a combo. */
  readonly contract: GatewayContract | undefined;
  /** Where its quotes come from. */
  readonly farm: QuoteFarm;
  readonly minTick: number;
  readonly quote: (at: number) => GatewayQuote | undefined;
  /** What was requested beyond the quote. */
  readonly more: (at: number) => readonly Tick[];
}

/** The source for a request; undefined when it names no single contract, or a combo with an unlisted leg. */
export function lineSource({ market, clock }: ClientPort, values: Values): LineSource | undefined {
  if (textOf(values, 'secType').toUpperCase() === 'BAG') return comboSource(market, values);
  const [contract, second] = findContracts(market, values, clock.now());
  // An ambiguous contract is refused the same way as an unknown one.
  if (!contract || second) return undefined;
  const minTick = market.details(contract.conId, clock.now())?.minTick ?? 0.01;
  const quote = (at: number): GatewayQuote | undefined => market.quote(contract.conId, at);
  return {
    contract,
    farm: farmOf(contract),
    minTick,
    quote,
    more: genericTicks(market, contract, genericsOf(textOf(values, 'genericTicks'))),
  };
}

function comboSource(market: GatewayMarket, values: Values): LineSource | undefined {
  const legs = rowsOf(values, 'comboLegs').map((row) => ({
    conId: numberOr(row, 'conId'),
    ratio: numberOr(row, 'ratio'),
    buys: textOf(row, 'action').toUpperCase() === 'BUY',
  }));
  if (legs.length === 0 || legs.some((leg) => !market.contract(leg.conId) || leg.ratio < 1)) return undefined;
  const quote = (now: number): GatewayQuote => {
    const at = comboMoment(now);
    return comboQuote(
      legs.map((leg) => ({ ratio: leg.ratio, buys: leg.buys, quote: market.quote(leg.conId, at) })),
      at,
    );
  };
  return { contract: undefined, farm: farmOf(undefined), minTick: 0.01, quote, more: () => [] };
}
