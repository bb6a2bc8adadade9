/** Alerts about an exit that has not filled: one at each age in the settings, however often its orders are replaced. */
import { easternClock } from 'market-time';
import type { OrderSpec } from '../../contract/activities.js';
import { OPEN_ALERTS } from '../../domain/alert.js';
import { formatMoney } from '../../domain/money.js';
import type { OrderPayload } from '../../domain/order/order.js';
import { URGENCY_RANK, type Urgency } from '../../domain/rules/decision.js';
import { ageOfExit, type ExitAge } from '../../domain/rules/exit-age.js';
import type { AlertRow, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { type LastResort, lastResortText } from './last-resort.js';
import type { Net } from './net-quote.js';

/** One open alert per position; it ends with the exit. */
export const EXIT_UNFILLED = 'exit_unfilled';

/** The age of the exit that an order belongs to. Undefined for an opening, a resting order, and an order that nobody requested. */
export function ageOf(
  { settings }: Pick<BrokerDeps, 'settings'>,
  { exit, urgency, pricing }: Pick<OrderSpec, 'exit' | 'urgency' | 'pricing'>,
  { plan, legs }: Pick<PositionRow, 'plan' | 'legs'>,
  now: number,
): ExitAge | undefined {
  if (exit === undefined) return undefined;
  const shorts = legs.filter(({ openQuantity }) => openQuantity < 0).map(({ contract }) => contract);
  const contracts = plan.legs.map(({ contract }) => contract);
  const isFixed = pricing.kind === 'limit';
  return ageOfExit({ origin: exit, urgency, isFixed, contracts, shorts, now }, settings().orders.exitAge);
}

/** The state of the exit at this moment. */
export interface Unfilled {
  readonly spec: Pick<OrderSpec, 'exit' | 'positionId' | 'pricing' | 'role'>;
  readonly age: ExitAge;
  /** What follows the present order. */
  readonly resort?: LastResort | undefined;
  /** The working order; absent while none can be sent. */
  readonly payload?: Pick<OrderPayload, 'limitPrice' | 'orderType' | 'quantity' | 'legs'>;
  readonly net?: Net;
  /** Why no order works. */
  readonly reason?: string;
}

interface Told {
  readonly since: number;
  readonly mark: number;
  readonly urgency: Urgency;
  readonly isLate: boolean;
}

/** Raises the alert when the exit reaches a configured age, once for each. */
export async function alertIfUnfilled(
  deps: Pick<BrokerDeps, 'broker' | 'settings' | 'store'>,
  row: Pick<PositionRow, 'symbol' | 'plan' | 'mode'>,
  unfilled: Unfilled,
): Promise<void> {
  const { store, broker } = deps;
  const { spec, age } = unfilled;
  if (spec.exit === undefined || age.alerts === 0) return;
  const { positionId } = spec;
  const told: Told = {
    since: spec.exit.since,
    mark: age.alerts,
    urgency: age.urgency,
    isLate: age.lastTradeAt !== undefined,
  };
  const [open] = await store.alerts.list({ statuses: OPEN_ALERTS, rule: EXIT_UNFILLED, positionId });
  if (open !== undefined && !isNews(told, open.metadata)) return;
  const critical = age.lastResort || age.lastTradeAt !== undefined;
  await store.alerts.raise({
    type: critical ? 'CRITICAL' : 'WARNING',
    severity: critical ? 'IMMEDIATE' : 'HIGH',
    title: 'Exit has not filled',
    message: messageOf(unfilled, lastResortText(deps, spec.role, row, unfilled)),
    rule: EXIT_UNFILLED,
    symbol: row.symbol,
    positionId,
    metadata: { ...told, minutes: age.minutes, rules: spec.exit.rules },
    createdAt: broker.clock.now(),
  });
}

/** It is older, more urgent or nearer to the last trade than was said; an exit that is in less danger than before is no news. */
function isNews(now: Told, before: AlertRow['metadata']): boolean {
  if (before.since !== now.since || Number(before.mark) < now.mark) return true;
  if (now.isLate && before.isLate !== true) return true;
  return URGENCY_RANK[now.urgency] < (URGENCY_RANK[before.urgency as Urgency] ?? Number.POSITIVE_INFINITY);
}

function messageOf(unfilled: Unfilled, resort: string): string {
  const { age, spec } = unfilled;
  const what = `The exit by ${spec.exit?.rules.join(', ')} has been working for ${age.minutes} trading minutes.`;
  return [what, orderText(unfilled), deadlineText(age), followText(unfilled, resort)]
    .filter((text) => text !== '')
    .join(' ');
}

function orderText({ payload, net, reason }: Unfilled): string {
  if (payload === undefined) return `No order can be sent: ${reason ?? 'no reason is known'}.`;
  const { quantity, legs, orderType, limitPrice = 0 } = payload;
  const unit = legs.length === 1 ? 'contract' : 'combo';
  const signed = legs.length === 1 && legs[0]?.action === 'SELL' ? -limitPrice : limitPrice;
  const price = orderType === 'MKT' ? 'at the market' : `at ${sided(signed)}`;
  const market = net === undefined ? '' : `; mid is ${sided(net.mid)}, natural ${sided(net.natural)}`;
  return `${quantity} ${unit}${quantity === 1 ? '' : 's'} ${price}${market}.`;
}

/** A debit is what the order pays. */
function sided(price: number): string {
  return `${formatMoney(Math.abs(price))}${price === 0 ? '' : price > 0 ? ' db' : ' cr'}`;
}

function deadlineText({ lastTradeAt }: ExitAge): string {
  return lastTradeAt === undefined ? '' : `Trading in a short leg ends at ${easternClock(lastTradeAt)}.`;
}

function followText({ spec, age }: Unfilled, resort: string): string {
  const id = spec.positionId;
  if (spec.pricing.kind === 'limit') {
    return `Your limit stays as it is. Close at the market with \`legwork close ${id} --market\`, or wait.`;
  }
  if (!age.escalates) {
    return `It takes a profit, so its urgency does not rise by itself. To speed it up: \`legwork close ${id} --urgency immediate\`.`;
  }
  const how = age.lastResort ? resort : `It continues with urgency ${age.urgency}.`;
  return `${how} Follow it with \`legwork show ${id}\`. If it must be out now, close it at the broker.`;
}
