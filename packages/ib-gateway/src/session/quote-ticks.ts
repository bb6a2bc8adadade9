/**
 * A quote as ticks. Tick types: 1 bid, 2 ask, 4 last, 6 high, 7 low, 8 volume, 9 close, 14 open, 45 last timestamp,
 * 49 halted, 13 model computation; of options generic 100 -> 29/30, 101 -> 27/28; 106 -> 24, 221 and 232 -> 37 mark,
 * 318 -> 57 last trade of regular hours. Delayed quotes have types of their own.
 */
import type { GatewayContract, GatewayQuote } from '../model.js';
import type { Values } from '../protocol/index.js';

/** One tick: its message, its type, and its value. */
export interface Tick {
  readonly message: 'TICK_PRICE' | 'TICK_SIZE' | 'TICK_GENERIC' | 'TICK_STRING' | 'TICK_OPTION_COMPUTATION';
  readonly tickType: number;
  readonly values: Values;
}

/** The size-only tick that goes with a price tick. */
export const SIZE_TYPE: Readonly<Record<number, number>> = { 1: 0, 2: 3, 4: 5, 66: 69, 67: 70, 68: 71 };

/** The type of a tick when it is delayed; unlisted types keep theirs. */
export const DELAYED_TYPES: Readonly<Record<number, number>> = {
  ...{ 1: 66, 2: 67, 4: 68, 6: 72, 7: 73, 8: 74, 9: 75, 14: 76, 45: 88, 13: 83 },
};

export function delayedTick(tick: Tick): Tick {
  const tickType = DELAYED_TYPES[tick.tickType] ?? tick.tickType;
  return { ...tick, tickType, values: { ...tick.values, tickType } };
}

/** The time of the last trade, epoch ms. */
export function tickTime(at: number): Tick {
  return text(45, String(Math.floor(at / 1_000)));
}

export const text = (tickType: number, value: string): Tick => ({
  message: 'TICK_STRING',
  tickType,
  values: { tickType, value },
});

export const price = (tickType: number, value: number, size = 0): Tick => ({
  message: 'TICK_PRICE',
  tickType,
  values: { tickType, price: value, size, attributes: 0 },
});
export const size = (tickType: number, value: number): Tick => ({
  message: 'TICK_SIZE',
  tickType,
  values: { tickType, size: value },
});
export const generic = (tickType: number, value: number): Tick => ({
  message: 'TICK_GENERIC',
  tickType,
  values: { tickType, value },
});

/** All ticks of a line. A missing side is price -1 with size 0. */
export function ticksOf(
  quote: GatewayQuote,
  contract: GatewayContract | undefined,
  generics: ReadonlySet<number>,
): Tick[] {
  const ticks = [
    price(1, quote.bid ?? -1, quote.bid === undefined ? 0 : quote.bidSize),
    price(2, quote.ask ?? -1, quote.ask === undefined ? 0 : quote.askSize),
  ];
  if (quote.last !== undefined) ticks.push(price(4, quote.last, quote.lastSize ?? 0));
  if (quote.volume !== undefined) ticks.push(size(8, quote.volume));
  if (quote.high !== undefined) ticks.push(price(6, quote.high));
  if (quote.low !== undefined) ticks.push(price(7, quote.low));
  if (quote.close !== undefined) ticks.push(price(9, quote.close));
  if (quote.open !== undefined) ticks.push(price(14, quote.open));
  if (quote.halted !== undefined) ticks.push(generic(49, quote.halted ? 1 : 0));
  ticks.push(...requestedTicks(quote, contract, generics));
  if (quote.greeks) ticks.push(computation(quote.greeks));
  return ticks;
}

/** Generic ticks that come from the quote. */
export function requestedTicks(
  quote: GatewayQuote,
  contract: GatewayContract | undefined,
  wanted: ReadonlySet<number>,
): Tick[] {
  const ticks: Tick[] = [];
  // An option fills only its own side: calls the first type, puts the second.
  const side = contract?.right === 'P' ? 1 : 0;
  if (wanted.has(100) && contract?.right && quote.volume !== undefined) ticks.push(size(29 + side, quote.volume));
  if (wanted.has(101) && contract?.right && quote.openInterest !== undefined)
    ticks.push(size(27 + side, quote.openInterest));
  if ((wanted.has(221) || wanted.has(232)) && quote.bid !== undefined && quote.ask !== undefined)
    ticks.push(price(37, Math.round(((quote.bid + quote.ask) / 2) * 1e6) / 1e6));
  if (wanted.has(318) && quote.last !== undefined) ticks.push(price(57, quote.last));
  if (wanted.has(106) && quote.impliedVolatility !== undefined) ticks.push(generic(24, quote.impliedVolatility));
  return ticks;
}

function computation(greeks: NonNullable<GatewayQuote['greeks']>): Tick {
  return {
    message: 'TICK_OPTION_COMPUTATION',
    tickType: 13,
    values: {
      tickType: 13,
      tickAttribute: 0,
      impliedVolatility: greeks.impliedVol,
      delta: greeks.delta,
      optionPrice: greeks.optionPrice,
      pvDividend: greeks.pvDividend,
      gamma: greeks.gamma,
      vega: greeks.vega,
      theta: greeks.theta,
      underlyingPrice: greeks.underlyingPrice,
    },
  };
}
