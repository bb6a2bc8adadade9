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
    const { prefix } = split(fill.execId);
    groups.set(prefix, [...(groups.get(prefix) ?? []), fill]);
  }
  return [...groups.values()].map(latest).sort((a, b) => a.at - b.at || compareText(a.execId, b.execId));
}

/** The newest correction. Only an earlier report may have its commission: a repeated one often says nothing or 0. */
function latest(group: readonly Fill[]): Fill {
  const [newest, ...older] = [...group].sort(
    (a, b) => split(b.execId).correction - split(a.execId).correction || compareText(asText(a), asText(b)),
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

/** `0000e0d5.65f1a2b3.01.02` -> everything before the last dot, and correction 2. An id without one is never corrected. */
function split(execId: string): { readonly prefix: string; readonly correction: number } {
  const match = /^(.+)\.(\d+)$/.exec(execId);
  const [, prefix = execId, correction = '0'] = match ?? [];
  return { prefix, correction: Number(correction) };
}

/** A fixed order among differing reports of one execution, so that the choice does not depend on which came first. */
function asText(fill: Fill): string {
  return JSON.stringify(Object.entries(fill).sort(([a], [b]) => compareText(a, b)));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
