/**
 * Resolves a client's description to listed contracts, and writes contracts back.
 */
import type { GatewayContract, GatewayMarket, Right, SecType } from '../model.js';
import type { Values } from '../protocol/index.js';
import { numberOf, numberOr, textOf } from '../protocol/values.js';

/** C and CALL, P and PUT are the same to the gateway; anything else is ignored. */
export function rightOf(token: string): Right | undefined {
  const letter = token.toUpperCase();
  if (letter === 'C' || letter === 'CALL') return 'C';
  return letter === 'P' || letter === 'PUT' ? 'P' : undefined;
}

/** IB's generic contract id of a combo in dollars. */
export const COMBO_CON_ID = 28812380;

/** Kinds of contracts that IB knows; an unlisted contract of these kinds is unknown (200). */
const TYPES: ReadonlySet<string> = new Set([
  ...[
    'STK',
    'OPT',
    'FUT',
    'IND',
    'FOP',
    'CASH',
    'BAG',
    'WAR',
    'BOND',
    'CMDTY',
    'NEWS',
    'FUND',
    'CFD',
    'CONTFUT',
    'CRYPTO',
  ],
  ...['IOPT', 'BILL', 'FUT+CONTFUT', 'EC', 'PDC'],
]);

/**
 * Whether a description names a kind of contract. A contract id needs none, nor does an id of another system (ISIN,
 * FIGI) or of an issuer.
 */
export function isKnownType(values: Values): boolean {
  const named = ['secId', 'issuerId'].some((name) => textOf(values, name) !== '');
  return numberOr(values, 'conId') > 0 || named || TYPES.has(textOf(values, 'secType').toUpperCase());
}

/**
 * Every listed contract that matches. A contract id decides alone, as at IB; an expiry may be a month (YYYYMM). SMART
 * and an empty exchange match anything; another exchange must be among those of the contract.
 */
export function findContracts(market: GatewayMarket, values: Values, at: number): readonly GatewayContract[] {
  const conId = numberOr(values, 'conId');
  if (conId > 0) {
    const found = market.contract(conId);
    return found ? [found] : [];
  }
  // Ids of other systems and of issuers are unknown here, and without a symbol there is no contract.
  if (['secId', 'issuerId'].some((name) => textOf(values, name) !== '')) return [];
  if (['symbol', 'localSymbol'].every((name) => textOf(values, name) === '')) return [];
  const expiry = textOf(values, 'expiry').slice(0, 8);
  const exchange = textOf(values, 'exchange');
  return market
    .find(queryOf(values, expiry), at)
    .filter(
      (contract) =>
        (expiry === '' || (contract.expiry ?? '').startsWith(expiry)) && tradesOn(market, contract, exchange),
    );
}

function queryOf(values: Values, expiry: string): Partial<GatewayContract> {
  const secType = textOf(values, 'secType').toUpperCase();
  const strike = numberOf(values, 'strike');
  const right = rightOf(textOf(values, 'right'));
  const multiplier = Number(textOf(values, 'multiplier'));
  const query: { -readonly [K in keyof GatewayContract]?: GatewayContract[K] } = {};
  for (const name of ['symbol', 'currency', 'localSymbol', 'tradingClass'] as const) {
    const value = textOf(values, name);
    if (value !== '') query[name] = value;
  }
  if (secType !== '') query.secType = secType as SecType;
  if (expiry.length === 8) query.expiry = expiry;
  if (strike !== undefined && strike > 0) query.strike = strike;
  if (right) query.right = right;
  if (multiplier > 0) query.multiplier = multiplier;
  return query;
}

function tradesOn(market: GatewayMarket, contract: GatewayContract, exchange: string): boolean {
  if (exchange === '' || exchange === 'SMART' || exchange === contract.exchange) return true;
  if (exchange === contract.primaryExchange) return true;
  return market.details(contract.conId)?.validExchanges.split(',').includes(exchange) ?? false;
}

/** The contract fields of a response. Positions are reported without an exchange. */
export function contractValues(contract: Partial<GatewayContract>, exchange = contract.exchange ?? ''): Values {
  return {
    conId: contract.conId,
    symbol: contract.symbol,
    secType: contract.secType,
    expiry: contract.expiry,
    strike: contract.strike,
    right: contract.right,
    multiplier: contract.multiplier === undefined ? undefined : String(contract.multiplier),
    exchange,
    currency: contract.currency,
    localSymbol: contract.localSymbol,
    tradingClass: contract.tradingClass,
  };
}
