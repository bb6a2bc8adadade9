/**
 * PLACE_ORDER, the longest request. It has no version token.
 */
import {
  bool,
  constant,
  type Field,
  int,
  intOr,
  message,
  optionalBool,
  optionalFloat,
  optionalInt,
  optionalLimit,
  text,
  when,
} from './field.js';
import { deltaNeutralContract, isBag, requestContract } from './groups.js';
import {
  algo,
  clearing,
  conditions,
  customer,
  hedge,
  isPegBest,
  isPegMid,
  mainOrder,
  orderLegs,
  pegBench,
  scale,
  trail,
} from './order-groups.js';
import {
  ADVANCED_ORDER_REJECT,
  CME_TAGGING,
  FA_PROFILE_DROPPED,
  IMBALANCE_ONLY,
  INCLUDE_OVERNIGHT,
  MANUAL_ORDER_TIME,
  PEG_OFFSETS,
} from './versions.js';

const flags: readonly Field[] = [
  bool('transmit'),
  optionalInt('parentId'),
  optionalBool('blockOrder'),
  optionalBool('sweepToFill'),
  optionalInt('displaySize'),
  optionalInt('triggerMethod'),
  optionalBool('outsideRth'),
  optionalBool('hidden'),
];

const routing: readonly Field[] = [
  constant(''),
  optionalFloat('discretionaryAmt'),
  text('goodAfterTime'),
  text('goodTillDate'),
  text('faGroup'),
  text('faMethod'),
  text('faPercentage'),
  text('faProfile', { until: FA_PROFILE_DROPPED }),
  text('modelCode'),
  int('shortSaleSlot'),
  text('designatedLocation'),
  intOr('-1', 'exemptCode'),
  int('ocaType'),
  text('rule80A'),
  text('settlingFirm'),
  optionalBool('allOrNone'),
  optionalInt('minQty'),
  optionalFloat('percentOffset'),
  optionalBool('eTradeOnly'),
  optionalBool('firmQuoteOnly'),
  optionalFloat('nbboPriceCap'),
  optionalInt('auctionStrategy'),
  optionalFloat('startingPrice'),
  optionalFloat('stockRefPrice'),
  optionalFloat('delta'),
  optionalFloat('stockRangeLower'),
  optionalFloat('stockRangeUpper'),
  optionalBool('overridePercentageConstraints'),
];

const volatility: readonly Field[] = [
  optionalFloat('volatility'),
  optionalInt('volatilityType'),
  text('deltaNeutralOrderType'),
  optionalFloat('deltaNeutralAuxPrice'),
  when(
    (values) => Boolean(values.deltaNeutralOrderType),
    [
      int('deltaNeutralConId'),
      text('deltaNeutralSettlingFirm'),
      text('deltaNeutralClearingAccount'),
      text('deltaNeutralClearingIntent'),
      text('deltaNeutralOpenClose'),
      bool('deltaNeutralShortSale'),
      int('deltaNeutralShortSaleSlot'),
      text('deltaNeutralDesignatedLocation'),
    ],
  ),
  optionalInt('continuousUpdate'),
  optionalInt('referencePriceType'),
];

const adjustments: readonly Field[] = [
  text('adjustedOrderType'),
  optionalFloat('triggerPrice'),
  optionalFloat('lmtPriceOffset'),
  optionalFloat('adjustedStopPrice'),
  optionalFloat('adjustedStopLimitPrice'),
  optionalFloat('adjustedTrailingAmount'),
  optionalInt('adjustableTrailingUnit'),
  text('extOperator'),
  text('softDollarTierName'),
  text('softDollarTierValue'),
  optionalFloat('cashQty'),
  text('mifid2DecisionMaker'),
  text('mifid2DecisionAlgo'),
  text('mifid2ExecutionTrader'),
  text('mifid2ExecutionAlgo'),
  optionalBool('dontUseAutoPriceForHedge'),
  optionalBool('isOmsContainer'),
  optionalBool('discretionaryUpToLimitPrice'),
  optionalBool('usePriceMgmtAlgo'),
  optionalInt('duration'),
  optionalInt('postToAts'),
  optionalBool('autoCancelParent'),
];

/** Offsets are sent only for order types that have them; an infinite offset means "up to mid". */
const offsets: readonly Field[] = [
  when((values) => values.exchange === 'IBKRATS', [optionalInt('minTradeQty')], { since: PEG_OFFSETS }),
  when(isPegBest, [optionalInt('minCompeteSize'), optionalLimit('competeAgainstBestOffset')], { since: PEG_OFFSETS }),
  when(
    (values) => isPegMid(values) || (isPegBest(values) && values.competeAgainstBestOffset === Number.POSITIVE_INFINITY),
    [optionalFloat('midOffsetAtWhole'), optionalFloat('midOffsetAtHalf')],
    { since: PEG_OFFSETS },
  ),
];

export const placeOrder = message(3, 'PLACE_ORDER', [
  int('orderId'),
  ...requestContract,
  text('secIdType'),
  text('secId'),
  ...mainOrder,
  ...flags,
  when(isBag, orderLegs),
  ...routing,
  ...volatility,
  ...trail,
  ...scale,
  text('scaleTable'),
  text('activeStartTime'),
  text('activeStopTime'),
  ...hedge,
  optionalBool('optOutSmartRouting'),
  ...clearing,
  optionalBool('notHeld'),
  ...deltaNeutralContract,
  ...algo,
  text('algoId'),
  bool('whatIf'),
  text('orderMiscOptions'),
  optionalBool('solicited'),
  optionalBool('randomizeSize'),
  optionalBool('randomizePrice'),
  pegBench,
  ...conditions,
  ...adjustments,
  text('advancedErrorOverride', { since: ADVANCED_ORDER_REJECT }),
  text('manualOrderTime', { since: MANUAL_ORDER_TIME }),
  ...offsets,
  ...customer,
  optionalBool('includeOvernight', { since: INCLUDE_OVERNIGHT }),
  optionalInt('manualOrderIndicator', { since: CME_TAGGING }),
  optionalBool('imbalanceOnly', { since: IMBALANCE_ONLY }),
]);

/** CANCEL_ORDER lost its version token when it gained the tagging fields. */
export const cancelOrder = message(4, 'CANCEL_ORDER', [
  constant('1', { until: CME_TAGGING }),
  int('orderId'),
  text('manualOrderCancelTime', { since: MANUAL_ORDER_TIME }),
  text('extOperator', { since: CME_TAGGING }),
  optionalInt('manualOrderIndicator', { since: CME_TAGGING }),
]);

export const globalCancel = message(58, 'REQ_GLOBAL_CANCEL', [
  constant('1', { until: CME_TAGGING }),
  text('extOperator', { since: CME_TAGGING }),
  optionalInt('manualOrderIndicator', { since: CME_TAGGING }),
]);
