/**
 * A contract of the ledger that the account does not list and no execution explains. One list proves nothing, since the broker is known to
 * give incomplete ones; several of one session, over some time, do.
 */
import type { OptionContract } from '../option.js';

export interface Absence {
  readonly conId: number;
  /** Market time of the first list without it, in whatever session; epoch ms. */
  readonly since: number;
  /** The same in the present session of the broker; and how many of its lists lacked the contract. */
  readonly sessionSince: number;
  readonly lists: number;
}

const LISTS = 3;
/** Market time that the lists must span: beside other holdings, and when the account seems to hold nothing at all. */
const SPAN_MS = { others: 60_000, nothing: 900_000 };

/** Whether the lists up to `now` prove that the contract has left the account; `listsOthers`: they show other holdings. */
export function isProvenGone(
  { lists, sessionSince }: Pick<Absence, 'lists' | 'sessionSince'>,
  { now, listsOthers }: { readonly now: number; readonly listsOthers: boolean },
): boolean {
  return lists >= LISTS && now - sessionSince >= (listsOthers ? SPAN_MS.others : SPAN_MS.nothing);
}

/** Whether it was missing while it still traded: how it expired then says nothing about its price. */
export function leftBeforeExpiry(
  { lastTradeAt }: Pick<OptionContract, 'lastTradeAt'>,
  absence: Absence | undefined,
): boolean {
  return absence !== undefined && absence.since < lastTradeAt;
}
