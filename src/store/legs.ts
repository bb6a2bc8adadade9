/** The legs of an execution: created with it, read with it, and written from the fold over its fills. */
import { defined } from '../domain/defined.js';
import { invariant } from '../domain/errors.js';
import type { Micros } from '../domain/money.js';
import type { ExerciseStyle, LegAction, OptionContract, Right } from '../domain/option.js';
import type { FoldedLeg } from '../domain/position/ledger.js';
import type { LegStatus } from '../domain/position/status.js';
import type { StrategyLeg } from '../domain/strategy/strategy.js';
import type { Queries } from './pool.js';
import { micros, type Numeric, numeric, timestamp } from './rows.js';

export interface LegRow {
  readonly legNo: number;
  readonly contract: OptionContract;
  readonly action: LegAction;
  readonly ratio: number;
  readonly status: LegStatus;
  /** Signed contracts now open by the ledger: positive long, negative short. */
  readonly openQuantity: number;
  readonly openPrice?: Micros;
  readonly closePrice?: Micros;
}

/** Every leg of the execution `e` as one JSON array. Money is cast to text: as JSON numbers it would pass through doubles. */
export const LEGS_OF_EXECUTION = `(
    SELECT jsonb_agg(jsonb_build_object(
      'leg_no', l.leg_no, 'con_id', l.con_id, 'symbol', l.symbol, 'option_right', l.option_right,
      'strike', l.strike::text, 'expiry', l.expiry, 'trading_class', l.trading_class, 'multiplier', l.multiplier,
      'last_trade_ms', round(extract(epoch FROM l.last_trade_at) * 1000), 'exercise_style', l.exercise_style,
      'action', l.action, 'ratio', l.ratio, 'status', l.status, 'open_quantity', l.open_quantity,
      'open_price', l.open_price::text, 'close_price', l.close_price::text) ORDER BY l.leg_no)
    FROM legs l WHERE l.position_id = e.position_id)`;

export interface RawLeg {
  readonly leg_no: number;
  readonly con_id: number;
  readonly symbol: string;
  readonly option_right: Right;
  readonly strike: Numeric;
  readonly expiry: string;
  readonly trading_class: string;
  readonly multiplier: number;
  readonly last_trade_ms: number;
  readonly exercise_style: ExerciseStyle;
  readonly action: LegAction;
  readonly ratio: number;
  readonly status: LegStatus;
  readonly open_quantity: number;
  readonly open_price: Numeric | null;
  readonly close_price: Numeric | null;
}

/** The API's row of one element of LEGS_OF_EXECUTION. */
export function toLeg(raw: RawLeg): LegRow {
  return {
    legNo: raw.leg_no,
    contract: {
      conId: raw.con_id,
      symbol: raw.symbol,
      right: raw.option_right,
      strike: Number(raw.strike),
      expiry: raw.expiry,
      tradingClass: raw.trading_class,
      multiplier: raw.multiplier,
      lastTradeAt: raw.last_trade_ms,
      style: raw.exercise_style,
    },
    action: raw.action,
    ratio: raw.ratio,
    status: raw.status,
    openQuantity: raw.open_quantity,
    ...defined({ openPrice: micros(raw.open_price), closePrice: micros(raw.close_price) }),
  };
}

/** Inserts a PENDING leg. */
export async function insertLeg(queries: Queries, positionId: string, legNo: number, leg: StrategyLeg): Promise<void> {
  const { contract } = leg;
  await queries.changed(
    `INSERT INTO legs (position_id, leg_no, con_id, symbol, option_right, strike, expiry, trading_class, multiplier,
       last_trade_at, exercise_style, action, ratio, status)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'PENDING')`,
    [
      positionId,
      legNo,
      contract.conId,
      contract.symbol,
      contract.right,
      String(contract.strike),
      contract.expiry,
      contract.tradingClass,
      contract.multiplier,
      timestamp(contract.lastTradeAt),
      contract.style,
      leg.action,
      leg.ratio,
    ],
  );
}

/** Overwrites a leg with the fold; a price absent from the fold becomes absent in the row. */
export async function writeLeg(queries: Queries, positionId: string, leg: FoldedLeg): Promise<void> {
  const found = await queries.changed(
    `UPDATE legs SET status = $3, open_quantity = $4, open_price = $5, close_price = $6
     WHERE position_id = $1 AND leg_no = $2`,
    [positionId, leg.legNo, leg.status, leg.openQuantity, numeric(leg.openPrice), numeric(leg.closePrice)],
  );
  invariant(found === 1, `The position ${positionId} has no leg ${leg.legNo}.`);
}
