/**
 * The market scanner, over the listed stocks.
 */
import type { GatewayContract } from '../model.js';
import type { Values } from '../protocol/index.js';
import { numberOf, numberOr, textOf } from '../protocol/values.js';
import { type ClientPort, invalidRequest } from './port.js';

/** The ranking of each scan, highest first. */
const SCANS: ReadonlyMap<string, (row: Candidate) => number> = new Map([
  ['MOST_ACTIVE', ({ volume }) => volume],
  ['HOT_BY_VOLUME', ({ volume }) => volume],
  ['TOP_PERC_GAIN', ({ change }) => change],
  ['TOP_PERC_LOSE', ({ change }) => -change],
  ['HIGH_OPT_IMP_VOLAT', ({ impliedVolatility }) => impliedVolatility],
  ['LOW_OPT_IMP_VOLAT', ({ impliedVolatility }) => -impliedVolatility],
]);
const MOST_ROWS = 50;
const NO_ITEMS = [165, 'Historical Market Data Service query message:no items retrieved'] as const;

interface Candidate {
  readonly contract: GatewayContract;
  readonly price: number;
  readonly volume: number;
  /** Since yesterday's close, as a share of it. */
  readonly change: number;
  readonly impliedVolatility: number;
}

export function scannerParameters(client: ClientPort): void {
  const scans = [...SCANS.keys()]
    .map((code) => `<ScanType><scanCode>${code}</scanCode><instruments>STK</instruments></ScanType>`)
    .join('');
  const xml =
    '<?xml version="1.0" encoding="UTF-8"?><ScanParameterResponse>' +
    '<InstrumentList><Instrument><name>US Stocks</name><type>STK</type></Instrument></InstrumentList>' +
    '<LocationTree><Location><locationCode>STK.US</locationCode><instruments>STK</instruments></Location>' +
    `</LocationTree><ScanTypeList>${scans}</ScanTypeList></ScanParameterResponse>`;
  client.send('SCANNER_PARAMETERS', { xml });
}

/** Answers once; the order of so few stocks hardly ever changes, so no second list is sent. */
export function scan(client: ClientPort, values: Values): void {
  const reqId = numberOr(values, 'reqId');
  const code = textOf(values, 'scanCode');
  const rank = SCANS.get(code);
  if (!rank) {
    client.error(
      reqId,
      162,
      `Historical Market Data Service error message:Scanner type ${code.slice(0, 40)} is unknown`,
    );
    return;
  }
  const wanted = numberOf(values, 'numberOfRows') ?? -1;
  if (wanted === 0) {
    client.error(reqId, ...invalidRequest('Number of rows must not be zero'));
    return;
  }
  const rows = candidates(client, values)
    .sort((left, right) => rank(right) - rank(left))
    .slice(0, wanted < 0 ? MOST_ROWS : Math.min(wanted, MOST_ROWS));
  if (rows.length === 0) client.error(reqId, ...NO_ITEMS);
  else client.send('SCANNER_DATA', { reqId, rows: rows.map((row, index) => rowValues(row.contract, index)) });
}

function candidates(client: ClientPort, values: Values): Candidate[] {
  if (textOf(values, 'instrument') !== 'STK' || !textOf(values, 'locationCode').startsWith('STK.US')) return [];
  const above = numberOf(values, 'abovePrice') ?? 0;
  const below = numberOf(values, 'belowPrice') ?? Number.POSITIVE_INFINITY;
  const leastVolume = numberOf(values, 'aboveVolume') ?? 0;
  const now = client.clock.now();
  return client.market
    .underlyings()
    .filter((contract) => contract.secType === 'STK')
    .map((contract) => {
      const quote = client.market.quote(contract.conId, now);
      const price = quote?.last ?? quote?.close ?? 0;
      const change = quote?.close ? price / quote.close - 1 : 0;
      return {
        ...{ contract, price, change, volume: quote?.volume ?? 0 },
        impliedVolatility: quote?.impliedVolatility ?? 0,
      };
    })
    .filter(({ price, volume }) => price >= above && price <= below && volume >= leastVolume);
}

function rowValues(contract: GatewayContract, rank: number): Values {
  const { conId, symbol, secType, currency, localSymbol, tradingClass } = contract;
  return { rank, conId, symbol, secType, exchange: 'SMART', currency, localSymbol, marketName: 'NMS', tradingClass };
}
