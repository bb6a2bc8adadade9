/**
 * The two gates before an order leaves. Every order: a usable and reconciled session, market hours, an answered probe.
 * Opening orders also: trading state, circuit breaker, order rate. Nothing that limits risk blocks getting out, except a
 * person's own HALT, which a person's close may override.
 */
import type { Placement } from '../../contract/activities.js';
import type { RefusalKind } from '../../domain/ib-codes.js';
import { classifyRefusal } from '../../domain/order/refusal.js';
import { breakerOpenUntil } from '../../domain/risk/breaker.js';
import { tradingStateAllows } from '../../domain/risk/trading-state.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { SessionCalendar } from '../market/session-calendar.js';
import { waitUntilUsable } from './session.js';

type Deps = Pick<BrokerDeps, 'broker' | 'settings' | 'store'>;

export type Gate = { readonly kind: 'open' } | Extract<Placement, { kind: 'later' | 'refused' | 'expired' }>;

export const OPEN: Gate = { kind: 'open' };
const SESSION_WAIT_MS = 8_000;
const RETRY_LATER_MS = 5_000;

export interface Caller {
  readonly by: 'rule' | 'person' | 'entry';
  readonly overrideHalt: boolean;
}

/** What the gates look at: a committed intent, or an order that is only thought of. */
export type Gated = Pick<IntentRow, 'purpose' | 'payload' | 'validUntil'>;

/** Everything that must hold before the wire slot is asked for. */
export async function passGates(deps: Deps, calendar: SessionCalendar, intent: Gated, caller: Caller): Promise<Gate> {
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
  const session = await calendar.of(
    intent.payload.legs.map((leg) => leg.contract),
    now,
  );
  if (!session.isOpen) return { kind: 'later', notBefore: session.nextOpen, reason: 'the market is closed' };
  return intent.purpose === 'OPEN' ? gateOpening(deps, now) : OPEN;
}

/** The trading state is read from the database at the send step, so a halt holds for every process at once. */
async function gateTradingState(deps: Deps, intent: Gated, caller: Caller): Promise<Gate> {
  const { state, reason } = await deps.store.trading.state();
  const allowed = tradingStateAllows(state, intent.purpose, caller.by === 'person' && caller.overrideHalt);
  if (allowed) return OPEN;
  return { kind: 'refused', code: 'TRADING_HALTED', reason: `Trading is ${state}: ${reason}` };
}

/** Circuit breaker and rate of openings: looked at before the wire slot is asked for, and once more with it. */
export async function gateOpening(deps: Deps, now: number): Promise<Gate> {
  const { ordersPerMinuteMax, breaker } = deps.settings().risk;
  const openUntil = breakerOpenUntil(await failedOpenings(deps), now, breaker);
  if (openUntil !== undefined) {
    const reason = `${breaker.failures} openings failed within ${breaker.windowSeconds} s; further ones rest`;
    return { kind: 'later', notBefore: openUntil, reason };
  }
  const sent = await deps.store.intents.countSentSince('OPEN', now - 60_000);
  if (sent < ordersPerMinuteMax) return OPEN;
  return {
    kind: 'later',
    notBefore: now + 60_000,
    reason: `${sent} opening orders were sent in the last minute; ${ordersPerMinuteMax} are allowed`,
  };
}

/** What the broker refuses for a price or a collision is an answer, not a failure of the link or of the account. */
const ANSWERS: ReadonlySet<RefusalKind> = new Set([
  'riskless',
  'guaranteed-loss',
  'too-far',
  'collision',
  'form',
  'tick',
  'late',
]);
const LOOKED_AT = 100;

async function failedOpenings({ store }: Pick<BrokerDeps, 'store'>): Promise<readonly number[]> {
  const recent = await store.intents.list({ limit: LOOKED_AT });
  return recent
    .filter((intent) => intent.purpose === 'OPEN' && intent.state === 'REJECTED')
    .filter(({ reason = '' }) => !ANSWERS.has(classifyRefusal(Number.parseInt(reason, 10), reason).kind))
    .map((intent) => intent.updatedAt);
}
