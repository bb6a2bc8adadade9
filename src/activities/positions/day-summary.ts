/** Makes the summary of a session day: positions from the database as they stood at its end, the account and dividends from the broker. */
import { dayText, easternDay, easternTime, isEarlyClose, parseDay, regularSession, tradingDayFrom } from 'market-time';
import { OPEN_ALERTS } from '../../domain/alert.js';
import { defined } from '../../domain/defined.js';
import type { Fill } from '../../domain/order/fill.js';
import { contractName } from '../../domain/order/order.js';
import { type FoldedPosition, foldPosition } from '../../domain/position/ledger.js';
import { holdsAnything } from '../../domain/position/status.js';
import { resultOfDay } from '../../domain/risk/day-result.js';
import { URGENCY_RANK } from '../../domain/rules/decision.js';
import { deadlineOf } from '../../domain/rules/exit-age.js';
import { strategyTitle } from '../../domain/strategy/names.js';
import type { ComingEnd, DaySummary, PositionDay } from '../../domain/summary/day-summary.js';
import { greeksOfDay } from '../../domain/summary/greeks-of-day.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { comingDividends } from '../market/dividends.js';
import type { UnderlyingFeeds } from '../market/underlying-feed.js';

export interface DaySummaryParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'log' | 'settings' | 'store'>;
  readonly feeds: Pick<UnderlyingFeeds, 'underlying'>;
}

/** A position with its fills up to the end of the day, and what they come to. */
interface Held {
  readonly row: PositionRow;
  readonly fills: readonly Fill[];
  readonly folded: FoldedPosition;
}

/** `day`: a civil day in New York that had a session, which is over. What the broker does not answer is absent. */
export async function makeDaySummary(parts: DaySummaryParts, day: number): Promise<DaySummary> {
  const { broker, log, store } = parts.deps;
  const [dayStart, dayEnd] = [easternTime(day, 0), easternTime(day + 1, 0)];
  const held = await heldOn(parts, dayStart, dayEnd);
  const account = await broker.accountSummary().catch((error: unknown) => {
    log('warn', 'the summary of the day goes without the account', { error: String(error) });
    return undefined;
  });
  const [trading, alerts] = await Promise.all([
    store.trading.state(),
    store.alerts.list({ statuses: OPEN_ALERTS, limit: 1_000 }),
  ]);
  return {
    day: dayText(day),
    at: broker.clock.now(),
    positions: await positionDays(parts, held, dayStart, dayEnd),
    ...(account !== undefined && {
      account: {
        ...{ netLiquidation: account.netLiquidation, availableFunds: account.availableFunds },
        ...{ buyingPower: account.buyingPower, maintMargin: account.maintMargin },
      },
    }),
    trading: { state: trading.state, reason: trading.reason },
    alerts: alerts
      .filter(({ rule }) => rule !== 'day_summary')
      .sort((a, b) => URGENCY_RANK[b.severity] - URGENCY_RANK[a.severity])
      .map(({ severity, title, positionId, symbol }) => ({ severity, title, ...defined({ positionId, symbol }) })),
    next: await nextSession(parts, held, day),
  };
}

/** What was held, opened or closed on the day. An opening that filled nothing is no position. */
async function heldOn({ deps: { store } }: DaySummaryParts, dayStart: number, dayEnd: number): Promise<Held[]> {
  const { executions, fills } = store;
  const rows = [...(await executions.get_open_strategies()), ...(await executions.closedSince(dayStart))];
  const ledger = await fills.ofPositions(rows.map(({ positionId }) => positionId));
  return rows.flatMap((row) => {
    const until = (ledger.get(row.positionId) ?? []).filter(({ at }) => at < dayEnd);
    const folded = foldPosition({ plan: row.plan, fills: until });
    const isOld = folded.flat && until.every(({ at }) => at < dayStart);
    return until.length === 0 || isOld ? [] : [{ row, fills: until, folded }];
  });
}

async function positionDays(
  { deps: { store } }: DaySummaryParts,
  held: readonly Held[],
  dayStart: number,
  dayEnd: number,
): Promise<readonly PositionDay[]> {
  const { snapshots } = store;
  const ids = held.map(({ row }) => row.positionId);
  const marks = await snapshots.lastMarks(ids, dayEnd);
  const marksBefore = await snapshots.lastMarks(ids, dayStart);
  const greeksBefore = await snapshots.lastGreeks(ids, dayStart);
  const days: PositionDay[] = [];
  for (const { row, fills, folded } of held) {
    const { positionId, symbol, plan, multiplier } = row;
    const unrealized = marks.get(positionId);
    const marked = defined({ marked: unrealized, markedBefore: marksBefore.get(positionId) });
    const result = resultOfDay({ plan, fills, ...marked }, dayStart);
    const before = foldPosition({ plan, fills: fills.filter(({ at }) => at < dayStart) });
    const realized = (folded.realizedPnl ?? 0) - (before.realizedPnl ?? 0);
    const seen = (await snapshots.since(positionId, dayStart)).filter(({ at }) => at < dayEnd);
    const overnight = holdsAnything(before) ? greeksBefore.get(positionId) : undefined;
    const sharesAt = (at: number) => combosAt(row, fills, at) * multiplier;
    const greeks = greeksOfDay(overnight === undefined ? seen : [overnight, ...seen], sharesAt, result);
    days.push({
      ...{ positionId, symbol, title: strategyTitle(row.strategyType), status: statusAt(row, folded, dayEnd) },
      ...{ openCombos: folded.openCombos, shares: folded.shares, realized },
      ...{ unrealizedChange: result - realized, result },
      ...(folded.flat ? {} : defined({ unrealized })),
      ...defined({ greeks, attention: row.attention ? row.attentionReason : undefined }),
      ...(row.paused && { paused: true as const }),
    });
  }
  return days;
}

/** One that was closed after the day was open on it. */
function statusAt({ status, closeTime }: PositionRow, { flat }: FoldedPosition, dayEnd: number): string {
  return flat || closeTime === undefined || closeTime < dayEnd ? status : 'FILLED';
}

function combosAt({ plan }: PositionRow, fills: readonly Fill[], at: number): number {
  return foldPosition({ plan, fills: fills.filter((fill) => fill.at <= at) }).openCombos;
}

async function nextSession(parts: DaySummaryParts, held: readonly Held[], day: number): Promise<DaySummary['next']> {
  const next = tradingDayFrom(day + 1);
  const { open, close } = regularSession('', '', next) ?? { open: easternTime(next, 0), close: easternTime(next, 0) };
  const open_ = held.filter(({ folded }) => !folded.flat);
  return {
    ...{ day: dayText(next), open, close, isEarlyClose: isEarlyClose(next) },
    ends: open_.flatMap((one) => endsOf(parts, one, next)),
    // One session further: who is short a call of it decides on the next day.
    ...(await comingDividends(parts, shortCallsOf(open_), { after: day, upTo: tradingDayFrom(next + 1) })),
  };
}

/** Legs that expire, or trade for the last time, up to the end of the next session's day. */
function endsOf({ deps: { settings } }: DaySummaryParts, { row, folded }: Held, next: number): readonly ComingEnd[] {
  return row.legs.flatMap(({ legNo, contract }) => {
    const quantity = folded.legs.find((leg) => leg.legNo === legNo)?.openQuantity ?? 0;
    const expires = parseDay(contract.expiry) ?? Number.POSITIVE_INFINITY;
    if (quantity === 0 || Math.min(expires, easternDay(contract.lastTradeAt)) > next) return [];
    const deadline = deadlineOf(quantity < 0 ? [contract] : [], settings().orders.exitAge);
    return [
      {
        ...{ positionId: row.positionId, contract: contractName(contract), quantity },
        ...{ expiry: contract.expiry, lastTradeAt: contract.lastTradeAt, ...defined({ deadlineAt: deadline?.at }) },
      },
    ];
  });
}

/** By symbol of what is open, the positions that are short calls. */
function shortCallsOf(open: readonly Held[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { row, folded } of open) {
    const positions = found.get(row.symbol) ?? [];
    found.set(row.symbol, positions);
    const isShort = row.legs.some(
      ({ contract, legNo }) =>
        contract.right === 'CALL' && folded.legs.some((leg) => leg.legNo === legNo && leg.openQuantity < 0),
    );
    if (isShort) positions.push(row.positionId);
  }
  return found;
}
