/** Positions that live until they expire, on a whole system in stepped time, and the broker's own cash for them. */
import { expect } from '@jest/globals';
import { EventName, IBApi } from '@stoqey/ib';
import type { EntryOptions } from '../../src/client/client.js';
import type { EntryResult } from '../../src/contract/requests.js';
import type { ExternalChange } from '../../src/domain/position/external-change.js';
import type { PositionRow } from '../../src/store/api.js';
import { ask, dollars, ended, WILLING } from './life.js';
import { STILL } from './market.js';
import { noRules } from './rules.js';
import { startWorld, type World } from './world.js';

const ENDS_MS = 100_000;

export interface Expiring {
  readonly symbol: string;
  readonly expiry: string;
  readonly right: 'PUT' | 'CALL';
  readonly sold: number;
  readonly bought: number;
  /** The sold leg is assigned in the first night. */
  readonly assigned?: true;
  /** The outcome of the sold and of the bought leg, and its evidence; absent: closed by an order. */
  readonly ends: readonly [ExternalChange['kind'], ExternalChange['kind']?];
  readonly evidence: ExternalChange['evidence'];
  /** What the alert of the last hour says about the night; absent: nothing. */
  readonly foreseen?: RegExp;
}

function entryOf({ symbol, expiry, right, sold, bought }: Expiring): EntryOptions {
  const common = { right, expiry, ratio: 1 };
  const legs = [
    { ...common, strike: sold, action: 'SELL' as const },
    { ...common, strike: bought, action: 'BUY' as const },
  ];
  return ask({ symbol, strategyType: 'custom', ignoreSignal: true, pricing: { kind: 'market' }, legs });
}

/** In the script of the scenario: at two in the morning after the start. */
function assignmentOf({ assigned, symbol, expiry, right, sold }: Expiring) {
  const contract = {
    symbol,
    secType: 'OPT' as const,
    expiry,
    strike: sold,
    right: right === 'PUT' ? 'P' : 'C',
  } as const;
  return assigned ? [{ kind: 'assign' as const, at: '+0 16:30', contract }] : [];
}

/** The cash of the account, by the broker's own summary. */
export async function cashOf({ gateway: { host, port } }: World): Promise<number> {
  const api = new IBApi({ host, port, clientId: 99 });
  try {
    return await new Promise<number>((resolve, reject) => {
      api.on(EventName.accountSummary, (_id, _account, tag, value) => {
        if (tag === 'TotalCashValue') resolve(Number(value));
      });
      api.on(EventName.error, (error, code) => {
        if (code < 2000) reject(error);
      });
      api.once(EventName.nextValidId, () => api.reqAccountSummary(1, 'All', 'TotalCashValue'));
      api.connect();
    });
  } finally {
    api.disconnect();
  }
}

/** Opens all of them at one market moment, lives until each has ended, and compares with the broker's cash. */
export async function liveUntilExpired(
  start: string,
  all: readonly Expiring[],
  market: object = STILL,
): Promise<readonly PositionRow[]> {
  const world = await startWorld({
    ...{ seed: 5, stepped: true, start, worker: false },
    scenario: { market, exchange: { ...WILLING.exchange, events: all.flatMap(assignmentOf) } },
    settings: {
      ...{ rules: noRules(), strategy: { allowAmSettled: true }, watch: { snapshotSeconds: 1800 } },
      risk: { maxLossPerPositionPct: 0.5, maxLossTotalPct: 0.9, positionsMax: 150 },
    },
  });
  try {
    const before = await cashOf(world);
    // Requested before the worker starts: time stands still until all have been begun.
    const asked = await Promise.all(all.map((one) => world.client.enter(entryOf(one))));
    await world.startWorker();
    const rows: PositionRow[] = [];
    for (const one of asked) {
      const waited = await one.wait({ timeoutMs: ENDS_MS });
      const result = (waited.kind === 'done' ? waited.value : undefined) as EntryResult | undefined;
      if (result?.status !== 'OPENED') throw new Error(`${result?.status}: ${result?.reasons.join(' ')}`);
      rows.push(await world.client.execution(result.positionId ?? ''));
    }
    const over = await Promise.all(rows.map(({ positionId }) => ended(world, positionId, ENDS_MS)));
    for (const [index, row] of over.entries()) {
      const changes = await world.store.externalChanges.ofPosition(row.positionId);
      const one = all[index];
      const of = (legNo: number) => changes.find((change) => change.legNo === legNo);
      expect([of(1)?.kind, of(2)?.kind]).toEqual([one?.ends[0], one?.ends[1]]);
      expect(of(1)?.evidence).toBe(one?.evidence);
      const alerts = await world.store.alerts.list({ positionId: row.positionId });
      // One alert about the last hour: that of the short leg has the dangers of the night, too.
      const told = alerts.filter(({ rule }) => rule === 'last_day' || rule === 'last_trade_near');
      expect(told.map(({ rule }) => rule)).toEqual(one?.assigned ? [] : ['last_trade_near']);
      const night = told.filter(({ message }) => /overnight|decline/.test(message)).map(({ message }) => message);
      expect(night).toEqual(one?.foreseen === undefined ? [] : [expect.stringMatching(one.foreseen)]);
      expect(of(1)?.estimated).toBe(one?.evidence === 'official');
    }
    expect(world.gateway.positions()).toEqual([]);
    const total = over.reduce((sum, row) => sum + dollars(row.realizedPnl), 0);
    expect(total).toBeCloseTo((await cashOf(world)) - before, 6);
    return over;
  } finally {
    await world.stop();
  }
}

export const spy = (
  right: 'PUT' | 'CALL',
  sold: number,
  bought: number,
  ends: Expiring['ends'],
  expiry = '20260306',
) => {
  return { symbol: 'SPY', expiry, right, sold, bought, ends, evidence: 'account' } as const;
};
