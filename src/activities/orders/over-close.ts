/** The over-close check: a reducing order must never cross zero, by our ledger and by the account, working orders included. */
import { setTimeout } from 'node:timers/promises';
import { defined } from '../../domain/defined.js';
import { isExternalRef } from '../../domain/ids.js';
import { reducible } from '../../domain/order/guards.js';
import { isStock, type OrderLeg, type OrderPayload } from '../../domain/order/order.js';
import { type RemainingOrder, workingContracts } from '../../domain/order/working.js';
import { effectiveFills, foldPosition } from '../../domain/position/ledger.js';
import type { IntentRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existing } from '../context/existing.js';
import { filledCombos } from './progress.js';

type Asked = Pick<IntentRow, 'orderRef'> & {
  readonly payload: OrderPayload;
  /** Orders that are cancelled before this one is sent. */
  readonly gone?: readonly string[];
};

/** A sentence that names the contract when the order would close more than is held; undefined when it may go. */
export async function checkOverClose(
  deps: Pick<BrokerDeps, 'broker' | 'store'>,
  asked: Asked,
): Promise<string | undefined> {
  const { store, broker } = deps;
  const [ledger, positions, unsettled] = await Promise.all([
    store.fills.openQuantities(),
    broker.positions(),
    store.intents.unsettled(),
  ]);
  const contracts = new Set(asked.payload.legs.map((leg) => leg.contract.conId));
  const others = await Promise.all(
    unsettled
      .filter((other) => other.purpose === 'REDUCE' && other.orderRef !== asked.orderRef && other.state !== 'PLANNED')
      .filter((other) => asked.gone?.includes(other.orderRef) !== true)
      .filter((other) => other.payload.legs.some((leg) => contracts.has(leg.contract.conId)))
      .filter((other) => !waitsForParent(other, unsettled))
      .map(async ({ orderRef, payload }): Promise<RemainingOrder> => {
        const filled = filledCombos(payload, await store.fills.ofOrder(orderRef));
        return { payload, rest: Math.max(0, payload.quantity - filled) };
      }),
  );
  for (const leg of asked.payload.legs) {
    const { conId } = leg.contract;
    const account = positions.complete ? (positions.rows.find((row) => row.conId === conId)?.quantity ?? 0) : undefined;
    // A person's own shares, on either side, are neither closed nor in the way.
    const own = isStock(leg.contract) ? ((await store.ownShares.get(conId))?.quantity ?? 0) : 0;
    const ours = ledger.get(conId) ?? 0;
    const across = isStock(leg.contract) ? await sharesAcross(store, leg) : 0;
    const held = account === undefined ? undefined : account - own - across;
    const refusal = reducible({
      conId,
      action: leg.action,
      quantity: leg.ratio * asked.payload.quantity,
      ledger: ours - across,
      ...defined({ account: held }),
      working: workingContracts(others, { conId, action: leg.action, ocaGroup: asked.payload.ocaGroup }),
    });
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/**
 * Shares that positions hold on the side that the order would add to, signed: the account nets them against those that are closed, so one
 * position with shares bought and another with shares sold can each close its own.
 */
async function sharesAcross(store: BrokerDeps['store'], { action, contract }: OrderLeg): Promise<number> {
  const rows = await store.executions.get_open_strategies();
  return rows
    .filter(({ underlyingConId, shares }) => underlyingConId === contract.conId && shares > 0 === (action === 'BUY'))
    .reduce((sum, { shares }) => sum + shares, 0);
}

/** Wall time that an exit waits for the account's positions before it is prepared without them. */
const POSITIONS_MS = 2_000;

/**
 * Units of an exit that the account still holds on every leg: contracts lost outside must not block closing the others. Undefined when the
 * account could not be read in time, or holds nothing on some leg.
 */
export async function heldUnits(
  deps: Pick<BrokerDeps, 'broker'>,
  legs: readonly OrderLeg[],
): Promise<number | undefined> {
  const late = new AbortController();
  const positions = await Promise.race([
    deps.broker.positions().catch(() => undefined),
    setTimeout(POSITIONS_MS, undefined, { signal: late.signal }).catch(() => undefined),
  ]).finally(() => late.abort());
  // The check before sending, which knows a person's own shares, limits the shares.
  if (!positions?.complete || legs.some(({ contract }) => isStock(contract))) return undefined;
  const units = legs.map(({ contract, action, ratio }) => {
    const held = positions.rows.find((row) => row.conId === contract.conId)?.quantity ?? 0;
    return Math.floor(Math.max(0, action === 'SELL' ? held : -held) / ratio);
  });
  return Math.min(...units) || undefined;
}

/**
 * Why an order at work must be cancelled, if it must: executions of somebody else left less of a leg than it may still close, or broke the
 * position that it opens. All numbers are of one reading of the ledger.
 */
export async function whyCancelled(
  { store }: Pick<BrokerDeps, 'store'>,
  { payload, orderRef, positionId, purpose }: Pick<IntentRow, 'payload' | 'orderRef' | 'positionId' | 'purpose'>,
): Promise<string | undefined> {
  const fills = await store.fills.ofPosition(positionId);
  if (!fills.some((fill) => isExternalRef(fill.orderRef))) return undefined;
  const { plan } = await existing(store, positionId);
  const held = foldPosition({ plan, fills });
  if (purpose === 'OPEN') return 'the position that it opens changed outside Legwork';
  const counted = effectiveFills(fills);
  for (const { contract, action, ratio } of payload.legs) {
    const legNo = plan.legs.findIndex((leg) => leg.contract.conId === contract.conId) + 1;
    const open = isStock(contract) ? held.shares : (held.legs.find((leg) => leg.legNo === legNo)?.openQuantity ?? 0);
    const done = counted
      .filter((fill) => fill.orderRef === orderRef && fill.conId === contract.conId)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    const rest = ratio * payload.quantity - done;
    const closable = Math.max(0, action === 'SELL' ? open : -open);
    if (rest > closable) return `it may close ${rest} of contract ${contract.conId}, of which ${closable} are left`;
  }
  return undefined;
}

/** A child of a bracket whose opening is not over closes nothing yet, and what it may close is not held yet. */
function waitsForParent({ positionId, step }: IntentRow, unsettled: readonly IntentRow[]): boolean {
  return unsettled.some((one) => one.purpose === 'OPEN' && one.positionId === positionId && one.step === step);
}
