/**
 * A dividend on shares that an assignment or an exercise brought to a position: those held at the open of the ex-date receive it, and a
 * short position owes it (a payment in lieu). The broker reports no execution for it, so that a statement or a person says it.
 */
import { closeMinute, easternTime, OPEN_MINUTE, parseDay } from 'market-time';
import { formatMoney, type Micros } from '../money.js';
import type { Fill } from '../order/fill.js';
import type { StrategyPlan } from '../strategy/strategy.js';
import type { Evidence, ExternalChange } from './external-change.js';
import { foldPosition } from './ledger.js';
import { nextCorrection, RANK } from './settle.js';

/** The open of an ex-date, given as an Eastern day number; epoch ms. */
export const opensAt = (exDay: number): number => easternTime(exDay, OPEN_MINUTE);

/**
 * Shares of the position that the dividend counts, signed. Shares that the account showed between the open and the close of the ex-date
 * were assigned in the night before, while nobody looked: the clearing house assigns overnight. Those of options that expire on the
 * ex-date come after its close and receive nothing.
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
    ({ kind, evidence, at, legNo }) =>
      (kind === 'assigned' || kind === 'exercised') &&
      evidence === 'account' &&
      at >= opens &&
      at < easternTime(exDay, closeMinute(exDay)) &&
      parseDay(plan.legs[legNo - 1]?.contract.expiry ?? '') !== exDay,
  );
  return late.reduce((total, { shares }) => total + shares, held);
}

export interface SaidDividend {
  readonly positionId: string;
  /** YYYYMMDD. */
  readonly exDate: string;
  /** Per share; 0 undoes it. */
  readonly amount: Micros;
  /** Per share: taken back of what an earlier statement posted. */
  readonly reversed?: Micros | undefined;
  readonly evidence: DividendEvidence;
}

type DividendEvidence = Extract<Evidence, 'flex' | 'person'>;

/** The entry that counts. */
interface Booked {
  readonly change: ExternalChange;
  readonly fill: Fill | undefined;
  /** All entries of its ex-date, oldest first. */
  readonly own: readonly ExternalChange[];
}

export type DividendStep =
  /** An entry under this id; `before` is what it corrects. */
  | {
      readonly kind: 'take';
      readonly execId: string;
      readonly evidence: DividendEvidence;
      readonly before?: ExternalChange;
    }
  | { readonly kind: 'agrees' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Undefined: the ledger has no dividend of this ex-date. */
export function bookedDividend(
  { positionId, exDate }: Pick<SaidDividend, 'positionId' | 'exDate'>,
  changes: readonly ExternalChange[],
  fills: readonly Fill[],
): Booked | undefined {
  const base = `dividend-${positionId}-${exDate}`;
  const own = changes.filter((one) => one.kind === 'dividend' && one.execId.replace(/\.\d+$/, '') === base);
  const change = own.at(-1);
  if (change === undefined) return undefined;
  return { change, own, fill: fills.find(({ execId }) => execId === change.execId) };
}

/**
 * One position has one entry per ex-date, from whatever source. It is corrected by better evidence of the amount, and by shares that were
 * found after it was entered (`shares`, signed). A person may undo any; the statement that said it is then not taken again.
 */
export function dividendStep(said: SaidDividend, shares: number, booked: Booked | undefined): DividendStep {
  const { amount, reversed, evidence } = said;
  if (booked === undefined) {
    if (amount === 0) return { kind: 'agrees' };
    return { kind: 'take', execId: `dividend-${said.positionId}-${said.exDate}`, evidence };
  }
  const { change: last, own } = booked;
  const take = (by: DividendEvidence): DividendStep => ({
    ...{ kind: 'take', evidence: by, before: last, execId: nextCorrection(own, last.execId) },
  });
  if (last.price === amount) {
    if (isEntered(booked, shares)) return { kind: 'agrees' };
    // Shares are known from the ledger: who names the amount again leaves its evidence.
    return take(last.evidence === 'flex' ? 'flex' : evidence);
  }
  if (amount === 0) return take(evidence);
  const refused = (reason: string): DividendStep => ({ kind: 'refused', reason });
  if (RANK[evidence] > RANK[last.evidence]) {
    return refused(`it is in the ledger already, by better evidence (${last.evidence}): ${last.text}`);
  }
  const isUndone = last.price === 0 && evidence === 'flex';
  if (isUndone && own.some((one) => one.evidence === 'flex' && one.price === amount)) {
    return refused(`a person undid it; if it is paid all the same, enter it with --dividend: ${last.text}`);
  }
  if (reversed !== undefined && last.price !== 0 && last.price !== reversed) {
    return refused(
      `the statement takes back ${formatMoney(reversed)} per share and posts ${formatMoney(amount)}, but the ledger has ${formatMoney(last.price)}; undo it with --dividend 0, then enter what the day pays`,
    );
  }
  return take(evidence);
}

/** Also the fill of an entry must be there, on these shares. */
function isEntered({ change, fill }: Booked, shares: number): boolean {
  if (change.price === 0) return true;
  if (fill === undefined || fill.quantity !== Math.abs(shares)) return false;
  return shares === 0 || (fill.side === 'SELL') === shares > 0;
}
