/** Price steps: a single option's from its market rule, a combination's from the exchange's net increment. */
import type { Micros } from '../money.js';

/** A price band of a market rule: from `lowEdge` up, prices move by `increment`. */
export interface PriceBand {
  readonly lowEdge: Micros;
  readonly increment: Micros;
}

const CENT: Micros = 10_000;
const NICKEL: Micros = 50_000;
/** Classes whose complex orders are priced in steps of 0.05. */
const NICKEL_CLASSES: ReadonlySet<string> = new Set(['SPX', 'SPXW']);

/**
 * Increment of a positive price: that of the highest band at or below it, in whatever order the bands come; a cent without bands.
 */
export function incrementAt(bands: readonly PriceBand[], price: Micros): Micros {
  const reached = bands.filter((band) => band.lowEdge <= price).sort((a, b) => b.lowEdge - a.lowEdge)[0];
  return reached?.increment ?? lowestBand(bands)?.increment ?? CENT;
}

/**
 * Increment of a combination's net price: 0.05 on SPX and SPXW, whose complex orders are priced so; otherwise that of the finest leg
 * at a low price, never under a cent. Complex orders move by the cent in every other class, so this always lies on the exchange's
 * grid, and is a cent wherever a leg is quoted in cents.
 */
export function comboIncrement(bandsPerLeg: readonly (readonly PriceBand[])[], tradingClass: string): Micros {
  if (NICKEL_CLASSES.has(tradingClass)) return NICKEL;
  const finest = bandsPerLeg.map((bands) => lowestBand(bands)?.increment ?? CENT);
  return finest.length === 0 ? CENT : Math.max(CENT, Math.min(...finest));
}

/**
 * A signed price on the grid of `increment`. `down` is toward minus infinity (cheaper for the buyer), `up` toward plus
 * infinity; `nearest` takes the upper of two equally near ones.
 */
export function roundToIncrement(price: Micros, increment: Micros, direction: 'down' | 'up' | 'nearest'): Micros {
  const steps = price / increment;
  switch (direction) {
    case 'down':
      return Math.floor(steps) * increment + 0;
    case 'up':
      return Math.ceil(steps) * increment + 0;
    case 'nearest':
      return Math.round(steps) * increment + 0;
  }
}

function lowestBand(bands: readonly PriceBand[]): PriceBand | undefined {
  return [...bands].sort((a, b) => a.lowEdge - b.lowEdge)[0];
}
