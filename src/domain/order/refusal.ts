/** Why the broker refused an order, by its text, and what to do about it. None of these is a failure of the link. */

import { ibCode, type RefusalKind } from '../ib-codes.js';

/**
 * reprice: the same legs at a new price. rebuild: other legs, or the same after another order is gone. legs: one order per leg. stop:
 * a person or time must change something.
 */
export type RefusalReaction = 'reprice' | 'rebuild' | 'legs' | 'stop';

export interface RefusalVerdict {
  readonly kind: RefusalKind;
  readonly reaction: RefusalReaction;
}

const REACTIONS: Readonly<Record<RefusalKind, RefusalReaction>> = {
  riskless: 'reprice',
  'guaranteed-loss': 'reprice',
  'too-far': 'reprice',
  tick: 'reprice',
  collision: 'rebuild',
  form: 'legs',
  margin: 'stop',
  permission: 'stop',
  closed: 'stop',
  late: 'reprice',
  other: 'stop',
};

/** First match wins. A margin text comes first: it may name a combination or a permission in passing. */
const BY_WORDS: readonly (readonly [RefusalKind, RegExp])[] = [
  ['margin', /initial margin|equity with loan value|insufficient|available funds|buying power|exceed.*margin/i],
  ['riskless', /riskless/i],
  ['guaranteed-loss', /guaranteed[- ]to[- ]lose|guaranteed loss/i],
  ['collision', /both sides of the same|opposite side.*same|cross.*own order/i],
  [
    'too-far',
    /too far (?:outside|from|away|through)|outside of (?:the )?nbbo|price (?:is )?too (?:high|low)|more than.*away from.*market|aggressive.*price|price cap/i,
  ],
  ['late', /good[- ]till.*past|already expired|time.*in the past/i],
  ['tick', /minimum price variation|price increment|tick size/i],
  ['permission', /permission|not allowed for (?:this|your) account|read-?only|restricted|not eligible/i],
  [
    'closed',
    /market is closed|exchange is closed|not available for trading|has expired|trading (?:is )?halted|outside.*trading hours/i,
  ],
  [
    'form',
    /(?:combinations?|combos?|BAG)\b[^.]*(?:not (?:be )?(?:supported|accepted|available|allowed|valid)|unsupported|invalid)|invalid (?:combination|combo|leg|ratio)|nonguaranteed|cannot be set as guaranteed|per-leg prices/i,
  ],
];

/** Kind of a proved rejection, and its reaction. The text decides first, since 201 covers everything. */
export function classifyRefusal(code: number, text: string): RefusalVerdict {
  const kind = BY_WORDS.find(([, words]) => words.test(text))?.[0] ?? ibCode(code)?.refusal ?? 'other';
  return { kind, reaction: REACTIONS[kind] };
}

/** The text of a cancel, or of a completed order, that the system ended. Own cancels have an empty reason or name the trader. */
const BY_SYSTEM: readonly RegExp[] = [
  /^Order Cancell?ed - reason:\s*(\S.*)$/is,
  /^(?:Rejected|Cancell?ed) by System:?\s*(.*)$/is,
];

/** Why the broker ended an order that it had taken, from its text; undefined when the text names no reason. */
export function brokersReason(text: string): string | undefined {
  for (const words of BY_SYSTEM) {
    const [all, reason = ''] = words.exec(text.trim()) ?? [];
    if (all !== undefined) return reason.trim() || all;
  }
  return undefined;
}
