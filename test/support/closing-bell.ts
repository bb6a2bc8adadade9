/** Exits that are not done when the market closes: a world on a late afternoon, and an exit whose second combo waits for the morning. */
import { expect } from '@jest/globals';
import { marketDate } from 'market-time';
import { easternClock } from '../../chaos/invariants/eastern-clock.js';
import type { PendingRequest } from '../../src/client/client.js';
import type { ExitOutcome } from '../../src/contract/requests.js';
import type { PositionRow } from '../../src/store/api.js';
import { answerOf, ask, dollars, ended, otherCondor, wireCashFlow } from './life.js';
import { STILL } from './market.js';
import { noRules } from './rules.js';
import { ordersOf } from './wire.js';
import { startWorld, type World } from './world.js';

/** The session of SPY's options, minutes of the day in New York. */
const OPENS = 9 * 60 + 30;
const CLOSES = 16 * 60 + 15;
/** While an order works the clock stops at every second: little is left of the session. */
export const AFTERNOON = '15:35';

/** An order below the natural price does not fill, and the walk to it is longer than the rest of the session. */
export function startAfternoon(): Promise<World> {
  return startWorld({
    seed: 5,
    stepped: true,
    start: `2026-03-02T${AFTERNOON}:00-05:00`,
    scenario: {
      market: STILL,
      exchange: {
        fills: {
          ...{ atMid: 0, nearNatural: 0, displayedSize: false },
          // The half of two combos fills at once, the rest not on this day.
          ...{ partialOn: 'close', partial: [{ fraction: 0.5 }, { fraction: 1, afterSeconds: 4 * 3600 }] },
        },
      },
    },
    settings: {
      rules: noRules(),
      orders: {
        exitGoodTill: { high: 3600 },
        walk: { high: { steps: 8, stepSeconds: 900 } },
        // Its age changes nothing about it.
        exitAge: { alertMinutes: 390, highMinutes: 390, immediateMinutes: 390, lastResortMinutes: 390 },
      },
      // Until its close the clock goes from snapshot to snapshot: in short steps, so that a slow test does not miss the afternoon.
      watch: { snapshotSeconds: 10 },
    },
  });
}

/** Opens a position at the natural price. */
export async function opened(world: World, options: Parameters<typeof ask>[0]): Promise<PositionRow> {
  const asked = ask({ ...options, pricing: { kind: 'market' } });
  const { status, positionId = '' } = await answerOf(world.client.enter(asked));
  expect(status).toBe('OPENED');
  return await world.client.execution(positionId);
}

export interface PartClosed {
  readonly positionId: string;
  readonly exit: PendingRequest<ExitOutcome>;
}

/** Two combos, whose exit has closed one: its money is that of the broker's frames to the cent. */
export async function closedInPart(world: World): Promise<PartClosed> {
  const { positionId } = await opened(world, otherCondor({ ignoreSignal: true, quantity: 2 }));
  const opening = await world.waitUntil('the commissions of the opening', () => {
    const flow = wireCashFlow(positionId, world.gateway.journal());
    return !Number.isNaN(flow) && flow;
  });
  const exit = await world.client.close(positionId, { urgency: 'HIGH', pricing: { kind: 'market' } });
  const half = await world.waitUntil('one combo is closed, with its commissions', async () => {
    const row = await world.client.execution(positionId);
    const flow = wireCashFlow(positionId, world.gateway.journal());
    return row.openCombos === 1 && Math.abs(dollars(row.realizedPnl) - (flow - opening / 2)) < 0.005 && row;
  });
  expect(half.legs.map(({ openQuantity }) => Math.abs(openQuantity))).toEqual([1, 1, 1, 1]);
  return { positionId, exit };
}

/** The rest is closed in the next session by an order of its own; the quantities add up, and the money is the broker's. */
export async function closedNextDay(world: World, { positionId, exit }: PartClosed): Promise<PositionRow> {
  const outcome = await answerOf(Promise.resolve(exit), 120_000);
  expect(outcome).toMatchObject({ result: 'CLOSED', filledCombos: 2, openCombos: 0 });
  const row = await ended(world, positionId);
  expect(row).toMatchObject({ status: 'CLOSED', openCombos: 0 });
  expect(dollars(row.realizedPnl)).toBeCloseTo(wireCashFlow(positionId, world.gateway.journal()), 6);
  const [, evening, morning, ...more] = ordersOf(world.gateway, positionId);
  expect(more).toEqual([]);
  expect([evening, morning].map((order) => order?.first.fields.quantity)).toEqual([2, 1]);
  // At market, the price never steps back into the spread.
  const [first = Number.NaN, ...later] = (evening?.frames ?? []).map(({ fields }) => Number(fields.limitPrice));
  expect(later.filter((price) => price < first - 0.05)).toEqual([]);
  inSessions(world, positionId);
  return row;
}

/** Nothing of its exit is sent or changed outside the sessions, and no order of one day works on the next. */
export function inSessions(world: World, positionId: string): void {
  const [, ...exits] = ordersOf(world.gateway, positionId);
  const minutes = exits.flatMap((order) => order.frames.map(({ at }) => easternClock(at)));
  expect(minutes.filter((minute) => minute < OPENS || minute >= CLOSES)).toEqual([]);
  const days = exits.map((order) => new Set(order.frames.map(({ at }) => marketDate(at))));
  expect(days.map(({ size }) => size)).toEqual(exits.map(() => 1));
  expect(new Set(days.flatMap((day) => [...day])).size).toBe(2);
}
