/**
 * The handler of each request.
 */
import type { Values } from '../protocol/index.js';
import { flagOf, numberOr } from '../protocol/values.js';
import type { AccountFeeds } from './account-feeds.js';
import { contractData, marketRule, matchingSymbols, optionParameters } from './contracts.js';
import type { DetailsQueue } from './details-queue.js';
import type { DisplayGroups } from './display-groups.js';
import { exerciseOptions } from './exercise.js';
import { histogram } from './histogram.js';
import { historicalTicks } from './historical-ticks.js';
import type { HistoryFeeds } from './history.js';
import type { MarketLines } from './market-lines.js';
import { impliedVolatility, optionPrice } from './option-calculator.js';
import {
  allOpenOrders,
  autoOpenOrders,
  cancelOrder,
  completedOrders,
  executions,
  globalCancel,
  openOrders,
  placeOrder,
} from './orders.js';
import { type ClientPort, invalidRequest } from './port.js';
import { scan, scannerParameters } from './scanner.js';
import * as services from './services.js';
import type { TickStreams } from './tick-streams.js';

/** A client with its subscriptions. */
export interface ServedClient extends ClientPort {
  readonly lines: MarketLines;
  readonly feeds: AccountFeeds;
  readonly history: HistoryFeeds;
  readonly streams: TickStreams;
  readonly groups: DisplayGroups;
  readonly details: DetailsQueue;
  /** Sends message 9. */
  sendNextId(): void;
}

type Handler = (client: ServedClient, values: Values) => void;

const reqId = (values: Values): number => numberOr(values, 'reqId');

const system: Readonly<Record<string, Handler>> = {
  // A second START_API on a running session is ignored.
  START_API: () => undefined,
  REQ_IDS: (client) => client.sendNextId(),
  SET_SERVER_LOGLEVEL: () => undefined,
  REQ_MANAGED_ACCTS: (client) => client.send('MANAGED_ACCTS', { accounts: client.accounts.join(',') }),
  REQ_CURRENT_TIME: (client) => client.send('CURRENT_TIME', { time: Math.floor(client.clock.now() / 1_000) }),
  REQ_CURRENT_TIME_IN_MILLIS: (client) => client.send('CURRENT_TIME_IN_MILLIS', { time: client.clock.now() }),
  REQ_USER_INFO: (client, values) => client.send('USER_INFO', { reqId: reqId(values), whiteBrandingId: '' }),
  REQ_MARKET_DATA_TYPE: (client, values) => {
    const type = numberOr(values, 'marketDataType');
    if (type >= 1 && type <= 4) client.lines.dataType = type;
    else client.error(-1, ...invalidRequest(`Invalid market data type ${type}`));
  },
};

const market: Readonly<Record<string, Handler>> = {
  REQ_CONTRACT_DATA: (client, values) => client.details.answer(() => contractData(client, values)),
  REQ_SEC_DEF_OPT_PARAMS: optionParameters,
  REQ_MATCHING_SYMBOLS: matchingSymbols,
  REQ_MARKET_RULE: marketRule,
  REQ_MKT_DATA: (client, values) => client.lines.subscribe(values),
  CANCEL_MKT_DATA: (client, values) => client.lines.cancel(reqId(values)),
  REQ_HISTORICAL_DATA: (client, values) => client.history.request(values),
  CANCEL_HISTORICAL_DATA: (client, values) => client.history.cancel(reqId(values)),
  REQ_HEAD_TIMESTAMP: (client, values) => client.history.headTimestamp(values),
  // The answer is sent at once, so there is nothing to cancel.
  CANCEL_HEAD_TIMESTAMP: () => undefined,
};

/** Answered at once or never, so there is nothing to cancel. */
const nothing: Handler = () => undefined;

const data: Readonly<Record<string, Handler>> = {
  REQ_MKT_DEPTH: services.marketDepth,
  CANCEL_MKT_DEPTH: services.cancelMarketDepth,
  REQ_REAL_TIME_BARS: (client, values) => client.streams.requestBars(values),
  CANCEL_REAL_TIME_BARS: (client, values) => client.streams.cancelBars(reqId(values)),
  REQ_TICK_BY_TICK_DATA: (client, values) => client.streams.requestTicks(values),
  CANCEL_TICK_BY_TICK_DATA: (client, values) => client.streams.cancelTicks(reqId(values)),
  REQ_HISTOGRAM_DATA: histogram,
  CANCEL_HISTOGRAM_DATA: nothing,
  REQ_HISTORICAL_TICKS: historicalTicks,
  REQ_FUNDAMENTAL_DATA: services.fundamentalData,
  CANCEL_FUNDAMENTAL_DATA: nothing,
  REQ_CALC_IMPLIED_VOLAT: impliedVolatility,
  REQ_CALC_OPTION_PRICE: optionPrice,
  CANCEL_CALC_IMPLIED_VOLAT: nothing,
  CANCEL_CALC_OPTION_PRICE: nothing,
  EXERCISE_OPTIONS: exerciseOptions,
};

const service: Readonly<Record<string, Handler>> = {
  // Bulletins are sent when there are any, and here there never are.
  REQ_NEWS_BULLETINS: nothing,
  CANCEL_NEWS_BULLETINS: nothing,
  REQ_NEWS_ARTICLE: services.newsArticle,
  REQ_NEWS_PROVIDERS: services.newsProviders,
  REQ_HISTORICAL_NEWS: services.historicalNews,
  REQ_WSH_META_DATA: services.newsNotAllowed,
  CANCEL_WSH_META_DATA: nothing,
  REQ_WSH_EVENT_DATA: services.newsNotAllowed,
  CANCEL_WSH_EVENT_DATA: nothing,
  REQ_SCANNER_SUBSCRIPTION: scan,
  CANCEL_SCANNER_SUBSCRIPTION: nothing,
  REQ_SCANNER_PARAMETERS: scannerParameters,
  REQ_FA: services.adviserData,
  REPLACE_FA: services.adviserData,
  VERIFY_REQUEST: services.verification,
  VERIFY_MESSAGE: services.verification,
  VERIFY_AND_AUTH_REQUEST: services.verification,
  VERIFY_AND_AUTH_MESSAGE: services.verification,
  QUERY_DISPLAY_GROUPS: (client, values) => client.groups.query(values),
  SUBSCRIBE_TO_GROUP_EVENTS: (client, values) => client.groups.follow(values),
  UPDATE_DISPLAY_GROUP: (client, values) => client.groups.update(values),
  UNSUBSCRIBE_FROM_GROUP_EVENTS: (client, values) => client.groups.unfollow(values),
  REQ_SOFT_DOLLAR_TIERS: services.softDollarTiers,
  REQ_FAMILY_CODES: services.familyCodes,
  REQ_MKT_DEPTH_EXCHANGES: services.depthExchanges,
  REQ_SMART_COMPONENTS: services.smartComponents,
};

const orders: Readonly<Record<string, Handler>> = {
  PLACE_ORDER: placeOrder,
  CANCEL_ORDER: cancelOrder,
  REQ_GLOBAL_CANCEL: globalCancel,
  REQ_OPEN_ORDERS: openOrders,
  REQ_ALL_OPEN_ORDERS: allOpenOrders,
  REQ_AUTO_OPEN_ORDERS: autoOpenOrders,
  REQ_COMPLETED_ORDERS: completedOrders,
  REQ_EXECUTIONS: executions,
};

const accounts: Readonly<Record<string, Handler>> = {
  REQ_ACCOUNT_DATA: (client, values) =>
    flagOf(values, 'subscribe') ? client.feeds.requestUpdates(values) : client.feeds.cancel('updates'),
  REQ_POSITIONS: (client) => client.feeds.requestPositions(),
  CANCEL_POSITIONS: (client) => client.feeds.cancelPositions(),
  REQ_ACCOUNT_SUMMARY: (client, values) => client.feeds.requestSummary(values),
  CANCEL_ACCOUNT_SUMMARY: (client, values) => client.feeds.cancel(`summary:${reqId(values)}`),
  REQ_POSITIONS_MULTI: (client, values) => client.feeds.requestPositionsMulti(values),
  CANCEL_POSITIONS_MULTI: (client, values) => client.feeds.cancelPositionsMulti(reqId(values)),
  REQ_ACCOUNT_UPDATES_MULTI: (client, values) => client.feeds.requestUpdatesMulti(values),
  CANCEL_ACCOUNT_UPDATES_MULTI: (client, values) => client.feeds.cancel(`multi:${reqId(values)}`),
  REQ_PNL: (client, values) => client.feeds.requestPnl(values),
  CANCEL_PNL: (client, values) => client.feeds.cancel(`pnl:${reqId(values)}`),
  REQ_PNL_SINGLE: (client, values) => client.feeds.requestPnlSingle(values),
  CANCEL_PNL_SINGLE: (client, values) => client.feeds.cancel(`pnlSingle:${reqId(values)}`),
};

/** The handler of every request in the protocol table. */
export const handlers: ReadonlyMap<string, Handler> = new Map(
  Object.entries({ ...system, ...market, ...orders, ...accounts, ...data, ...service }),
);
