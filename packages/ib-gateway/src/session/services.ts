/**
 * Requests about services around trading. An unsimulated service answers with the error that IB's documentation gives
 * for an account without the permission or the function.
 */
import type { Values } from '../protocol/index.js';
import { numberOr, textOf } from '../protocol/values.js';
import { type ClientPort, invalidRequest, NO_DEFINITION } from './port.js';

/** Exchanges of listed stocks and of their options, each with its letter in a quote. */
const EXCHANGES: readonly (readonly [string, string])[] = [
  ['AMEX', 'A'],
  ['NYSE', 'N'],
  ['ARCA', 'P'],
  ['NASDAQ', 'Q'],
  ['BATS', 'Z'],
  ['IEX', 'V'],
  ['CBOE', 'C'],
];
/** The free subscriptions that every account has. */
const NEWS_PROVIDERS: readonly (readonly [string, string])[] = [
  ['BRFG', 'Briefing.com General Market Columns'],
  ['BRFUPDN', 'Briefing.com Analyst Actions'],
  ['DJNL', 'Dow Jones Newsletters'],
];
const NEWS_NOT_ALLOWED = [10276, 'News feed is not allowed.'] as const;
const NO_ADVISER = 'FA data operations ignored for non FA customers.';

const reqId = (values: Values): number => numberOr(values, 'reqId');

export function familyCodes(client: ClientPort): void {
  client.send('FAMILY_CODES', { codes: client.accounts.map((accountId) => ({ accountId, familyCode: '' })) });
}

/** No account here has soft-dollar tiers. */
export function softDollarTiers(client: ClientPort, values: Values): void {
  client.send('SOFT_DOLLAR_TIERS', { reqId: reqId(values), tiers: [] });
}

/** The venues with depth at IB; a subscription to it is refused here (see `marketDepth`). */
export function depthExchanges(client: ClientPort): void {
  const exchanges = EXCHANGES.flatMap(([exchange]) =>
    ['STK', 'OPT'].map((secType) => ({
      ...{ exchange, secType, listingExchange: '', serviceDataType: 'Deep', aggGroup: 1 },
    })),
  );
  client.send('MKT_DEPTH_EXCHANGES', { exchanges });
}

export function marketDepth(client: ClientPort, values: Values): void {
  const text = 'Deep market data is not supported for this combination of security type/exchange';
  client.error(reqId(values), 10092, text);
}

export function cancelMarketDepth(client: ClientPort, values: Values): void {
  client.error(reqId(values), 310, `Can't find the subscribed market depth with tickerId:${reqId(values)}`);
}

/** The exchanges behind the code of a quote; every code gets the same answer. */
export function smartComponents(client: ClientPort, values: Values): void {
  const components = EXCHANGES.map(([exchange, letter], bit) => ({ bit, exchange, letter }));
  client.send('SMART_COMPONENTS', { reqId: reqId(values), components });
}

export function newsProviders(client: ClientPort): void {
  client.send('NEWS_PROVIDERS', { providers: NEWS_PROVIDERS.map(([code, name]) => ({ code, name })) });
}

/** There is no news in this market: the list of a listed contract is empty. */
export function historicalNews(client: ClientPort, values: Values): void {
  if (client.market.contract(numberOr(values, 'conId')))
    client.send('HISTORICAL_NEWS_END', { reqId: reqId(values), hasMore: false });
  else client.error(reqId(values), ...NO_DEFINITION);
}

export function newsArticle(client: ClientPort, values: Values): void {
  const id = textOf(values, 'articleId').slice(0, 60);
  client.error(reqId(values), 10172, `Failed to request news article:No article ${id}`);
}

export function newsNotAllowed(client: ClientPort, values: Values): void {
  client.error(reqId(values), ...NEWS_NOT_ALLOWED);
}

export function fundamentalData(client: ClientPort, values: Values): void {
  const text = 'We are sorry, but fundamentals data for the security specified is not available.Not allowed';
  client.error(reqId(values), 430, text);
}

/** Adviser settings are for adviser accounts; a request for them has no id. */
export function adviserData(client: ClientPort, values: Values): void {
  client.error(numberOr(values, 'reqId', -1), ...invalidRequest(NO_ADVISER));
}

/** IB itself verifies programs. */
export function verification(client: ClientPort): void {
  client.error(-1, ...invalidRequest('Verification is not available'));
}
