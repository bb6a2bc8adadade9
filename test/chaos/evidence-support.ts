/** Small, complete evidence of a seed without violations: one condor leg pair opened and closed. Tests break one thing. */

import type { GatewayContract, GatewayExecution, JournalEntry } from 'ib-gateway';
import type { OrderRecord } from 'ib-gateway/simulation';
import type { EntryEvidence } from '../../chaos/entry-evidence.js';
import type { Evidence } from '../../chaos/evidence.js';
import { planOf } from '../../chaos/plan.js';
import { MICROS_PER_DOLLAR } from '../../src/domain/money.js';
import type { IntentRow, PositionRow } from '../../src/store/api.js';

export const POSITION = 'spy-cu-20260302-000010';
export const ENTRY_REF = `LW|${POSITION}|1|combo|1`;
export const EXIT_REF = `LW|${POSITION}|2|combo|1`;
export const ACCOUNT = 'DU1000000';
const CON_ID = 271_000_001;
/** Contract of the underlying's shares. */
const SHARES = 756_733;
const CLIENT = 17;
/** 2026-03-02 10:00 in New York. */
export const OPEN_AT = Date.UTC(2026, 2, 2, 15);
/** Wall time of the first frame. */
export const WALL = 1_000_000;

const contract: GatewayContract = {
  conId: CON_ID,
  symbol: 'SPY',
  secType: 'OPT',
  exchange: 'SMART',
  currency: 'USD',
  localSymbol: 'SPY   260417C00714000',
  tradingClass: 'SPY',
} as GatewayContract;

export function frame(n: number, orderRef: string, orderId: number, more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    n,
    at: OPEN_AT + n * 1_000,
    wall: WALL + n * 100,
    session: 1,
    clientId: CLIENT,
    dir: 'in',
    type: 'PLACE_ORDER',
    fields: { orderRef, orderId, account: ACCOUNT },
    ...more,
  };
}

export function intent(orderRef: string, orderId: number, more: Partial<IntentRow> = {}): IntentRow {
  return {
    orderRef,
    orderId,
    positionId: POSITION,
    purpose: orderRef === ENTRY_REF ? 'OPEN' : 'REDUCE',
    clientId: CLIENT,
    sessionEpoch: 'one:1',
    state: 'FILLED',
    ...more,
  } as IntentRow;
}

/** An order of one short leg; `action` BUY closes what SELL has opened. */
export function record(
  orderRef: string,
  orderId: number,
  action: 'BUY' | 'SELL',
  from: number,
  to: number,
  request: Partial<OrderRecord['request']> = {},
): OrderRecord {
  return {
    request: { orderRef, orderId, clientId: CLIENT, action, quantity: 2, ...request },
    status: 'Filled',
    permId: 1_000 + orderId,
    legs: [{ contract, ratio: 1, sign: 1 }],
    placedAt: OPEN_AT + from,
    completedAt: OPEN_AT + to,
  } as unknown as OrderRecord;
}

export function execution(orderRef: string, orderId: number, side: 'BOT' | 'SLD', at: number): GatewayExecution {
  return {
    execId: `0000a.${orderId}.02.01`,
    orderId,
    clientId: CLIENT,
    permId: 1_000 + orderId,
    contract,
    at: OPEN_AT + at,
    account: ACCOUNT,
    side,
    shares: 2,
    price: 1.25,
    orderRef,
  } as GatewayExecution;
}

export function evidence(more: Partial<Evidence> = {}): Evidence {
  const executions = [execution(ENTRY_REF, 2, 'SLD', 2_000), execution(EXIT_REF, 3, 'BOT', 6_000)];
  return {
    plan: planOf(1),
    account: ACCOUNT,
    journal: [frame(1, ENTRY_REF, 2), frame(2, ENTRY_REF, 2), frame(5, EXIT_REF, 3)],
    broker: broker({
      executions,
      done: [record(ENTRY_REF, 2, 'SELL', 1_000, 2_000), record(EXIT_REF, 3, 'BUY', 5_000, 6_000)],
    }),
    executions: [row(0)],
    intents: new Map([
      [ENTRY_REF, intent(ENTRY_REF, 2)],
      [EXIT_REF, intent(EXIT_REF, 3)],
    ]),
    fills: executions.map((one) => fillOf(one)),
    alerts: [],
    decisions: [],
    leases: [{ holder: 'one', token: 1, from: WALL - 60_000 }],
    halts: [],
    outages: [],
    exitAsked: new Map([[POSITION, WALL + 400]]),
    entries: [entry()],
    injections: [],
    waits: new Map(),
    outside: [],
    moves: [],
    expired: [],
    estimated: new Set(),
    cash: 1_000,
    clock: [{ wall: WALL, market: OPEN_AT, speed: 10 }],
    ...more,
  };
}

/** The entry of the position, opened within ten seconds. */
export function entry(row: Partial<EntryEvidence['row']> = {}, code?: string): EntryEvidence {
  return {
    index: 0,
    row: {
      entryId: 'chaos-000010',
      positionId: POSITION,
      status: 'OPENED',
      reasons: [],
      ...row,
    } as EntryEvidence['row'],
    askedAt: WALL - 5_000,
    answeredAt: WALL + 5_000,
    ...(code !== undefined && { code }),
  };
}

export function broker(more: Partial<Evidence['broker']>): Evidence['broker'] {
  return { cash: 1_150, done: [], live: [], executions: [], holdings: [], ...more } as unknown as Evidence['broker'];
}

/** The broker of the complete evidence with a change. */
export function brokerWith(more: Partial<Evidence['broker']>): Evidence['broker'] {
  return { ...evidence().broker, ...more };
}

export function holding(quantity: number): Evidence['broker']['holdings'][number] {
  return { contract, quantity } as Evidence['broker']['holdings'][number];
}

export function sharesHeld(quantity: number): Evidence['broker']['holdings'][number] {
  return {
    contract: { conId: SHARES, secType: 'STK', symbol: 'SPY' },
    quantity,
  } as Evidence['broker']['holdings'][number];
}

/** The position with this many contracts of its one leg open. */
export function row(openQuantity: number): PositionRow {
  return {
    positionId: POSITION,
    openedCombos: 2,
    status: 'CLOSED',
    realizedPnl: 150 * MICROS_PER_DOLLAR,
    shares: 0,
    underlyingConId: SHARES,
    legs: [{ contract: { conId: CON_ID }, action: 'SELL', openQuantity }],
  } as unknown as PositionRow;
}

export function fillOf(one: GatewayExecution): Evidence['fills'][number] {
  return {
    execId: one.execId,
    orderRef: one.orderRef,
    side: one.side === 'BOT' ? 'BUY' : 'SELL',
    quantity: one.shares,
    price: one.price * MICROS_PER_DOLLAR,
  } as Evidence['fills'][number];
}
