/** Joins the dry runs of consecutive orders into one. */

import type { DraftOrder, DryRun } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import type { DraftChecks } from './draft-checks.js';

export const NOTHING: DryRun = { ok: false, reasons: [], checks: [], orders: [], cancels: [] };

/** The dry run of one order with its children. */
export function runOf({ checks, code, whatIf }: DraftChecks, orders: readonly DraftOrder[]): DryRun {
  const reasons = checks.filter(({ passed }) => !passed).map(({ text }) => text);
  return {
    ...{ ok: code === undefined, reasons, checks, orders, cancels: [] },
    ...(code && { code }),
    ...(whatIf && { whatIf }),
  };
}

/** Two runs one after the other: the first preview and the first code stand. */
export function joined(first: DryRun, second: DryRun): DryRun {
  const code = first.code ?? second.code;
  const whatIf = first.whatIf ?? second.whatIf;
  return {
    ok: first.ok && second.ok,
    reasons: [...first.reasons, ...second.reasons],
    checks: [...first.checks, ...second.checks],
    orders: [...first.orders, ...second.orders],
    cancels: [...first.cancels, ...second.cancels],
    ...defined({ code, whatIf }),
  };
}
