/**
 * Contracts of one underlying that left the account without an execution: assigned or exercised, as the new shares show; expired; settled
 * in cash; or gone for no visible reason.
 */
import type { BrokerPosition } from '../../broker/api.js';
import { formatMoney } from '../../domain/money.js';
import type { OptionContract } from '../../domain/option.js';
import { contractName } from '../../domain/order/order.js';
import { type Absence, leftBeforeExpiry } from '../../domain/position/absence.js';
import { type Delivered, deliveriesOf, type GoneContracts } from '../../domain/position/delivery.js';
import { accountTellsAt, intrinsicAt, isExpired, outcomeAt, settlementTime } from '../../domain/position/settlement.js';
import { losingHolders, losingSide } from '../../domain/position/shrunk.js';
import type { PositionRow } from '../../store/api.js';
import { alertExternalChange, type Change, type ExternalChangeParts, type Held } from './external-change.js';
import { wasReplaced } from './external-replaced.js';
import { type Estimate, valueNow } from './external-value.js';
import { deliveredFills, type Leaving, leavingFill } from './leaving-fills.js';
import { officialValue } from './official-value.js';

/** Broker time after our last fill in a contract during which the account may not show all of it. */
const SHOWN_MS = 60_000;

/** A contract that the account holds fewer of than the ledger says. */
export interface Gone {
  readonly held: Held;
  readonly account: number;
  /** Unsigned. */
  readonly missing: number;
  /** The account has listed none of it since then; and whether that proves that it is gone. */
  readonly absence?: Absence;
  readonly proven?: boolean;
  /** An order of ours may explain it, so only shares that came instead prove a loss. */
  readonly busy?: true;
  /** Not even shares do: only executions of somebody else. */
  readonly unsure?: true;
}

export interface SharesSeen {
  /** Shares that came or went without an execution, signed. */
  readonly moved: number;
  /** Whether the number of a person's own shares was known before. */
  readonly certain: boolean;
}

/** What became of the contracts, as far as it can be said now. */
export async function explainGone(
  parts: ExternalChangeParts,
  gone: readonly Gone[],
  seen: { readonly positions: readonly BrokerPosition[]; readonly shares: SharesSeen },
): Promise<readonly Change[]> {
  const { broker } = parts.deps;
  const now = broker.clock.now();
  const inCash = gone.filter(({ held, busy }) => held.contract.style === 'european' && !busy);
  const inShares = gone.filter(({ held }) => held.contract.style === 'american');
  const changes: Change[] = [];
  for (const one of inCash) changes.push(...(await settledInCash(parts, one, seen.positions, now)));
  return [...changes, ...(await delivered(parts, inShares, seen, now))];
}

/** Cash-settled options that expired. Before their expiry they are gone for no visible reason. */
async function settledInCash(
  parts: ExternalChangeParts,
  gone: Gone,
  positions: readonly BrokerPosition[],
  now: number,
): Promise<readonly Change[]> {
  const { contract, holders } = gone.held;
  if (gone.account === 0 && (await wasReplaced(parts, gone.held, positions))) return [];
  if (!isExpired(contract, now)) return await unexplained(parts, gone, now);
  if (gone.account !== 0) return [];
  const time = settlementTime(contract);
  const row = holders[0]?.row;
  if (time === undefined || row === undefined || now < time.at) return [];
  const value = await officialValue(parts, row.symbol, time, now);
  if (value === undefined) {
    await sayUnvalued(parts, contract, row);
    return [];
  }
  const price = intrinsicAt(contract, value.price);
  return losingHolders(gone.account, holders).map(({ row: holder, from }) => {
    const text = `${Math.abs(from)} ${contractName(contract)} expired; booked at ${formatMoney(price)}, estimated from the ${value.text}.`;
    const kind = price === 0 ? ('expired' as const) : ('settled' as const);
    return {
      ...{ row: holder, from },
      fills: [leavingFill({ ...leaving(gone, { row: holder, from, to: 0 }, 'settled'), at: time.at }, price)],
      change: { ...legOf(gone, holder), kind, shares: 0, evidence: 'official', estimated: true, text },
    };
  });
}

/** Options on shares. Which of them were delivered is solved for together, since their shares came together. */
async function delivered(
  parts: ExternalChangeParts,
  gone: readonly Gone[],
  { positions, shares }: { readonly positions: readonly BrokerPosition[]; readonly shares: SharesSeen },
  now: number,
): Promise<readonly Change[]> {
  if (gone.length === 0) return [];
  const solved = await solve(parts, gone, shares, now);
  const changes: Change[] = [];
  for (const one of gone) {
    const { contract } = one.held;
    const expired = isExpired(contract, now);
    const told = now >= accountTellsAt(contract);
    const count = solved?.contracts.get(contract.conId) ?? 0;
    // New shares prove what brought them; the absence of new shares proves something only when the account is complete.
    const came = shares.moved !== 0 && (!expired || solved?.unexpected === 0);
    const believed = came || (expired && told) ? count : 0;
    if (believed > 0) changes.push(...deliver(one, believed, now));
    if (believed === one.missing || one.busy) continue;
    const rest = without(one, believed);
    if (one.account === 0 && (await wasReplaced(parts, one.held, believed > 0 ? [] : positions))) continue;
    if (!expired) changes.push(...(await unexplained(parts, rest, now)));
    else if (told && leftEarly(one, now)) changes.push(...(await leftEarlier(parts, rest, now)));
    else if (told && one.account === 0 && solved === undefined) await sayUnclear(parts, one, shares);
    else if (told && one.account === 0) changes.push(...expire(rest, now));
  }
  return changes;
}

/**
 * What was missing before its expiry was hardly delivered at it, unless that explains the shares better. While the earlier number of shares
 * is unknown, only what matches the expectation is believed.
 */
async function solve(
  parts: ExternalChangeParts,
  gone: readonly Gone[],
  shares: SharesSeen,
  now: number,
): Promise<Delivered | undefined> {
  const expected = await Promise.all(gone.map((one) => expectationOf(parts, one, now)));
  const all = deliveriesOf(expected, shares.moved);
  const stayed = deliveriesOf(
    expected.filter((_, index) => !leftEarly(gone[index], now)),
    shares.moved,
  );
  const found = stayed !== undefined && stayed.unexpected <= (all?.unexpected ?? stayed.unexpected) ? stayed : all;
  return found !== undefined && (shares.certain || found.unexpected === 0) ? found : undefined;
}

function leftEarly(gone: Gone | undefined, now: number): boolean {
  return gone !== undefined && isExpired(gone.held.contract, now) && leftBeforeExpiry(gone.held.contract, gone.absence);
}

async function expectationOf(
  parts: ExternalChangeParts,
  { held, missing, account }: Gone,
  now: number,
): Promise<GoneContracts> {
  const { contract, holders } = held;
  const common = { contract, contracts: missing, side: losingSide(account, holders) } as const;
  if (!isExpired(contract, now)) return { ...common, expected: 'delivered' };
  const time = settlementTime(contract);
  const value = time && (await officialValue(parts, contract.symbol, time, now));
  if (value === undefined) return { ...common, expected: 'unknown' };
  return { ...common, expected: outcomeAt(contract, value.price) };
}

/** This many contracts of the oldest holders leave at zero, and the shares come at the strike: the result is in the shares. */
function deliver(gone: Gone, contracts: number, now: number): readonly Change[] {
  const { contract, holders } = gone.held;
  const at = Math.min(now, accountTellsAt(contract));
  return losingHolders(gone.account, holders, contracts).map(({ row, from, to }) => {
    const count = Math.abs(from - to);
    const kind = from > 0 ? ('exercised' as const) : ('assigned' as const);
    const { fills, shares } = deliveredFills({ ...leaving(gone, { row, from, to }, 'shrunk'), at });
    const [, stock] = fills;
    const text = `${ofAll(count, from)} ${contractName(contract)} ${count === 1 ? 'was' : 'were'} ${kind}; booked at 0.00, with ${shares} shares of ${contract.symbol} at ${formatMoney(stock.price)}.`;
    const change = { ...legOf(gone, row), kind, shares, evidence: 'account', estimated: false, text } as const;
    return { row, fills, change, critical: true, from };
  });
}

/** What is left of the holdings after this many contracts were delivered. */
function without({ held, account, missing, ...rest }: Gone, delivered: number): Gone {
  const losing = losingHolders(account, held.holders, delivered);
  const holders = held.holders.map((holder) => {
    const lost = losing.find(({ positionId }) => positionId === holder.positionId);
    return lost === undefined ? holder : { ...holder, quantity: lost.to };
  });
  return { ...rest, held: { ...held, holders }, account, missing: missing - delivered };
}

/** No shares came for the rest: it expired worthless. */
function expire(gone: Gone, now: number): readonly Change[] {
  const { contract, holders } = gone.held;
  const at = Math.min(now, contract.lastTradeAt);
  return losingHolders(gone.account, holders).map(({ row, from, to }) => {
    const text = `${ofAll(Math.abs(from - to), from)} ${contractName(contract)} expired worthless; booked at 0.00.`;
    return {
      ...{ row, from },
      fills: [leavingFill({ ...leaving(gone, { row, from, to }, 'settled'), at }, 0)],
      change: { ...legOf(gone, row), kind: 'expired', shares: 0, evidence: 'account', estimated: false, text },
    };
  });
}

async function sayUnvalued(parts: ExternalChangeParts, contract: OptionContract, row: PositionRow): Promise<void> {
  const text = `${contractName(contract)} is gone from the account, and its settlement value is not known yet. Give it with \`legwork settle ${row.positionId} --price P\`, or with \`legwork settle --flex FILE\` from the broker's statement.`;
  await alertExternalChange(parts, row, text);
}

async function sayUnclear(parts: ExternalChangeParts, { held }: Gone, { moved }: SharesSeen): Promise<void> {
  for (const { row } of held.holders) {
    const text = `${contractName(held.contract)} has expired and is gone from the account. The account's shares of ${row.symbol} changed by ${moved}, which does not show how it ended. Settle it with \`legwork settle --flex FILE\` from the broker's statement, or with \`legwork settle ${row.positionId} --price P\` by the price of the underlying.`;
    await alertExternalChange(parts, row, text, true);
  }
}

/**
 * Gone before its expiry without new shares: taken at the present mid, as an estimate, unless we have just traded it or it may still be
 * there.
 */
async function unexplained(parts: ExternalChangeParts, gone: Gone, now: number): Promise<readonly Change[]> {
  // A list without the contract proves nothing: it may have come too early.
  if ((gone.account === 0 && gone.proven !== true) || (await wasJustTraded(parts, gone.held))) return [];
  const value = await valueNow(parts, gone.held);
  return value === undefined ? [] : estimates(gone, { ...value, at: now }, 'shrunk');
}

/** Expired, but the account had stopped listing it before: it did not expire in the position. */
async function leftEarlier(parts: ExternalChangeParts, gone: Gone, now: number): Promise<readonly Change[]> {
  const { contract, holders } = gone.held;
  const time = settlementTime(contract);
  const value = time && (await officialValue(parts, contract.symbol, time, now));
  const [holder] = holders;
  if (value === undefined || holder === undefined) {
    if (holder !== undefined) await sayUnvalued(parts, contract, holder.row);
    return [];
  }
  const price = intrinsicAt(contract, value.price);
  return estimates(gone, { price, by: `the ${value.text}`, at: Math.min(now, contract.lastTradeAt) }, 'settled');
}

/** The changes of a loss without an execution, and what a person who knows its price can do. */
function estimates(
  gone: Gone,
  { price, by, at }: Estimate & { readonly at: number },
  how: 'settled' | 'shrunk',
): readonly Change[] {
  const { contract, holders } = gone.held;
  return losingHolders(gone.account, holders).map(({ row, from, to }) => {
    const count = Math.abs(from - to);
    const leg = legOf(gone, row);
    const correct = `If you closed it at another price, \`legwork settle ${row.positionId} --leg ${leg.legNo} --price P\` corrects this.`;
    const text = `${ofAll(count, from)} ${contractName(contract)} ${count === 1 ? 'is' : 'are'} gone without an execution; booked at ${formatMoney(price)}, estimated from ${by}. ${correct}`;
    return {
      ...{ row, from },
      fills: [leavingFill({ ...leaving(gone, { row, from, to }, how), at }, price)],
      change: { ...leg, kind: 'unexplained', shares: 0, evidence: 'account', estimated: true, text },
      critical: gone.account === 0,
    };
  });
}

async function wasJustTraded(
  { deps: { broker, store } }: ExternalChangeParts,
  { contract, holders }: Held,
): Promise<boolean> {
  const fills = await Promise.all(holders.map(({ positionId }) => store.fills.ofPosition(positionId)));
  const since = broker.clock.now() - SHOWN_MS;
  return fills.flat().some(({ conId, at }) => conId === contract.conId && at > since);
}

/** Ids name what left, so that the same contracts are not imported twice. */
function leaving(
  { held: { contract } }: Gone,
  holder: Pick<Leaving, 'row' | 'from' | 'to'>,
  how: 'settled' | 'shrunk',
): Omit<Leaving, 'at'> {
  const id = `${how}-${contract.conId}-${holder.row.positionId}`;
  return { ...holder, contract, execId: how === 'settled' ? id : `${id}-${holder.from}to${holder.to}` };
}

function legOf({ held }: Gone, row: PositionRow): { readonly legNo: number } {
  return { legNo: row.legs.find(({ contract }) => contract.conId === held.contract.conId)?.legNo ?? 0 };
}

function ofAll(count: number, from: number): string {
  return count === Math.abs(from) ? `${count}` : `${count} of ${Math.abs(from)}`;
}
