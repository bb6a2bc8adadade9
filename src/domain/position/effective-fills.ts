/**
 * The executions of the append-only ledger that count: each once, in its latest correction.
 *
 * The broker corrects an execution by a second one whose id differs only in the digits after the last dot. Executions of the
 * legs of one combination differ before it, and stay apart.
 */
import type { Micros } from '../money.js';
import type { Fill } from '../order/fill.js';

/** The fills that count, sorted by time and id; repetitions and the order of the input do not matter. */
export function effectiveFills(fills: readonly Fill[]): readonly Fill[] {
  const groups = new Map<string, Fill[]>();
  for (const fill of fills) {
    const { execution, part } = executionOf(fill.execId);
    const key = execution + part;
    groups.set(key, [...(groups.get(key) ?? []), fill]);
  }
  return [...groups.values()].map(latest).sort((a, b) => a.at - b.at || compareText(a.execId, b.execId));
}

/** The newest correction. Only an earlier report may have its commission: a repeated one often says nothing or 0. */
function latest(group: readonly Fill[]): Fill {
  const [newest, ...older] = [...group].sort(
    (a, b) => executionOf(b.execId).correction - executionOf(a.execId).correction || compareText(asText(a), asText(b)),
  );
  // A group is made by its first fill.
  if (newest === undefined) throw new RangeError('an empty group of fills');
  const commission = commissionOf([newest, ...older]);
  return commission === undefined ? newest : { ...newest, commission };
}

function commissionOf(newestFirst: readonly Fill[]): Micros | undefined {
  const known = newestFirst.flatMap(({ commission }) => (commission === undefined ? [] : [commission]));
  return known.find((commission) => commission !== 0) ?? known[0];
}

export interface ExecutionId {
  /** What every correction of one execution has in common. */
  readonly execution: string;
  /** 0: the id counts none. */
  readonly correction: number;
  /** `-of-POSITION` where the ledger divided one trade among positions, else empty. */
  readonly part: string;
}

/** `0000e0d5.65f1a2b3.01.02` is correction 2 of what stands before the last dot. An id without a number is never corrected. */
export function executionOf(execId: string): ExecutionId {
  const match = /^(.+)\.(\d+)(-of-.+)?$/.exec(execId);
  const [, execution = execId, correction = '0', part = ''] = match ?? [];
  return { execution, correction: Number(correction), part };
}

/** The id under which the ledger keeps one position's part of a trade that it divides. */
export function partOf(execId: string, positionId: string): string {
  return `${execId}-of-${positionId}`;
}

/** A fixed order among differing reports of one execution, so that the choice does not depend on which came first. */
function asText(fill: Fill): string {
  return JSON.stringify(Object.entries(fill).sort(([a], [b]) => compareText(a, b)));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
