/**
 * The gateway's messages, one entry each, besides the two that echo whole orders.
 */
import {
  bool,
  type Field,
  float,
  floatOr,
  int,
  type Message,
  message,
  optionalFloat,
  text,
  UNSET_DOUBLE,
} from './field.js';
import { endOf, responseContract, version, versionOne } from './groups.js';
import { marketResponses } from './market-responses.js';
import { completedOrder, openOrder } from './open-order.js';
import { serviceResponses } from './service-responses.js';
import { tickResponses } from './tick-responses.js';
import { ADVANCED_ORDER_REJECT, ERROR_TIME, PENDING_PRICE_REVISION, SUBMITTER } from './versions.js';

const reqId = int('reqId');

const session: readonly Message[] = [
  message(4, 'ERR_MSG', [
    version(2, { until: ERROR_TIME }),
    int('id'),
    int('code'),
    text('text'),
    text('advancedOrderReject', { since: ADVANCED_ORDER_REJECT }),
    int('time', { since: ERROR_TIME }),
  ]),
  message(9, 'NEXT_VALID_ID', [versionOne, int('orderId')]),
  message(15, 'MANAGED_ACCTS', [versionOne, text('accounts')]),
  message(49, 'CURRENT_TIME', [versionOne, int('time')]),
  message(109, 'CURRENT_TIME_IN_MILLIS', [int('time')]),
  message(107, 'USER_INFO', [reqId, text('whiteBrandingId')]),
];

const orders: readonly Message[] = [
  openOrder,
  completedOrder,
  message(3, 'ORDER_STATUS', [
    int('orderId'),
    text('status'),
    float('filled'),
    float('remaining'),
    float('avgFillPrice'),
    int('permId'),
    int('parentId'),
    float('lastFillPrice'),
    int('clientId'),
    text('whyHeld'),
    float('mktCapPrice'),
  ]),
  message(53, 'OPEN_ORDER_END', [versionOne]),
  message(102, 'COMPLETED_ORDERS_END', []),
  message(11, 'EXECUTION_DATA', [
    reqId,
    int('orderId'),
    ...responseContract,
    text('execId'),
    text('time'),
    text('account'),
    text('executionExchange'),
    text('side'),
    float('shares'),
    float('price'),
    int('permId'),
    int('clientId'),
    int('liquidation'),
    float('cumQty'),
    float('avgPrice'),
    text('orderRef'),
    text('evRule'),
    optionalFloat('evMultiplier'),
    text('modelCode'),
    int('lastLiquidity'),
    bool('pendingPriceRevision', { since: PENDING_PRICE_REVISION }),
    text('submitter', { since: SUBMITTER }),
  ]),
  endOf(55, 'EXECUTION_DATA_END'),
  message(59, 'COMMISSION_REPORT', [
    versionOne,
    text('execId'),
    float('commission'),
    text('currency'),
    floatOr(UNSET_DOUBLE, 'realizedPnl'),
    floatOr(UNSET_DOUBLE, 'yield'),
    text('yieldRedemptionDate'),
  ]),
];

const accountContractTail: readonly Field[] = [float('position'), float('averageCost')];

const accounts: readonly Message[] = [
  message(6, 'ACCT_VALUE', [version(2), text('key'), text('value'), text('currency'), text('account')]),
  message(7, 'PORTFOLIO_VALUE', [
    version(8),
    // In this message the exchange field holds the primary exchange.
    ...responseContract
      .filter((field) => field.kind !== 'scalar' || field.name !== 'exchange')
      .flatMap((field) =>
        field.kind === 'scalar' && field.name === 'currency' ? [text('primaryExchange'), field] : [field],
      ),
    float('position'),
    float('marketPrice'),
    float('marketValue'),
    float('averageCost'),
    float('unrealizedPnl'),
    float('realizedPnl'),
    text('account'),
  ]),
  message(8, 'ACCT_UPDATE_TIME', [versionOne, text('time')]),
  message(54, 'ACCT_DOWNLOAD_END', [versionOne, text('account')]),
  message(61, 'POSITION', [version(3), text('account'), ...responseContract, ...accountContractTail]),
  message(62, 'POSITION_END', [versionOne]),
  message(63, 'ACCOUNT_SUMMARY', [versionOne, reqId, text('account'), text('tag'), text('value'), text('currency')]),
  endOf(64, 'ACCOUNT_SUMMARY_END'),
  message(71, 'POSITION_MULTI', [
    versionOne,
    reqId,
    text('account'),
    ...responseContract,
    ...accountContractTail,
    text('modelCode'),
  ]),
  endOf(72, 'POSITION_MULTI_END'),
  message(73, 'ACCOUNT_UPDATE_MULTI', [
    versionOne,
    reqId,
    text('account'),
    text('modelCode'),
    text('key'),
    text('value'),
    text('currency'),
  ]),
  endOf(74, 'ACCOUNT_UPDATE_MULTI_END'),
  message(94, 'PNL', [reqId, float('daily'), float('unrealized'), float('realized')]),
  message(95, 'PNL_SINGLE', [
    reqId,
    float('position'),
    float('daily'),
    float('unrealized'),
    float('realized'),
    float('value'),
  ]),
];

/** All messages of the gateway. */
export const responses: readonly Message[] = [
  ...session,
  ...marketResponses,
  ...tickResponses,
  ...orders,
  ...accounts,
  ...serviceResponses,
];
