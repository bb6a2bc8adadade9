/**
 * A dividend on shares that an assignment or an exercise brought to a position: those held at the open of the ex-date receive it, and a
 * short position owes it (a payment in lieu). The broker reports no execution for it, so that a statement or a person says it.
 */
import { easternTime, OPEN_MINUTE } from 'market-time';
import type { Micros } from '../money.js';
import type { Fill } from '../order/fill.js';
import type { StrategyPlan } from '../strategy/strategy.js';
import type { Evidence, ExternalChange } from './external-change.js';
import { foldPosition } from './ledger.js';
import { nextCorrection, RANK } from './settle.js';

/** The open of an ex-date, given as an Eastern day number; epoch ms. */
export const opensAt = (exDay: number): number => easternTime(exDay, OPEN_MINUTE);

/**
 * Shares of the position that the dividend counts, signed. Shares that the account showed later on the ex-date were assigned in the
 * night before, while nobody looked: the clearing house assigns overnight.
 */
export function sharesAtExDate(
  plan: StrategyPlan,
  fills: readonly Fill[],
  changes: readonly ExternalChange[],
  exDay: number,
): number {
  const opens = opensAt(exDay);
  const held = foldPosition({ plan, fills: fills.filter(({ at }) => at < opens) }).shares;
  const late = changes.filter(
    ({ kind, evidence, at }) =>
      (kind === 'assigned' || kind === 'exercised') &&
      evidence === 'account' &&
      at >= opens &&
      at < easternTime(exDay + 1, 0),
  );
  return late.reduce((total, { shares }) => total + shares, held);
}

export interface SaidDividend {
  readonly positionId: string;
  /** YYYYMMDD. */
  readonly exDate: string;
  /** Per share, above zero. */
  readonly amount: Micros;
  readonly evidence: Extract<Evidence, 'flex' | 'person'>;
}

export type DividendStep =
  /** An entry under this id; `before` is what it corrects. */
  | { readonly kind: 'take'; readonly execId: string; readonly before?: ExternalChange }
  | { readonly kind: 'agrees' }
  | { readonly kind: 'refused'; readonly reason: string };

/** One position has one entry per ex-date, from whatever source; `changes` are all those of the position, in the order of their import. */
export function dividendStep(said: SaidDividend, changes: readonly ExternalChange[]): DividendStep {
  const execId = `dividend-${said.positionId}-${said.exDate}`;
  const own = changes.filter((one) => one.kind === 'dividend' && one.execId.replace(/\.\d+$/, '') === execId);
  const last = own.at(-1);
  if (last === undefined) return { kind: 'take', execId };
  if (last.price === said.amount) return { kind: 'agrees' };
  if (RANK[said.evidence] > RANK[last.evidence]) {
    return {
      kind: 'refused',
      reason: `it is in the ledger already, by better evidence (${last.evidence}): ${last.text}`,
    };
  }
  return { kind: 'take', execId: nextCorrection(own, last.execId), before: last };
}
