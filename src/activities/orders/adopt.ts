/**
 * Takes into the ledger what happened to our contracts without us: trades of a person or of the broker, expiry, assignment.
 * Only where complete answers of the broker bear it out, and always with an alert.
 */
import { dayText, easternDay, parseDay } from 'market-time';
import type { BrokerPosition } from '../../broker/api.js';
import { LegworkError } from '../../domain/errors.js';
import { externalRefOf, parseOrderRef } from '../../domain/ids.js';
import { formatMoney, type Micros } from '../../domain/money.js';
import { type OptionContract, rightSign } from '../../domain/option.js';
import type { Fill } from '../../domain/order/fill.js';
import { isResting } from '../../domain/order/protection.js';
import { adoptForeign, type Holding, lacking } from '../../domain/position/adopt.js';
import { intrinsicAt, settlementTime } from '../../domain/position/settlement.js';
import type { ExecutionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { PositionWaits } from '../context/waits.js';
import type { UnderlyingFeeds } from '../market/underlying-feed.js';
import type { OrderTracker } from './tracker.js';

export interface AdoptParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'store'>;
  readonly feeds: Pick<UnderlyingFeeds, 'underlying'>;
  readonly tracker: OrderTracker;
  readonly waits: PositionWaits;
}

interface Held {
  readonly contract: OptionContract;
  readonly holders: readonly (Holding & { readonly row: ExecutionRow })[];
}

/** Wall time between the two looks that a difference must outlive. */
const SECOND_LOOK_MS = 1_500;

interface Seen {
  readonly positions: readonly BrokerPosition[];
  readonly executions: readonly Fill[];
  /** Contracts that the account lacks, of positions of which no order may still fill; with how many. */
  readonly lacking: readonly { readonly held: Held; readonly account: number; readonly missing: number }[];
}

/** Returns a sentence for everything that was taken in. */
export async function adoptOutside(parts: AdoptParts): Promise<readonly string[]> {
  const first = await lookOutside(parts);
  if (first === undefined || first.lacking.length === 0) return [];
  // The answers of one look are of different moments: a fill of ours between them looks like a trade of somebody else.
  await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
  await parts.tracker.drained();
  const second = await lookOutside(parts);
  if (second === undefined) return [];
  const before = new Map(first.lacking.map(({ held, missing }) => [held.contract.conId, missing]));
  const told: string[] = [];
  for (const { held, account, missing } of second.lacking) {
    if (before.get(held.contract.conId) === missing) told.push(...(await takeOutside(parts, second, held, account)));
  }
  return told;
}

async function lookOutside(parts: AdoptParts): Promise<Seen | undefined> {
  const { broker, store } = parts.deps;
  const [positions, executions, rows, unsettled] = await Promise.all([
    broker.positions(),
    broker.orders.executions(),
    store.executions.get_open_strategies(),
    store.intents.unsettled(),
  ]);
  if (!positions.complete || !executions.complete) return undefined;
  // While an order of ours is worked, a difference may be a fill that has not been told yet. What only rests may rest for weeks: a
  // fill of it is told within the time between the two looks.
  const worked = unsettled.filter(({ role, state }) => !(isResting(role) && state === 'ACKED'));
  const working = new Set(worked.map((intent) => intent.positionId));
  const quiet = heldContracts(rows).filter(({ holders }) =>
    holders.every(({ positionId }) => !working.has(positionId)),
  );
  const missing = quiet.map((held) => {
    const account = sumOf(positions.rows, held.contract.conId);
    return { held, account, missing: lacking(account, held.holders) };
  });
  return {
    positions: positions.rows,
    executions: executions.rows,
    lacking: missing.filter((one) => one.missing > 0),
  };
}

async function takeOutside(parts: AdoptParts, seen: Seen, held: Held, account: number): Promise<readonly string[]> {
  const { conId } = held.contract;
  const known = await parts.deps.store.fills.known(seen.executions.map(({ execId }) => execId));
  const foreign = seen.executions.filter(
    (fill) =>
      fill.conId === conId &&
      fill.secType === 'OPT' &&
      parseOrderRef(fill.orderRef) === undefined &&
      !known.has(fill.execId),
  );
  const adopted = adoptForeign({ conId, account, holders: held.holders, foreign });
  if (adopted.length === 0) return await takeSettlement(parts, held, account, seen.positions);
  const told: string[] = [];
  for (const { positionId, fill } of adopted) {
    await take(parts, positionId, fill);
    const who = fill.liquidation ? 'The broker liquidated' : 'Somebody else traded';
    const text = `${who} ${fill.side} ${fill.quantity} ${nameOf(held.contract)} at ${formatMoney(fill.price)}.`;
    told.push(text);
    await tell(parts, held, positionId, text);
  }
  return told;
}

function heldContracts(rows: readonly ExecutionRow[]): readonly Held[] {
  const byContract = new Map<number, { contract: OptionContract; holders: (Holding & { row: ExecutionRow })[] }>();
  for (const row of rows) {
    for (const { contract, openQuantity } of row.legs) {
      if (openQuantity === 0) continue;
      const held = byContract.get(contract.conId) ?? { contract, holders: [] };
      held.holders.push({ positionId: row.positionId, quantity: openQuantity, row });
      byContract.set(contract.conId, held);
    }
  }
  return [...byContract.values()];
}

function sumOf(rows: readonly BrokerPosition[], conId: number): number {
  return rows.filter((row) => row.conId === conId).reduce((sum, { quantity }) => sum + quantity, 0);
}

async function take(parts: AdoptParts, positionId: string, fill: Fill): Promise<void> {
  await parts.deps.store.fills.append([{ ...fill, orderRef: externalRefOf(positionId) }]);
  await parts.tracker.projectNow(positionId);
  parts.waits.end(positionId, 'the ledger changed without an order of ours');
}

/**
 * Contracts that are gone without an execution: expired, or a short leg that was assigned (its shares are in the account). A
 * stock option leaves at zero, its result is in the shares; one that settles in cash leaves at its value on the day of its settlement.
 */
async function takeSettlement(
  parts: AdoptParts,
  held: Held,
  account: number,
  positions: readonly BrokerPosition[],
): Promise<readonly string[]> {
  const { contract, holders } = held;
  const { broker } = parts.deps;
  const now = broker.clock.now();
  const expired =
    easternDay(now) > (parseDay(contract.expiry) ?? Number.POSITIVE_INFINITY) || now > contract.lastTradeAt;
  const shares = positions.find((row) => row.secType === 'STK' && row.symbol === contract.symbol)?.quantity ?? 0;
  // An assigned call takes shares from the account, an assigned put brings them.
  const contracts = holders.reduce((sum, { quantity }) => sum + Math.abs(quantity), 0);
  const assigned =
    (holders[0]?.quantity ?? 0) < 0 &&
    Math.sign(shares) === -rightSign(contract.right) &&
    Math.abs(shares) >= contracts * contract.multiplier;
  if (account !== 0 || !(expired || assigned)) return [];
  const settled =
    contract.style === 'european' ? await cashSettlement(parts, held, now) : { price: 0, at: now, by: '' };
  if (settled === undefined) {
    const text = `${nameOf(contract)} is gone from the account, and the value at which it settled is not known yet.`;
    await tell(parts, held, holders[0]?.positionId ?? '', text);
    return [];
  }
  const { price, at, by } = settled;
  const told: string[] = [];
  for (const { positionId, quantity } of holders) {
    const side = quantity > 0 ? 'SELL' : 'BUY';
    const execId = `settled-${contract.conId}-${positionId}`;
    const { account: name = '' } = positions[0] ?? {};
    await take(parts, positionId, {
      execId,
      orderRef: '',
      orderId: 0,
      permId: 0,
      account: name,
      conId: contract.conId,
      secType: 'OPT',
      side,
      quantity: Math.abs(quantity),
      price,
      at,
      liquidation: false,
      commission: 0,
    });
    const what = expired ? 'expired' : 'was assigned';
    const after =
      shares === 0 ? '' : ` The account holds ${shares} shares of ${contract.symbol}; a person must decide about them.`;
    const text = `${Math.abs(quantity)} ${nameOf(contract)} ${what}; taken at ${formatMoney(price)}${by}.${after}`;
    told.push(text);
    await tell(parts, held, positionId, text, shares !== 0);
  }
  return told;
}

interface Settled {
  readonly price: Micros;
  readonly at: number;
  /** What it was taken by, behind the price. */
  readonly by: string;
}

/** By the underlying's price of the settlement's own day; undefined before it, and where the broker does not tell that day. */
async function cashSettlement(
  parts: AdoptParts,
  { contract, holders }: Held,
  now: number,
): Promise<Settled | undefined> {
  const { broker } = parts.deps;
  const row = holders[0]?.row;
  const time = settlementTime(contract);
  if (row === undefined || time === undefined || now < time.at) return undefined;
  const underlying = await parts.feeds.underlying(row.symbol);
  const bars = await broker.dailyBars(underlying, 'TRADES', easternDay(now) - time.day + 1).catch((error: unknown) => {
    if (error instanceof LegworkError && error.code === 'DATA_MISSING') return [];
    throw error;
  });
  const date = dayText(time.day);
  const value = bars.find((bar) => bar.date === date)?.[time.by];
  if (value === undefined) return undefined;
  const by = `, by the ${time.by} of ${row.symbol} on ${date} (${value.toFixed(2)}), estimated`;
  return { price: intrinsicAt(contract, value), at: time.at, by };
}

function nameOf({ symbol, expiry, strike, right }: OptionContract): string {
  return `${symbol} ${expiry} ${strike} ${right}`;
}

async function tell(parts: AdoptParts, held: Held, positionId: string, message: string, grave = false): Promise<void> {
  const { store, broker } = parts.deps;
  await store.alerts.raise({
    type: grave ? 'CRITICAL' : 'WARNING',
    severity: grave ? 'IMMEDIATE' : 'HIGH',
    title: 'Position changed outside Legwork',
    message,
    rule: 'outside_change',
    symbol: held.contract.symbol,
    positionId,
    metadata: { conId: held.contract.conId },
    createdAt: broker.clock.now(),
  });
}
