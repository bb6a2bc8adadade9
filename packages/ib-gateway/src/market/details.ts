/**
 * The answer to a request for contract details.
 */

import { dayText, OPEN_MINUTE } from 'market-time';
import type { GatewayContract, GatewayContractDetails } from '../model.js';
import { underlyingContract } from './contracts.js';
import { classCloseMinute, settlementDay } from './expirations.js';
import { clockIn, type Instrument, liquidHours, tradingHours, zoneOf } from './sessions.js';

const ORDER_TYPES = 'ACTIVETIM,ALERT,COND,DAY,GAT,GTC,GTD,IOC,LMT,LIT,MIT,MKT,OCA,SCALE,STP,STPLMT,TRAIL,WHATIF';
/** Where stocks can be routed to. */
export const STOCK_EXCHANGES = 'SMART,AMEX,NYSE,CBOE,PHLX,ISE,CHX,ARCA,NASDAQ,DRCTEDGE,BEX,BATS,EDGEA,BYX,IEX';

function rules(rule: number, exchanges: string): string {
  return exchanges
    .split(',')
    .map(() => rule)
    .join(',');
}

function optionDetails(instrument: Instrument & { kind: 'option' }, at: number): GatewayContractDetails {
  const { listed, expiry, contract } = instrument.listing;
  const { underlying } = instrument;
  const settles = settlementDay(listed, expiry);
  const validExchanges = listed.exchanges.join(',');
  return {
    contract,
    marketName: listed.tradingClass,
    longName: underlying.longName,
    minTick: listed.minTick,
    orderTypes: ORDER_TYPES,
    validExchanges,
    marketRuleIds: rules(listed.marketRule, validExchanges),
    timeZoneId: zoneOf(instrument).id,
    tradingHours: tradingHours(instrument, at),
    liquidHours: liquidHours(instrument, at),
    lastTradeTime: clockIn(zoneOf(instrument), classCloseMinute(listed, expiry, expiry), ':'),
    realExpirationDate: dayText(settles),
    contractMonth: dayText(settles).slice(0, 6),
    underlyingSymbol: underlying.symbol,
    underlyingSecType: underlying.secType,
  };
}

/** Details of an underlying or an option; the hours cover the seven days from `at` on. */
export function contractDetails(instrument: Instrument, at: number): GatewayContractDetails {
  if (instrument.kind === 'option') return optionDetails(instrument, at);
  const { underlying, future } = instrument;
  if (future) return futureDetails(future.contract, instrument, at);
  const contract = underlyingContract(underlying);
  const validExchanges = underlying.secType === 'STK' ? STOCK_EXCHANGES : underlying.exchange;
  return {
    contract,
    marketName: underlying.secType === 'STK' ? 'NMS' : contract.tradingClass,
    longName: underlying.longName,
    minTick: underlying.minTick,
    orderTypes: ORDER_TYPES,
    validExchanges,
    marketRuleIds: rules(underlying.marketRule, validExchanges),
    timeZoneId: zoneOf(instrument).id,
    tradingHours: tradingHours(instrument, at),
    liquidHours: liquidHours(instrument, at),
    ...(underlying.stockType ? { stockType: underlying.stockType } : {}),
    ...(underlying.industry ? { industry: underlying.industry } : {}),
    ...(underlying.category ? { category: underlying.category } : {}),
    ...(underlying.subcategory ? { subcategory: underlying.subcategory } : {}),
  };
}

function futureDetails(
  contract: GatewayContract,
  instrument: Instrument & { kind: 'underlying' },
  at: number,
): GatewayContractDetails {
  const { underlying } = instrument;
  return {
    contract,
    marketName: contract.tradingClass,
    longName: underlying.longName,
    minTick: underlying.minTick,
    orderTypes: ORDER_TYPES,
    validExchanges: contract.exchange,
    marketRuleIds: String(underlying.marketRule),
    timeZoneId: zoneOf(instrument).id,
    tradingHours: tradingHours(instrument, at),
    liquidHours: liquidHours(instrument, at),
    // The future settles to the opening prices of its last day.
    lastTradeTime: clockIn(zoneOf(instrument), OPEN_MINUTE, ':'),
    ...(contract.expiry ? { realExpirationDate: contract.expiry, contractMonth: contract.expiry.slice(0, 6) } : {}),
    underlyingSymbol: underlying.symbol,
    underlyingSecType: 'IND',
  };
}
