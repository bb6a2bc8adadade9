/**
 * The requests a client may send, one entry per message. Orders are in place-order.ts; rarer requests in
 * data-requests.ts (streams, ticks, calculators) and service-requests.ts (news, scanner, adviser and display functions).
 */
import { dataRequests } from './data-requests.js';
import { bool, type Field, int, list, type Message, message, optionalBool, optionalInt, text } from './field.js';
import { deltaNeutralContract, requestContract, shortLegs, version } from './groups.js';
import { cancelOrder, globalCancel, placeOrder } from './place-order.js';
import { serviceRequests } from './service-requests.js';
import { BOND_ISSUER_ID, DAYS_OF_EXECUTIONS } from './versions.js';

const v = version(1);
const reqId = int('reqId');
const includeExpired = optionalBool('includeExpired');
const account: readonly Field[] = [text('account'), text('modelCode')];

/** A request with only its request id, with or without a version token. */
const onlyId = (id: number, name: string, versioned: boolean): Message =>
  message(id, name, versioned ? [v, reqId] : [reqId]);

const session: readonly Message[] = [
  message(71, 'START_API', [v, int('clientId'), text('optionalCapabilities')]),
  message(8, 'REQ_IDS', [v, int('count')]),
  message(14, 'SET_SERVER_LOGLEVEL', [v, int('level')]),
  message(17, 'REQ_MANAGED_ACCTS', [v]),
  message(49, 'REQ_CURRENT_TIME', [v]),
  message(105, 'REQ_CURRENT_TIME_IN_MILLIS', []),
  message(59, 'REQ_MARKET_DATA_TYPE', [v, int('marketDataType')]),
  onlyId(104, 'REQ_USER_INFO', false),
];

const market: readonly Message[] = [
  message(9, 'REQ_CONTRACT_DATA', [
    v,
    reqId,
    ...requestContract,
    includeExpired,
    text('secIdType'),
    text('secId'),
    text('issuerId', { since: BOND_ISSUER_ID }),
  ]),
  message(78, 'REQ_SEC_DEF_OPT_PARAMS', [
    reqId,
    text('underlyingSymbol'),
    text('futFopExchange'),
    text('underlyingSecType'),
    optionalInt('underlyingConId'),
  ]),
  message(1, 'REQ_MKT_DATA', [
    v,
    reqId,
    ...requestContract,
    shortLegs,
    ...deltaNeutralContract,
    text('genericTicks'),
    bool('snapshot'),
    bool('regulatorySnapshot'),
    text('options'),
  ]),
  onlyId(2, 'CANCEL_MKT_DATA', true),
  message(20, 'REQ_HISTORICAL_DATA', [
    reqId,
    ...requestContract,
    includeExpired,
    text('endDateTime'),
    text('barSize'),
    text('duration'),
    bool('useRth'),
    text('whatToShow'),
    int('formatDate'),
    shortLegs,
    bool('keepUpToDate'),
    text('chartOptions'),
  ]),
  onlyId(25, 'CANCEL_HISTORICAL_DATA', true),
  message(87, 'REQ_HEAD_TIMESTAMP', [
    reqId,
    ...requestContract,
    includeExpired,
    bool('useRth'),
    text('whatToShow'),
    int('formatDate'),
  ]),
  onlyId(90, 'CANCEL_HEAD_TIMESTAMP', false),
  message(81, 'REQ_MATCHING_SYMBOLS', [reqId, text('pattern')]),
  message(91, 'REQ_MARKET_RULE', [int('marketRuleId')]),
];

const orders: readonly Message[] = [
  placeOrder,
  cancelOrder,
  globalCancel,
  message(5, 'REQ_OPEN_ORDERS', [v]),
  message(15, 'REQ_AUTO_OPEN_ORDERS', [v, bool('autoBind')]),
  message(16, 'REQ_ALL_OPEN_ORDERS', [v]),
  message(99, 'REQ_COMPLETED_ORDERS', [bool('apiOnly')]),
  message(7, 'REQ_EXECUTIONS', [
    v,
    reqId,
    optionalInt('clientId'),
    text('account'),
    text('time'),
    text('symbol'),
    text('secType'),
    text('exchange'),
    text('side'),
    optionalInt('lastNDays', { since: DAYS_OF_EXECUTIONS }),
    list('specificDates', [text('date')], { since: DAYS_OF_EXECUTIONS }),
  ]),
];

const accounts: readonly Message[] = [
  message(6, 'REQ_ACCOUNT_DATA', [v, bool('subscribe'), text('account')]),
  message(61, 'REQ_POSITIONS', [v]),
  message(64, 'CANCEL_POSITIONS', [v]),
  message(62, 'REQ_ACCOUNT_SUMMARY', [v, reqId, text('group'), text('tags')]),
  onlyId(63, 'CANCEL_ACCOUNT_SUMMARY', true),
  message(74, 'REQ_POSITIONS_MULTI', [v, reqId, ...account]),
  onlyId(75, 'CANCEL_POSITIONS_MULTI', true),
  message(76, 'REQ_ACCOUNT_UPDATES_MULTI', [v, reqId, ...account, bool('ledgerAndNlv')]),
  onlyId(77, 'CANCEL_ACCOUNT_UPDATES_MULTI', true),
  message(92, 'REQ_PNL', [reqId, ...account]),
  onlyId(93, 'CANCEL_PNL', false),
  message(94, 'REQ_PNL_SINGLE', [reqId, ...account, int('conId')]),
  onlyId(95, 'CANCEL_PNL_SINGLE', false),
];

/** Every request of the protocol that the gateway understands. */
export const requests: readonly Message[] = [
  ...session,
  ...market,
  ...orders,
  ...accounts,
  ...dataRequests,
  ...serviceRequests,
];
