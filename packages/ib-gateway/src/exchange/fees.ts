/** Commissions of an execution. */
import type { GatewayContract } from '../model.js';
import type { ExchangeScenario } from './config.js';

/** Dollars for a quantity of a contract; `isIndex` when its underlying is an index. */
export function commissionOf(
  rates: ExchangeScenario['commissions'],
  contract: GatewayContract,
  quantity: number,
  isIndex: boolean,
): number {
  const size = Math.abs(quantity);
  if (contract.secType !== 'OPT') return round(Math.max(rates.stockMinimum, rates.perShare * size));
  return round(size * (rates.perContract + rates.feesPerContract + (isIndex ? rates.indexPerContract : 0)));
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;
