/** People's requests to positions, and their outcomes. */
import { defined } from '../domain/defined.js';
import { invariant, notFound } from '../domain/errors.js';
import type { Database } from './pool.js';
import { json, timestamp } from './rows.js';

/** A person's request to a position and its outcome, which the command follows. */
export interface RequestRow {
  readonly requestId: string;
  readonly positionId: string;
  readonly kind: 'close' | 'roll' | 'reduce' | 'pause' | 'resume';
  readonly params: Readonly<Record<string, unknown>>;
  readonly status: 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'REFUSED' | 'PARKED';
  readonly outcome?: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Requests {
  /** Inserts or returns the existing row of this id. */
  open(request: Omit<RequestRow, 'status' | 'updatedAt' | 'outcome'>): Promise<RequestRow>;
  move(
    requestId: string,
    status: RequestRow['status'],
    outcome: Readonly<Record<string, unknown>> | undefined,
    at: number,
  ): Promise<void>;
  get(requestId: string): Promise<RequestRow | undefined>;
  /** Requests to the position that have no outcome yet, oldest first. */
  queued(positionId: string): Promise<readonly RequestRow[]>;
}

interface RawRequest {
  readonly request_id: string;
  readonly position_id: string;
  readonly kind: RequestRow['kind'];
  readonly params: RequestRow['params'];
  readonly status: RequestRow['status'];
  readonly outcome: NonNullable<RequestRow['outcome']> | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export function requestsIn(db: Database): Requests {
  const get = async (requestId: string) => {
    const raw = await db.row<RawRequest>('SELECT * FROM requests WHERE request_id = $1', [requestId]);
    return raw && toRequest(raw);
  };

  return {
    get,

    async queued(positionId) {
      const rows = await db.rows<RawRequest>(
        `SELECT * FROM requests WHERE position_id = $1 AND status IN ('QUEUED', 'RUNNING') ORDER BY created_at, request_id`,
        [positionId],
      );
      return rows.map(toRequest);
    },

    async open({ requestId, positionId, kind, params, createdAt }) {
      await db.changed(
        `INSERT INTO requests (request_id, position_id, kind, params, status, created_at, updated_at)
         VALUES ($1, $2, $3, $4, 'QUEUED', $5, $5) ON CONFLICT (request_id) DO NOTHING`,
        [requestId, positionId, kind, json(params), timestamp(createdAt)],
      );
      const row = await get(requestId);
      invariant(row !== undefined, `The request ${requestId} was stored but is not there.`);
      return row;
    },

    /** Without an outcome the stored one stays. Throws NOT_FOUND. */
    async move(requestId, status, outcome, at) {
      const changed = await db.changed(
        'UPDATE requests SET status = $2, outcome = COALESCE($3, outcome), updated_at = $4 WHERE request_id = $1',
        [requestId, status, json(outcome), timestamp(at)],
      );
      if (changed === 0) throw notFound('request', requestId);
    },
  };
}

function toRequest(raw: RawRequest): RequestRow {
  return {
    requestId: raw.request_id,
    positionId: raw.position_id,
    kind: raw.kind,
    params: raw.params,
    status: raw.status,
    createdAt: raw.created_at,
    updatedAt: raw.updated_at,
    ...defined({ outcome: raw.outcome }),
  };
}
