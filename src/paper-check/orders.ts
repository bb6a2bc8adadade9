/**
 * The orders of a check: one lot each, far from the market, expiring within minutes, and named so that a later run finds
 * what an earlier one left.
 */

import { numberOf, rowsOf, textOf, type Values } from 'ib-gateway/client';
import { brokerTime } from '../broker/times.js';
import { defined } from '../domain/defined.js';
import type { Frame, Link } from './link.js';

/** The order reference of every run begins like this. */
export const REFERENCE = 'LWCHECK|';
/** Longest good-till of an order, market ms. */
export const LONGEST_MS = 300_000;
const ONE_LOT = 1;

export interface Leg {
  readonly conId: number;
  readonly action: 'BUY' | 'SELL';
}

/** An option that no exchange lists. */
export const UNLISTED: Values = {
  symbol: 'SPY',
  secType: 'OPT',
  strike: 1.23,
  right: 'P',
  expiry: '20991218',
  exchange: 'SMART',
  currency: 'USD',
};

/** A contract of PLACE_ORDER: a combo of the legs on SMART. */
export function comboContract(legs: readonly Leg[]): Values {
  return {
    symbol: 'SPY',
    secType: 'BAG',
    exchange: 'SMART',
    currency: 'USD',
    comboLegs: legs.map(({ conId, action }) => ({ conId, ratio: 1, action, exchange: 'SMART', openClose: 0 })),
  };
}

/** A single option of SPY by its id. */
export function singleContract(conId: number): Values {
  return { conId, symbol: 'SPY', secType: 'OPT', exchange: 'SMART', currency: 'USD' };
}

export interface OrderTerms {
  readonly contract: Values;
  readonly limitPrice?: number;
  /** Other fields of PLACE_ORDER, over the usual ones. */
  readonly more?: Values;
}

/** The fields of an order that lives for `livesMs` of market time from `now`, at most five minutes. */
export function orderFields(
  terms: OrderTerms,
  now: number,
  livesMs: number,
  account: string,
  reference: string,
): Values {
  return {
    ...terms.contract,
    action: 'BUY',
    quantity: ONE_LOT,
    orderType: 'LMT',
    ...defined({ limitPrice: terms.limitPrice }),
    tif: 'GTD',
    goodTillDate: goodTill(now, livesMs),
    account,
    orderRef: reference,
    transmit: true,
    outsideRth: false,
    ...terms.more,
  };
}

export function goodTill(now: number, livesMs: number): string {
  return brokerTime(now + Math.min(livesMs, LONGEST_MS));
}

/** The contract of an OPEN_ORDER as a change must send it. */
export function shownContract(frame: Frame): Values {
  const names = ['conId', 'symbol', 'secType', 'expiry', 'strike', 'right', 'multiplier', 'exchange', 'currency'];
  const contract = [...names, 'localSymbol', 'tradingClass'].flatMap((name) => {
    const value = frame.values[name];
    // A question mark stands for "no right" and may not be sent.
    return value === undefined || value === '?' ? [] : [[name, value]];
  });
  const legs = rowsOf(frame.values, 'comboLegs');
  return { ...Object.fromEntries(contract), ...(legs.length > 0 && { comboLegs: legs.map((leg) => ({ ...leg })) }) };
}

export const STILL = ['PreSubmitted', 'Submitted', 'PendingSubmit', 'ApiPending'];
export const ENDED = ['Cancelled', 'ApiCancelled', 'Filled', 'Inactive'];

/** An order that was sent. */
export class Placed {
  constructor(
    readonly link: Link,
    readonly orderId: number,
    readonly fields: Values,
    /** Place in the link's messages before the order was written. */
    readonly mark: number,
  ) {}

  /** Wall time at which it was written, epoch ms. */
  readonly sentAt = Date.now();

  get reference(): string {
    return textOf(this.fields, 'orderRef');
  }

  /** Messages about this order since a mark, in order. */
  messages(from = this.mark): readonly Frame[] {
    return this.link.since(from).filter((frame) => this.isMine(frame));
  }

  isMine(frame: Frame): boolean {
    const { name, values } = frame;
    if (name === 'ERR_MSG') return numberOf(values, 'id') === this.orderId;
    return (
      ['OPEN_ORDER', 'ORDER_STATUS', 'EXECUTION_DATA'].includes(name) && numberOf(values, 'orderId') === this.orderId
    );
  }

  /** Whether a status has reported its end. */
  get hasEnded(): boolean {
    return this.messages().some((frame) => this.isStatus(frame, ...ENDED));
  }

  isError = (frame: Frame, code?: number): boolean =>
    frame.name === 'ERR_MSG' && this.isMine(frame) && (code === undefined || numberOf(frame.values, 'code') === code);

  isStatus(frame: Frame, ...statuses: readonly string[]): boolean {
    return frame.name === 'ORDER_STATUS' && this.isMine(frame) && statuses.includes(textOf(frame.values, 'status'));
  }
}

/** Codes about an order that do not end it. */
const ADVICE: readonly number[] = [399, 404, 10349, 2109, 2137];

/** Whether an error is a warning about an order that goes on. */
export function isAdvice(frame: Frame): boolean {
  const code = numberOf(frame.values, 'code') ?? 0;
  return ADVICE.includes(code) || (code >= 2100 && code < 3000);
}

/** `201 Order rejected - reason: ...`. */
export function errorText(frame: Frame): string {
  return `${numberOf(frame.values, 'code') ?? '?'} ${textOf(frame.values, 'text')}`.slice(0, 200);
}

/** The messages about an order, in one line: `OPEN_ORDER PreSubmitted, ORDER_STATUS Submitted, ERR 105`. */
export function sequence(frames: readonly Frame[]): string {
  const words = frames.map((frame) => {
    if (frame.name === 'ERR_MSG') return `error ${errorText(frame)}`;
    if (frame.name === 'EXECUTION_DATA') return `execution of ${textOf(frame.values, 'secType')}`;
    const what = frame.name === 'OPEN_ORDER' ? 'openOrder' : 'orderStatus';
    return `${what} ${textOf(frame.values, 'status')}`;
  });
  return words.length === 0 ? 'nothing' : words.filter((word, at) => word !== words[at - 1]).join(', ');
}
