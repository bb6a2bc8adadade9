/** States of an order's intent, and the transitions between them. */

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

/** Settled, with no order that could still trade. */
export const END_STATES: readonly IntentState[] = ['FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED'];

const SETTLED_OR_DOUBTED: readonly IntentState[] = ['WORKING', 'UNKNOWN', 'PARKED', ...END_STATES];

/**
 * Where `mark` may go from each state. PLANNED to SENDING is not here: only markSending reserves an order id and checks the
 * fencing token. Ends are left only for a later proof of life by the broker, which no belief of ours outweighs.
 */
const NEXT: Readonly<Record<IntentState, readonly IntentState[]>> = {
  PLANNED: SETTLED_OR_DOUBTED,
  SENDING: SETTLED_OR_DOUBTED,
  // Shown alive: it can end or be doubted, but not be proved never to have been there.
  WORKING: SETTLED_OR_DOUBTED.filter((state) => state !== 'EXPIRED'),
  UNKNOWN: SETTLED_OR_DOUBTED,
  PARKED: SETTLED_OR_DOUBTED,
  FILLED: [],
  CANCELLED: ['FILLED'],
  REJECTED: ['FILLED'],
  EXPIRED: ['WORKING', 'FILLED'],
};

/** The states from which `mark` may reach the given one; the state itself is among them, to add a permId or a reason. */
export function statesBefore(state: IntentState): readonly IntentState[] {
  return INTENT_STATES.filter((from) => from === state || NEXT[from].includes(state));
}
