/** A real server in a fresh folder for one test file, with a store over it, and the values the tests write. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import type { OptionContract } from '../../src/domain/option.js';
import type { Fill } from '../../src/domain/order/fill.js';
import type { OrderPayload } from '../../src/domain/order/order.js';
import type { StrategyPlan } from '../../src/domain/strategy/strategy.js';
import type { PostgresHandle } from '../../src/stack/postgres.js';
import { temporaryFolder } from '../../src/stack/temporary.js';
import { type Intents, type NewExecution, openStore, type Store } from '../../src/store/index.js';
import { startTestPostgres } from '../support/postgres.js';

export interface TestServer {
  readonly store: Store;
  readonly url: string;
  readonly postgres: PostgresHandle;
  /** Runs a statement past the store. */
  sql(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
}

/** Starts the server before the tests of this file and stops it after them; the returned object is filled by then. */
export function testServer(options: { readonly migrate?: boolean } = {}): TestServer {
  const parts: { store?: Store; postgres?: PostgresHandle; pool?: pg.Pool; dir?: string } = {};
  beforeAll(async () => {
    parts.dir = temporaryFolder('store');
    parts.postgres = await startTestPostgres(join(parts.dir, 'postgres'));
    parts.store = openStore({ url: parts.postgres.url });
    parts.pool = new pg.Pool({ connectionString: parts.postgres.url, max: 2 });
    parts.pool.on('error', () => undefined);
    if (options.migrate !== false) await parts.store.migrate();
  });
  afterAll(async () => {
    await parts.store?.close();
    await parts.pool?.end();
    await parts.postgres?.stop();
    if (parts.dir !== undefined) await rm(parts.dir, { recursive: true, force: true });
  });
  const started = <K extends keyof typeof parts>(name: K): NonNullable<(typeof parts)[K]> => {
    const part = parts[name];
    if (part === undefined) throw new Error(`The test server's ${name} is not started.`);
    return part;
  };
  return {
    get store() {
      return started('store');
    },
    get postgres() {
      return started('postgres');
    },
    get url() {
      return started('postgres').url;
    },
    sql: (text, values = []) => started('pool').query(text, [...values]),
  };
}

/** 2026-03-02 15:00 UTC, an hour into a session. */
export const NOW = Date.UTC(2026, 2, 2, 15);

let numbered = 0;

/** A position id that no other test of the file uses. */
export function newPositionId(): string {
  numbered += 1;
  return `spy-bps-20260302-t${String(numbered).padStart(5, '0')}`;
}

export function option(conId: number, strike: number): OptionContract {
  return {
    conId,
    symbol: 'SPY',
    right: 'PUT',
    strike,
    expiry: '20260417',
    tradingClass: 'SPY',
    multiplier: 100,
    lastTradeAt: Date.UTC(2026, 3, 17, 20),
    style: 'american',
  };
}

/** Two bull put spreads 640/630 on SPY. */
export const PLAN: StrategyPlan = {
  strategyType: 'bull_put_spread',
  structure: 'vertical_spread',
  symbol: 'SPY',
  underlyingConId: 756733,
  legs: [
    { contract: option(101, 640.25), action: 'SELL', ratio: 1 },
    { contract: option(102, 630), action: 'BUY', ratio: 1 },
  ],
  quantity: 2,
  multiplier: 100,
  netMid: 2_505_000,
  netNatural: 2_400_000,
  width: 10_250_000,
  maxLoss: 774_500_000,
  maxProfit: 250_500_000,
  breakevens: [637.745],
  expiry: '20260417',
  dte: 46,
  netDelta: -0.12,
  underlyingPrice: 668_120_001,
  impliedVolatility: 0.1834,
  builtAt: NOW,
  params: { width: 10, note: 'wing', listed: true },
};

export function execution(positionId: string, more: Partial<NewExecution> = {}): NewExecution {
  return { positionId, account: 'DU1', plan: PLAN, workflowId: `position-${positionId}`, createdAt: NOW, ...more };
}

export function payload(positionId: string, more: Partial<OrderPayload> = {}): OrderPayload {
  return {
    positionId,
    step: 1,
    role: 'combo',
    purpose: 'OPEN',
    symbol: 'SPY',
    legs: PLAN.legs,
    quantity: 2,
    orderType: 'LMT',
    limitPrice: -2_500_000,
    tif: 'GTD',
    goodTill: NOW + 3_600_000,
    ...more,
  };
}

export function intent(
  positionId: string,
  more: Partial<Parameters<Intents['plan']>[0]> = {},
): Parameters<Intents['plan']>[0] {
  const { step = 1, role = 'combo', attempt = 1 } = more;
  return {
    orderRef: `LW|${positionId}|${step}|${role}|${attempt}`,
    positionId,
    step,
    role,
    attempt,
    purpose: 'OPEN',
    payload: payload(positionId),
    payloadHash: 'hash-1',
    validUntil: NOW + 60_000,
    ...more,
  };
}

export function fill(execId: string, orderRef: string, more: Partial<Fill> = {}): Fill {
  return {
    execId,
    orderRef,
    orderId: 7,
    permId: 2_147_483_650,
    account: 'DU1',
    conId: 101,
    secType: 'OPT',
    side: 'SELL',
    quantity: 2,
    price: 4_123_457,
    at: NOW,
    liquidation: false,
    ...more,
  };
}

/** Matches a LegworkError of the given code. */
export function failing(code: string, message?: RegExp) {
  return expect.objectContaining({
    name: 'LegworkError',
    code,
    ...(message !== undefined && { message: expect.stringMatching(message) }),
  });
}
