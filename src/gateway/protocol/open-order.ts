/**
 * OPEN_ORDER and COMPLETED_ORDER: the order echoed with its state. They look alike and differ in a dozen places.
 *
 * The gateway sends "None" as the delta-neutral order type of an ordinary order, and any non-empty text there brings
 * eight more tokens in OPEN_ORDER, four in COMPLETED_ORDER. The trailing stop price comes twice in both.
 */
import { bool, constant, type Field, float, int, message, optionalFloat, optionalInt, text, when } from './field.js';
import { deltaNeutralContract, responseContract } from './groups.js';
import {
  algo,
  clearing,
  conditions,
  customer,
  hedge,
  mainOrder,
  orderLegs,
  pegBench,
  pegOffsets,
  scale,
  trail,
} from './order-groups.js';
import { BOND_ACCRUED_INTEREST, CME_TAGGING_IN_OPEN_ORDER, FA_PROFILE_DROPPED, INCLUDE_OVERNIGHT } from './versions.js';

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
  optionalInt('displaySize'),
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

/** Margins are absent (not zero) except in the answer to a what-if. */
const whatIfState: readonly Field[] = [
  bool('whatIf'),
  text('status'),
  optionalFloat('initMarginBefore'),
  optionalFloat('maintMarginBefore'),
  optionalFloat('equityWithLoanBefore'),
  optionalFloat('initMarginChange'),
  optionalFloat('maintMarginChange'),
  optionalFloat('equityWithLoanChange'),
  optionalFloat('initMarginAfter'),
  optionalFloat('maintMarginAfter'),
  optionalFloat('equityWithLoanAfter'),
  optionalFloat('commission'),
  optionalFloat('minCommission'),
  optionalFloat('maxCommission'),
  text('commissionCurrency'),
  text('warningText'),
];

const adjusted: readonly Field[] = [
  text('adjustedOrderType'),
  optionalFloat('triggerPrice'),
  optionalFloat('trailStopPrice'),
  optionalFloat('lmtPriceOffset'),
  optionalFloat('adjustedStopPrice'),
  optionalFloat('adjustedStopLimitPrice'),
  optionalFloat('adjustedTrailingAmount'),
  int('adjustableTrailingUnit'),
  text('softDollarTierName'),
  text('softDollarTierValue'),
  text('softDollarTierDisplayName'),
  optionalFloat('cashQty'),
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
  ...mainOrder,
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
  ...scale,
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
]);

export const completedOrder = message(101, 'COMPLETED_ORDER', [
  ...responseContract,
  ...mainOrder,
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
  ...scale,
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
  optionalFloat('trailStopPrice'),
  optionalFloat('lmtPriceOffset'),
  optionalFloat('cashQty'),
  bool('dontUseAutoPriceForHedge'),
  bool('isOmsContainer'),
  text('autoCancelDate'),
  float('filledQuantity'),
  int('refFuturesConId'),
  bool('autoCancelParent'),
  text('shareholder'),
  bool('imbalanceOnly'),
  bool('routeMarketableToBbo'),
  int('parentPermId'),
  text('completedTime'),
  text('completedStatus'),
  ...pegOffsets,
  ...customer,
]);
