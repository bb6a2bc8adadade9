/**
 * Bid and ask around a fair value: on the class's price grid, wider with price, vega, distance, time, stress and at the open.
 *
 * Far options lose their bid by the same rule that rounds every bid down to the grid: an option worth less than half a spread above one
 * tick has no price left to round to.
 */

import type { Events } from './events.js';
import { incrementAt, roundDown, roundPrice, roundUp } from './market-rules.js';
import { abs, ceil, floor, max, min, round, sqrt } from './math.js';
import type { QuoteMoment } from './quote-clock.js';
import { numberHash, uniformOf } from './random.js';
import type { Instrument } from './sessions.js';
import type { OptionValue, Valuation } from './valuation.js';

export interface Book {
  readonly fair: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly value?: OptionValue;
}

const OPENING_MS = 5 * 60_000;
const LOWEST_OPENING = 5;
const HIGHEST_OPENING = 20;
/** Volatility at which spreads are calm, and how fast they widen above it. */
const CALM_RATIO = 1.1;
const STRESS_POWER = 1.6;
const MOST_STRESS = 8;

export class Books {
  constructor(
    readonly seed: number,
    readonly valuation: Valuation,
    readonly events: Events,
    readonly spreadFactor: number,
  ) {}

  /** Five to twenty times as wide at the open, by contract and day; as usual after five minutes. */
  #opening(conId: number, moment: QuoteMoment): number {
    const since = moment.at - moment.openAt;
    if (since >= OPENING_MS) return 1;
    const draw = uniformOf(numberHash(this.seed, conId, moment.index, 5));
    const widest = LOWEST_OPENING + draw * (HIGHEST_OPENING - LOWEST_OPENING);
    return 1 + (widest - 1) * (1 - since / OPENING_MS) ** 2;
  }

  #stress(instrument: Instrument, at: number): number {
    const { underlying } = instrument;
    const ratio = this.valuation.iv30(underlying, at) / underlying.iv30 / CALM_RATIO;
    const stress = min(MOST_STRESS, max(1, ratio) ** STRESS_POWER);
    return stress * this.spreadFactor * this.events.spread(underlying.symbol, at);
  }

  /** The value of a contract at a time, unrounded. */
  fair(instrument: Instrument, at: number): number {
    if (instrument.kind === 'option') return this.valuation.optionPrice(instrument.listing, at);
    const { underlying, future } = instrument;
    return future ? this.valuation.forward(underlying, at, future.settlesAt) : this.valuation.spot(underlying, at);
  }

  /** The book of a contract at a moment. */
  at(instrument: Instrument, moment: QuoteMoment): Book {
    return instrument.kind === 'option' ? this.#option(instrument, moment) : this.#underlying(instrument, moment);
  }

  #underlying(instrument: Instrument, moment: QuoteMoment): Book {
    const { underlying } = instrument;
    const fair = this.fair(instrument, moment.at);
    if (underlying.halfSpread === undefined) return { fair, bidSize: 0, askSize: 0 };
    const beat = floor(moment.at / 1000);
    const draw = (salt: number) => uniformOf(numberHash(this.seed, underlying.conId, beat, salt));
    // The opening cross of a liquid stock leaves a spread of a few ticks, not of twenty.
    const opening = sqrt(this.#opening(underlying.conId, moment));
    const half = underlying.halfSpread * opening * this.#stress(instrument, moment.at);
    const bid = roundDown(underlying.marketRule, fair - half);
    const ask = max(
      roundUp(underlying.marketRule, fair + half - underlying.minTick / 2),
      roundPrice(bid + underlying.minTick),
    );
    return { fair, bid, ask, bidSize: 100 * ceil(draw(1) * 12), askSize: 100 * ceil(draw(2) * 12) };
  }

  #option(instrument: Instrument & { kind: 'option' }, moment: QuoteMoment): Book {
    const { listing } = instrument;
    const { listed, conId } = listing;
    const value = this.valuation.option(listing, moment.at);
    const beat = floor(moment.at / 1000);
    const draw = (salt: number) => uniformOf(numberHash(this.seed, conId, beat, salt));
    const calm = listed.spread.base + listed.spread.slope * value.price + listed.spread.vegaShare * value.vega;
    const distance = 1 + 0.25 * max(0, abs(value.distance) - 1);
    const term = 1 + max(0, value.years - 0.25);
    const opening = this.#opening(conId, moment);
    const half = calm * distance * term * opening * this.#stress(instrument, moment.at) * (0.85 + 0.3 * draw(1));
    const rule = listed.marketRule;
    const bid = roundDown(rule, value.price - half);
    const lowest = max(bid, 0);
    const ask = max(roundUp(rule, value.price + half), roundPrice(lowest + incrementAt(rule, lowest)));
    const size = (salt: number) => max(1, round((listed.size * (0.2 + 1.6 * draw(salt))) / sqrt(opening)));
    return bid > 0
      ? { fair: value.price, bid, ask, bidSize: size(2), askSize: size(3), value }
      : { fair: value.price, ask, bidSize: 0, askSize: size(3), value };
  }
}
