/**
 * Requests for data besides quotes and bars: depth, real-time bars, ticks, histograms, option calculators, exercise.
 */
import { bool, type Field, int, type Message, message, optionalFloat, optionalInt, text } from './field.js';
import { requestContract, version } from './groups.js';
import { CUSTOMER_ACCOUNT, MANUAL_EXERCISE_TIME, PROFESSIONAL_CUSTOMER } from './versions.js';

const v = version(1);
const reqId = int('reqId');
const options = text('options');
const includeExpired = bool('includeExpired');

/** A contract in the two requests without a primary exchange. */
const without = (...names: readonly string[]): readonly Field[] =>
  requestContract.filter((field) => field.kind !== 'scalar' || !names.includes(field.name));

const fundamentalContract = without('expiry', 'strike', 'right', 'multiplier', 'tradingClass');

const streams: readonly Message[] = [
  message(10, 'REQ_MKT_DEPTH', [v, reqId, ...requestContract, int('rows'), bool('smartDepth'), options]),
  message(11, 'CANCEL_MKT_DEPTH', [v, reqId, bool('smartDepth')]),
  message(50, 'REQ_REAL_TIME_BARS', [
    v,
    reqId,
    ...requestContract,
    optionalInt('barSeconds'),
    text('whatToShow'),
    bool('useRth'),
    options,
  ]),
  message(51, 'CANCEL_REAL_TIME_BARS', [v, reqId]),
  message(97, 'REQ_TICK_BY_TICK_DATA', [
    reqId,
    ...requestContract,
    text('tickKind'),
    int('numberOfTicks'),
    bool('ignoreSize'),
  ]),
  message(98, 'CANCEL_TICK_BY_TICK_DATA', [reqId]),
];

const history: readonly Message[] = [
  message(88, 'REQ_HISTOGRAM_DATA', [reqId, ...requestContract, includeExpired, bool('useRth'), text('period')]),
  message(89, 'CANCEL_HISTOGRAM_DATA', [reqId]),
  message(96, 'REQ_HISTORICAL_TICKS', [
    reqId,
    ...requestContract,
    includeExpired,
    text('startDateTime'),
    text('endDateTime'),
    int('numberOfTicks'),
    text('whatToShow'),
    bool('useRth'),
    bool('ignoreSize'),
    options,
  ]),
  message(52, 'REQ_FUNDAMENTAL_DATA', [v, reqId, ...fundamentalContract, text('reportType'), options]),
  message(53, 'CANCEL_FUNDAMENTAL_DATA', [v, reqId]),
];

const optionRequests: readonly Message[] = [
  message(54, 'REQ_CALC_IMPLIED_VOLAT', [
    v,
    reqId,
    ...requestContract,
    optionalFloat('optionPrice'),
    optionalFloat('underlyingPrice'),
    options,
  ]),
  message(55, 'REQ_CALC_OPTION_PRICE', [
    v,
    reqId,
    ...requestContract,
    optionalFloat('volatility'),
    optionalFloat('underlyingPrice'),
    options,
  ]),
  message(56, 'CANCEL_CALC_IMPLIED_VOLAT', [v, reqId]),
  message(57, 'CANCEL_CALC_OPTION_PRICE', [v, reqId]),
  message(21, 'EXERCISE_OPTIONS', [
    v,
    reqId,
    ...without('primaryExchange'),
    int('exerciseAction'),
    int('quantity'),
    text('account'),
    int('override'),
    text('manualOrderTime', { since: MANUAL_EXERCISE_TIME }),
    text('customerAccount', { since: CUSTOMER_ACCOUNT }),
    bool('professionalCustomer', { since: PROFESSIONAL_CUSTOMER }),
  ]),
];

/** Requests for data, by number. */
export const dataRequests: readonly Message[] = [...streams, ...history, ...optionRequests];
