/** The Postgres store: everything Legwork remembers outside workflow histories. */
import type { Log } from '../domain/log.js';
import { absencesIn } from './absences.js';
import { alertsIn } from './alerts.js';
import type { OpeningTables, Store } from './api.js';
import { daySummariesIn } from './day-summaries.js';
import { decisionsIn } from './decisions.js';
import { deliveriesIn } from './deliveries.js';
import { entriesIn } from './entries.js';
import { executionsIn } from './executions.js';
import { exercisesIn } from './exercises.js';
import { externalChangesIn, ownSharesIn } from './external-changes.js';
import { fillsIn } from './fills.js';
import { intentsIn } from './intents.js';
import { leasesIn } from './leases.js';
import { marketClockIn } from './market-clock.js';
import { runMigrations } from './migrate.js';
import { ordersIn } from './orders.js';
import { type Database, inTransaction, openDatabase } from './pool.js';
import { requestsIn } from './requests.js';
import { snapshotsIn } from './snapshots.js';
import { tradingIn } from './trading.js';

export type * from './api.js';

const DEFAULT_POOL_SIZE = 10;
/** Arbitrary, but the same in every release: openings of all processes are sent one after another. */
const OPENINGS_LOCK = 5_203_117_042;

function openingTables(db: Database): OpeningTables {
  return {
    executions: executionsIn(db),
    intents: intentsIn(db),
    fills: fillsIn(db),
    snapshots: snapshotsIn(db),
    trading: tradingIn(db),
  };
}

/** Opens the store; the first operation is the first contact with the server. `close` ends its connections. */
export function openStore(options: { url: string; log?: Log; poolSize?: number }): Store {
  const log = options.log ?? (() => undefined);
  const db = openDatabase({ url: options.url, log, poolSize: options.poolSize ?? DEFAULT_POOL_SIZE });
  return {
    ...openingTables(db),
    orders: ordersIn(db),
    externalChanges: externalChangesIn(db),
    absences: absencesIn(db),
    ownShares: ownSharesIn(db),
    exercises: exercisesIn(db),
    decisions: decisionsIn(db),
    alerts: alertsIn(db),
    daySummaries: daySummariesIn(db),
    deliveries: deliveriesIn(db),
    requests: requestsIn(db),
    entries: entriesIn(db),
    leases: leasesIn(db),
    marketClock: marketClockIn(db),
    openingsInTurn(work) {
      return db.transaction(async (queries) => {
        await queries.rows('SELECT pg_advisory_xact_lock($1)', [OPENINGS_LOCK]);
        return await work(openingTables(inTransaction(queries)));
      });
    },
    async migrate() {
      const names = await runMigrations(options.url, log);
      if (names.length > 0) log('info', 'Migrated the database.', { migrations: names });
    },
    async ping() {
      await db.rows('SELECT 1');
    },
    close: () => db.close(),
  };
}
