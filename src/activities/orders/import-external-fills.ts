/**
 * Imports into the ledger what happened to our contracts without us: trades of a person or of the broker, expiry, assignment. Only
 * complete answers of the broker justify it, and it always raises an alert.
 */

import type { BrokerPosition } from '../../broker/api.js';
import { externalPositionOf, parseOrderRef } from '../../domain/ids.js';
import type { OptionContract } from '../../domain/option.js';
import type { Fill } from '../../domain/order/fill.js';
import { isProtective } from '../../domain/order/protection.js';
import { isProvenGone } from '../../domain/position/absence.js';
import { type Correction, externalFills, lacking, separateCorrections } from '../../domain/position/external-fills.js';
import type { PositionRow } from '../../store/api.js';
import { epochLabel } from '../context/deps.js';
import { type Change, type ExternalChangeParts, type Held, takeChanges } from './external-change.js';
import { changesOfExecutions, correctionOf, sharesTraded } from './external-executions.js';
import { explainGone, type Gone } from './external-gone.js';
import { noteOwnShares, type SharesOf, sharesOf } from './external-shares.js';

/** Wall time between the two polls that a difference must outlive. */
const CONFIRM_MS = 1_500;

interface Seen {
  readonly rows: readonly PositionRow[];
  readonly positions: readonly BrokerPosition[];
  /** Executions of somebody else that are in no ledger yet. */
  readonly foreign: readonly Fill[];
  /** The broker's corrections of those that are. */
  readonly corrections: readonly Correction[];
  readonly shares: readonly SharesOf[];
  /** Contracts missing from the account, in positions that have no order which may still fill. */
  readonly gone: readonly Gone[];
  /** The same of the other positions: only executions of somebody else, or shares that no order brought, prove a loss there. */
  readonly busy: readonly Gone[];
  /** Contracts of those positions. */
  readonly unclear: readonly number[];
  readonly epoch: number;
}

/** Returns one sentence for each import. */
export function importExternalFills(parts: ExternalChangeParts): Promise<readonly string[]> {
  return parts.imports.run(() => importSeen(parts));
}

async function importSeen(parts: ExternalChangeParts): Promise<readonly string[]> {
  const first = await lookOutside(parts);
  if (first === undefined) return [];
  // An execution proves its correction, so nothing has to outlive a second poll.
  const told = [...(await takeCorrections(parts, first.corrections))];
  if (!isDifferent(first)) {
    await noteAbsences(parts, first, []);
    for (const shares of first.shares) await noteOwnShares(parts, shares, false);
    return told;
  }
  // The answers of one comparison come from different moments: a fill of ours between them looks like somebody else's trade.
  await new Promise((resolve) => setTimeout(resolve, CONFIRM_MS));
  await parts.tracker.drained();
  await foldHolders(parts, first);
  const second = await lookOutside(parts);
  if (second === undefined) return told;
  const before = new Map([...first.gone, ...first.busy].map(({ held, missing }) => [held.contract.conId, missing]));
  const isLasting = ({ held, missing }: Gone) => before.get(held.contract.conId) === missing;
  const lasting = [
    ...(await noteAbsences(parts, second, second.gone.filter(isLasting))),
    ...second.busy.filter(isLasting).map((one) => ({ ...one, busy: true as const })),
  ];
  const moved = new Map(first.shares.map(({ conId, account }) => [conId, account]));
  for (const shares of second.shares) {
    if (moved.get(shares.conId) !== shares.account) continue;
    const changes = await changesOf(parts, second, shares, lasting);
    told.push(...(await takeChanges(parts, changes)));
    const isGone = [...second.gone, ...second.busy].some(({ held }) => held.contract.symbol === shares.symbol);
    await noteOwnShares(parts, shares, !isGone && changes.length === 0);
  }
  return told;
}

/** Stores which contracts this list of the account lacks altogether, and returns the gone ones with all evidence of that. */
async function noteAbsences(
  { deps }: ExternalChangeParts,
  { positions, unclear, epoch }: Seen,
  gone: readonly Gone[],
): Promise<readonly Gone[]> {
  const now = deps.broker.clock.now();
  const absent = gone.filter(({ account }) => account === 0).map(({ held }) => held.contract.conId);
  const all = await deps.store.absences.note({ absent, unclear, session: epochLabel(deps, epoch), at: now });
  const listsOthers = positions.some(({ quantity }) => quantity !== 0);
  return gone.map((one) => {
    const absence = one.account === 0 && all.find(({ conId }) => conId === one.held.contract.conId);
    if (!absence) return one;
    return { ...one, absence, proven: isProvenGone(absence, { now, listsOthers }) };
  });
}

/** A process that died between an import and the fold left positions that seem to hold what their ledger has given away. */
async function foldHolders({ tracker }: ExternalChangeParts, { gone, busy, shares }: Seen): Promise<void> {
  const rows = [
    ...[...gone, ...busy].flatMap(({ held }) => held.holders.map(({ row }) => row)),
    ...shares.flatMap(({ holders }) => holders.map(({ row }) => row)),
  ];
  for (const positionId of new Set(rows.map((row) => row.positionId))) await tracker.projectNow(positionId);
}

function isDifferent({ gone, busy, foreign, shares }: Seen): boolean {
  const traded = new Set(foreign.map(({ conId }) => conId));
  return (
    gone.length > 0 ||
    busy.some(({ held }) => traded.has(held.contract.conId)) ||
    shares.some(({ traded: sold, moved }) => sold.length > 0 || moved !== 0)
  );
}

/** The money of a position follows the broker's corrections, also after its end. */
async function takeCorrections(
  parts: ExternalChangeParts,
  corrections: readonly Correction[],
): Promise<readonly string[]> {
  const { executions, externalChanges } = parts.deps.store;
  const changes: Change[] = [];
  for (const correction of corrections) {
    const { orderRef, execId } = correction.before;
    const positionId = externalPositionOf(orderRef);
    const row = positionId === undefined ? undefined : await executions.get_execution(positionId);
    // An execution of ours is corrected on the way of every event about orders.
    if (positionId === undefined || row === undefined) continue;
    const known = (await externalChanges.ofPosition(positionId)).find((change) => change.execId === execId);
    changes.push(correctionOf(row, correction, known?.kind ?? 'traded'));
  }
  return await takeChanges(parts, changes);
}

/** What became of one underlying's contracts and shares. */
async function changesOf(
  parts: ExternalChangeParts,
  seen: Seen,
  shares: SharesOf,
  lasting: readonly Gone[],
): Promise<readonly Change[]> {
  const ofSymbol = lasting.filter(({ held }) => held.contract.symbol === shares.symbol);
  const changes: Change[] = [...sharesTraded(shares)];
  const rest: Gone[] = [];
  for (const gone of ofSymbol) {
    const { held, account } = gone;
    const { conId } = held.contract;
    const foreign = seen.foreign.filter((fill) => fill.conId === conId && fill.secType === 'OPT');
    const external = externalFills({ conId, account, holders: held.holders, foreign });
    changes.push(...changesOfExecutions(held, external, seen.foreign, parts.deps.broker.clock.now()));
    // A change explained only in part is examined again by the next comparison.
    if (external.length === 0 && !gone.unsure) rest.push(gone);
  }
  if (changes.length > 0 || rest.length === 0) return changes;
  return await explainGone(parts, rest, { positions: seen.positions, shares });
}

async function lookOutside(parts: ExternalChangeParts): Promise<Seen | undefined> {
  const { broker, store } = parts.deps;
  const askedAt = broker.clock.now();
  const [positions, executions, rows, unsettled] = await Promise.all([
    broker.positions(),
    broker.orders.executions(),
    store.executions.get_open_strategies(),
    store.intents.unsettled(),
  ]);
  if (!positions.complete || !executions.complete) return undefined;
  // While an order of ours works, a difference may be a fill that has not been reported. A resting order may rest for weeks; its
  // fill is reported within the time between the two polls. A planned order has not left: an exit that is refused because of the
  // difference, and tried again, must not hide it.
  const worked = unsettled.filter(
    ({ role, state }) => state !== 'PLANNED' && !(isProtective(role) && state === 'WORKING'),
  );
  const working = new Set(worked.map((intent) => intent.positionId));
  const among = (holders: Held['holders'], some: readonly (typeof worked)[number][]) =>
    holders.some(({ positionId }) => some.some((one) => one.positionId === positionId));
  // What an order did that nobody can show is settled first. New shares prove an assignment beside an order that moves none.
  const unknown = worked.filter(({ state }) => state !== 'WORKING');
  const ofShares = worked.filter(({ role }) => role === 'shares');
  const contracts = heldContracts(rows);
  const quiet = contracts.filter(({ holders }) => holders.every(({ positionId }) => !working.has(positionId)));
  const theirs = executions.rows.filter(({ orderRef }) => parseOrderRef(orderRef) === undefined);
  const taken = await store.fills.ofExecutions(theirs.map(({ execId }) => execId));
  const { fresh: foreign, corrections } = separateCorrections(theirs, taken);
  const missing = contracts.flatMap((held): readonly Gone[] => {
    const account = sumOf(positions.rows, held.contract.conId);
    const one = { held, account, missing: lacking(account, held.holders) };
    return one.missing > 0 ? [one] : [];
  });
  return {
    ...{ rows, positions: positions.rows, foreign, corrections, epoch: positions.epoch },
    unclear: contracts
      .filter((held) => !quiet.includes(held) && sumOf(positions.rows, held.contract.conId) === 0)
      .map(({ contract }) => contract.conId),
    shares: await sharesOf(parts, { rows, working, positions: positions.rows, foreign, askedAt }),
    gone: missing.filter(({ held }) => quiet.includes(held)),
    busy: missing
      .filter(({ held }) => !quiet.includes(held) && !among(held.holders, unknown))
      .map((one) => (among(one.held.holders, ofShares) ? { ...one, unsure: true as const } : one)),
  };
}

function heldContracts(rows: readonly PositionRow[]): readonly Held[] {
  const byContract = new Map<number, { contract: OptionContract; holders: Held['holders'][number][] }>();
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
