/**
 * Why an entry may not open, and which faults can bring that about. A reason that stands in no row can be explained by nothing: our
 * own bounds and limits, a bad request, a refusal by the broker that no fault made.
 */

import type { FaultKind } from '../fault-draw.js';
import type { InjectedKind } from '../injected-faults.js';

type MessageFault = Extract<FaultKind, 'omit' | 'duplicate' | 'delay' | 'reorder' | 'corrupt'>;
/** A kind, or a fault of messages that falls on one of this name. */
export type FaultName = InjectedKind | `${MessageFault} ${string}`;

export interface Cause {
  /** For the tables. */
  readonly name: string;
  /** What the reason says. */
  readonly words: RegExp;
  /** The likeliest first: it is the one that is named. */
  readonly faults: readonly FaultName[];
  /** An order that rested may also have met a market that did not come to it; its numbers decide. */
  readonly market?: true;
  /** The market alone explains it for options in their last minutes: a `limit` in the reason must be next to zero. */
  readonly expiring?: 'limit' | 'no bid';
  /** No single fault takes so long: nearly all of the time must have been outages. */
  readonly outlasted?: true;
}

/** The order was written, or not, and no client was notified. */
const UNTOLD: readonly FaultName[] = ['mute-placed', 'mute-swallowed', ...told('OPEN_ORDER'), ...told('ORDER_STATUS')];

/** The broker session ends or does not answer; an order that nobody acknowledges ends it as well, on purpose. */
const NO_BROKER: readonly FaultName[] = [
  ...(['kill-gateway', 'drop', 'freeze', 'refuse', 'restart-rollback', 'connectivity', 'corrupt'] as const),
  ...(['kill-worker', 'stop-worker', 'pause-worker'] as const),
  ...UNTOLD,
];
const NO_DATABASE: readonly FaultName[] = ['kill-backends', 'kill-backend-hard', 'kill-postgres', 'cut-postgres'];
const NO_TEMPORAL: readonly FaultName[] = ['kill-temporal', 'cut-temporal'];
const ANYTHING_AWAY: readonly FaultName[] = [...NO_BROKER, ...NO_DATABASE, ...NO_TEMPORAL];
const NO_QUOTES: readonly FaultName[] = ['quotes-delayed', ...NO_BROKER];
/** Executions are reported late, twice, wrongly or not at all. */
const FILLS_UNKNOWN: readonly FaultName[] = ['false-empty', 'correct-execution', ...told('EXECUTION_DATA')];

/** The order came late to the broker, or was not worked there. */
const LATE: readonly FaultName[] = [...ANYTHING_AWAY, 'quotes-delayed', 'reject-modify'];

/** First match wins. */
const CAUSES: readonly Cause[] = [
  { name: 'trading was halted', words: /\btrading is (HALTED|REDUCING)\b/i, faults: ['halt'] },
  { name: 'no preview of the broker', words: /margin estimate is missing/, faults: NO_BROKER },
  {
    // A watch that is taken up again has not looked yet, or its quotes stay out.
    name: 'the Greeks of the book are old',
    words: /Greeks of \S+ are \d+ s old|has no Greeks|gives no Greeks of a leg|^The beta of/,
    faults: ['quotes-delayed', ...ANYTHING_AWAY],
  },
  { name: 'the VIX is old', words: /^The VIX is \d+ s old/, faults: NO_QUOTES },
  {
    name: 'the account is not known',
    words: /(net liquidation value|buying power|book's dollar delta) is missing/,
    faults: NO_QUOTES,
  },
  {
    name: 'no quotes',
    words: /shows no live price|has no quote|shows no offer/,
    faults: NO_QUOTES,
  },
  {
    // An opening leg by leg: a lost session is waited for, so only quotes that were not live keep a leg from being priced.
    name: 'a leg had no price',
    words: /^nothing was drawn up/,
    faults: ['quotes-delayed', 'connectivity'],
  },
  {
    name: 'rejected by the broker',
    words: /System is unavailable|openings failed within|tried one at a time/,
    faults: ['reject-new'],
  },
  {
    name: 'rejected by the broker',
    words: /Duplicate order id/,
    faults: ['reject-placed', 'restart-rollback', 'kill-gateway'],
  },
  { name: 'its order came too late', words: /good till date is in the past/i, faults: LATE },
  {
    name: 'broker and ledger differed',
    words: /^Contract \d+: the ledger holds|^Position \S+ is short \d+ uncovered|^The account shows position \S+ short/,
    faults: [...FILLS_UNKNOWN, ...ANYTHING_AWAY],
  },
  {
    name: 'no broker session',
    words:
      /broker session is not ready|No connection to the gateway|gateway cannot be reached|gateway closed the connection|lost its link to the broker|did not answer a probe|did not greet|did not end its answer|unacknowledged order must not arrive|client id is already in use|broker was closed|could not read the broker|could not be read to its end/i,
    faults: NO_BROKER,
  },
  {
    name: 'the lease was not renewed',
    words: /could not renew its lease of the broker/,
    faults: [...NO_DATABASE, 'kill-worker', 'stop-worker', 'pause-worker'],
  },
  {
    name: 'nobody answered',
    words: /^No worker with a broker session answered|did not answer .* within|Postgres does not answer/,
    faults: ANYTHING_AWAY,
    outlasted: true,
  },
  {
    name: 'its order never arrived',
    words:
      /^it was never sent|^proved absent at the broker|^absent from two complete answers|^not written: |^its validity passed/,
    faults: ANYTHING_AWAY,
  },
  {
    name: 'nothing was bid any more',
    words: /The limit (-?[\d.]+) can only lose|the limit does not receive \((-?[\d.]+)\)/,
    faults: [],
    expiring: 'limit',
  },
  { name: 'nothing was bid any more', words: /^nobody bids for/, faults: [], expiring: 'no bid' },
  { name: 'the legs had no common price', words: /^The legs' quotes give/, faults: ['shock'] },
  { name: 'an exit was requested', words: /^an exit was requested while opening/, faults: ['shock'] },
  {
    name: 'not filled in its time',
    words: /not filled in its time|moved away while the order was worked/,
    faults: LATE,
    market: true,
  },
  {
    // In an opening leg by leg the order says only that it ended; a halt cancels it as well.
    name: 'its order was cancelled',
    words: /^cancelled/i,
    faults: ['halt', ...LATE],
    market: true,
  },
];

/** The row of a reason; undefined when nothing can explain it. */
export function causeOf(reason: string): Cause | undefined {
  return CAUSES.find(({ words }) => words.test(reason));
}

/** The limit that a reason of this kind gives, dollars a share; NaN where it gives none. */
export function limitIn({ words }: Cause, reason: string): number {
  return Number(
    words
      .exec(reason)
      ?.slice(1)
      .find((text) => text !== undefined),
  );
}

function told(message: string): readonly FaultName[] {
  return [`omit ${message}`, `delay ${message}`, `reorder ${message}`, `corrupt ${message}`];
}
