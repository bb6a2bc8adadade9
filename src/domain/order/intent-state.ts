/** States of an order's intent, and the transitions between them. */

/**
 * PLANNED: committed, nothing sent. SENDING: an id is reserved and the socket write is about to happen or happened.
 * WORKING: the broker showed it. UNKNOWN: evidence is missing. PARKED: a person must decide. The other states are ends:
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

/** Settled, with no order that could still trade. */
export const END_STATES: readonly IntentState[] = ['FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED'];

const SETTLED_OR_DOUBTED: readonly IntentState[] = ['WORKING', 'UNKNOWN', 'PARKED', ...END_STATES];

/**
 * The states that `mark` may move to from each state. PLANNED to SENDING is not here: only markSending reserves an order id
 * and checks the fencing token. An end is left only when the broker later shows the order alive, which outweighs our own
 * conclusion.
 */
const NEXT: Readonly<Record<IntentState, readonly IntentState[]>> = {
  PLANNED: SETTLED_OR_DOUBTED,
  SENDING: SETTLED_OR_DOUBTED,
  // Shown alive: it can end or be doubted, but it cannot be proved never to have been there.
  WORKING: SETTLED_OR_DOUBTED.filter((state) => state !== 'EXPIRED'),
  UNKNOWN: SETTLED_OR_DOUBTED,
  PARKED: SETTLED_OR_DOUBTED,
  FILLED: [],
  CANCELLED: ['FILLED'],
  REJECTED: ['FILLED'],
  EXPIRED: ['WORKING', 'FILLED'],
};

/** The states from which `mark` may reach the given one. The state itself is among them, to add a permId or a reason. */
export function statesBefore(state: IntentState): readonly IntentState[] {
  return INTENT_STATES.filter((from) => from === state || NEXT[from].includes(state));
}
