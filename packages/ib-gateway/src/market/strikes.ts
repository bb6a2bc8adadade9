/**
 * The strikes that a class lists: bands of steps around a reference price. That is the price at the start of the market,
 * so that no strike disappears while the price moves; finer bands are added near an expiry.
 */
import type { OptionClass } from './option-classes.js';

/** Strikes in units of the class's `strikeUnit`, ascending. `days` is the time to expiry at the moment of listing. */
export function strikeUnits(listed: OptionClass, reference: number, days: number): readonly number[] {
  const units = new Set<number>();
  for (const band of listed.bands) {
    if (days > band.days) continue;
    const step = Math.round(band.step / listed.strikeUnit);
    const from = Math.max(1, Math.ceil((reference * (1 - band.within)) / band.step));
    const to = Math.floor((reference * (1 + band.within)) / band.step);
    for (let count = from; count <= to; count += 1) units.add(count * step);
  }
  return [...units].sort((left, right) => left - right);
}
