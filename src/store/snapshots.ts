/** A watch's snapshots of a position, fenced: a watch that was replaced cannot write over its successor. */
import { defined } from '../domain/defined.js';
import { invariant } from '../domain/errors.js';
import type { Micros } from '../domain/money.js';
import type { GreeksSeen } from '../domain/summary/greeks-of-day.js';
import type { Database } from './pool.js';
import { micros, type Numeric, numeric, requiredMicros, timestamp } from './rows.js';

export interface SnapshotRow extends GreeksSeen {
  readonly positionId: string;
  readonly watchEpoch: number;
  readonly closeNet?: Micros;
  readonly unrealizedPnl?: Micros;
  readonly profitPct?: number;
  /** Some of the Greeks come from the broker's calculator, because its model gave none. */
  readonly greeksCalculated?: true;
  readonly vix?: number;
  readonly quoteAgeMsMax?: number;
  /** Evaluations of the rules since the previous row, this one included; absent: 1. */
  readonly polls?: number;
}

export interface Snapshots {
  /** Ignored (returns false) when a higher watch epoch has already written for the position. */
  append(row: SnapshotRow): Promise<boolean>;
  latest(positionId: string): Promise<SnapshotRow | undefined>;
  since(positionId: string, at: number): Promise<readonly SnapshotRow[]>;
  /** By position, the newest row with a delta, or the newest before a market time: the source of the book of Greeks. */
  lastGreeks(positionIds: readonly string[], before?: number): Promise<ReadonlyMap<string, SnapshotRow>>;
  /** By position, unrealised P&L of the newest row that has one, or of the newest before a market time. */
  lastMarks(positionIds: readonly string[], before?: number): Promise<ReadonlyMap<string, Micros>>;
  /** By position, market time of the newest row; positions without one are left out. */
  lastAt(positionIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Takes the next watch epoch of a position: later rows of earlier epochs are refused. */
  nextWatchEpoch(positionId: string): Promise<number>;
}

interface RawSnapshot {
  readonly position_id: string;
  readonly at: number;
  readonly watch_epoch: number;
  readonly underlying: Numeric | null;
  readonly close_net: Numeric | null;
  readonly unrealized_pnl: Numeric | null;
  readonly profit_pct: number | null;
  readonly delta: number | null;
  readonly gamma: number | null;
  readonly theta: number | null;
  readonly vega: number | null;
  readonly share_delta: number | null;
  readonly share_gamma: number | null;
  readonly greeks_calculated: boolean;
  readonly implied_volatility: number | null;
  readonly vix: number | null;
  readonly quote_age_ms_max: number | null;
  readonly polls: number;
}

/** The fence row is raised and locked first, so that a newer epoch is either seen or waits. A repeated row is kept once. */
const APPEND = `
  WITH fence AS (
    INSERT INTO watch_epochs AS w (position_id, epoch) VALUES ($1, $3)
    ON CONFLICT (position_id) DO UPDATE SET epoch = GREATEST(w.epoch, EXCLUDED.epoch) RETURNING epoch),
  written AS (
    INSERT INTO snapshots (position_id, at, watch_epoch, underlying, close_net, unrealized_pnl, profit_pct, delta, gamma,
      theta, vega, implied_volatility, vix, quote_age_ms_max, share_delta, share_gamma, greeks_calculated, polls)
    SELECT $1, $2::timestamptz, $3::bigint, $4::numeric, $5::numeric, $6::numeric, $7::float8, $8::float8, $9::float8,
      $10::float8, $11::float8, $12::float8, $13::float8, $14::float8, $15::float8, $16::float8, $17::boolean, $18::integer
    FROM fence WHERE epoch = $3 ON CONFLICT DO NOTHING)
  SELECT epoch = $3 AS accepted FROM fence`;

export function snapshotsIn(db: Database): Snapshots {
  return {
    async append(row) {
      const result = await db.row<{ accepted: boolean }>(APPEND, [
        row.positionId,
        timestamp(row.at),
        row.watchEpoch,
        numeric(row.underlying),
        numeric(row.closeNet),
        numeric(row.unrealizedPnl),
        row.profitPct ?? null,
        row.delta ?? null,
        row.gamma ?? null,
        row.theta ?? null,
        row.vega ?? null,
        row.impliedVolatility ?? null,
        row.vix ?? null,
        row.quoteAgeMsMax ?? null,
        row.shareDelta ?? null,
        row.shareGamma ?? null,
        row.greeksCalculated ?? false,
        row.polls ?? 1,
      ]);
      return result?.accepted === true;
    },

    async latest(positionId) {
      const raw = await db.row<RawSnapshot>(
        'SELECT * FROM snapshots WHERE position_id = $1 ORDER BY at DESC, watch_epoch DESC LIMIT 1',
        [positionId],
      );
      return raw && toSnapshot(raw);
    },

    async since(positionId, at) {
      const rows = await db.rows<RawSnapshot>(
        'SELECT * FROM snapshots WHERE position_id = $1 AND at >= $2 ORDER BY at, watch_epoch',
        [positionId, timestamp(at)],
      );
      return rows.map(toSnapshot);
    },

    async lastGreeks(positionIds, before) {
      const rows = await db.rows<RawSnapshot>(
        `SELECT seen.* FROM unnest($1::text[]) AS wanted (id) CROSS JOIN LATERAL (
           SELECT * FROM snapshots WHERE position_id = wanted.id AND COALESCE(delta, share_delta) IS NOT NULL
             AND ($2::timestamptz IS NULL OR at < $2)
           ORDER BY at DESC, watch_epoch DESC LIMIT 1) AS seen`,
        [positionIds, before === undefined ? null : timestamp(before)],
      );
      return new Map(rows.map((raw) => [raw.position_id, toSnapshot(raw)]));
    },

    async lastMarks(positionIds, before) {
      const rows = await db.rows<{ readonly position_id: string; readonly unrealized_pnl: Numeric }>(
        `SELECT mark.* FROM unnest($1::text[]) AS wanted (id) CROSS JOIN LATERAL (
           SELECT position_id, unrealized_pnl FROM snapshots
           WHERE position_id = wanted.id AND unrealized_pnl IS NOT NULL AND ($2::timestamptz IS NULL OR at < $2)
           ORDER BY at DESC, watch_epoch DESC LIMIT 1) AS mark`,
        [positionIds, before === undefined ? null : timestamp(before)],
      );
      return new Map(rows.map((row) => [row.position_id, requiredMicros(row.unrealized_pnl)]));
    },

    async lastAt(positionIds) {
      const rows = await db.rows<{ readonly position_id: string; readonly at: number }>(
        `SELECT seen.* FROM unnest($1::text[]) AS wanted (id) CROSS JOIN LATERAL (
           SELECT position_id, at FROM snapshots WHERE position_id = wanted.id
           ORDER BY at DESC, watch_epoch DESC LIMIT 1) AS seen`,
        [positionIds],
      );
      return new Map(rows.map((row) => [row.position_id, row.at]));
    },

    async nextWatchEpoch(positionId) {
      const row = await db.row<{ epoch: number }>(
        `INSERT INTO watch_epochs AS w (position_id, epoch) VALUES ($1, 1)
         ON CONFLICT (position_id) DO UPDATE SET epoch = w.epoch + 1 RETURNING epoch`,
        [positionId],
      );
      invariant(row !== undefined, 'A watch epoch was taken without an answer.');
      return row.epoch;
    },
  };
}

function toSnapshot(raw: RawSnapshot): SnapshotRow {
  return {
    positionId: raw.position_id,
    at: raw.at,
    watchEpoch: raw.watch_epoch,
    ...(raw.polls !== 1 && { polls: raw.polls }),
    ...(raw.greeks_calculated && { greeksCalculated: true as const }),
    ...defined({
      underlying: micros(raw.underlying),
      closeNet: micros(raw.close_net),
      unrealizedPnl: micros(raw.unrealized_pnl),
      profitPct: raw.profit_pct,
      delta: raw.delta,
      gamma: raw.gamma,
      theta: raw.theta,
      vega: raw.vega,
      shareDelta: raw.share_delta,
      shareGamma: raw.share_gamma,
      impliedVolatility: raw.implied_volatility,
      vix: raw.vix,
      quoteAgeMsMax: raw.quote_age_ms_max,
    }),
  };
}
