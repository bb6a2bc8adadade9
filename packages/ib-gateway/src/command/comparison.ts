/** The result of a comparison with a capture, for people. */
import type { Comparison, Difference } from '../compare/index.js';
import { columns } from './text.js';

export function comparisonText({ requests, differences }: Comparison): string {
  const found = differences.length === 1 ? 'one difference' : `${differences.length} differences`;
  const counted = `${requests} requests compared: ${differences.length === 0 ? 'no difference' : found}.`;
  if (differences.length === 0) return counted;
  const head = ['REQUEST', 'MESSAGE', 'CAPTURE', 'SIMULATED', 'FIELDS'];
  return `${columns(head, rowsOf(differences))}\n\n${counted}`;
}

/** One row per message; fields that differ in the same way share one. */
function rowsOf(differences: readonly Difference[]): string[][] {
  const rows = new Map<string, string[]>();
  for (const { labels, message, field, captured, simulated } of differences) {
    const [first = ''] = labels;
    const request = labels.length === 1 ? first : `${first} and ${labels.length - 1} more`;
    const row = [request, message, captured, simulated];
    const shared = rows.get(row.join()) ?? [...row, ''];
    shared[4] = [shared[4], field].filter((text) => text !== '').join(', ');
    rows.set(row.join(), shared);
  }
  return [...rows.values()];
}
