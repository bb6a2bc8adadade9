/**
 * Orders, executions and commissions as the fields of their messages, and PLACE_ORDER as an order request.
 */
import type {
  ExchangeEvent,
  GatewayComboLeg,
  GatewayCommission,
  GatewayExecution,
  GatewayMargin,
  GatewayMarket,
  GatewayOrder,
  GatewayOrderRequest,
  SecType,
} from '../model.js';
import { UNSET_DOUBLE } from '../protocol/field.js';
import type { Values } from '../protocol/index.js';
import { flagOf, numberOf, numberOr, rowsOf, textOf } from '../protocol/values.js';
import { letteredTime, parseTime, zonedTime } from '../times.js';
import type { baseOf } from './account-rows.js';
import { COMBO_CON_ID, contractValues, rightOf } from './contract-query.js';

/** Fields of PLACE_ORDER that have their own place in the request; all others are in `extra`. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  ...[
    'orderId',
    'conId',
    'symbol',
    'secType',
    'expiry',
    'strike',
    'right',
    'multiplier',
    'exchange',
    'primaryExchange',
  ],
  ...['currency', 'localSymbol', 'tradingClass', 'action', 'quantity', 'orderType', 'limitPrice', 'auxPrice', 'tif'],
  ...[
    'goodTillDate',
    'goodAfterTime',
    'ocaGroup',
    'ocaType',
    'account',
    'orderRef',
    'transmit',
    'parentId',
    'outsideRth',
  ],
  ...['triggerMethod', 'whatIf', 'comboLegs'],
]);

/** Reads an order. `action` must be BUY or SELL; the caller has checked it. */
export function orderRequest(values: Values, clientId: number, account: string): GatewayOrderRequest {
  const optional = {
    limitPrice: numberOf(values, 'limitPrice'),
    auxPrice: numberOf(values, 'auxPrice'),
    goodTillDate: textOf(values, 'goodTillDate') || undefined,
    goodAfterTime: textOf(values, 'goodAfterTime') || undefined,
    ocaGroup: textOf(values, 'ocaGroup') || undefined,
    ocaType: numberOf(values, 'ocaType'),
    parentId: numberOf(values, 'parentId') || undefined,
    triggerMethod: numberOf(values, 'triggerMethod'),
  };
  return {
    orderId: numberOr(values, 'orderId'),
    clientId,
    contract: orderContract(values),
    comboLegs: rowsOf(values, 'comboLegs').map(comboLeg),
    action: textOf(values, 'action').toUpperCase() === 'SELL' ? 'SELL' : 'BUY',
    quantity: numberOr(values, 'quantity'),
    orderType: textOf(values, 'orderType').toUpperCase(),
    tif: textOf(values, 'tif').toUpperCase() || 'DAY',
    account: textOf(values, 'account') || account,
    orderRef: textOf(values, 'orderRef'),
    transmit: flagOf(values, 'transmit'),
    whatIf: flagOf(values, 'whatIf'),
    outsideRth: flagOf(values, 'outsideRth'),
    ...defined(optional),
    extra: Object.fromEntries(Object.entries(values).filter(([name]) => !OWN_FIELDS.has(name))),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function orderContract(values: Values): GatewayOrderRequest['contract'] {
  const multiplier = Number(textOf(values, 'multiplier'));
  return {
    conId: numberOr(values, 'conId'),
    symbol: textOf(values, 'symbol'),
    secType: textOf(values, 'secType').toUpperCase() as SecType,
    exchange: textOf(values, 'exchange'),
    currency: textOf(values, 'currency') || 'USD',
    ...defined({
      expiry: textOf(values, 'expiry').slice(0, 8) || undefined,
      strike: numberOf(values, 'strike') || undefined,
      right: rightOf(textOf(values, 'right')),
      multiplier: multiplier > 0 ? multiplier : undefined,
      localSymbol: textOf(values, 'localSymbol') || undefined,
      tradingClass: textOf(values, 'tradingClass') || undefined,
    }),
  };
}

function comboLeg(row: Values): GatewayComboLeg {
  const action = textOf(row, 'action').toUpperCase();
  return {
    conId: numberOr(row, 'conId'),
    ratio: numberOr(row, 'ratio'),
    action: action === 'SELL' || action === 'SSHORT' ? action : 'BUY',
    exchange: textOf(row, 'exchange'),
    openClose: numberOr(row, 'openClose'),
  };
}

/** Fields that only some OPEN_ORDER rows contain: margins of a what-if, a warning, the commission of a filled order. */
export type OpenOrderNotes = Pick<Extract<ExchangeEvent, { kind: 'openOrder' }>, 'margin' | 'warning' | 'commission'>;

/** The fields of OPEN_ORDER. */
export function openOrderValues(
  order: GatewayOrder,
  market: GatewayMarket,
  notes: OpenOrderNotes & { readonly base?: ReturnType<typeof baseOf> } = {},
): Values {
  const { margin, warning, commission } = notes;
  return {
    ...orderEcho(order, market),
    ...(margin ? marginValues(margin, notes.base) : {}),
    ...(warning === undefined ? {} : { ...NO_FIGURES, warningText: warning }),
    ...(commission === undefined ? {} : { commission, commissionCurrency: 'USD' }),
  };
}

/** A what-if without its figures yet; margins are unset by default. */
const NO_FIGURES: Values = { commission: UNSET_DOUBLE, minCommission: UNSET_DOUBLE, maxCommission: UNSET_DOUBLE };

/** A filled order's row lacks time and text for this long, market ms. */
const JUST_AFTER_MS = 1_000;

/**
 * The fields of COMPLETED_ORDER at a time. The row of a filled order has the quantity 0 and, just after the fill, neither time
 * nor text (scmhub/ibsync issue 11; a captured row of rust-ibapi); `bare`: not even the filled quantity.
 */
export function completedOrderValues(order: GatewayOrder, market: GatewayMarket, now: number, bare: boolean): Values {
  const { completedAt = now, filled, status } = order;
  const isFilled = status === 'Filled';
  const isFresh = isFilled && now - completedAt < JUST_AFTER_MS;
  return {
    ...orderEcho(order, market),
    ...(isFilled ? { quantity: 0 } : {}),
    filledQuantity: isFilled && bare ? 0 : filled,
    completedTime: isFresh ? '' : zonedTime(completedAt),
    completedStatus: isFresh ? '' : order.completedStatus,
  };
}

/** IB's value where a client left a field empty: seen in recorded openOrder and completedOrder frames. */
const SHOWN_DEFAULTS: Values = {
  // IB answers "None" when no delta-neutral order was requested.
  deltaNeutralOrderType: 'None',
  deltaNeutralOpenClose: '?',
  adjustedOrderType: 'None',
  clearingIntent: 'IB',
  dontUseAutoPriceForHedge: true,
  shareholder: 'Not an insider or substantial shareholder',
};

/** Group type of an order without a group. */
const NO_GROUP_TYPE = 3;

function orderEcho(order: GatewayOrder, market: GatewayMarket): Values {
  const { request } = order;
  const { contract, comboLegs, extra, goodTillDate, ...rest } = request;
  const listed = market.contract(contract.conId);
  const isCombo = contract.secType === 'BAG';
  const shown = contractValues({
    ...{ ...listed, ...contract },
    conId: isCombo ? contract.conId || COMBO_CON_ID : contract.conId,
  });
  return {
    ...SHOWN_DEFAULTS,
    ...said(extra as Values),
    ...shown,
    right: shown.right ?? '?',
    ...(rest as unknown as Values),
    ocaType: request.ocaType || NO_GROUP_TYPE,
    goodTillDate: goodTillDate === undefined ? undefined : shownTime(goodTillDate),
    permId: order.permId,
    status: order.status,
    comboLegs: comboLegs.map((leg) => ({ ...leg })),
    ...(isCombo ? { comboLegsDescrip: describeLegs(comboLegs) } : {}),
  };
}

/** Meaningful fields of an order: a display size of 0 and an empty text do not count. */
function said(extra: Values): Values {
  return Object.fromEntries(
    Object.entries(extra).filter(([name, value]) => value !== '' && !(name === 'displaySize' && value === 0)),
  );
}

/** A time in the gateway's zone, with its standard abbreviation in summer as well; other text is left as it is. */
function shownTime(text: string): string {
  const at = parseTime(text);
  return at === undefined ? text : letteredTime(at);
}

/** IB's notation of a combo: `265598|1,272093|-1`. */
function describeLegs(legs: readonly GatewayComboLeg[]): string {
  return legs.map((leg) => `${leg.conId}|${leg.action === 'BUY' ? leg.ratio : -leg.ratio}`).join(',');
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** Margins in the account's currency, commissions in that of the contract. */
function marginValues(margin: GatewayMargin, base?: ReturnType<typeof baseOf>): Values {
  const { currency = 'USD', factor = 1 } = base ?? {};
  const inBase = (dollars: number): number => round(dollars * factor);
  return {
    initMarginBefore: inBase(margin.initBefore),
    maintMarginBefore: inBase(margin.maintBefore),
    equityWithLoanBefore: inBase(margin.equityBefore),
    initMarginChange: inBase(margin.initAfter - margin.initBefore),
    maintMarginChange: inBase(margin.maintAfter - margin.maintBefore),
    equityWithLoanChange: inBase(margin.equityAfter - margin.equityBefore),
    initMarginAfter: inBase(margin.initAfter),
    maintMarginAfter: inBase(margin.maintAfter),
    equityWithLoanAfter: inBase(margin.equityAfter),
    commission: margin.commission ?? UNSET_DOUBLE,
    minCommission: margin.minCommission ?? UNSET_DOUBLE,
    maxCommission: margin.maxCommission ?? UNSET_DOUBLE,
    commissionCurrency: 'USD',
    marginCurrency: currency,
  };
}

export function statusValues(order: GatewayOrder): Values {
  return {
    orderId: order.request.orderId,
    status: order.status,
    filled: order.filled,
    remaining: order.remaining,
    avgFillPrice: order.avgFillPrice,
    permId: order.permId,
    parentId: order.request.parentId,
    lastFillPrice: order.lastFillPrice,
    clientId: order.request.clientId,
    whyHeld: order.whyHeld,
  };
}

/** `reqId` is -1 for a live execution. */
export function executionValues(execution: GatewayExecution, reqId: number): Values {
  const { contract, at, exchange, ...rest } = execution;
  return {
    reqId,
    ...contractValues(contract),
    ...rest,
    time: zonedTime(at),
    executionExchange: exchange,
    lastLiquidity: 2,
  };
}

export function commissionValues(commission: GatewayCommission): Values {
  return {
    execId: commission.execId,
    commission: commission.commission,
    currency: commission.currency,
    realizedPnl: commission.realizedPnl,
  };
}
