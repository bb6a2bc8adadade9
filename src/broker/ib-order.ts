/** Translates an order payload into the broker's contract and order. */

import {
  ConjunctionConnection,
  type Contract,
  type Order,
  OrderAction,
  OrderType,
  PriceCondition,
  SecType,
  TimeInForce,
  TriggerMethod,
} from '@stoqey/ib';
import { defined } from '../domain/defined.js';
import { InvalidInput, invariant } from '../domain/errors.js';
import { toNumber } from '../domain/money.js';
import type { LegAction, OptionContract } from '../domain/option.js';
import { isStock, type OrderPayload, type PriceCondition as PriceLevel } from '../domain/order/order.js';
import { brokerTime } from './times.js';

const SMART = 'SMART';
const CURRENCY = 'USD';
/** Type of an OCA group: cancel the others with block, so that two of them cannot fill at once. */
const CANCEL_WITH_BLOCK = 1;
/**
 * By bid or ask: the default for combos is the last price, which a combo does not have, so the stop would never
 * trigger.
 */
const TRIGGER_BID_ASK = 4;

const ACTIONS: Readonly<Record<LegAction, OrderAction>> = { BUY: OrderAction.BUY, SELL: OrderAction.SELL };
const TYPES: Readonly<Record<OrderPayload['orderType'], OrderType>> = {
  LMT: OrderType.LMT,
  MKT: OrderType.MKT,
  'STP LMT': OrderType.STP_LMT,
};
const TIFS: Readonly<Record<OrderPayload['tif'], TimeInForce>> = {
  DAY: TimeInForce.DAY,
  GTC: TimeInForce.GTC,
  GTD: TimeInForce.GTD,
};

/** An option by its conId, which determines everything else. */
export function optionOf({ conId, symbol }: Pick<OptionContract, 'conId' | 'symbol'>): Contract {
  return { conId, symbol, secType: SecType.OPT, exchange: SMART, currency: CURRENCY };
}

/** The contract of the order: a BAG of the legs, or the single leg's own. */
export function contractOf(payload: OrderPayload): Contract {
  const [first, ...more] = payload.legs;
  invariant(first !== undefined, 'An order needs a leg.');
  if (more.length === 0) {
    const option = optionOf(first.contract);
    return isStock(first.contract) ? { ...option, secType: SecType.STK } : option;
  }
  return {
    symbol: payload.symbol,
    secType: SecType.BAG,
    exchange: SMART,
    currency: CURRENCY,
    comboLegs: payload.legs.map(({ contract, ratio, action }) => ({
      conId: contract.conId,
      ratio,
      action: ACTIONS[action],
      exchange: SMART,
      openClose: 0,
    })),
  };
}

/** Place of an order in a bracket. */
interface Family {
  readonly parentId?: number;
  readonly transmit?: boolean;
}

/**
 * The order. Every field that a preset of the gateway could fill in is explicit: tif, account, reference, and
 * `transmit`, which the library would send as false when left out. Throws InvalidInput when a price or time is missing.
 */
export function orderOf(payload: OrderPayload, orderRef: string, account: string, family: Family = {}): Order {
  const { orderType, limitPrice, stopPrice, goodTill, ocaGroup, tif, conditions = [] } = payload;
  const [first] = payload.legs;
  const action = payload.legs.length === 1 && first ? first.action : 'BUY';
  if (orderType !== 'MKT' && limitPrice === undefined) throw new InvalidInput('limitPrice', limitPrice, 'a price');
  if (orderType === 'STP LMT' && stopPrice === undefined) throw new InvalidInput('stopPrice', stopPrice, 'a price');
  if (tif === 'GTD' && goodTill === undefined) throw new InvalidInput('goodTill', goodTill, 'a time, with tif GTD');
  return {
    action: ACTIONS[action],
    totalQuantity: payload.quantity,
    orderType: TYPES[orderType],
    ...(orderType !== 'MKT' && limitPrice !== undefined && { lmtPrice: toNumber(limitPrice) }),
    ...(orderType === 'STP LMT' &&
      stopPrice !== undefined && { auxPrice: toNumber(stopPrice), triggerMethod: TRIGGER_BID_ASK }),
    tif: TIFS[tif],
    ...(tif === 'GTD' && goodTill !== undefined && { goodTillDate: brokerTime(goodTill) }),
    ...(ocaGroup !== undefined && { ocaGroup, ocaType: CANCEL_WITH_BLOCK }),
    ...(conditions.length > 0 && {
      conditions: conditions.map(priceCondition),
      conditionsIgnoreRth: false,
      conditionsCancelOrder: false,
    }),
    account,
    orderRef,
    outsideRth: false,
    ...defined({ parentId: family.parentId }),
    transmit: family.transmit ?? true,
  };
}

/** Any one of an order's conditions starts it. They use the last trade: the default method depends on the contract. */
function priceCondition({ conId, exchange, isMore, price }: PriceLevel): PriceCondition {
  return new PriceCondition(toNumber(price), TriggerMethod.Last, conId, exchange, isMore, ConjunctionConnection.OR);
}
