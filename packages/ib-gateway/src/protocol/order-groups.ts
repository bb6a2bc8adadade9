/**
 * Groups of order fields shared by PLACE_ORDER, OPEN_ORDER and COMPLETED_ORDER. Names are those of the TWS API, except
 * `quantity` (totalQuantity) and `limitPrice` (lmtPrice).
 */
import {
  bool,
  type Field,
  floatOr,
  int,
  intOr,
  list,
  optionalBool,
  optionalFloat,
  optionalInt,
  optionalLimit,
  text,
  UNSET_INT,
  type Values,
  when,
} from './field.js';
import { CUSTOMER_ACCOUNT, PEG_OFFSETS, PROFESSIONAL_CUSTOMER } from './versions.js';

const orderType = (values: Values): string => String(values.orderType ?? '').toUpperCase();

const isPegBench = (values: Values): boolean => ['PEG BENCH', 'PEGBENCH'].includes(orderType(values));
export const isPegBest = (values: Values): boolean => ['PEG BEST', 'PEGBEST'].includes(orderType(values));
export const isPegMid = (values: Values): boolean => ['PEG MID', 'PEGMID'].includes(orderType(values));

/** `noPrice` is the token of an unused price. */
const mainOrderOf = (noPrice: string): readonly Field[] => [
  text('action'),
  optionalFloat('quantity'),
  text('orderType'),
  floatOr(noPrice, 'limitPrice'),
  floatOr(noPrice, 'auxPrice'),
  text('tif'),
  text('ocaGroup'),
  text('account'),
  text('openClose'),
  int('origin'),
  text('orderRef'),
];

/** As a client sends it, and as the gateway shows it. */
export const mainOrder = mainOrderOf('');
export const shownMainOrder = mainOrderOf('0.0');

/** The legs of an order's combo, their prices and the routing parameters. */
export const orderLegs: readonly Field[] = [
  list('comboLegs', [
    int('conId'),
    int('ratio'),
    text('action'),
    text('exchange'),
    int('openClose'),
    int('shortSaleSlot'),
    text('designatedLocation'),
    intOr('-1', 'exemptCode'),
  ]),
  list('orderComboLegs', [optionalFloat('price')]),
  list('smartComboRoutingParams', [text('tag'), text('value')]),
];

export const trail: readonly Field[] = [optionalFloat('trailStopPrice'), optionalFloat('trailingPercent')];

const scaleDetails: readonly Field[] = [
  optionalFloat('scalePriceAdjustValue'),
  optionalInt('scalePriceAdjustInterval'),
  optionalFloat('scaleProfitOffset'),
  bool('scaleAutoReset'),
  optionalInt('scaleInitPosition'),
  optionalInt('scaleInitFillQty'),
  bool('scaleRandomPercent'),
];

const scaleOf = (noSize: string): readonly Field[] => [
  intOr(noSize, 'scaleInitLevelSize'),
  intOr(noSize, 'scaleSubsLevelSize'),
  optionalFloat('scalePriceIncrement'),
  when((values) => Number(values.scalePriceIncrement ?? 0) > 0, scaleDetails),
];

export const scale = scaleOf('');
export const shownScale = scaleOf(UNSET_INT);

export const hedge: readonly Field[] = [
  text('hedgeType'),
  when((values) => Boolean(values.hedgeType), [text('hedgeParam')]),
];

export const clearing: readonly Field[] = [text('clearingAccount'), text('clearingIntent')];

export const algo: readonly Field[] = [
  text('algoStrategy'),
  when((values) => Boolean(values.algoStrategy), [list('algoParams', [text('tag'), text('value')])]),
];

export const pegBench: Field = when(isPegBench, [
  int('referenceContractId'),
  bool('isPeggedChangeAmountDecrease'),
  optionalFloat('peggedChangeAmount'),
  optionalFloat('referenceChangeAmount'),
  text('referenceExchangeId'),
]);

const ofType =
  (...types: number[]) =>
  (values: Values): boolean =>
    types.includes(Number(values.type));

/** Condition types: 1 price, 3 time, 4 margin, 5 execution, 6 volume, 7 percent change. */
export const conditions: readonly Field[] = [
  list('conditions', [
    int('type'),
    text('conjunction'),
    when(ofType(1, 3, 4, 6, 7), [bool('isMore'), text('value')]),
    when(ofType(1, 6, 7), [int('conId'), text('exchange')]),
    when(ofType(1), [int('triggerMethod')]),
    when(ofType(5), [text('secType'), text('exchange'), text('symbol')]),
  ]),
  when(
    (values) => Array.isArray(values.conditions) && values.conditions.length > 0,
    [bool('conditionsIgnoreRth'), bool('conditionsCancelOrder')],
  ),
];

export const pegOffsets: readonly Field[] = [
  optionalInt('minTradeQty'),
  optionalInt('minCompeteSize'),
  optionalLimit('competeAgainstBestOffset'),
  optionalFloat('midOffsetAtWhole'),
  optionalFloat('midOffsetAtHalf'),
].map((field) => ({ ...field, since: PEG_OFFSETS }));

export const customer: readonly Field[] = [
  text('customerAccount', { since: CUSTOMER_ACCOUNT }),
  optionalBool('professionalCustomer', { since: PROFESSIONAL_CUSTOMER }),
];
