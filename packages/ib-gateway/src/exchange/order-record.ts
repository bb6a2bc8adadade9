/**
 * An order as the exchange works with it: the request, its legs, and its state.
 */
import type { GatewayContract, GatewayOrder, GatewayOrderRequest, GatewayOrderStatus } from '../model.js';
import type { Sightings } from './price-levels.js';

/** One contract of an order. `sign` is +1 when buying the order buys it. A single contract is one leg of ratio 1. */
export interface OrderLeg {
  readonly contract: GatewayContract;
  readonly ratio: number;
  readonly sign: 1 | -1;
}

/**
 * `held`: not transmitted, unknown to all; `child`: waits for its parent; `waiting`: for a time, a session or a
 * condition; `stop`: for its trigger; `working`: may fill; `inactive`: refused, and still in the lists; `done`: final.
 */
export type OrderPhase = 'held' | 'child' | 'waiting' | 'stop' | 'working' | 'inactive' | 'done';

export interface OrderRecord {
  request: GatewayOrderRequest;
  readonly permId: number;
  /** The key of seeded draws and of the matching order: the order reference, else the permanent id. */
  readonly key: string;
  readonly legs: readonly OrderLeg[];
  readonly isCombo: boolean;
  readonly placedAt: number;
  phase: OrderPhase;
  status: GatewayOrderStatus;
  filled: number;
  /** Sum of price x quantity of the fills, for the average. */
  paid: number;
  lastFillPrice: number;
  /** Commission of the fills, dollars. */
  commission: number;
  whyHeld: string;
  /** Quantity still wanted; below `quantity - filled` after an OCA reduction. */
  remaining: number;
  /** Fills so far, for execution ids and the fill plan. */
  fills: number;
  lastFillAt: number;
  /** Time of its next sample, and since when it is unchanged, which decides the interval. */
  nextLookAt: number;
  touchedAt: number;
  /** Last sample, which begins the interval of the next chance of a fill. */
  lastLookAt: number;
  cancelling: boolean;
  triggered: boolean;
  /** Prices seen beyond the stop and the conditions, for the double trigger methods. */
  readonly sightings: Sightings;
  /** Cumulative quantity and money of each leg. */
  readonly legTotals: { quantity: number; paid: number }[];
  completedAt?: number;
  completedStatus?: string;
  /** When and how the system ends an order that it accepted; `blocked`: it does not match until then. */
  ending?: {
    readonly at: number;
    readonly as: 'cancelled' | 'refused' | 'inactive';
    readonly text: string;
    readonly blocked: boolean;
  };
  /** No client can reach the order by its id. */
  lost?: boolean;
  /** Time of the acknowledgement, epoch ms, and whether lists show the order before; undefined: at once. */
  acknowledgement?: { readonly at: number; readonly shown: boolean };
}

const MICRO = 1e6;

/** A price without floating-point noise. */
export function roundPrice(price: number): number {
  return Math.round(price * MICRO) / MICRO;
}

/** +1 for BUY, -1 for SELL. */
export function sideSign(action: 'BUY' | 'SELL'): 1 | -1 {
  return action === 'BUY' ? 1 : -1;
}

/** +1 when the order buys the leg's contract. */
export function legSign(order: { readonly request: { readonly action: 'BUY' | 'SELL' } }, leg: OrderLeg): 1 | -1 {
  return sideSign(order.request.action) * leg.sign > 0 ? 1 : -1;
}

/** The data of an order that clients are sent. */
export function snapshot(record: OrderRecord): GatewayOrder {
  return {
    request: record.request,
    permId: record.permId,
    status: record.status,
    filled: record.filled,
    remaining: record.remaining,
    avgFillPrice: record.filled > 0 ? roundPrice(record.paid / record.filled) : 0,
    lastFillPrice: record.lastFillPrice,
    whyHeld: record.whyHeld,
    placedAt: record.placedAt,
    ...(record.completedAt === undefined ? {} : { completedAt: record.completedAt }),
    ...(record.completedStatus === undefined ? {} : { completedStatus: record.completedStatus }),
  };
}

/** Ascending by the matching key: order reference, then permanent id. */
export function byKey(left: OrderRecord, right: OrderRecord): number {
  if (left.key !== right.key) return left.key < right.key ? -1 : 1;
  return left.permId - right.permId;
}
