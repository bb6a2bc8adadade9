/**
 * The market second by second: a change from one second to the next is a tick.
 *
 * The market is a function of time, so its past can be read without a recording.
 */
import type { GatewayMarket, GatewayQuote } from '../model.js';

const SECOND_MS = 1_000;
const CLOSED_STEP_MS = 600_000;
/** Most seconds read for one request; a quiet contract then gives fewer ticks than requested. */
const MOST_SECONDS = 5_000;
/** Closed spans are crossed in steps of ten minutes; the limit covers more than a long weekend. */
const MOST_CLOSED_STEPS = 1_000;

export type TickKind = 'last' | 'bidAsk' | 'midpoint';

/** A tick with its second, epoch seconds. */
export interface SecondTick {
  readonly time: number;
  readonly quote: GatewayQuote;
}

/** The key by which two quotes are the same tick of a kind; undefined when the quote has nothing of that kind. */
export function tickForm(quote: GatewayQuote, kind: TickKind, ignoreSize: boolean): string | undefined {
  const { bid, ask, last, bidSize, askSize, lastSize, volume } = quote;
  if (kind === 'last') return last === undefined ? undefined : `${last} ${lastSize ?? 0} ${volume ?? 0}`;
  if (bid === undefined || ask === undefined) return undefined;
  if (kind === 'midpoint') return String((bid + ask) / 2);
  return ignoreSize ? `${bid} ${ask}` : `${bid} ${ask} ${bidSize} ${askSize}`;
}

export interface TickSearch {
  readonly market: GatewayMarket;
  readonly conId: number;
  readonly kind: TickKind;
  readonly ignoreSize: boolean;
  readonly useRth: boolean;
  /** Most ticks to return. */
  readonly count: number;
  /** Nothing after this is read, epoch ms. */
  readonly now: number;
}

/** Ticks from a time on, oldest first. */
export function ticksAfter(search: TickSearch, from: number): readonly SecondTick[] {
  const { market, conId } = search;
  const ticks: SecondTick[] = [];
  let before: string | undefined;
  let at = Math.floor(from / SECOND_MS) * SECOND_MS;
  for (let looked = 0; looked < MOST_SECONDS && at <= search.now && ticks.length < search.count; looked += 1) {
    if (!market.isOpen(conId, at)) {
      at = market.nextOpen(conId, at);
      continue;
    }
    const found = tickAt(search, at);
    if (found && found.form !== before) ticks.push(found.tick);
    before = found?.form ?? before;
    at += SECOND_MS;
  }
  return ticks;
}

/** The last ticks before a time, oldest first. */
export function ticksBefore(search: TickSearch, to: number): readonly SecondTick[] {
  const { market, conId } = search;
  const ticks: SecondTick[] = [];
  let at = Math.floor(Math.min(to, search.now) / SECOND_MS) * SECOND_MS;
  let later: { readonly form: string; readonly tick: SecondTick } | undefined;
  let looked = 0;
  let closed = 0;
  while (looked < MOST_SECONDS && closed < MOST_CLOSED_STEPS && ticks.length < search.count) {
    if (!market.isOpen(conId, at)) {
      closed += 1;
      at -= CLOSED_STEP_MS;
      continue;
    }
    looked += 1;
    const found = tickAt(search, at);
    // Going backwards, a tick is the last second that differs from the one after it.
    if (later && found && found.form !== later.form) ticks.unshift(later.tick);
    later = found ?? later;
    at -= SECOND_MS;
  }
  return ticks;
}

function tickAt(search: TickSearch, at: number): { readonly form: string; readonly tick: SecondTick } | undefined {
  const quote = search.market.quote(search.conId, at);
  const form = quote && tickForm(quote, search.kind, search.ignoreSize);
  return quote && form !== undefined ? { form, tick: { time: Math.floor(at / SECOND_MS), quote } } : undefined;
}
