/** Worked leg by leg, a condor never holds more short contracts of a right than long ones. */
import { parseOrderRef } from '../../src/domain/ids.js';
import type { Fill } from '../../src/domain/order/fill.js';
import type { PositionRow } from '../../src/store/api.js';

/** Fills after which a short was not covered, in sentences. */
export function uncovered(row: PositionRow, fills: readonly Fill[]): readonly string[] {
  const wrong: string[] = [];
  for (const right of ['PUT', 'CALL'] as const) {
    const held = new Map<number, number>();
    const own = row.legs.filter((leg) => leg.contract.right === right).map((leg) => leg.contract.conId);
    for (const { conId, side, quantity, execId } of inTheirOrder(fills.filter((fill) => own.includes(fill.conId)))) {
      held.set(conId, (held.get(conId) ?? 0) + (side === 'BUY' ? quantity : -quantity));
      const net = [...held.values()].reduce((sum, contracts) => sum + contracts, 0);
      if (net < 0) wrong.push(`after ${execId} ${-net} short ${right}s were not covered`);
    }
  }
  return wrong;
}

/** Orders come one after the other, so those of one second are in step order. */
function inTheirOrder(fills: readonly Fill[]): readonly Fill[] {
  const stepOf = ({ orderRef }: Fill) => parseOrderRef(orderRef)?.step ?? 0;
  return [...fills].sort((left, right) => left.at - right.at || stepOf(left) - stepOf(right));
}
