/** Why an order was not taken: an error code of the TWS API with the words that IB uses. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
  /** The order existed for a moment and went Inactive, as IB shows it when margin is short. */
  readonly inactive?: boolean;
}

export function refusal(code: number, text: string): Refusal {
  return { code, text };
}

/** Error 201: the order was understood and turned down. */
export function rejected(reason: string): Refusal {
  return { code: 201, text: `Order rejected - reason:${reason}` };
}
