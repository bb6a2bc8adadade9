/** States of an order's intent. */

/**
 * PLANNED: committed, nothing sent. SENDING: an id is reserved and the socket write is about to happen or happened.
 * WORKING: the broker showed it. UNKNOWN: evidence is missing. PARKED: a person must decide. The rest are ends:
 * FILLED, CANCELLED (the filled part stays), REJECTED with proof, EXPIRED unsent.
 */
export const INTENT_STATES = [
  'PLANNED',
  'SENDING',
  'WORKING',
  'UNKNOWN',
  'PARKED',
  'FILLED',
  'CANCELLED',
  'REJECTED',
  'EXPIRED',
] as const;
export type IntentState = (typeof INTENT_STATES)[number];

/** Intents in these states may have, or may get, a live order at the broker. */
export const UNSETTLED_INTENT_STATES: readonly IntentState[] = ['PLANNED', 'SENDING', 'WORKING', 'UNKNOWN', 'PARKED'];
