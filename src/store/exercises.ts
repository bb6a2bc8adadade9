/**
 * Instructions to exercise long options: one per leg and day, committed before it is sent, so that none is sent twice; and what became of
 * them.
 */
import { defined } from '../domain/defined.js';
import type { Database } from './pool.js';
import { timestamp } from './rows.js';

export type ExerciseState = 'SENDING' | 'ACCEPTED' | 'REFUSED' | 'UNKNOWN' | 'EXERCISED' | 'NOT_EXERCISED';

export interface ExerciseRow {
  readonly positionId: string;
  readonly legNo: number;
  /** Day in New York, YYYYMMDD. */
  readonly day: string;
  readonly contracts: number;
  readonly state: ExerciseState;
  /** What the broker said. */
  readonly reason?: string;
  readonly at: number;
}

export interface Exercises {
  /**
   * Commits that it is being sent. False when that leg and day already has one that the broker has not refused, or when the broker
   * lease is no longer ours.
   */
  begin(exercise: Omit<ExerciseRow, 'state' | 'reason'>, token: number): Promise<boolean>;
  end(key: Pick<ExerciseRow, 'positionId' | 'legNo' | 'day'>, state: ExerciseState, reason: string): Promise<void>;
  ofPosition(positionId: string): Promise<readonly ExerciseRow[]>;
  /** Sent, perhaps, and not yet known to have happened or not. */
  unsettled(): Promise<readonly ExerciseRow[]>;
}

interface Raw {
  readonly position_id: string;
  readonly leg_no: number;
  readonly day: string;
  readonly contracts: number;
  readonly state: ExerciseState;
  readonly reason: string | null;
  readonly at: number;
}

export function exercisesIn(db: Database): Exercises {
  const select = async (where: string, values: readonly unknown[]): Promise<readonly ExerciseRow[]> =>
    (await db.rows<Raw>(`SELECT * FROM exercises WHERE ${where} ORDER BY day, leg_no`, values)).map(toExercise);

  return {
    async begin({ positionId, legNo, day, contracts, at }, token) {
      const changed = await db.changed(
        `INSERT INTO exercises AS e (position_id, leg_no, day, contracts, state, at)
         SELECT $1, $2, $3, $4, 'SENDING', $5 WHERE EXISTS (SELECT 1 FROM leases WHERE token = $6)
         ON CONFLICT (position_id, leg_no, day) DO UPDATE
           SET contracts = EXCLUDED.contracts, state = 'SENDING', reason = NULL, at = EXCLUDED.at
           WHERE e.state = 'REFUSED'`,
        [positionId, legNo, day, contracts, timestamp(at), token],
      );
      return changed > 0;
    },

    async end({ positionId, legNo, day }, state, reason) {
      await db.changed(
        'UPDATE exercises SET state = $4, reason = $5 WHERE position_id = $1 AND leg_no = $2 AND day = $3',
        [positionId, legNo, day, state, reason],
      );
    },

    async ofPosition(positionId) {
      return await select('position_id = $1', [positionId]);
    },

    unsettled: () => select("state IN ('SENDING', 'ACCEPTED', 'UNKNOWN')", []),
  };
}

function toExercise({ position_id, leg_no, day, contracts, state, at, reason }: Raw): ExerciseRow {
  return {
    ...{ positionId: position_id, legNo: leg_no, day, contracts, state, at },
    ...defined({ reason: reason ?? undefined }),
  };
}
