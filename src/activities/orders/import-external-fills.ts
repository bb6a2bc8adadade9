/**
 * Takes into the ledger what happened to our contracts without us: trades of a person or of the broker, expiry, assignment.
 * Only where complete answers of the broker bear it out, and always with an alert.
 */

import type { BrokerPosition } from '../../broker/api.js';
import { parseOrderRef } from '../../domain/ids.js';
import { formatMoney } from '../../domain/money.js';
import type { OptionContract } from '../../domain/option.js';
import type { Fill } from '../../domain/order/fill.js';
import { isProtective } from '../../domain/order/protection.js';
import { externalFills, lacking } from '../../domain/position/external-fills.js';
import type { PositionRow } from '../../store/api.js';
import { alertExternalChange, type ExternalChangeParts, type Held, importFill, nameOf } from './external-change.js';
import { importSettlement } from './external-settlement.js';
import { importShrunk } from './external-shrunk.js';

/** Wall time between the two polls in which a difference must be found. */
const CONFIRM_MS = 1_500;

interface Seen {
  readonly positions: readonly BrokerPosition[];
  readonly executions: readonly Fill[];
  /** Contracts that the account lacks, of positions of which no order may still fill; with how many. */
  readonly lacking: readonly { readonly held: Held; readonly account: number; readonly missing: number }[];
}

/** Returns a sentence for everything that was taken in. */
export async function importExternalFills(parts: ExternalChangeParts): Promise<readonly string[]> {
  const first = await lookOutside(parts);
  if (first === undefined || first.lacking.length === 0) return [];
  // The answers of one poll are of different moments: a fill of ours between them looks like an external trade.
  await new Promise((resolve) => setTimeout(resolve, CONFIRM_MS));
  await parts.tracker.drained();
  const second = await lookOutside(parts);
  if (second === undefined) return [];
  const before = new Map(first.lacking.map(({ held, missing }) => [held.contract.conId, missing]));
  const told: string[] = [];
  for (const { held, account, missing } of second.lacking) {
    if (before.get(held.contract.conId) === missing) told.push(...(await importOutside(parts, second, held, account)));
  }
  return told;
}

async function lookOutside(parts: ExternalChangeParts): Promise<Seen | undefined> {
  const { broker, store } = parts.deps;
  const [positions, executions, rows, unsettled] = await Promise.all([
    broker.positions(),
    broker.orders.executions(),
    store.executions.get_open_strategies(),
    store.intents.unsettled(),
  ]);
  if (!positions.complete || !executions.complete) return undefined;
  // While an order of ours is worked, a difference may be a fill that was not reported yet. A protective order may work for weeks: a
  // fill of it is reported within the time between the two polls.
  const worked = unsettled.filter(({ role, state }) => !(isProtective(role) && state === 'WORKING'));
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

async function importOutside(
  parts: ExternalChangeParts,
  seen: Seen,
  held: Held,
  account: number,
): Promise<readonly string[]> {
  const { conId } = held.contract;
  const known = await parts.deps.store.fills.known(seen.executions.map(({ execId }) => execId));
  const foreign = seen.executions.filter(
    (fill) =>
      fill.conId === conId &&
      fill.secType === 'OPT' &&
      parseOrderRef(fill.orderRef) === undefined &&
      !known.has(fill.execId),
  );
  const external = externalFills({ conId, account, holders: held.holders, foreign });
  if (external.length === 0 && account !== 0) return await importShrunk(parts, held, account, seen.positions);
  if (external.length === 0) return await importSettlement(parts, held, seen.positions);
  const told: string[] = [];
  for (const { positionId, fill } of external) {
    await importFill(parts, positionId, fill);
    const who = fill.liquidation ? 'The broker liquidated' : 'Somebody else traded';
    const text = `${who} ${fill.side} ${fill.quantity} ${nameOf(held.contract)} at ${formatMoney(fill.price)}.`;
    told.push(text);
    await alertExternalChange(parts, held, positionId, text);
  }
  return told;
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
