/** legwork gateway --compare: where the simulated gateway answers otherwise than one of which there is a capture. */
import { resolve } from 'node:path';
import { InvalidInput } from '../../../domain/errors.js';
import type { Comparison, Difference, GatewayOptions } from '../../../gateway/index.js';
import type { Context } from '../define.js';
import { type Paint, table } from '../paint.js';

/** Compares, and answers 0 where nothing differs, else 1. */
export async function compare(context: Context, capture: string, options: GatewayOptions): Promise<number> {
  const { compareCapture } = await import('../../../gateway/index.js');
  const { port: _, controlPort: __, ...wanted } = options;
  const comparison = await compareOrExplain(() => compareCapture(resolve(context.io.cwd, capture), wanted), capture);
  const { requests, differences } = comparison;
  context.answer({ requests, differences }, () => comparisonText(comparison, context.paint));
  return differences.length === 0 ? 0 : 1;
}

async function compareOrExplain(work: () => Promise<Comparison>, capture: string): Promise<Comparison> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof RangeError ? error.message : systemCode(error);
    if (why !== undefined) throw new InvalidInput('--compare', capture, `a capture that can be read (${why})`);
    throw error;
  }
}

/** `ENOENT` and its kin. */
function systemCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^E[A-Z]+$/.test(code) ? code : undefined;
}

function comparisonText({ requests, differences }: Comparison, paint: Paint): string {
  const counted = `${requests} requests compared: ${differences.length === 0 ? 'no difference' : differences.length === 1 ? 'one difference' : `${differences.length} differences`}.`;
  if (differences.length === 0) return counted;
  const head = ['REQUEST', 'MESSAGE', 'CAPTURE', 'SIMULATED', 'FIELDS'];
  return `${table(paint, head, rowsOf(differences))}\n\n${counted}`;
}

/** A row a message; fields that differ alike share one. */
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
