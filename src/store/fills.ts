/**
 * The ledger of executions: rows are added, never changed; a trigger of the schema enforces that. Commissions live in their
 * own table and are joined on reading, so one that arrives before its fill is kept.
 */
import { defined } from '../domain/defined.js';
import type { Micros } from '../domain/money.js';
import type { Fill } from '../domain/order/fill.js';
import { executionOf } from '../domain/position/effective-fills.js';
import type { Database, Queries } from './pool.js';
import { json, micros, type Numeric, numeric, requiredMicros, timestamp } from './rows.js';

export interface Fills {
  /** Append-only by execId; known ones are ignored. Returns the ones that were new. */
  append(fills: readonly Fill[]): Promise<readonly Fill[]>;
  setCommission(execId: string, commission: Micros, realizedPnl: Micros | undefined): Promise<void>;
  /** What is stored of the given executions, in every correction and part. */
  ofExecutions(execIds: readonly string[]): Promise<readonly Fill[]>;
  ofPosition(positionId: string): Promise<readonly Fill[]>;
  /** By position; a position without fills is absent. */
  ofPositions(positionIds: readonly string[]): Promise<ReadonlyMap<string, readonly Fill[]>>;
  ofOrder(orderRefPrefix: string): Promise<readonly Fill[]>;
  /** Sum over Legwork's open positions by conId (signed): contracts of the legs, and shares. */
  openQuantities(): Promise<ReadonlyMap<number, number>>;
}

interface RawFill {
  readonly position_id: string | null;
  readonly exec_id: string;
  readonly order_ref: string;
  readonly order_id: number;
  readonly perm_id: number;
  readonly account: string;
  readonly con_id: number;
  readonly sec_type: Fill['secType'];
  readonly side: Fill['side'];
  readonly quantity: number;
  readonly price: Numeric;
  readonly at: number;
  readonly liquidation: boolean;
  readonly commission: Numeric | null;
  readonly realized_pnl: Numeric | null;
}

const SELECT = 'SELECT * FROM fills LEFT JOIN commissions USING (exec_id)';

/** Money and times travel in the JSON as text: Postgres casts them exactly. */
const INSERT = `
  INSERT INTO fills (exec_id, order_ref, order_id, perm_id, account, con_id, sec_type, side, quantity, price, at, liquidation)
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS new (exec_id text, order_ref text, order_id bigint, perm_id bigint,
    account text, con_id bigint, sec_type text, side text, quantity double precision, price numeric, at timestamptz,
    liquidation boolean)
  ON CONFLICT (exec_id) DO NOTHING RETURNING exec_id`;

export function fillsIn(db: Database): Fills {
  const select = async (rest: string, value: string): Promise<readonly Fill[]> =>
    (await db.rows<RawFill>(`${SELECT} WHERE ${rest} ORDER BY at, exec_id`, [value])).map(toFill);

  return {
    append(fills) {
      if (fills.length === 0) return Promise.resolve([]);
      return db.transaction(async (queries) => {
        const inserted = await queries.rows<{ exec_id: string }>(INSERT, [json(fills.map(fromFill))]);
        for (const fill of fills) {
          if (fill.commission !== undefined)
            await writeCommission(queries, fill.execId, fill.commission, fill.realizedPnl);
        }
        const added = new Set(inserted.map(({ exec_id }) => exec_id));
        // `delete` answers true once, so a fill given twice is new once.
        return fills.filter(({ execId }) => added.delete(execId));
      });
    },

    setCommission(execId, commission, realizedPnl) {
      return writeCommission(db, execId, commission, realizedPnl);
    },

    // The pattern is that of `executionOf`.
    async ofExecutions(execIds) {
      if (execIds.length === 0) return [];
      const executions = new Set(execIds.map((execId) => executionOf(execId).execution));
      const rows = await db.rows<RawFill>(
        `${SELECT} WHERE regexp_replace(exec_id, '\\.\\d+(-of-.+)?$', '') = ANY ($1) ORDER BY at, exec_id`,
        [[...executions]],
      );
      return rows.map(toFill);
    },

    ofPosition(positionId) {
      return select('position_id = $1', positionId);
    },

    async ofPositions(positionIds) {
      const rows = await db.rows<RawFill>(`${SELECT} WHERE position_id = ANY ($1) ORDER BY at, exec_id`, [positionIds]);
      const found = new Map<string, Fill[]>();
      for (const raw of rows) {
        const fills = found.get(raw.position_id ?? '') ?? [];
        fills.push(toFill(raw));
        found.set(raw.position_id ?? '', fills);
      }
      return found;
    },

    // A ref is compared exactly and a prefix by starts_with: in a LIKE pattern, `_` and `%` of the ref would be wildcards.
    ofOrder(orderRefPrefix) {
      return select(orderRefPrefix.endsWith('|') ? 'starts_with(order_ref, $1)' : 'order_ref = $1', orderRefPrefix);
    },

    async openQuantities() {
      const rows = await db.rows<{ con_id: number; quantity: number }>(
        `SELECT con_id, sum(quantity) AS quantity FROM (
           SELECT con_id, open_quantity AS quantity FROM legs JOIN executions USING (position_id)
           WHERE executions.status NOT IN ('CLOSED', 'FAILED')
           UNION ALL
           SELECT underlying_con_id, shares FROM executions WHERE status NOT IN ('CLOSED', 'FAILED')) AS held
         GROUP BY con_id HAVING sum(quantity) <> 0 ORDER BY con_id`,
      );
      return new Map(rows.map(({ con_id, quantity }) => [con_id, quantity]));
    },
  };
}

/** A later report replaces an earlier one; a stored P&L stays when the report has none. */
async function writeCommission(
  queries: Queries,
  execId: string,
  commission: number,
  realizedPnl: number | undefined,
): Promise<void> {
  await queries.changed(
    `INSERT INTO commissions (exec_id, commission, realized_pnl) VALUES ($1, $2, $3)
     ON CONFLICT (exec_id) DO UPDATE SET commission = EXCLUDED.commission,
       realized_pnl = COALESCE(EXCLUDED.realized_pnl, commissions.realized_pnl)`,
    [execId, numeric(commission), numeric(realizedPnl)],
  );
}

function fromFill(fill: Fill) {
  return {
    exec_id: fill.execId,
    order_ref: fill.orderRef,
    order_id: fill.orderId,
    perm_id: fill.permId,
    account: fill.account,
    con_id: fill.conId,
    sec_type: fill.secType,
    side: fill.side,
    quantity: fill.quantity,
    price: numeric(fill.price),
    at: timestamp(fill.at),
    liquidation: fill.liquidation,
  };
}

function toFill(raw: RawFill): Fill {
  return {
    execId: raw.exec_id,
    orderRef: raw.order_ref,
    orderId: raw.order_id,
    permId: raw.perm_id,
    account: raw.account,
    conId: raw.con_id,
    secType: raw.sec_type,
    side: raw.side,
    quantity: raw.quantity,
    price: requiredMicros(raw.price),
    at: raw.at,
    liquidation: raw.liquidation,
    ...defined({ commission: micros(raw.commission), realizedPnl: micros(raw.realized_pnl) }),
  };
}
