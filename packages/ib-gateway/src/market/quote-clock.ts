/**
 * When a line shows a new quote: each contract has its own period and phase, so that the legs of a spread change one at a
 * time.
 */

import { MINUTE_MS } from 'market-time';
import type { Events } from './events.js';
import { floor, max, min } from './math.js';
import { numberHash } from './random.js';
import { type Instrument, sessionOn } from './sessions.js';
import { LATE_MINUTES, type Timeline } from './timeline.js';

export interface QuoteMoment {
  /** The time of the quote. */
  readonly at: number;
  /** Open of its session. */
  readonly openAt: number;
  /** Index of its trading day. */
  readonly index: number;
  readonly halted: boolean;
}

const UNDERLYING_PERIOD_MS = 500;
const OPTION_PERIODS_MS = [1_000, 1_500, 2_000, 3_000];

export function conIdOf(instrument: Instrument): number {
  return instrument.kind === 'option' ? instrument.listing.conId : instrument.underlying.conId;
}

/** Time between two quotes of a contract and the offset of the first from the open, ms. */
function rhythm(instrument: Instrument): { period: number; phase: number } {
  const hash = numberHash(conIdOf(instrument), 17);
  const period =
    instrument.kind === 'option' ? (OPTION_PERIODS_MS[hash % OPTION_PERIODS_MS.length] ?? 1_000) : UNDERLYING_PERIOD_MS;
  return { period, phase: floor(hash / 8) % period };
}

/**
 * The moment of the quote in force at a time: the latest of the contract's own beat, no later than the end of the session,
 * the start of a halt or the last trade. Underlyings are quoted until options on funds and indices close.
 */
export function quoteMoment(instrument: Instrument, at: number, timeline: Timeline, events: Events): QuoteMoment {
  const { period, phase } = rhythm(instrument);
  const haltedSince = events.haltedSince(instrument.underlying.symbol, at);
  let day = timeline.dayAt(haltedSince ?? at);
  if (instrument.kind === 'option' && day.day > instrument.listing.expiry)
    day = timeline.upTo(instrument.listing.expiry);
  if ((haltedSince ?? at) < day.openAt + phase) day = timeline.at(day.index - 1);
  const session = sessionOn(instrument, day.day);
  const close =
    instrument.kind === 'option' ? (session?.closeAt ?? day.closeAt) : day.closeAt + LATE_MINUTES * MINUTE_MS;
  const until = min(haltedSince ?? at, close);
  const first = day.openAt + phase;
  const beat = first + max(0, floor((until - first) / period)) * period;
  return { at: beat, openAt: day.openAt, index: day.index, halted: haltedSince !== undefined };
}
