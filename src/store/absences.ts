/** Contracts that the ledger holds and the account does not list: since when, and how often in one session of the broker. */
import type { Absence } from '../domain/position/absence.js';
import type { Database } from './pool.js';
import { timestamp } from './rows.js';

export interface Absences {
  list(): Promise<readonly Absence[]>;
  /**
   * Adds one complete list of the account: what it lacks, and what cannot be said now since an order of ours may have moved it. Every other
   * contract is there again. `session` names process and connection, `at` is market time.
   */
  note(list: {
    readonly absent: readonly number[];
    readonly unclear: readonly number[];
    readonly session: string;
    readonly at: number;
  }): Promise<readonly Absence[]>;
}

interface RawAbsence {
  readonly con_id: number;
  readonly since: number;
  readonly session_since: number;
  readonly lists: number;
}

export function absencesIn(db: Database): Absences {
  const list = async () => {
    const rows = await db.rows<RawAbsence>(
      'SELECT con_id, since, session_since, lists FROM absences ORDER BY con_id',
      [],
    );
    return rows.map(({ con_id, session_since, ...rest }) => ({ conId: con_id, sessionSince: session_since, ...rest }));
  };
  return {
    list,
    async note({ absent, unclear, session, at }) {
      await db.transaction(async (queries) => {
        await queries.changed('DELETE FROM absences WHERE con_id <> ALL ($1::bigint[])', [[...absent, ...unclear]]);
        // Evidence before an order of ours says nothing about the time after it.
        await queries.changed(`UPDATE absences SET session = '', lists = 0 WHERE con_id = ANY ($1::bigint[])`, [
          [...unclear],
        ]);
        await queries.changed(
          `INSERT INTO absences (con_id, since, session, session_since, lists)
           SELECT con_id, $3, $2, $3, 1 FROM unnest($1::bigint[]) AS con_id
           ON CONFLICT (con_id) DO UPDATE SET
             lists = CASE WHEN absences.session = $2 THEN absences.lists + 1 ELSE 1 END,
             session_since = CASE WHEN absences.session = $2 THEN absences.session_since ELSE $3 END,
             session = $2`,
          [[...absent], session, timestamp(at)],
        );
      });
      return await list();
    },
  };
}
