/** Steps of a position's life shared by many tests, each with its expected result. */

import type { JournalEntry, ScenarioInput } from 'ib-gateway';
import type { EntryOptions, PendingRequest } from '../../src/client/client.js';
import type { Check, EntryResult, ExitOutcome } from '../../src/contract/requests.js';
import { MICROS_PER_DOLLAR } from '../../src/domain/money.js';
import type { Fill } from '../../src/domain/order/fill.js';
import type { StrategyType } from '../../src/domain/strategy/strategy.js';
import type { DecisionRow, PositionRow } from '../../src/store/api.js';
import { STILL } from './market.js';
import { TIMEOUT_FACTOR } from './timeout-factor.js';
import type { World } from './world.js';

/** Orders fill at mid within a second of market time, completely: these tests are not about the walk. */
export const WILLING: ScenarioInput = {
  exchange: { fills: { atMid: 1, nearNatural: 1, displayedSize: false } },
};

/**
 * A market that moves only by tests, and orders that fill at mid in two halves, this many market seconds apart: opening ones, or
 * closing ones.
 */
export function inHalves(partialOn: 'open' | 'close', afterSeconds: number): ScenarioInput {
  const partial = [{ fraction: 0.5 }, { fraction: 1, afterSeconds }];
  return {
    market: STILL,
    exchange: { fills: { ...WILLING.exchange?.fills, partialOn, partial } },
  };
}

export function ask(more: Partial<EntryOptions> & { readonly strategyType?: StrategyType } = {}): EntryOptions {
  return {
    symbol: 'SPY',
    strategyType: 'iron_condor',
    quantity: 1,
    pricing: { kind: 'walk' },
    set: {},
    dryRun: false,
    ignoreSignal: false,
    ...more,
  };
}

/** The usual condor of these worlds by its terms: no search on the chain, so it is entered quickly. */
export function namedCondor(more: Partial<EntryOptions> = {}): Partial<EntryOptions> {
  const leg = (right: 'PUT' | 'CALL', strike: number, action: 'BUY' | 'SELL') => ({
    right,
    strike,
    expiry: '20260417',
    action,
    ratio: 1,
  });
  const legs = [leg('PUT', 605, 'BUY'), leg('PUT', 618, 'SELL'), leg('CALL', 711, 'SELL'), leg('CALL', 724, 'BUY')];
  return { strategyType: 'custom', legs, ...more };
}

/** A condor of the symbol that shares no contract with the usual one. */
export function otherCondor(more: Partial<EntryOptions> = {}): Partial<EntryOptions> {
  const { legs = [], ...usual } = namedCondor(more);
  return { ...usual, legs: legs.map((leg) => ({ ...leg, strike: leg.strike + (leg.right === 'PUT' ? -5 : 5) })) };
}

export async function answerOf<T>(under: Promise<PendingRequest<T>>, timeoutMs = 30_000): Promise<T> {
  const waited = await (await under).wait({ timeoutMs: timeoutMs * TIMEOUT_FACTOR });
  if (waited.kind !== 'done') throw new Error(`No answer: ${JSON.stringify(waited)}`);
  return waited.value;
}

/** Enters and returns the position as it is stored. */
export async function enter(world: World, more: Partial<EntryOptions> = {}): Promise<PositionRow> {
  const result: EntryResult = await answerOf(world.client.enter(ask(more)));
  if (result.status !== 'OPENED') throw new Error(`${result.status}: ${result.reasons.join(' ')}`);
  return await world.client.execution(result.positionId ?? '');
}

export async function close(world: World, positionId: string): Promise<ExitOutcome> {
  return await answerOf(world.client.close(positionId, { pricing: { kind: 'market' } }));
}

/** The position once its workflow has ended: closed, with every commission. */
export async function ended(world: World, positionId: string, timeoutMs = 20_000): Promise<PositionRow> {
  const { client } = await world.client.links.temporal();
  const row = await world.client.execution(positionId);
  let over = false;
  const result = client.workflow
    .getHandle(row.workflowId)
    .result()
    .finally(() => {
      over = true;
    });
  result.catch(() => undefined);
  await world.waitUntil(`${positionId} ends`, () => over, timeoutMs);
  await result;
  return await world.client.execution(positionId);
}

/**
 * A watch of the position has polled after this market time. A watch polls, and writes a snapshot, only when protective orders are
 * settled: earlier messages have been handled and lead to nothing more.
 */
export async function watchedSince(world: World, positionId: string, at: number): Promise<void> {
  await world.waitUntil(`${positionId} is watched again`, async () => {
    const seen = await world.store.snapshots.latest(positionId);
    return seen !== undefined && seen.at > at;
  });
}

/** The check of this name; fails when it was not made. */
export function checkNamed(checks: readonly Check[], name: string): Check {
  const found = checks.find((check) => check.name === name);
  if (found === undefined) throw new Error(`No check ${name} among ${checks.map((check) => check.name).join(', ')}`);
  return found;
}

/** Waits until a rule has decided about the position. */
export async function decided(
  world: World,
  positionId: string,
  rule: string,
  timeoutMs = 20_000,
): Promise<DecisionRow> {
  let rows: readonly DecisionRow[] = [];
  return await world
    .waitUntil(
      `${positionId} is decided by ${rule}`,
      async () => {
        rows = await world.store.decisions.ofSubject(positionId, 50);
        return rows.find((row) => row.rule === rule);
      },
      timeoutMs,
    )
    .catch(async (error: unknown) => {
      const look = await answerOf(world.client.monitor(positionId), 5_000).catch(() => []);
      const seen = rows.map((row) => `${row.rule}: ${row.reason}`).join('\n');
      throw new Error(`${String(error)}\ndecided: ${seen}\nnow: ${JSON.stringify(look, undefined, 1)}`);
    });
}

/** Fills of the legs; the summary of a combination comes beside them and carries no money. */
export async function legFills(world: World, positionId: string): Promise<readonly Fill[]> {
  return (await world.store.fills.ofPosition(positionId)).filter((fill) => fill.secType !== 'BAG');
}

/** The position once it has every commission of its fills: they are waited for in market time, and reported in wall time. */
export function accounted(world: World, positionId: string): Promise<PositionRow> {
  return world.waitUntil(`${positionId} has every commission`, async () => {
    const told = (await legFills(world, positionId)).map(({ commission = Number.NaN }) => commission);
    const row = await world.client.execution(positionId);
    return row.commissions === told.reduce((sum, commission) => sum + commission, 0) && row;
  });
}

/** The cash moved by the fills, in micros: sold minus bought, times the multiplier, minus commissions. */
export function cashFlow(fills: readonly Fill[]): number {
  return fills.reduce((sum, fill) => {
    if (fill.commission === undefined) throw new Error(`${fill.execId} has no commission yet`);
    return sum + (fill.side === 'SELL' ? 1 : -1) * fill.quantity * fill.price * 100 - fill.commission;
  }, 0);
}

/** The same from the gateway's frames, in dollars: the broker's own record of the trades. */
export function wireCashFlow(positionId: string, journal: Iterable<JournalEntry>): number {
  const executions = new Map<string, number>();
  const commissions = new Map<string, number>();
  for (const { dir, type, fields } of journal) {
    if (dir !== 'out') continue;
    const execId = String(fields.execId);
    if (type === 'EXECUTION_DATA' && fields.secType !== 'BAG' && String(fields.orderRef).includes(positionId)) {
      const sign = String(fields.side).startsWith('S') ? 1 : -1;
      executions.set(execId, sign * Number(fields.shares) * Number(fields.price) * 100);
    }
    if (type === 'COMMISSION_REPORT') commissions.set(execId, Number(fields.commission));
  }
  return [...executions].reduce((sum, [execId, money]) => sum + money - (commissions.get(execId) ?? Number.NaN), 0);
}

export const dollars = (micros: number | undefined) => (micros ?? Number.NaN) / MICROS_PER_DOLLAR;
