/** Options as the broker lists them. */

export type Right = 'CALL' | 'PUT';
export type LegAction = 'BUY' | 'SELL';

/** The style decides whether a short leg can be assigned before expiry. */
export type ExerciseStyle = 'american' | 'european';

/** A listed option, identified by the broker's contract id. */
export interface OptionContract {
  readonly conId: number;
  readonly symbol: string;
  readonly right: Right;
  /** Dollars; strikes are multiples of a quarter, so the double is exact. */
  readonly strike: number;
  /** Last trade date as listed, YYYYMMDD. Taken from the contract, never computed. */
  readonly expiry: string;
  readonly tradingClass: string;
  readonly multiplier: number;
  /** The contract's last trading moment, epoch ms. */
  readonly lastTradeAt: number;
  readonly style: ExerciseStyle;
}

/** What names a listed option without its contract id. */
export type OptionTerms = Pick<OptionContract, 'tradingClass' | 'expiry' | 'strike' | 'right' | 'multiplier'>;

/** Greeks of one option per share: vega per volatility point, theta per calendar day. */
export interface Greeks {
  readonly impliedVol: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  readonly theta: number;
  /** Computed by the broker's calculator, because its model gave none. */
  readonly calculated?: true;
}

/** +1 for a right that gains when the underlying rises, -1 for one that gains when it falls. */
export function rightSign(right: Right): 1 | -1 {
  return right === 'CALL' ? 1 : -1;
}

/** +1 for a bought leg, -1 for a sold one. */
export function actionSign(action: LegAction): 1 | -1 {
  return action === 'BUY' ? 1 : -1;
}

/** The opposite action. */
export function opposite(action: LegAction): LegAction {
  return action === 'BUY' ? 'SELL' : 'BUY';
}
