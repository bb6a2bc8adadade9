/** What the broker's codes about a market data line mean for it. */

/**
 * passing: it brings nothing for now; a competing session ends, a subscription begins. full: too many lines are open. final: the
 * request will never be served. delayed: delayed quotes follow. Undefined: nothing for the line; 10090 and 10091 say that a part is
 * missing, and the rest follows.
 */
export type LineAnswer = 'passing' | 'full' | 'final' | 'delayed';

const MEANINGS: ReadonlyMap<number, LineAnswer> = new Map<number, LineAnswer>([
  [101, 'full'],
  [200, 'final'],
  [321, 'final'],
  [354, 'passing'],
  // Advisory for those who ask for delayed quotes; live ones are asked for here.
  [10089, 'passing'],
  [10167, 'delayed'],
  [10168, 'passing'],
  [10186, 'passing'],
  [10189, 'passing'],
  [10197, 'passing'],
]);

export function lineAnswer(code: number): LineAnswer | undefined {
  return MEANINGS.get(code);
}
