/** Shorts of one position beyond its longs of the same right: by the ledger, and by an account that has lost what covered them. */
import { parseOrderRef } from '../ids.js';
import type { Right } from '../option.js';
import { isProtective } from '../order/protection.js';
import { losingHolders } from './shrunk.js';

interface Legs {
  readonly positionId: string;
  readonly symbol: string;
  readonly legs: readonly { readonly conId: number; readonly right: Right; readonly openQuantity: number }[];
}

export interface Naked {
  readonly positionId: string;
  readonly symbol: string;
  /** One sentence with the number. */
  readonly text: string;
}

const RIGHTS = ['CALL', 'PUT'] as const;

/** Its legs went out of ratio, or it was entered so. */
export function nakedInLedger(executions: readonly Legs[]): readonly Naked[] {
  return executions.flatMap((position) =>
    shortOf(position).map(({ words }): Naked => {
      const { positionId, symbol } = position;
      return { text: `Position ${positionId} is short ${words}.`, symbol, positionId };
    }),
  );
}

/**
 * More than by the ledger, which takes no contract for gone at once: the oldest holder of a contract lost what the account lacks. Not while
 * an order of the position may be changing the account.
 */
export function nakedInAccount({
  executions,
  positions,
  intents,
}: {
  readonly executions: readonly Legs[];
  readonly positions: readonly { readonly conId: number; readonly quantity: number }[];
  readonly intents: readonly { readonly orderRef: string; readonly positionId: string }[];
}): readonly Naked[] {
  const working = new Set(intents.filter(({ orderRef }) => !isResting(orderRef)).map(({ positionId }) => positionId));
  const left = leftBy(executions, positions);
  return executions
    .filter(({ positionId }) => !working.has(positionId))
    .flatMap((position): readonly Naked[] => {
      const { positionId, symbol } = position;
      const legs = position.legs.map((leg) => ({
        ...leg,
        openQuantity: left.get(keyOf(leg.conId, positionId)) ?? leg.openQuantity,
      }));
      const gone = legs
        .filter(({ openQuantity }, index) => openQuantity !== position.legs[index]?.openQuantity)
        .map(({ conId }) => conId);
      return shortOf({ ...position, legs })
        .filter(({ right, net }) => net < Math.min(0, netOf(position, right)))
        .map(({ words }) => {
          const text = `The account shows position ${positionId} short ${words}: it lacks contract ${gone.join(', ')}. \`legwork close ${positionId}\` closes what is there, shorts first.`;
          return { text, symbol, positionId };
        });
    });
}

/** What the account leaves to the positions that have lost something, by contract and position. */
function leftBy(
  executions: readonly Legs[],
  positions: readonly { readonly conId: number; readonly quantity: number }[],
): ReadonlyMap<string, number> {
  const holders = executions.flatMap(({ positionId, legs }) =>
    legs.map(({ conId, openQuantity: quantity }) => ({ conId, positionId, quantity })),
  );
  return new Map(
    [...new Set(holders.map(({ conId }) => conId))].flatMap((conId) => {
      const account = positions.filter((one) => one.conId === conId).reduce((sum, one) => sum + one.quantity, 0);
      const losing = losingHolders(
        account,
        holders.filter((one) => one.conId === conId),
      );
      return losing.map(({ positionId, to }): [string, number] => [keyOf(conId, positionId), to]);
    }),
  );
}

function keyOf(conId: number, positionId: string): string {
  return `${conId} ${positionId}`;
}

/** Net shorts by right, with their number in words. */
function shortOf(position: Legs) {
  return RIGHTS.map((right) => ({ right, net: netOf(position, right) }))
    .filter(({ net }) => net < 0)
    .map(({ right, net }) => ({
      ...{ right, net },
      words: `${-net} uncovered ${position.symbol} ${right.toLowerCase()}${net === -1 ? '' : 's'}`,
    }));
}

function netOf({ legs }: Pick<Legs, 'legs'>, right: Right): number {
  return legs.filter((leg) => leg.right === right).reduce((sum, leg) => sum + leg.openQuantity, 0);
}

function isResting(orderRef: string): boolean {
  const role = parseOrderRef(orderRef)?.role;
  return role !== undefined && isProtective(role);
}
