/** An order intent as the table holds it, and the transitions between its states. */
import { defined } from '../domain/defined.js';
import type { OrderRole } from '../domain/ids.js';
import { INTENT_STATES, type IntentState } from '../domain/order/intent-state.js';
import type { OrderPayload, OrderPurpose } from '../domain/order/order.js';
import type { WalkState } from '../domain/order/walk.js';
import { type StoredState, stateOf } from './stored-states.js';

export interface IntentRow {
  readonly orderRef: string;
  readonly positionId: string;
  readonly step: number;
  readonly role: OrderRole;
  readonly attempt: number;
  readonly purpose: OrderPurpose;
  readonly payload: OrderPayload;
  readonly payloadHash: string;
  readonly state: IntentState;
  /** Market time, epoch ms: later it is EXPIRED unsent. */
  readonly validUntil: number;
  readonly orderId?: number;
  readonly permId?: number;
  readonly clientId?: number;
  readonly sessionEpoch?: string;
  readonly sentAt?: number;
  /** The broker's or our reason for the state. */
  readonly reason?: string;
  /** When a person first asked for it to be cancelled, market time; the order may have filled all the same. */
  readonly cancelRequestedAt?: number;
  /** The walk that it begins with, as planned; absent of orders that rest. */
  readonly walk?: WalkState;
  readonly createdAt: number;
  readonly updatedAt: number;
}

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

export interface RawIntent {
  readonly order_ref: string;
  readonly position_id: string;
  readonly step: number;
  readonly role: OrderRole;
  readonly attempt: number;
  readonly purpose: OrderPurpose;
  readonly payload: OrderPayload;
  readonly payload_hash: string;
  readonly state: StoredState;
  readonly valid_until: number;
  readonly order_id: number | null;
  readonly perm_id: number | null;
  readonly client_id: number | null;
  readonly session_epoch: string | null;
  readonly sent_at: number | null;
  readonly reason: string | null;
  readonly cancel_requested_at: number | null;
  readonly walk: WalkState | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export function toIntent(raw: RawIntent): IntentRow {
  return {
    orderRef: raw.order_ref,
    positionId: raw.position_id,
    step: raw.step,
    role: raw.role,
    attempt: raw.attempt,
    purpose: raw.purpose,
    payload: raw.payload,
    payloadHash: raw.payload_hash,
    state: stateOf(raw.state),
    validUntil: raw.valid_until,
    createdAt: raw.created_at,
    updatedAt: raw.updated_at,
    ...defined({
      orderId: raw.order_id,
      permId: raw.perm_id,
      clientId: raw.client_id,
      sessionEpoch: raw.session_epoch,
      sentAt: raw.sent_at,
      reason: raw.reason,
      cancelRequestedAt: raw.cancel_requested_at,
      walk: raw.walk,
    }),
  };
}
