/** A change of a position that no order of ours made: what it was, and what says so. */
import type { Micros } from '../money.js';

const CHANGE_KINDS = [
  'assigned',
  'exercised',
  'expired',
  /** In cash, at its value when it expired. */
  'settled',
  'traded',
  'liquidated',
  /** Gone for no known reason. */
  'unexplained',
  /** Cash on shares held at an ex-date; no share moves. */
  'dividend',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Source of the price, the best first: each may correct those after it. */
const EVIDENCE = ['execution', 'account', 'flex', 'person', 'official'] as const;
export type Evidence = (typeof EVIDENCE)[number];

export interface ExternalChange {
  /** Unique: the execution that imported it into the ledger. */
  readonly execId: string;
  readonly positionId: string;
  /** 0 for shares. */
  readonly legNo: number;
  readonly kind: ChangeKind;
  /** Contracts or shares, unsigned; 0: the broker cancelled the trade. */
  readonly quantity: number;
  /** Per share. */
  readonly price: Micros;
  /** Shares that came or went with it, signed, at the strike. */
  readonly shares: number;
  readonly evidence: Evidence;
  /** The price is our own estimate and may be corrected. */
  readonly estimated: boolean;
  /** One sentence. */
  readonly text: string;
  /** Market time of the change, as far as it is known. */
  readonly at: number;
  /** The request of a person or a statement that brought it. */
  readonly requestId?: string;
}
