/** The protective orders of a position, with their prices: a stop against loss, and a profit target. */
import type { ProtectiveRole } from '../../contract/activities.js';
import { opposite } from '../../domain/option.js';
import type { OrderLeg, OrderPayload, PriceCondition } from '../../domain/order/order.js';
import { profitTarget } from '../../domain/order/profit-target.js';
import { type Protection, protectionOf } from '../../domain/order/protection.js';
import { protectiveStop } from '../../domain/order/protective-stop.js';
import { underlyingLevels } from '../../domain/order/underlying-levels.js';
import { payoffOf } from '../../domain/strategy/payoff.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { UnderlyingFeeds } from '../market/underlying-feed.js';
import { readIncrement } from './walk-pricing.js';

export interface ProtectionParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'settings'>;
  readonly feeds: Pick<UnderlyingFeeds, 'underlying'>;
}

export interface ProtectiveOrder {
  readonly role: ProtectiveRole;
  readonly step: number;
  readonly quantity: number;
  /** Net of the opening per share, on which the prices are based: credit positive. */
  readonly entryNet: number;
  readonly ocaGroup: string;
}

/** The protective orders that the position should have. */
export function protectionFor({ deps }: ProtectionParts, { plan }: PositionRow): Protection {
  return protectionOf(deps.settings(), plan.protection);
}

/** The roles that a position with this opening price should have; a stop is for credits of more than one leg. */
export function protectiveRoles(protection: Protection, row: PositionRow, entryNet: number): readonly ProtectiveRole[] {
  const stop = protection.kind !== 'off' && entryNet > 0 && row.legs.length > 1;
  return [...(stop ? (['stop'] as const) : []), ...(protection.target === undefined ? [] : (['target'] as const))];
}

/** The order as it would be sent, or a sentence that says why the structure has no price for it. */
export async function protectivePayload(
  parts: ProtectionParts,
  row: PositionRow,
  order: ProtectiveOrder,
): Promise<OrderPayload | string> {
  const legs = row.plan.legs.map(({ contract, action, ratio }) => ({ contract, ratio, action: opposite(action) }));
  const increment = await readIncrement(parts.deps, legs, order.entryNet);
  const base = {
    positionId: row.positionId,
    step: order.step,
    role: order.role,
    purpose: 'REDUCE',
    symbol: row.symbol,
    legs,
    quantity: order.quantity,
    tif: 'GTC',
    ocaGroup: order.ocaGroup,
  } as const;
  const protection = protectionFor(parts, row);
  if (order.role === 'target') return targetOf(base, protection, row, order.entryNet, increment);
  const prices = stopPrices(protection, row, order.entryNet, increment);
  if (prices === undefined) return 'its trigger would be at or beyond the most that closing can cost';
  if (protection.kind === 'combo') {
    return { ...base, orderType: 'STP LMT', stopPrice: prices.stop, limitPrice: prices.limit };
  }
  const conditions = await conditionsOf(parts, row, protection, order.entryNet);
  if (conditions.length === 0) return `the structure has no ${protection.at} to start it at`;
  return { ...base, orderType: 'LMT', limitPrice: prices.limit, conditions };
}

type Base = Omit<OrderPayload, 'orderType' | 'limitPrice'> & { readonly legs: readonly OrderLeg[] };

function targetOf(
  base: Base,
  protection: Protection,
  row: PositionRow,
  entryNet: number,
  increment: number,
): OrderPayload | string {
  const { maxProfit } = payoffOf(row.plan.legs, 0);
  const limit = profitTarget({
    entryNet,
    profit: protection.target ?? 0,
    increment,
    ...(maxProfit !== undefined && maxProfit > 0 && isTogether(row) && { most: maxProfit }),
  });
  if (limit === undefined) return 'the structure cannot make that profit';
  return { ...base, orderType: 'LMT', limitPrice: base.legs.length === 1 ? Math.abs(limit) : limit };
}

function stopPrices({ loss, room }: Protection, row: PositionRow, credit: number, increment: number) {
  const { maxLoss: width } = payoffOf(row.plan.legs, 0);
  return protectiveStop({ credit, loss, room, increment, ...(width !== undefined && width > 0 && { width }) });
}

function isTogether({ plan }: PositionRow): boolean {
  return new Set(plan.legs.map(({ contract }) => contract.expiry)).size === 1;
}

async function conditionsOf(
  parts: ProtectionParts,
  row: PositionRow,
  { at }: Protection,
  credit: number,
): Promise<readonly PriceCondition[]> {
  const levels = underlyingLevels(row.plan.legs, credit, at);
  if (levels.length === 0) return [];
  const { conId, secType, exchange } = await parts.feeds.underlying(row.symbol);
  // An index is not traded: its price comes from the exchange that calculates it.
  return levels.map((level) => ({ ...level, conId, exchange: secType === 'IND' ? exchange : 'SMART' }));
}
