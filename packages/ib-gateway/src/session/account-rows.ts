/**
 * Account values and positions as rows of their messages.
 */
import type { BaseCurrency, GatewayPosition } from '../model.js';
import type { Values } from '../protocol/index.js';
import { contractValues } from './contract-query.js';
import type { ClientPort } from './port.js';

export interface AccountRow {
  readonly key: string;
  readonly value: string;
  readonly currency: string;
}

/** Account values that are counts or ratios, not money. */
const UNITLESS: ReadonlySet<string> = new Set(['Cushion', 'Leverage', 'DayTradesRemaining', 'HighestSeverity']);

const DOLLARS: BaseCurrency = { currency: 'USD', perDollar: 1 };
/** The account's value in its currency when the broker sends no rate. */
const UNTOLD_RATE = 100;

/** The account's currency, and the factor from dollars to it. */
export function baseOf({ exchange }: Pick<ClientPort, 'exchange'>): BaseCurrency & { readonly factor: number } {
  const base = exchange.base ?? DOLLARS;
  return { ...base, factor: base.perDollar || UNTOLD_RATE };
}

/** All account values: money with two decimals in the account's currency, the rest without a currency. */
export function accountRows(client: ClientPort): readonly AccountRow[] {
  const rows: AccountRow[] = [{ key: 'AccountType', value: 'INDIVIDUAL', currency: '' }];
  const { currency, factor } = baseOf(client);
  for (const [key, value] of Object.entries(client.exchange.accountValues())) {
    const money = !UNITLESS.has(key);
    rows.push({ key, value: money ? (value * factor).toFixed(2) : String(value), currency: money ? currency : '' });
  }
  return rows;
}

/** The cash ledger for the tags `$LEDGER`, `$LEDGER:USD` and `$LEDGER:ALL`; the account trades in dollars only. */
export function ledgerRows(client: ClientPort): readonly AccountRow[] {
  const values = client.exchange.accountValues();
  const { perDollar } = baseOf(client);
  const row = (key: string, value: number | undefined): AccountRow[] =>
    value === undefined ? [] : [{ key, value: value.toFixed(2), currency: 'USD' }];
  return [
    { key: 'Currency', value: 'USD', currency: 'USD' },
    ...row('CashBalance', values.TotalCashValue ?? values.TotalCashBalance),
    ...row('NetLiquidationByCurrency', values.NetLiquidation),
    ...row('UnrealizedPnL', values.UnrealizedPnL),
    ...row('RealizedPnL', values.RealizedPnL),
    ...(perDollar === 0 ? [] : [{ key: 'ExchangeRate', value: perDollar.toFixed(8), currency: 'USD' }]),
  ];
}

/** Positions carry no exchange. */
export function positionValues(position: GatewayPosition): Values {
  return {
    account: position.account,
    ...contractValues(position.contract, ''),
    position: position.quantity,
    averageCost: position.averageCost,
  };
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

/** A line of the portfolio: price per share, value with the multiplier. */
export function portfolioValues(client: ClientPort, position: GatewayPosition): Values {
  const { contract, quantity, averageCost } = position;
  const marketValue = client.exchange.marketValue(position) ?? quantity * averageCost;
  const units = quantity * (contract.multiplier ?? 1);
  const { unrealized, realized } = client.exchange.pnl(contract.conId);
  return {
    ...contractValues(contract),
    primaryExchange: contract.primaryExchange,
    position: quantity,
    marketPrice: units === 0 ? 0 : round(marketValue / units),
    marketValue: round(marketValue),
    averageCost,
    unrealizedPnl: round(unrealized),
    realizedPnl: round(realized),
    account: position.account,
  };
}
