/** Closed positions in review: how long each was held, its chain of rolls, its price against mid; and sums over them. */
import { DAY_MS, marketDate } from 'market-time';
import { defined } from '../domain/defined.js';
import type { Micros } from '../domain/money.js';
import { slippageOf } from '../domain/position/slippage.js';
import type { PositionRow, Store } from '../store/api.js';

export interface ClosedPosition {
  readonly row: PositionRow;
  /** From the first fill to flat, days. */
  readonly days: number;
  /** Every position of its chain of rolls, oldest first; only itself when it was never rolled. */
  readonly chain: readonly string[];
  /** What the orders paid beyond mid; absent when no order had a mid. */
  readonly slippage?: Micros;
  /** Month of its close in New York: 2026-03. */
  readonly month: string;
}

export interface Total {
  readonly key: string;
  readonly positions: number;
  readonly winners: number;
  readonly realizedPnl: Micros;
  readonly commissions: Micros;
  readonly slippage: Micros;
}

export interface HistoryFilter {
  readonly symbol?: string;
  readonly limit: number;
}

/** Positions that were opened and closed, the last closed first. */
export async function readClosed(store: Store, { symbol, limit }: HistoryFilter): Promise<readonly ClosedPosition[]> {
  const all = await store.executions.list({ open: false, ...defined({ symbol }) });
  const closed = all
    .filter(({ status }) => status === 'CLOSED')
    .sort((a, b) => (b.closeTime ?? 0) - (a.closeTime ?? 0))
    .slice(0, limit);
  const fills = await store.fills.ofPositions(closed.map(({ positionId }) => positionId));
  const chains = chainsOf(await store.executions.list(defined({ symbol })));
  return await Promise.all(
    closed.map(async (row) => {
      const orders = await store.intents.list({ positionId: row.positionId });
      const slippage = slippageOf(orders, fills.get(row.positionId) ?? [], row.multiplier);
      const closedAt = row.closeTime ?? row.createdAt;
      const date = marketDate(closedAt);
      return {
        row,
        days: Math.max(0, closedAt - (row.fillTime ?? row.createdAt)) / DAY_MS,
        chain: chains(row.positionId),
        month: `${date.slice(0, 4)}-${date.slice(4, 6)}`,
        ...defined({ slippage }),
      };
    }),
  );
}

/** By position: its chain of rolls. */
function chainsOf(rows: readonly PositionRow[]): (positionId: string) => readonly string[] {
  const byId = new Map(rows.map((row) => [row.positionId, row]));
  const walk = (from: string, next: (row: PositionRow) => string | undefined): string[] => {
    const found: string[] = [];
    for (let id = next(byId.get(from) as PositionRow); id !== undefined && !found.includes(id); ) {
      found.push(id);
      const row = byId.get(id);
      id = row && next(row);
    }
    return found;
  };
  return (positionId) => {
    if (!byId.has(positionId)) return [positionId];
    const before = walk(positionId, (row) => row.rolledFrom).reverse();
    return [...before, positionId, ...walk(positionId, (row) => row.rolledTo)];
  };
}

/** Sums by a key, sorted by the key. */
export function totalsBy(
  positions: readonly ClosedPosition[],
  keyOf: (one: ClosedPosition) => string,
): readonly Total[] {
  const groups = new Map<string, ClosedPosition[]>();
  for (const one of positions) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => {
      const sum = (of: (one: ClosedPosition) => Micros | undefined) =>
        group.reduce((total, one) => total + (of(one) ?? 0), 0);
      return {
        key,
        positions: group.length,
        winners: group.filter(({ row }) => (row.realizedPnl ?? 0) > 0).length,
        realizedPnl: sum(({ row }) => row.realizedPnl),
        commissions: sum(({ row }) => row.commissions),
        slippage: sum(({ slippage }) => slippage),
      };
    });
}
