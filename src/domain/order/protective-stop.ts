/**
 * The stop that rests at the broker in case no worker is watching: a stop limit on the whole combination.
 *
 * Triggered when closing costs the credit times (1 + loss), by bid and ask (a combination rarely has a last price). The limit gives
 * it some room beyond the trigger and stays inside what the structure can cost at most, where the broker would refuse it.
 */
import { divideRounded, type Micros } from '../money.js';
import { roundToIncrement } from './ticks.js';

export interface ProtectiveInput {
  /** Average credit of the opening per share of a combo, positive. */
  readonly credit: Micros;
  /** Loss at which it triggers, as a share of the credit: 1.5 = the credit and half of it again. */
  readonly loss: number;
  /** Room of the limit beyond the trigger, as a share of the trigger. */
  readonly room: number;
  /** What closing can cost at most; absent when nothing bounds it. */
  readonly width?: Micros;
  readonly increment: Micros;
}

/** Prices per share that we pay; undefined when the trigger would lie at or beyond what the structure can cost. */
export function protectiveStop(input: ProtectiveInput): { readonly stop: Micros; readonly limit: Micros } | undefined {
  const { credit, loss, room, width, increment } = input;
  if (credit <= 0) return undefined;
  const stop = roundToIncrement(credit + Math.round(credit * loss), increment, 'up');
  const wanted = roundToIncrement(stop + divideRounded(Math.round(stop * room * 1000), 1000), increment, 'up');
  if (width === undefined) return { stop, limit: wanted };
  const most = roundToIncrement(width - 1, increment, 'down');
  return stop >= most ? undefined : { stop, limit: Math.min(wanted, most) };
}
