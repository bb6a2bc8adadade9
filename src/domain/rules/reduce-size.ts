/** How many combos a partial exit closes. */

/** Share of the open combos when the request names none. */
export const DEFAULT_CLOSE_RATIO = 0.5;

/**
 * The nearest whole number to ratio x open, at least 1 and at most open - 1; with one combo (or none) that number. An
 * indivisible position is closed whole or, by the caller's choice, not at all.
 */
export function combosToClose(openCombos: number, ratio: number): number {
  if (openCombos <= 1) return openCombos;
  return Math.min(Math.max(Math.round(openCombos * ratio), 1), openCombos - 1);
}
