/** An order intent as the table holds it. */
import { defined } from '../domain/defined.js';
import type { OrderRole } from '../domain/ids.js';
import type { IntentState } from '../domain/order/intent-state.js';
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
  /** When a person first requested its cancel, market time; the order may have filled anyway. */
  readonly cancelRequestedAt?: number;
  /** The walk that it begins with, as planned; absent for resting orders. */
  readonly walk?: WalkState;
  readonly createdAt: number;
  readonly updatedAt: number;
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
