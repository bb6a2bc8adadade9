/**
 * Scripted moves of prices and volatility: at once, evenly over some minutes, or over trading time.
 */
import { log, log1p } from './math.js';
import type { MarketEvent } from './scenario.js';
import type { Timeline } from './timeline.js';

export interface Ramp {
  readonly symbols: readonly string[] | undefined;
  readonly from: number;
  readonly to: number;
  /** Whether the ramp runs over trading time instead of the clock. */
  readonly trading: boolean;
  readonly logSpot: number;
  readonly logIv: number;
}

/** The moves that a scripted event makes; `response` is the exponent of the volatility that goes with a price. */
export function rampsOf(event: MarketEvent, timeline: Timeline, response: number): readonly Ramp[] {
  switch (event.kind) {
    case 'jump': {
      const from = timeline.moment(event.at);
      const logSpot = log1p(event.size);
      const logIv = event.ivFactor === undefined ? -response * logSpot : log(event.ivFactor);
      return [{ symbols: event.symbols, from, to: from + event.overMinutes * 60_000, trading: false, logSpot, logIv }];
    }
    case 'drift': {
      const logSpot = log1p(event.move);
      const logIv = event.ivFactor === undefined ? -response * logSpot : log(event.ivFactor);
      const from = timeline.moment(event.from);
      return [{ symbols: event.symbols, from, to: timeline.moment(event.to), trading: true, logSpot, logIv }];
    }
    case 'iv': {
      const from = timeline.moment(event.at);
      const to = from + event.overMinutes * 60_000;
      return [{ symbols: event.symbols, from, to, trading: false, logSpot: 0, logIv: log(event.factor) }];
    }
    case 'earnings': {
      const at = timeline.moment(event.at);
      return [{ symbols: [event.symbol], from: at, to: at, trading: false, logSpot: log1p(event.move), logIv: 0 }];
    }
    default:
      return [];
  }
}

/** The part of a move that has happened at a time, 0 to 1. */
export function progress(ramp: Ramp, at: number, timeline: Timeline): number {
  if (at < ramp.from) return 0;
  if (at >= ramp.to) return 1;
  if (!ramp.trading) return (at - ramp.from) / (ramp.to - ramp.from);
  const begin = timeline.tradingTime(ramp.from);
  const end = timeline.tradingTime(ramp.to);
  return end > begin ? (timeline.tradingTime(at) - begin) / (end - begin) : 1;
}
