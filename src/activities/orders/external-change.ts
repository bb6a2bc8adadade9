/**
 * A change in our contracts that no order of ours made: who held them, and how the change is imported into the ledger, recorded and
 * reported.
 */
import { externalRefOf } from '../../domain/ids.js';
import type { OptionContract } from '../../domain/option.js';
import type { Fill } from '../../domain/order/fill.js';
import type { ExternalChange } from '../../domain/position/external-change.js';
import type { Holding } from '../../domain/position/external-fills.js';
import { foldPosition } from '../../domain/position/ledger.js';
import type { PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import type { InTurn } from '../context/in-turn.js';
import type { PositionWaits } from '../context/waits.js';
import type { UnderlyingFeeds } from '../market/underlying-feed.js';
import type { OrderTracker } from './tracker.js';

export interface ExternalChangeParts {
  readonly deps: Pick<BrokerDeps, 'broker' | 'processId' | 'settings' | 'store'>;
  readonly feeds: Pick<UnderlyingFeeds, 'underlying'>;
  readonly tracker: OrderTracker;
  readonly waits: PositionWaits;
  /** A comparison and a person's request decide on the ledger and import one after another: the same loss is not imported twice. */
  readonly imports: InTurn;
}

export interface Held {
  readonly contract: OptionContract;
  readonly holders: readonly (Holding & { readonly row: PositionRow })[];
}

/** What to record for an execution that no order caused. */
export const NO_ORDER = {
  orderRef: '',
  orderId: 0,
  permId: 0,
  secType: 'OPT',
  liquidation: false,
  commission: 0,
} as const;

const RULE = 'outside_change';

/** One change of one position: its executions, what it was, and the sentence that people read. */
export interface Change {
  readonly row: PositionRow;
  readonly fills: readonly [Fill, ...Fill[]];
  readonly change: Pick<ExternalChange, 'legNo' | 'kind' | 'shares' | 'evidence' | 'estimated' | 'text' | 'requestId'>;
  readonly critical?: boolean;
  /** Signed contracts of the leg for which it was decided; it is left out when the ledger has others by then. */
  readonly from?: number;
}

/**
 * Imports changes into the ledger, stores the record of them, and raises one alert per position. The alert comes first, since nothing
 * in the ledger is examined again. Returns the sentences of what is in the ledger.
 */
export async function takeChanges(parts: ExternalChangeParts, changes: readonly Change[]): Promise<readonly string[]> {
  const { store } = parts.deps;
  const taken: string[] = [];
  for (const positionId of new Set(changes.map(({ row }) => row.positionId))) {
    const own = changes.filter(({ row }) => row.positionId === positionId);
    const [first] = own;
    if (first === undefined) continue;
    const told = own.map(({ change }) => change.text).join(' ');
    await alertExternalChange(
      parts,
      first.row,
      told,
      own.some(({ critical }) => critical),
    );
    for (const { row, fills, change, from } of own) {
      const [{ execId, quantity, price, at }] = fills;
      const isTaken = await store.externalChanges.append(
        { execId, positionId, quantity, price, at, ...change },
        fills.map((fill) => ({ ...fill, orderRef: externalRefOf(positionId) })),
        (ledger) => from === undefined || openContracts(row, change.legNo, ledger) === from,
      );
      if (isTaken) taken.push(change.text);
    }
    await parts.tracker.projectNow(positionId);
    parts.waits.changed(positionId, 'the ledger changed without a Legwork order');
  }
  return taken;
}

function openContracts({ plan }: PositionRow, legNo: number, fills: readonly Fill[]): number | undefined {
  return foldPosition({ plan, fills }).legs.find((leg) => leg.legNo === legNo)?.openQuantity;
}

export async function alertExternalChange(
  { deps: { store, broker } }: ExternalChangeParts,
  { positionId, symbol }: Pick<PositionRow, 'positionId' | 'symbol'>,
  message: string,
  critical = false,
): Promise<void> {
  await store.alerts.raise({
    type: critical ? 'CRITICAL' : 'WARNING',
    severity: critical ? 'IMMEDIATE' : 'HIGH',
    title: 'Position changed outside Legwork',
    message,
    rule: RULE,
    symbol,
    positionId,
    createdAt: broker.clock.now(),
  });
}
