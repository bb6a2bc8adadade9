/**
 * Settles an expired leg by a person's value or the broker's statement: contracts still in the ledger leave at that value, and an estimate
 * taken earlier is corrected.
 */
import type { Micros } from '../money.js';
import type { OptionContract } from '../option.js';
import type { ChangeKind, Evidence, ExternalChange } from './external-change.js';
import { isExpired } from './settlement.js';

/** How far the result of expired legs is known. */
export type SettlementState = 'settlement_pending' | 'estimated' | 'settled';

/** `now` is market time, epoch ms; when it is undefined, nothing counts as pending. The result is undefined when nothing has expired. */
export function settlementState(
  legs: readonly SettledLeg[],
  changes: readonly ExternalChange[],
  now: number | undefined,
): SettlementState | undefined {
  const isPending = legs.some(
    ({ contract, openQuantity }) => openQuantity !== 0 && now !== undefined && isExpired(contract, now),
  );
  if (isPending) return 'settlement_pending';
  const newest = new Map(changes.map((change) => [change.execId.replace(/\.\d+$/, ''), change]));
  if ([...newest.values()].some(({ estimated }) => estimated)) return 'estimated';
  return changes.some(({ kind }) => SETTLED_KINDS.has(kind)) ? 'settled' : undefined;
}

const SETTLED_KINDS: ReadonlySet<ChangeKind> = new Set(['assigned', 'exercised', 'expired', 'settled']);

/** What is known about one leg. */
export interface SaidSettlement {
  readonly kind: Extract<ChangeKind, 'assigned' | 'exercised' | 'expired' | 'settled' | 'traded'>;
  /** Per share of the option: its price if it was traded, its value if it settled in cash, else 0. */
  readonly price: Micros;
  readonly evidence: Extract<Evidence, 'flex' | 'person'>;
  readonly requestId?: string;
}

export interface SettledLeg {
  readonly legNo: number;
  readonly contract: OptionContract;
  /** Signed contracts now open by the ledger. */
  readonly openQuantity: number;
}

export type SettleStep =
  /** All open contracts of the leg leave. */
  | { readonly kind: 'take'; readonly said: SaidSettlement }
  /** The price of the imported change is replaced. */
  | {
      readonly kind: 'correct';
      readonly said: SaidSettlement;
      readonly before: ExternalChange;
      readonly execId: string;
      /** Other estimates of the leg. */
      readonly left: readonly ExternalChange[];
    }
  | { readonly kind: 'agrees' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Ranks evidence: a correction must rank at least as high as what it corrects, unless that is an estimate. */
export const RANK: Readonly<Record<Evidence, number>> = { execution: 0, account: 1, flex: 2, person: 3, official: 4 };

/**
 * What to do about one leg. `changes` are all those of the position, in the order of their import. A delivered leg has its result in
 * shares, so only its kind must agree; a leg whose contracts were traded is not settled at all. What a person traded corrects the newest
 * estimate, then the one before it, then what was said last.
 */
export function settleStep(leg: SettledLeg, changes: readonly ExternalChange[], said: SaidSettlement): SettleStep {
  if (leg.openQuantity !== 0) return { kind: 'take', said };
  const own = changes.filter(({ legNo }) => legNo === leg.legNo);
  const newest = new Map(own.map((change) => [change.execId.replace(/\.\d+$/, ''), change]));
  const estimates = [...newest.values()].filter(({ estimated }) => estimated);
  const ranked = own.filter(({ evidence }) => RANK[said.evidence] <= RANK[evidence]);
  const last = (said.kind === 'traded' ? (estimates.at(-1) ?? ranked.at(-1)) : undefined) ?? own.at(-1);
  if (last === undefined) return { kind: 'refused', reason: 'its contracts were closed by orders, not by an expiry' };
  const delivers = said.kind === 'assigned' || said.kind === 'exercised';
  const agrees = last.price === said.price && (last.shares === 0) === !delivers;
  if (agrees && !last.estimated) return { kind: 'agrees' };
  if (!last.estimated && RANK[said.evidence] > RANK[last.evidence]) {
    return { kind: 'refused', reason: `it is settled already, by better evidence (${last.evidence}): ${last.text}` };
  }
  if (delivers || last.shares !== 0) {
    return {
      kind: 'refused',
      reason: `it was taken as ${last.kind}, which cannot become ${said.kind} in the ledger: ${last.text}`,
    };
  }
  const left = estimates.filter((one) => one !== last);
  return { kind: 'correct', said, before: last, execId: nextCorrection(own, last.execId), left };
}

/** A correction has the id of what it corrects and a higher number after the last dot, like the broker's own. */
export function nextCorrection(own: readonly ExternalChange[], execId: string): string {
  const base = execId.replace(/\.\d+$/, '');
  const count = own.filter((one) => one.execId.replace(/\.\d+$/, '') === base).length;
  return `${base}.${String(count + 1).padStart(2, '0')}`;
}
