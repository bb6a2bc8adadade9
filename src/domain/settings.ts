/** A setting that is a share: 0.5 is 50 %. A per cent value in its place would switch off its limit, so it is refused. */
import { z } from 'zod';

/** Shares that have a meaning above 1, such as a loss of twice the credit, still lie below this; 50 for 50 % does not. */
export const LARGEST_SHARE = 10;

/** Above 0 and at most `most`; the refusal says how to write per cent. */
export const share = (value: number, what: string, most = 1) => upTo(most).gt(0).default(value).describe(what);

/** From 0 to `most`. */
export const shareOrNone = (value: number, what: string, most = 1) => upTo(most).min(0).default(value).describe(what);

/** Above 0 and at most `most`, or absent. */
export const shareIfSet = (what: string, most = 1) => upTo(most).gt(0).optional().describe(what);

/** A profit as a share of the credit or debit, for both: a credit earns no more than itself. */
export const profitShare = (value: number, what: string) =>
  upTo(1, ', since a credit earns no more than itself').gt(0).default(value).describe(what);

const upTo = (most: number, why = '') => z.number().max(most, `a share of at most ${most}${why}; 50 % is written 0.5`);
