/** Changes of positions without an order of ours, with their evidence; and the shares that a person holds beside ours. */
import { defined } from '../domain/defined.js';
import type { Fill } from '../domain/order/fill.js';
import type { ChangeKind, Evidence, ExternalChange } from '../domain/position/external-change.js';
import { fillsIn } from './fills.js';
import { type Database, inTransaction } from './pool.js';
import { type Numeric, numeric, requiredMicros, timestamp } from './rows.js';

export interface ExternalChanges {
  /**
   * Stores the change and its fills, all or none: a change without its fills would pass for imported. By execId; known ones are ignored.
   * `holds` gets the position's fills, which no other change is added to meanwhile; when it says no, nothing is stored and the answer
   * is false.
   */
  append(
    change: ExternalChange,
    fills: readonly Fill[],
    holds?: (ledger: readonly Fill[]) => boolean,
  ): Promise<boolean>;
  /** In the order of their import. */
  ofPosition(positionId: string): Promise<readonly ExternalChange[]>;
}

/** Shares in the account that belong to no position, as the last comparison saw them. */
export interface OwnShares {
  get(conId: number): Promise<{ readonly quantity: number; readonly seenAt: number } | undefined>;
  /** Market time. */
  note(conId: number, quantity: number, seenAt: number): Promise<void>;
}

interface RawChange {
  readonly exec_id: string;
  readonly position_id: string;
  readonly leg_no: number;
  readonly kind: ChangeKind;
  readonly quantity: number;
  readonly price: Numeric;
  readonly shares: number;
  readonly evidence: Evidence;
  readonly estimated: boolean;
  readonly text: string;
  readonly at: number;
  readonly request_id: string | null;
}

export function externalChangesIn(db: Database): ExternalChanges {
  return {
    append(change, fills, holds = () => true) {
      return db.transaction(async (queries) => {
        await queries.rows('SELECT 1 FROM executions WHERE position_id = $1 FOR NO KEY UPDATE', [change.positionId]);
        const ledger = fillsIn(inTransaction(queries));
        const known = await queries.row('SELECT 1 FROM external_changes WHERE exec_id = $1', [change.execId]);
        if (known === undefined && !holds(await ledger.ofPosition(change.positionId))) return false;
        await queries.changed(
          `INSERT INTO external_changes (exec_id, position_id, leg_no, kind, quantity, price, shares, evidence, estimated, text, at, request_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (exec_id) DO NOTHING`,
          [
            ...[change.execId, change.positionId, change.legNo, change.kind, change.quantity, numeric(change.price)],
            ...[change.shares, change.evidence, change.estimated, change.text, timestamp(change.at)],
            change.requestId ?? null,
          ],
        );
        await ledger.append(fills);
        return true;
      });
    },

    async ofPosition(positionId) {
      const rows = await db.rows<RawChange>('SELECT * FROM external_changes WHERE position_id = $1 ORDER BY no', [
        positionId,
      ]);
      return rows.map(({ exec_id, position_id, leg_no, price, ...rest }) => ({
        execId: exec_id,
        positionId: position_id,
        legNo: leg_no,
        price: requiredMicros(price),
        kind: rest.kind,
        quantity: rest.quantity,
        shares: rest.shares,
        evidence: rest.evidence,
        estimated: rest.estimated,
        text: rest.text,
        at: rest.at,
        ...defined({ requestId: rest.request_id }),
      }));
    },
  };
}

export function ownSharesIn(db: Database): OwnShares {
  return {
    async get(conId) {
      const row = await db.row<{ quantity: number; seen_at: number }>('SELECT * FROM own_shares WHERE con_id = $1', [
        conId,
      ]);
      return row && { quantity: row.quantity, seenAt: row.seen_at };
    },

    async note(conId, quantity, seenAt) {
      await db.changed(
        `INSERT INTO own_shares (con_id, quantity, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (con_id) DO UPDATE SET quantity = EXCLUDED.quantity, seen_at = EXCLUDED.seen_at`,
        [conId, quantity, timestamp(seenAt)],
      );
    },
  };
}
