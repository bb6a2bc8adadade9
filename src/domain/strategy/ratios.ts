/** Ratios in their lowest terms: the broker takes no combination whose ratios have a common divisor. */

/** Greatest common divisor; 1 for none, and for ratios that are not whole numbers above 0. */
export function commonDivisor(ratios: readonly number[]): number {
  if (ratios.length === 0 || !ratios.every((ratio) => Number.isInteger(ratio) && ratio > 0)) return 1;
  return ratios.reduce(divisorOf);
}

function divisorOf(a: number, b: number): number {
  return b === 0 ? a : divisorOf(b, a % b);
}
