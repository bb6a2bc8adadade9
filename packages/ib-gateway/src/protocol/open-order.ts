/**
 * OPEN_ORDER and COMPLETED_ORDER: the order echoed with its state. They look alike and differ in a dozen places.
 *
 * The gateway sends "None" as the delta-neutral order type of an ordinary order; any non-empty text there adds eight tokens in
 * OPEN_ORDER and four in COMPLETED_ORDER. The trailing stop price comes twice in both.
 */
import {
  bool,
  constant,
  type Field,
  float,
  floatOr,
  int,
  intOr,
  list,
  message,
  optionalFloat,
  optionalInt,
  text,
  UNSET_DOUBLE,
  UNSET_INT,
  UNSET_LONG,
  when,
} from './field.js';
import { deltaNeutralContract, responseContract } from './groups.js';
import {
  algo,
  clearing,
  conditions,
  customer,
  hedge,
  orderLegs,
  pegBench,
  pegOffsets,
  shownMainOrder,
  shownScale,
  trail,
} from './order-groups.js';
import {
  BOND_ACCRUED_INTEREST,
  CME_TAGGING_IN_OPEN_ORDER,
  FA_PROFILE_DROPPED,
  FULL_ORDER_PREVIEW,
  IMBALANCE_ONLY,
  INCLUDE_OVERNIGHT,
  SUBMITTER,
} from './versions.js';

const hasDeltaNeutralOrder = (values: { readonly [name: string]: unknown }): boolean =>
  Boolean(values.deltaNeutralOrderType);

const advisor: readonly Field[] = [
  text('faGroup'),
  text('faMethod'),
  text('faPercentage'),
  text('faProfile', { until: FA_PROFILE_DROPPED }),
  text('modelCode'),
  text('goodTillDate'),
  text('rule80A'),
  optionalFloat('percentOffset'),
  text('settlingFirm'),
  int('shortSaleSlot'),
  text('designatedLocation'),
  { kind: 'scalar', name: 'exemptCode', type: 'int', unset: '-1' },
];

const box: readonly Field[] = [
  optionalFloat('startingPrice'),
  optionalFloat('stockRefPrice'),
  optionalFloat('delta'),
  optionalFloat('stockRangeLower'),
  optionalFloat('stockRangeUpper'),
  intOr(UNSET_INT, 'displaySize'),
];

const volatilityHead: readonly Field[] = [
  optionalFloat('volatility'),
  int('volatilityType'),
  text('deltaNeutralOrderType'),
  optionalFloat('deltaNeutralAuxPrice'),
];

const shortSale: readonly Field[] = [
  bool('deltaNeutralShortSale'),
  int('deltaNeutralShortSaleSlot'),
  text('deltaNeutralDesignatedLocation'),
];

const volatilityTail: readonly Field[] = [int('continuousUpdate'), int('referencePriceType')];

const sinceFullPreview = { since: FULL_ORDER_PREVIEW };

/**
 * Margins outside regular hours, which nothing here trades in, and the allocation of an adviser's order to each
 * account.
 */
const fullPreview: readonly Field[] = [
  text('marginCurrency', sinceFullPreview),
  ...['Before', 'Change', 'After'].flatMap((when) =>
    ['initMargin', 'maintMargin', 'equityWithLoan'].map((figure) => ({
      ...floatOr(UNSET_DOUBLE, `${figure}${when}OutsideRth`),
      ...sinceFullPreview,
    })),
  ),
  optionalFloat('suggestedSize', sinceFullPreview),
  text('rejectReason', sinceFullPreview),
  list(
    'orderAllocations',
    [
      text('account'),
      optionalFloat('position'),
      optionalFloat('positionDesired'),
      optionalFloat('positionAfter'),
      optionalFloat('desiredQuantity'),
      optionalFloat('allowedQuantity'),
      bool('isMonetary'),
    ],
    sinceFullPreview,
  ),
];

/** Margins are unset (not zero) except in the answer to a what-if. */
const whatIfState: readonly Field[] = [
  bool('whatIf'),
  text('status'),
  floatOr(UNSET_DOUBLE, 'initMarginBefore'),
  floatOr(UNSET_DOUBLE, 'maintMarginBefore'),
  floatOr(UNSET_DOUBLE, 'equityWithLoanBefore'),
  floatOr(UNSET_DOUBLE, 'initMarginChange'),
  floatOr(UNSET_DOUBLE, 'maintMarginChange'),
  floatOr(UNSET_DOUBLE, 'equityWithLoanChange'),
  floatOr(UNSET_DOUBLE, 'initMarginAfter'),
  floatOr(UNSET_DOUBLE, 'maintMarginAfter'),
  floatOr(UNSET_DOUBLE, 'equityWithLoanAfter'),
  optionalFloat('commission'),
  optionalFloat('minCommission'),
  optionalFloat('maxCommission'),
  text('commissionCurrency'),
  ...fullPreview,
  text('warningText'),
];

const adjusted: readonly Field[] = [
  text('adjustedOrderType'),
  floatOr(UNSET_DOUBLE, 'triggerPrice'),
  floatOr(UNSET_DOUBLE, 'trailStopPrice'),
  floatOr(UNSET_DOUBLE, 'lmtPriceOffset'),
  floatOr(UNSET_DOUBLE, 'adjustedStopPrice'),
  floatOr(UNSET_DOUBLE, 'adjustedStopLimitPrice'),
  floatOr(UNSET_DOUBLE, 'adjustedTrailingAmount'),
  int('adjustableTrailingUnit'),
  text('softDollarTierName'),
  text('softDollarTierValue'),
  text('softDollarTierDisplayName'),
  float('cashQty'),
  bool('dontUseAutoPriceForHedge'),
  bool('isOmsContainer'),
  bool('discretionaryUpToLimitPrice'),
  bool('usePriceMgmtAlgo'),
  int('duration'),
  optionalInt('postToAts'),
  bool('autoCancelParent'),
];

const legs: readonly Field[] = [text('comboLegsDescrip'), ...orderLegs];

export const openOrder = message(5, 'OPEN_ORDER', [
  int('orderId'),
  ...responseContract,
  ...shownMainOrder,
  int('clientId'),
  int('permId'),
  bool('outsideRth'),
  bool('hidden'),
  float('discretionaryAmt'),
  text('goodAfterTime'),
  constant(''),
  ...advisor,
  int('auctionStrategy'),
  ...box,
  bool('blockOrder'),
  bool('sweepToFill'),
  bool('allOrNone'),
  optionalInt('minQty'),
  int('ocaType'),
  bool('eTradeOnly'),
  bool('firmQuoteOnly'),
  optionalFloat('nbboPriceCap'),
  int('parentId'),
  int('triggerMethod'),
  ...volatilityHead,
  when(hasDeltaNeutralOrder, [
    int('deltaNeutralConId'),
    text('deltaNeutralSettlingFirm'),
    text('deltaNeutralClearingAccount'),
    text('deltaNeutralClearingIntent'),
    text('deltaNeutralOpenClose'),
    ...shortSale,
  ]),
  ...volatilityTail,
  ...trail,
  optionalFloat('basisPoints'),
  optionalInt('basisPointsType'),
  ...legs,
  ...shownScale,
  ...hedge,
  bool('optOutSmartRouting'),
  ...clearing,
  bool('notHeld'),
  ...deltaNeutralContract,
  ...algo,
  bool('solicited'),
  ...whatIfState,
  bool('randomizeSize'),
  bool('randomizePrice'),
  pegBench,
  ...conditions,
  ...adjusted,
  ...pegOffsets,
  ...customer,
  text('bondAccruedInterest', { since: BOND_ACCRUED_INTEREST }),
  bool('includeOvernight', { since: INCLUDE_OVERNIGHT }),
  text('extOperator', { since: CME_TAGGING_IN_OPEN_ORDER }),
  optionalInt('manualOrderIndicator', { since: CME_TAGGING_IN_OPEN_ORDER }),
  text('submitter', { since: SUBMITTER }),
  bool('imbalanceOnly', { since: IMBALANCE_ONLY }),
]);

export const completedOrder = message(101, 'COMPLETED_ORDER', [
  ...responseContract,
  ...shownMainOrder,
  int('permId'),
  bool('outsideRth'),
  bool('hidden'),
  float('discretionaryAmt'),
  text('goodAfterTime'),
  ...advisor,
  ...box,
  bool('sweepToFill'),
  bool('allOrNone'),
  optionalInt('minQty'),
  int('ocaType'),
  int('triggerMethod'),
  ...volatilityHead,
  when(hasDeltaNeutralOrder, [int('deltaNeutralConId'), ...shortSale]),
  ...volatilityTail,
  ...trail,
  ...legs,
  ...shownScale,
  ...hedge,
  ...clearing,
  bool('notHeld'),
  ...deltaNeutralContract,
  ...algo,
  bool('solicited'),
  text('status'),
  bool('randomizeSize'),
  bool('randomizePrice'),
  pegBench,
  ...conditions,
  floatOr(UNSET_DOUBLE, 'trailStopPrice'),
  floatOr(UNSET_DOUBLE, 'lmtPriceOffset'),
  float('cashQty'),
  bool('dontUseAutoPriceForHedge'),
  bool('isOmsContainer'),
  text('autoCancelDate'),
  float('filledQuantity'),
  intOr(UNSET_INT, 'refFuturesConId'),
  bool('autoCancelParent'),
  text('shareholder'),
  bool('imbalanceOnly'),
  bool('routeMarketableToBbo'),
  intOr(UNSET_LONG, 'parentPermId'),
  text('completedTime'),
  text('completedStatus'),
  ...pegOffsets,
  ...customer,
  text('submitter', { since: SUBMITTER }),
]);
