/** Requested entries, entered or not. */

import { defined } from '../domain/defined.js';
import type { StrategyType } from '../domain/strategy/strategy.js';
import type { Database } from './pool.js';
import { json, timestamp } from './rows.js';

/** A requested entry: accepted or not, with every reason. */
export interface EntryRow {
  readonly entryId: string;
  readonly workflowId: string;
  readonly symbol: string;
  readonly strategyType: StrategyType;
  readonly status: 'DECIDING' | 'OPENING' | 'OPENED' | 'NOT_ENTERED' | 'FAILED';
  readonly positionId?: string;
  readonly reasons: readonly string[];
  readonly report?: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Entries {
  save(entry: EntryRow): Promise<void>;
  get(entryId: string): Promise<EntryRow | undefined>;
  /** Entries that are still deciding or opening. */
  unfinished(): Promise<readonly EntryRow[]>;
}

interface RawEntry {
  readonly entry_id: string;
  readonly workflow_id: string;
  readonly symbol: string;
  readonly strategy_type: EntryRow['strategyType'];
  readonly status: EntryRow['status'];
  readonly position_id: string | null;
  readonly reasons: readonly string[];
  readonly report: NonNullable<EntryRow['report']> | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export function entriesIn(db: Database): Entries {
  return {
    /** Replaces the row of this id; its creation time stays. */
    async save(entry) {
      await db.changed(
        `INSERT INTO entries (entry_id, workflow_id, symbol, strategy_type, status, position_id, reasons, report, created_at,
           updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (entry_id) DO UPDATE SET workflow_id = EXCLUDED.workflow_id, symbol = EXCLUDED.symbol,
           strategy_type = EXCLUDED.strategy_type, status = EXCLUDED.status, position_id = EXCLUDED.position_id,
           reasons = EXCLUDED.reasons, report = EXCLUDED.report, updated_at = EXCLUDED.updated_at`,
        [
          entry.entryId,
          entry.workflowId,
          entry.symbol,
          entry.strategyType,
          entry.status,
          entry.positionId ?? null,
          json(entry.reasons),
          json(entry.report),
          timestamp(entry.createdAt),
          timestamp(entry.updatedAt),
        ],
      );
    },

    async get(entryId) {
      const raw = await db.row<RawEntry>('SELECT * FROM entries WHERE entry_id = $1', [entryId]);
      return raw && toEntry(raw);
    },

    /** Oldest first. */
    async unfinished() {
      const rows = await db.rows<RawEntry>(
        "SELECT * FROM entries WHERE status IN ('DECIDING', 'OPENING') ORDER BY created_at, entry_id",
      );
      return rows.map(toEntry);
    },
  };
}

function toEntry(raw: RawEntry): EntryRow {
  return {
    entryId: raw.entry_id,
    workflowId: raw.workflow_id,
    symbol: raw.symbol,
    strategyType: raw.strategy_type,
    status: raw.status,
    reasons: raw.reasons,
    createdAt: raw.created_at,
    updatedAt: raw.updated_at,
    ...defined({ positionId: raw.position_id, report: raw.report }),
  };
}
