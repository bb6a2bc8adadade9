/**
 * The gateway's messages about services around trading: news, scanner, and lists that describe the installation.
 */
import { bool, int, list, type Message, message, optionalInt, text } from './field.js';
import { version, versionOne } from './groups.js';

const reqId = int('reqId');

const news: readonly Message[] = [
  message(14, 'NEWS_BULLETINS', [versionOne, int('newsId'), int('newsType'), text('text'), text('exchange')]),
  message(85, 'NEWS_PROVIDERS', [list('providers', [text('code'), text('name')])]),
  message(86, 'HISTORICAL_NEWS', [reqId, text('time'), text('providerCode'), text('articleId'), text('headline')]),
  message(87, 'HISTORICAL_NEWS_END', [reqId, bool('hasMore')]),
];

const scanner: readonly Message[] = [
  message(19, 'SCANNER_PARAMETERS', [versionOne, text('xml')]),
  message(20, 'SCANNER_DATA', [
    version(3),
    reqId,
    list('rows', [
      int('rank'),
      int('conId'),
      text('symbol'),
      text('secType'),
      text('expiry'),
      // A stock has a strike of zero here.
      int('strike'),
      text('right'),
      text('exchange'),
      text('currency'),
      text('localSymbol'),
      text('marketName'),
      text('tradingClass'),
      text('distance'),
      text('benchmark'),
      text('projection'),
      text('legs'),
    ]),
  ]),
];

const installation: readonly Message[] = [
  message(67, 'DISPLAY_GROUP_LIST', [versionOne, reqId, text('groups')]),
  message(68, 'DISPLAY_GROUP_UPDATED', [versionOne, reqId, text('contractInfo')]),
  message(77, 'SOFT_DOLLAR_TIERS', [reqId, list('tiers', [text('name'), text('value'), text('displayName')])]),
  message(78, 'FAMILY_CODES', [list('codes', [text('accountId'), text('familyCode')])]),
  message(80, 'MKT_DEPTH_EXCHANGES', [
    list('exchanges', [
      text('exchange'),
      text('secType'),
      text('listingExchange'),
      text('serviceDataType'),
      optionalInt('aggGroup'),
    ]),
  ]),
  message(82, 'SMART_COMPONENTS', [reqId, list('components', [int('bit'), text('exchange'), text('letter')])]),
];

/** Messages about services around trading. */
export const serviceResponses: readonly Message[] = [...news, ...scanner, ...installation];
