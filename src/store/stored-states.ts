/**
 * How the table spells the states of an intent. It says ACKED for WORKING: a worker of the previous release, which may have to
 * take over again, knows only that word. Both are read. The next release writes WORKING; the one after it drops ACKED and this
 * file.
 */
import type { IntentState } from '../domain/order/intent-state.js';

export type StoredState = IntentState | 'ACKED';

export function storedState(state: IntentState): StoredState {
  return state === 'WORKING' ? 'ACKED' : state;
}

export function stateOf(stored: StoredState): IntentState {
  return stored === 'ACKED' ? 'WORKING' : stored;
}

/** Every spelling of the given states, for an SQL condition. */
export function spellingsOf(states: readonly IntentState[]): readonly StoredState[] {
  return states.flatMap((state): readonly StoredState[] => (state === 'WORKING' ? ['ACKED', 'WORKING'] : [state]));
}

/** SQL: the order works at the broker. */
export const IS_WORKING = "state IN ('ACKED', 'WORKING')";
