/** Unfilled exits: a world in which the exchange fills combinations or not, and the alerts about their age. */
import { MINUTE_MS } from 'market-time';
import type { AlertRow } from '../../src/store/api.js';
import { namedCondor, WILLING } from './life.js';
import { STILL } from './market.js';
import { noRules } from './rules.js';
import { ordersOf } from './wire.js';
import { startWorld, type World } from './world.js';

/** The last day of the usual condor, an hour and a half before its last trade. */
const START = '2026-04-17T18:45:00Z';
const AGES = { alertMinutes: 2, highMinutes: 1, immediateMinutes: 2, lastResortMinutes: 3, deadlineMinutes: 60 };

export const agingSettings = (orders: object = {}) => ({
  rules: noRules(),
  // Little time passes until a test has asked for its exit.
  watch: { snapshotSeconds: 5 },
  orders: { entryMaxMinutes: 5, exitAge: AGES, ...orders },
});

/**
 * Prices stand still, everything fills at mid except what is held back, and an exit ages within minutes. Time-lapse.
 */
export function startAgingWorld(orders: object = {}): Promise<World> {
  const scenario = { ...WILLING, market: STILL };
  return startWorld({ seed: 5, stepped: true, start: START, scenario, settings: agingSettings(orders) });
}

/** The usual condor of another month. */
export function laterCondor() {
  const { legs = [], ...usual } = namedCondor({ ignoreSignal: true });
  return { ...usual, legs: legs.map((leg) => ({ ...leg, expiry: '20260515' })) };
}

/** A call spread of the last day whose legs both have a bid. */
export function expiringSpread() {
  const call = { right: 'CALL', expiry: '20260417', ratio: 1 } as const;
  const legs = [
    { ...call, strike: 668, action: 'SELL' },
    { ...call, strike: 670, action: 'BUY' },
  ] as const;
  return { ...namedCondor({ ignoreSignal: true }), legs };
}

export async function alertsOf(world: World, positionId: string, rule: string): Promise<readonly AlertRow[]> {
  return (await world.store.alerts.list({ positionId })).filter((alert) => alert.rule === rule);
}

/** Market minutes from the first order of the exit on. */
export function minutesOfExit(world: World, positionId: string, at: number): number {
  return (at - (ordersOf(world.gateway, positionId)[1]?.first.at ?? 0)) / MINUTE_MS;
}

/** Roles of the position's orders, as they were sent. */
export function rolesOf(world: World, positionId: string): readonly (string | undefined)[] {
  return ordersOf(world.gateway, positionId).map(({ orderRef }) => orderRef.split('|')[3]);
}
