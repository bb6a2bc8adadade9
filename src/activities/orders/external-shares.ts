/**
 * Shares of our underlyings in the account: those of positions, a person's own, and those that came or went without an execution, which
 * only an assignment, an exercise or a transfer does.
 */
import type { BrokerPosition } from '../../broker/api.js';
import type { Fill } from '../../domain/order/fill.js';
import type { PositionRow } from '../../store/api.js';
import type { ExternalChangeParts } from './external-change.js';
import type { SharesSeen } from './external-gone.js';

export interface SharesOf extends SharesSeen {
  readonly conId: number;
  readonly symbol: string;
  /** What the account holds. */
  readonly account: number;
  /** A person's own shares as they are now, if what moved belongs to a position; and their market time. */
  readonly own: number;
  readonly seenAt: number;
  /** Holders of shares, oldest first. */
  readonly holders: readonly { readonly row: PositionRow; readonly quantity: number }[];
  /** Trades of somebody else that reduce shares on the side on which positions hold them. */
  readonly traded: readonly Fill[];
  /** An order of ours in this underlying may still fill. */
  readonly mayMove: boolean;
}

/** By underlying of the open positions. An index has no shares; it is listed so that its options are checked. */
export async function sharesOf(
  { deps: { store } }: Pick<ExternalChangeParts, 'deps'>,
  seen: {
    readonly rows: readonly PositionRow[];
    /** Positions with an order that may still fill. */
    readonly working: ReadonlySet<string>;
    readonly positions: readonly BrokerPosition[];
    readonly foreign: readonly Fill[];
    /** Market time of the request to the broker. */
    readonly askedAt: number;
  },
): Promise<readonly SharesOf[]> {
  const underlyings = new Map(seen.rows.map(({ underlyingConId, symbol }) => [underlyingConId, symbol]));
  return await Promise.all(
    [...underlyings].map(async ([conId, symbol]): Promise<SharesOf> => {
      const rows = seen.rows.filter((row) => row.underlyingConId === conId);
      const account = seen.positions.filter((one) => one.conId === conId).reduce((sum, one) => sum + one.quantity, 0);
      const known = await store.ownShares.get(conId);
      const since = known?.seenAt ?? Number.NEGATIVE_INFINITY;
      const trades = seen.foreign.filter((fill) => fill.secType === 'STK' && fill.conId === conId && fill.at > since);
      const ours = rows.reduce((sum, { shares }) => sum + shares, 0);
      const holders = rows.flatMap((row) => (row.shares === 0 ? [] : [{ row, quantity: row.shares }]));
      const traded = closing(ours, trades);
      const own = (known?.quantity ?? 0) + trades.filter((fill) => !traded.includes(fill)).reduce(signed, 0);
      return {
        ...{ conId, symbol, account, own, holders, traded, certain: known !== undefined },
        moved: account - own - ours - traded.reduce(signed, 0),
        seenAt: Math.max(seen.askedAt, ...trades.map(({ at }) => at)),
        mayMove: rows.some(({ positionId }) => seen.working.has(positionId)),
      };
    }),
  );
}

/** The person learns of assigned shares and may close them. A trade on that side, no larger than they are, counts as that close. */
function closing(ours: number, trades: readonly Fill[]): readonly Fill[] {
  let left = Math.abs(ours);
  return trades.filter(({ side, quantity }) => {
    if (quantity > left || side !== (ours > 0 ? 'SELL' : 'BUY')) return false;
    left -= quantity;
    return true;
  });
}

function signed(sum: number, { side, quantity }: Fill): number {
  return sum + (side === 'BUY' ? quantity : -quantity);
}

/**
 * Stores how many shares are a person's own, so that shares from an assignment can be told apart. `settled`: two polls agree that what
 * moved belongs to no option of ours.
 */
export async function noteOwnShares(
  { deps: { store } }: Pick<ExternalChangeParts, 'deps'>,
  { conId, own, moved, certain, holders, mayMove, seenAt }: SharesOf,
  settled: boolean,
): Promise<void> {
  const known = await store.ownShares.get(conId);
  const quantity = settled && !mayMove && holders.length === 0 ? own + moved : own;
  if (certain ? known?.quantity === quantity : mayMove || (moved !== 0 && !settled)) return;
  await store.ownShares.note(conId, quantity, seenAt);
}
