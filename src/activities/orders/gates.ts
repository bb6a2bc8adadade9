/**
 * The gates before an order leaves. Every order needs a usable and reconciled session, market hours, and an answered probe. Opening
 * orders also need the trading state, the circuit breaker and the order rate. Nothing that limits risk blocks an exit, except a
 * person's own HALT, which a person's close may override.
 */
import type { Placement } from '../../contract/activities.js';
import type { RefusalKind } from '../../domain/ib-codes.js';
import { classifyRefusal } from '../../domain/order/refusal.js';
import { breakerAt, type OpeningOutcome } from '../../domain/risk/breaker.js';
import type { RiskSettings } from '../../domain/risk/settings.js';
import { tradingStateAllows } from '../../domain/risk/trading-state.js';
import type { IntentRow, OpeningTables } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { SessionCalendar } from '../market/session-calendar.js';
import { marketHours } from './market-closed.js';
import { waitUntilUsable } from './session.js';

type Deps = Pick<BrokerDeps, 'broker' | 'settings' | 'store'>;

export interface OpeningGateDeps {
  readonly settings: BrokerDeps['settings'];
  readonly store: Pick<OpeningTables, 'intents'>;
}

export type Gate = { readonly kind: 'open' } | Extract<Placement, { kind: 'later' | 'refused' | 'expired' }>;

/** `closesAt`: see MarketHours. */
export type PassedGates = { readonly kind: 'open'; readonly closesAt: number } | Exclude<Gate, { kind: 'open' }>;

const OPEN: Gate = { kind: 'open' };
const SESSION_WAIT_MS = 8_000;
const RETRY_LATER_MS = 5_000;

export interface Caller {
  readonly by: 'rule' | 'person' | 'entry';
  readonly overrideHalt: boolean;
}

/** What the gates check: a committed intent, or the order of a dry run. */
export type Gated = Pick<IntentRow, 'purpose' | 'payload' | 'validUntil'>;

/** Everything that must hold before the wire slot is requested. */
export async function passGates(
  deps: Deps,
  calendar: SessionCalendar,
  intent: Gated,
  caller: Caller,
): Promise<PassedGates> {
  const trading = await gateTradingState(deps, intent, caller);
  if (trading.kind !== 'open') return trading;
  const usable = await waitUntilUsable(deps.broker, SESSION_WAIT_MS);
  const now = deps.broker.clock.now();
  if (!usable) {
    return {
      kind: 'later',
      notBefore: now + RETRY_LATER_MS,
      reason: deps.broker.state().reason ?? 'the broker session is not ready',
    };
  }
  if (now > intent.validUntil) return { kind: 'expired' };
  const market = await marketHours(calendar, intent.payload.legs, now);
  if (market.closed) return { kind: 'later', ...market.closed };
  const opening = intent.purpose === 'OPEN' ? await gateOpening(deps, now) : OPEN;
  return opening.kind === 'open' ? { kind: 'open', closesAt: market.closesAt } : opening;
}

/** The trading state is read from the database at the send step, so a halt holds for every process at once. */
async function gateTradingState(deps: Deps, intent: Gated, caller: Caller): Promise<Gate> {
  const { state, reason } = await deps.store.trading.state();
  const allowed = tradingStateAllows(state, intent.purpose, caller.by === 'person' && caller.overrideHalt);
  if (allowed) return OPEN;
  return { kind: 'refused', code: 'TRADING_HALTED', reason: `Trading is ${state}: ${reason}` };
}

/** Circuit breaker and rate of openings: checked before the wire slot is requested, and again as the order is committed as sent. */
export async function gateOpening(deps: OpeningGateDeps, now: number): Promise<Gate> {
  const { ordersPerMinuteMax, breaker } = deps.settings().risk;
  const paused = await gateBreaker(deps, now, breaker);
  if (paused.kind !== 'open') return paused;
  const sent = await deps.store.intents.countSentSince('OPEN', now - 60_000);
  if (sent < ordersPerMinuteMax) return OPEN;
  return {
    kind: 'later',
    notBefore: now + 60_000,
    reason: `${sent} opening orders were sent in the last minute; ${ordersPerMinuteMax} are allowed`,
  };
}

/** A refusal for a price or a collision is an answer, not a failure of the link or the account. */
const ANSWERS: ReadonlySet<RefusalKind> = new Set([
  'riskless',
  'guaranteed-loss',
  'too-far',
  'collision',
  'form',
  'tick',
  'late',
]);
/** Latest openings that the breaker counts. */
const LOOKED_AT = 300;

async function gateBreaker({ store }: OpeningGateDeps, now: number, settings: RiskSettings['breaker']): Promise<Gate> {
  const openings = await store.intents.list({ purpose: 'OPEN', limit: LOOKED_AT });
  const breaker = breakerAt(openings.flatMap(outcomeOf), now, settings);
  if (breaker.kind === 'open') {
    const reason = `${settings.failures} openings failed within ${settings.windowSeconds} s; further openings wait`;
    return { kind: 'later', notBefore: breaker.until, reason };
  }
  if (breaker.kind === 'closed' || !openings.some(({ state }) => state === 'SENDING')) return OPEN;
  const reason = `openings are tried one at a time until ${breaker.missing} more have reached the broker`;
  return { kind: 'later', notBefore: now + RETRY_LATER_MS, reason };
}

/** An unknown outcome, or a refusal of this very order, says nothing about the link or the account. */
function outcomeOf({ state, sentAt, permId, updatedAt, reason = '' }: IntentRow): readonly OpeningOutcome[] {
  if (sentAt === undefined) return [];
  if (state !== 'REJECTED') return permId === undefined ? [] : [{ at: sentAt, kind: 'reached' }];
  if (ANSWERS.has(classifyRefusal(Number.parseInt(reason, 10), reason).kind)) return [];
  return [{ at: updatedAt, kind: 'failed' }];
}
