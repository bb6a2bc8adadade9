/**
 * Requests that have nothing to do with trading options but that clients send: news, scanner, adviser functions, display
 * groups, verification, and lists that describe the installation.
 */
import { bool, type Field, int, type Message, message, optionalFloat, optionalInt, text } from './field.js';
import { version } from './groups.js';
import { WSH_DATES, WSH_FILTERS } from './versions.js';

const v = version(1);
const reqId = int('reqId');
const options = text('options');

const news: readonly Message[] = [
  message(12, 'REQ_NEWS_BULLETINS', [v, bool('allMessages')]),
  message(13, 'CANCEL_NEWS_BULLETINS', [v]),
  message(84, 'REQ_NEWS_ARTICLE', [reqId, text('providerCode'), text('articleId'), options]),
  message(85, 'REQ_NEWS_PROVIDERS', []),
  message(86, 'REQ_HISTORICAL_NEWS', [
    reqId,
    optionalInt('conId'),
    text('providerCodes'),
    text('startDateTime'),
    text('endDateTime'),
    int('totalResults'),
    options,
  ]),
  message(100, 'REQ_WSH_META_DATA', [reqId]),
  message(101, 'CANCEL_WSH_META_DATA', [reqId]),
  message(102, 'REQ_WSH_EVENT_DATA', [
    reqId,
    optionalInt('conId'),
    text('filter', { since: WSH_FILTERS }),
    bool('fillWatchlist', { since: WSH_FILTERS }),
    bool('fillPortfolio', { since: WSH_FILTERS }),
    bool('fillCompetitors', { since: WSH_FILTERS }),
    text('startDate', { since: WSH_DATES }),
    text('endDate', { since: WSH_DATES }),
    optionalInt('totalLimit', { since: WSH_DATES }),
  ]),
  message(103, 'CANCEL_WSH_EVENT_DATA', [reqId]),
];

/** The limits of a scan; unset numbers mean no limit. */
const scannerLimits: readonly Field[] = [
  optionalFloat('abovePrice'),
  optionalFloat('belowPrice'),
  optionalInt('aboveVolume'),
  optionalFloat('marketCapAbove'),
  optionalFloat('marketCapBelow'),
  text('moodyRatingAbove'),
  text('moodyRatingBelow'),
  text('spRatingAbove'),
  text('spRatingBelow'),
  text('maturityDateAbove'),
  text('maturityDateBelow'),
  optionalFloat('couponRateAbove'),
  optionalFloat('couponRateBelow'),
  text('excludeConvertible'),
  optionalInt('averageOptionVolumeAbove'),
  text('scannerSettingPairs'),
  text('stockTypeFilter'),
];

const scanner: readonly Message[] = [
  message(22, 'REQ_SCANNER_SUBSCRIPTION', [
    reqId,
    optionalInt('numberOfRows'),
    text('instrument'),
    text('locationCode'),
    text('scanCode'),
    ...scannerLimits,
    text('filterOptions'),
    options,
  ]),
  message(23, 'CANCEL_SCANNER_SUBSCRIPTION', [v, reqId]),
  message(24, 'REQ_SCANNER_PARAMETERS', [v]),
];

const installation: readonly Message[] = [
  message(18, 'REQ_FA', [v, int('faDataType')]),
  message(19, 'REPLACE_FA', [v, int('faDataType'), text('xml'), reqId]),
  message(65, 'VERIFY_REQUEST', [v, text('apiName'), text('apiVersion')]),
  message(66, 'VERIFY_MESSAGE', [v, text('apiData')]),
  message(67, 'QUERY_DISPLAY_GROUPS', [v, reqId]),
  message(68, 'SUBSCRIBE_TO_GROUP_EVENTS', [v, reqId, int('groupId')]),
  message(69, 'UPDATE_DISPLAY_GROUP', [v, reqId, text('contractInfo')]),
  message(70, 'UNSUBSCRIBE_FROM_GROUP_EVENTS', [v, reqId]),
  message(72, 'VERIFY_AND_AUTH_REQUEST', [v, text('apiName'), text('apiVersion'), text('opaqueIsvKey')]),
  message(73, 'VERIFY_AND_AUTH_MESSAGE', [v, text('apiData'), text('xyzResponse')]),
  message(79, 'REQ_SOFT_DOLLAR_TIERS', [reqId]),
  message(80, 'REQ_FAMILY_CODES', []),
  message(82, 'REQ_MKT_DEPTH_EXCHANGES', []),
  message(83, 'REQ_SMART_COMPONENTS', [reqId, text('bboExchange')]),
];

/** Requests about services around trading, by number. */
export const serviceRequests: readonly Message[] = [...news, ...scanner, ...installation];
