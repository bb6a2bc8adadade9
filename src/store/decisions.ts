/** Decisions with everything they were based on, in the order they were made. */
import { invariant } from '../domain/errors.js';
import type { Decision } from '../domain/rules/decision.js';
import type { Evaluation } from '../domain/rules/engine.js';
import type { Database } from './pool.js';
import { json, timestamp } from './rows.js';

export interface DecisionRow extends Decision {
  readonly id?: number;
  /** The position, or the entry id for an entry decision. */
  readonly subjectId: string;
  readonly kind: 'entry' | 'monitor' | 'manual';
  /** Everything the decision was based on, quote ages included. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly configHash: string;
  /** Rules that could not be evaluated, each with the data it lacked. */
  readonly skipped: Evaluation['skipped'];
  /** Evaluations of the rules since the previous decision, counted by the snapshots between; set on reading. */
  readonly polls?: number;
}

export interface Decisions {
  append(row: DecisionRow): Promise<number>;
  ofSubject(subjectId: string, limit: number): Promise<readonly DecisionRow[]>;
  /** The newest of each subject, or its newest of a kind; a subject without any is absent. */
  latest(subjectIds: readonly string[], kind?: DecisionRow['kind']): Promise<ReadonlyMap<string, DecisionRow>>;
  /** Decisions by rule for one position, without HOLD. */
  countByRule(subjectId: string): Promise<Readonly<Record<string, number>>>;
}

interface RawDecision {
  readonly id: number;
  readonly subject_id: string;
  readonly kind: DecisionRow['kind'];
  readonly action: DecisionRow['action'];
  readonly urgency: DecisionRow['urgency'];
  readonly rule: string;
  readonly reason: string;
  readonly metadata: DecisionRow['metadata'];
  readonly inputs: DecisionRow['inputs'];
  readonly config_hash: string;
  readonly skipped: DecisionRow['skipped'];
  readonly at: number;
  readonly polls: number | null;
}

/** The polls between two decisions are those of the snapshots after the first and up to the second. */
const SELECT = `
  SELECT d.*, CASE WHEN kind = 'monitor' THEN (SELECT sum(polls) FROM snapshots s
      WHERE s.position_id = d.subject_id AND s.at <= d.at AND s.at > COALESCE(d.before, '-infinity')) END AS polls
  FROM (SELECT *, lag(at) OVER (PARTITION BY subject_id ORDER BY at, id) AS before FROM decisions WHERE subject_id = ANY ($1)) d`;

export function decisionsIn(db: Database): Decisions {
  return {
    async append(decision) {
      const row = await db.row<{ id: number }>(
        `INSERT INTO decisions (subject_id, kind, action, urgency, rule, reason, metadata, inputs, config_hash, skipped, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
        [
          decision.subjectId,
          decision.kind,
          decision.action,
          decision.urgency,
          decision.rule,
          decision.reason,
          json(decision.metadata),
          json(decision.inputs),
          decision.configHash,
          json(decision.skipped),
          timestamp(decision.at),
        ],
      );
      invariant(row !== undefined, 'An inserted decision has no id.');
      return row.id;
    },

    /** Latest first. */
    async ofSubject(subjectId, limit) {
      const rows = await db.rows<RawDecision>(`${SELECT} ORDER BY at DESC, id DESC LIMIT $2`, [[subjectId], limit]);
      return rows.map(toDecision);
    },

    async latest(subjectIds, kind) {
      const rows = await db.rows<RawDecision>(
        `SELECT last.*, NULL AS polls FROM unnest($1::text[]) AS wanted (id) CROSS JOIN LATERAL (
           SELECT * FROM decisions WHERE subject_id = wanted.id AND ($2::text IS NULL OR kind = $2) ORDER BY at DESC, id DESC LIMIT 1) AS last`,
        [subjectIds, kind ?? null],
      );
      return new Map(rows.map((raw) => [raw.subject_id, toDecision(raw)]));
    },

    async countByRule(subjectId) {
      const rows = await db.rows<{ rule: string; count: number }>(
        `SELECT rule, count(*) AS count FROM decisions WHERE subject_id = $1 AND action <> 'HOLD'
         GROUP BY rule ORDER BY rule`,
        [subjectId],
      );
      return Object.fromEntries(rows.map(({ rule, count }) => [rule, count]));
    },
  };
}

function toDecision(raw: RawDecision): DecisionRow {
  return {
    id: raw.id,
    subjectId: raw.subject_id,
    kind: raw.kind,
    action: raw.action,
    urgency: raw.urgency,
    rule: raw.rule,
    reason: raw.reason,
    metadata: raw.metadata,
    inputs: raw.inputs,
    configHash: raw.config_hash,
    skipped: raw.skipped,
    at: raw.at,
    ...(raw.polls !== null && { polls: Number(raw.polls) }),
  };
}
