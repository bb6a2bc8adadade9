/**
 * Requests about contracts: details, option chains, symbol search, price increments.
 */
import type { GatewayContract, GatewayContractDetails } from '../model.js';
import type { Values } from '../protocol/index.js';
import { numberOr, textOf } from '../protocol/values.js';
import { findContracts, isKnownType } from './contract-query.js';
import { type ClientPort, invalidRequest, NO_DEFINITION } from './port.js';

/** A combo is never answered: the real gateway stays silent too. */
export function contractData(client: ClientPort, values: Values): void {
  if (textOf(values, 'secType').toUpperCase() === 'BAG') return;
  const reqId = numberOr(values, 'reqId');
  const now = client.clock.now();
  if (!isKnownType(values)) {
    client.error(reqId, ...invalidRequest('Please enter a valid security type'));
    return;
  }
  const found = findContracts(client.market, values, now);
  if (found.length === 0) {
    client.error(reqId, ...NO_DEFINITION);
    return;
  }
  for (const contract of found) {
    const details = client.market.details(contract.conId, now);
    if (details) client.send('CONTRACT_DATA', { reqId, ...detailValues(details) });
  }
  client.send('CONTRACT_DATA_END', { reqId });
}

function detailValues(details: GatewayContractDetails): Values {
  const { contract } = details;
  const time = details.lastTradeTime;
  return {
    ...identity(contract),
    lastTradeDateOrContractMonth:
      contract.expiry && time
        ? `${contract.expiry}-${time.length === 5 ? `${time}:00` : time}-${details.timeZoneId}`
        : contract.expiry,
    lastTradeDate: contract.expiry,
    marketName: details.marketName,
    minTick: details.minTick,
    orderTypes: details.orderTypes,
    validExchanges: details.validExchanges,
    priceMagnifier: 1,
    underConId: contract.underlyingConId,
    longName: details.longName,
    contractMonth: details.contractMonth,
    industry: details.industry,
    category: details.category,
    subcategory: details.subcategory,
    timeZoneId: details.timeZoneId,
    tradingHours: details.tradingHours,
    liquidHours: details.liquidHours,
    aggGroup: 1,
    underSymbol: details.underlyingSymbol,
    underSecType: details.underlyingSecType,
    marketRuleIds: details.marketRuleIds,
    realExpirationDate: details.realExpirationDate,
    stockType: details.stockType,
    minSize: 1,
    sizeIncrement: 1,
    suggestedSizeIncrement: contract.secType === 'STK' ? 100 : 1,
  };
}

function identity(contract: GatewayContract): Values {
  return {
    conId: contract.conId,
    symbol: contract.symbol,
    secType: contract.secType,
    strike: contract.strike,
    right: contract.right,
    multiplier: contract.multiplier === undefined ? undefined : String(contract.multiplier),
    exchange: contract.exchange,
    primaryExchange: contract.primaryExchange,
    currency: contract.currency,
    localSymbol: contract.localSymbol,
    tradingClass: contract.tradingClass,
  };
}

/** One row per exchange and trading class. IB asks for the underlying's contract id; without it the answer is an error. */
export function optionParameters(client: ClientPort, values: Values): void {
  const reqId = numberOr(values, 'reqId');
  const underlying = client.market.contract(numberOr(values, 'underlyingConId'));
  if (!underlying || (textOf(values, 'underlyingSymbol') || underlying.symbol) !== underlying.symbol) {
    client.error(reqId, ...invalidRequest('Invalid contract id'));
    return;
  }
  for (const row of client.market.chainParams(underlying.conId, client.clock.now())) {
    client.send('SEC_DEF_OPT_PARAMS', {
      reqId,
      exchange: row.exchange,
      underlyingConId: row.underlyingConId,
      tradingClass: row.tradingClass,
      multiplier: String(row.multiplier),
      expirations: row.expirations.map((expiration) => ({ expiration })),
      strikes: row.strikes.map((strike) => ({ strike })),
    });
  }
  client.send('SEC_DEF_OPT_PARAMS_END', { reqId });
}

export function matchingSymbols(client: ClientPort, values: Values): void {
  const contracts = client.market.matching(textOf(values, 'pattern')).map((contract) => ({
    conId: contract.conId,
    symbol: contract.symbol,
    secType: contract.secType,
    primaryExchange: contract.primaryExchange,
    currency: contract.currency,
    derivatives: client.market.chainParams(contract.conId).length > 0 ? [{ secType: 'OPT' }] : [],
    description: client.market.details(contract.conId)?.longName,
  }));
  client.send('SYMBOL_SAMPLES', { reqId: numberOr(values, 'reqId'), contracts });
}

export function marketRule(client: ClientPort, values: Values): void {
  const marketRuleId = numberOr(values, 'marketRuleId');
  const increments = client.market.marketRule(marketRuleId);
  if (increments) client.send('MARKET_RULE', { marketRuleId, increments: increments.map((row) => ({ ...row })) });
  else client.error(-1, ...invalidRequest(`Invalid market rule id ${marketRuleId}`));
}
