/** The broker's latest report of each order: overwritten, never summed. The fills ledger decides what filled. */

import { defined } from '../domain/defined.js';
import type { Micros } from '../domain/money.js';
import type { Database } from './pool.js';
import { micros, type Numeric, numeric, timestamp } from './rows.js';

/** The broker's latest report of an order: a projection beside the fills ledger. */
export interface OrderRow {
  readonly orderRef: string;
  readonly permId: number;
  readonly orderId: number;
  readonly clientId: number;
  readonly status: string;
  readonly quantity: number;
  readonly filled: number;
  readonly limitPrice?: Micros;
  readonly text?: string;
  readonly updatedAt: number;
}

export interface Orders {
  upsert(order: OrderRow): Promise<void>;
  get(orderRef: string): Promise<OrderRow | undefined>;
  ofPosition(positionId: string): Promise<readonly OrderRow[]>;
}

interface RawOrder {
  readonly order_ref: string;
  readonly perm_id: number;
  readonly order_id: number;
  readonly client_id: number;
  readonly status: string;
  readonly quantity: number;
  readonly filled: number;
  readonly limit_price: Numeric | null;
  readonly text: string | null;
  readonly updated_at: number;
}

export function ordersIn(db: Database): Orders {
  return {
    async upsert(order) {
      await db.changed(
        `INSERT INTO orders (order_ref, perm_id, order_id, client_id, status, quantity, filled, limit_price, text, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (order_ref) DO UPDATE SET perm_id = EXCLUDED.perm_id, order_id = EXCLUDED.order_id,
           client_id = EXCLUDED.client_id, status = EXCLUDED.status, quantity = EXCLUDED.quantity,
           filled = EXCLUDED.filled, limit_price = EXCLUDED.limit_price, text = EXCLUDED.text,
           updated_at = EXCLUDED.updated_at`,
        [
          order.orderRef,
          order.permId,
          order.orderId,
          order.clientId,
          order.status,
          order.quantity,
          order.filled,
          numeric(order.limitPrice),
          order.text ?? null,
          timestamp(order.updatedAt),
        ],
      );
    },

    async get(orderRef) {
      const raw = await db.row<RawOrder>('SELECT * FROM orders WHERE order_ref = $1', [orderRef]);
      return raw && toOrder(raw);
    },

    async ofPosition(positionId) {
      const rows = await db.rows<RawOrder>(
        'SELECT * FROM orders WHERE position_id = $1 ORDER BY updated_at, order_ref',
        [positionId],
      );
      return rows.map(toOrder);
    },
  };
}

function toOrder(raw: RawOrder): OrderRow {
  return {
    orderRef: raw.order_ref,
    permId: raw.perm_id,
    orderId: raw.order_id,
    clientId: raw.client_id,
    status: raw.status,
    quantity: raw.quantity,
    filled: raw.filled,
    updatedAt: raw.updated_at,
    ...defined({ limitPrice: micros(raw.limit_price), text: raw.text }),
  };
}
