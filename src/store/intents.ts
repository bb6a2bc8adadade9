/** Order intents: orders decided on, committed before anything leaves, and their outcome. */
import { notFound } from '../domain/errors.js';
import type { OrderRole } from '../domain/ids.js';
import { END_STATES, type IntentState, statesBefore, UNSETTLED_INTENT_STATES } from '../domain/order/intent-state.js';
import type { OrderPayload, OrderPurpose } from '../domain/order/order.js';
import { type IntentRow, type RawIntent, toIntent } from './intent-rows.js';
import { BROKER_LEASE } from './leases.js';
import type { Database } from './pool.js';
import { json, timestamp } from './rows.js';
import { IS_WORKING, spellingsOf, storedState } from './stored-states.js';

/** Another payload for a live order. */
export interface PayloadChange {
  readonly payload: OrderPayload;
  readonly payloadHash: string;
  /** Hash of the stored payload. */
  readonly replaces: string;
  /** The fencing token of the broker's lease. */
  readonly token: number;
  readonly at: number;
}

export interface Intents {
  /** Inserts PLANNED. The same ref and hash again return the stored row; the same ref with another hash PARKS the row and returns it. */
  plan(
    intent: Omit<
      IntentRow,
      | 'state'
      | 'createdAt'
      | 'updatedAt'
      | 'orderId'
      | 'permId'
      | 'clientId'
      | 'sessionEpoch'
      | 'sentAt'
      | 'reason'
      | 'cancelRequestedAt'
    >,
    at: number,
  ): Promise<IntentRow>;
  get(orderRef: string): Promise<IntentRow | undefined>;
  /** All attempts of (position, step, role), ascending. */
  attempts(positionId: string, step: number, role: OrderRole): Promise<readonly IntentRow[]>;
  /**
   * Commits SENDING from PLANNED with the reserved id; false when the intent is in any other state, the fencing token is
   * not the current one, a person has asked to cancel it, or the trading state does not let it go (`overrideHalt`: a person's
   * reducing order while HALTED).
   */
  markSending(
    orderRef: string,
    sending: {
      readonly orderId: number;
      readonly clientId: number;
      readonly sessionEpoch: string;
      readonly token: number;
      readonly overrideHalt: boolean;
      readonly at: number;
    },
  ): Promise<boolean>;
  /** Moves along the allowed transitions; an end state is never left except FILLED after CANCELLED (a late fill). */
  mark(
    orderRef: string,
    state: IntentState,
    more: { readonly permId?: number; readonly reason?: string; readonly at: number },
  ): Promise<IntentRow>;
  /** EXPIRED from PLANNED only: proves that nothing was or can be sent. False in any other state. */
  expireUnsent(orderRef: string, reason: string, at: number): Promise<boolean>;
  /**
   * A person requests a cancel of the order; the time of the first request stays. False, and nothing changed, when the order has ended.
   */
  requestCancel(orderRef: string, at: number): Promise<boolean>;
  /**
   * A change of a live order, committed before it is written: the new payload, with the state unchanged. False, and nothing changed,
   * where markSending would not let the order go, or `replacePayload` would not change it.
   */
  changeLive(orderRef: string, change: PayloadChange & { readonly overrideHalt: boolean }): Promise<boolean>;
  /**
   * Sets the stored payload to what the broker shows; nothing is written to the broker. False, and nothing changed, unless the order is
   * WORKING, its payload still has the hash `replaces`, and the token is current.
   */
  replacePayload(orderRef: string, change: PayloadChange): Promise<boolean>;
  /** The positions that have had an opening order sent, whatever its outcome. */
  everSent(positionIds: readonly string[]): Promise<ReadonlySet<string>>;
  unsettled(positionId?: string): Promise<readonly IntentRow[]>;
  /** Latest first. */
  list(filter: {
    readonly positionId?: string;
    readonly purpose?: OrderPurpose;
    readonly limit?: number;
  }): Promise<readonly IntentRow[]>;
  /** Highest order id ever reserved for a client: our ids never go back even when the broker's do. */
  highestOrderId(clientId: number): Promise<number>;
  /** Intents of a kind sent since a market time, for rates and losses. */
  countSentSince(purpose: OrderPurpose, at: number): Promise<number>;
}

/**
 * One statement, so that two planners of one ref cannot both insert. `planned_hash` remembers the first payload: a planner that repeats
 * itself after a modify requests the same order, not another one. An end state is not parked.
 */
const PLAN = `
  INSERT INTO order_intents AS i (order_ref, position_id, step, role, attempt, purpose, payload, payload_hash, planned_hash,
    state, valid_until, walk, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 'PLANNED', $9, $12, $10, $10)
  ON CONFLICT (order_ref) DO UPDATE SET
    (state, reason, updated_at) = (
      SELECT CASE WHEN parks THEN 'PARKED' ELSE i.state END,
             CASE WHEN parks THEN 'Planned again with another payload.' ELSE i.reason END,
             CASE WHEN parks THEN EXCLUDED.updated_at ELSE i.updated_at END
      FROM (SELECT EXCLUDED.payload_hash NOT IN (i.payload_hash, i.planned_hash) AND i.state <> ALL ($11) AND i.state <> 'PLANNED') AS conflict (parks))
  RETURNING *`;

/**
 * A commit of a write to the broker depends on these rows. They are locked until the commit: a new holder takes its token, and a halt is
 * set, before the statement or after it, never during it. $2 names the lease, $3 is the sender's token.
 */
const UNDER_LEASE = `
  WITH lease AS (SELECT token FROM leases WHERE name = $2 AND token = $3 AND holder IS NOT NULL FOR SHARE)`;
const UNDER_LEASE_AND_STATE = `${UNDER_LEASE}, trading AS (SELECT state AS trading FROM trading_state FOR SHARE)`;

/** $1 is the order ref, $4 whether a person's permission lets a reducing order through a halt. */
const MAY_LEAVE = `order_ref = $1 AND cancel_requested_at IS NULL
    AND (trading = 'ACTIVE' OR (purpose = 'REDUCE' AND (trading = 'REDUCING' OR $4)))`;

const MARK_SENDING = `${UNDER_LEASE_AND_STATE}
  UPDATE order_intents SET state = 'SENDING', order_id = $5, client_id = $6, session_epoch = $7, sent_at = $8,
    updated_at = $8
  FROM lease, trading WHERE ${MAY_LEAVE} AND state = 'PLANNED'`;

const REPLACE_PAYLOAD = `${UNDER_LEASE}
  UPDATE order_intents SET payload = $4, payload_hash = $5, updated_at = $6
  FROM lease WHERE order_ref = $1 AND ${IS_WORKING} AND payload_hash = $7`;

const CHANGE_LIVE = `${UNDER_LEASE_AND_STATE}
  UPDATE order_intents SET payload = $5, payload_hash = $6, updated_at = $7
  FROM lease, trading WHERE ${MAY_LEAVE} AND ${IS_WORKING} AND payload_hash = $8`;

/** The reason for a doubt is cleared with the doubt: an order in a known state has no reason to show. */
const MARK = `
  UPDATE order_intents SET state = $2, perm_id = COALESCE($3, perm_id), updated_at = $5,
    reason = COALESCE($4, CASE WHEN state = 'UNKNOWN' AND $2 <> 'UNKNOWN' THEN NULL ELSE reason END)
  WHERE order_ref = $1 AND state = ANY ($6) RETURNING *`;

/** The repository over the given database; every write to an order ref that is not stored throws NOT_FOUND. */
export function intentsIn(db: Database): Intents {
  const select = async (rest: string, values: readonly unknown[]): Promise<readonly IntentRow[]> =>
    (await db.rows<RawIntent>(`SELECT * FROM order_intents ${rest}`, values)).map(toIntent);
  const get = async (orderRef: string) => (await select('WHERE order_ref = $1', [orderRef]))[0];

  return {
    get,

    async plan(intent, at) {
      const { orderRef, positionId, step, role, attempt, purpose, payload, payloadHash, validUntil, walk } = intent;
      const [row] = await db.rows<RawIntent>(PLAN, [
        orderRef,
        positionId,
        step,
        role,
        attempt,
        purpose,
        json(payload),
        payloadHash,
        timestamp(validUntil),
        timestamp(at),
        END_STATES,
        json(walk),
      ]);
      if (row === undefined) throw notFound('order', orderRef);
      return toIntent(row);
    },

    attempts(positionId, step, role) {
      return select('WHERE position_id = $1 AND step = $2 AND role = $3 ORDER BY attempt', [positionId, step, role]);
    },

    async markSending(orderRef, { orderId, clientId, sessionEpoch, token, overrideHalt, at }) {
      const under = [orderRef, BROKER_LEASE, token, overrideHalt];
      const values = [...under, orderId, clientId, sessionEpoch, timestamp(at)];
      return (await db.changed(MARK_SENDING, values)) === 1;
    },

    async mark(orderRef, state, { permId, reason, at }) {
      const moved = await db.row<RawIntent>(MARK, [
        orderRef,
        storedState(state),
        permId ?? null,
        reason ?? null,
        timestamp(at),
        spellingsOf(statesBefore(state)),
      ]);
      const row = moved === undefined ? await get(orderRef) : toIntent(moved);
      if (row === undefined) throw notFound('order', orderRef);
      return row;
    },

    async expireUnsent(orderRef, reason, at) {
      const changed = await db.changed(
        "UPDATE order_intents SET state = 'EXPIRED', reason = $2, updated_at = $3 WHERE order_ref = $1 AND state = 'PLANNED'",
        [orderRef, reason, timestamp(at)],
      );
      return changed === 1;
    },

    async requestCancel(orderRef, at) {
      const changed = await db.changed(
        `UPDATE order_intents SET cancel_requested_at = COALESCE(cancel_requested_at, $2), updated_at = $2
         WHERE order_ref = $1 AND state <> ALL ($3)`,
        [orderRef, timestamp(at), END_STATES],
      );
      if (changed === 0 && (await get(orderRef)) === undefined) throw notFound('order', orderRef);
      return changed === 1;
    },

    async changeLive(orderRef, { payload, payloadHash, replaces, token, overrideHalt, at }) {
      const under = [orderRef, BROKER_LEASE, token, overrideHalt];
      const values = [...under, json(payload), payloadHash, timestamp(at), replaces];
      const changed = await db.changed(CHANGE_LIVE, values);
      if (changed === 0 && (await get(orderRef)) === undefined) throw notFound('order', orderRef);
      return changed === 1;
    },

    async replacePayload(orderRef, { payload, payloadHash, replaces, token, at }) {
      const values = [orderRef, BROKER_LEASE, token, json(payload), payloadHash, timestamp(at), replaces];
      const changed = await db.changed(REPLACE_PAYLOAD, values);
      if (changed === 0 && (await get(orderRef)) === undefined) throw notFound('order', orderRef);
      return changed === 1;
    },

    async everSent(positionIds) {
      const rows = await db.rows<{ position_id: string }>(
        `SELECT DISTINCT position_id FROM order_intents
         WHERE purpose = 'OPEN' AND sent_at IS NOT NULL AND position_id = ANY ($1)`,
        [positionIds],
      );
      return new Set(rows.map((row) => row.position_id));
    },

    unsettled(positionId) {
      return select(
        'WHERE state = ANY ($1) AND ($2::text IS NULL OR position_id = $2) ORDER BY created_at, order_ref',
        [spellingsOf(UNSETTLED_INTENT_STATES), positionId ?? null],
      );
    },

    list({ positionId, purpose, limit }) {
      return select(
        `WHERE ($1::text IS NULL OR position_id = $1) AND ($2::text IS NULL OR purpose = $2)
         ORDER BY created_at DESC, order_ref DESC LIMIT $3`,
        [positionId ?? null, purpose ?? null, limit ?? null],
      );
    },

    async highestOrderId(clientId) {
      const row = await db.row<{ highest: number | null }>(
        'SELECT max(order_id) AS highest FROM order_intents WHERE client_id = $1',
        [clientId],
      );
      return row?.highest ?? 0;
    },

    async countSentSince(purpose, at) {
      const row = await db.row<{ count: number }>(
        'SELECT count(*) AS count FROM order_intents WHERE purpose = $1 AND sent_at >= $2',
        [purpose, timestamp(at)],
      );
      return row?.count ?? 0;
    },
  };
}
