/**
 * The broker's error codes: what each is about and what it is answered with. A code that is not listed is ambiguous: new
 * and undocumented codes have been followed by fills, so only a listed one can prove anything.
 */

/**
 * transport: the session. rejection: proves that a new order does not work. ambiguous: look the order up by its
 * orderRef. cancel: verdict on a cancel. warning: the order lives. data: market data. info: nothing to do.
 */
export type ErrorCodeClass = 'transport' | 'rejection' | 'ambiguous' | 'cancel' | 'warning' | 'data' | 'info';

export interface ErrorCodeEntry {
  readonly code: number;
  readonly class: ErrorCodeClass;
  /** What Legwork does, one line. */
  readonly reaction: string;
}

const row = (kind: ErrorCodeClass, codes: readonly number[], reaction: string): readonly ErrorCodeEntry[] =>
  codes.map((code) => ({ code, class: kind, reaction }));

/**
 * TWS checks the fields of an order before it takes it, and answers one that does not pass with a code of its own and no status.
 * Those that are about a new order, from IB's table of message codes; the other large client invalidates an order by the same ones.
 */
const ORDER_FIELDS: readonly number[] = [
  111, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 129, 131, 132, 137, 140, 141, 146, 147,
  148, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 167, 168, 312, 313, 314, 315, 325, 328, 334, 335, 336, 337,
  338, 339, 340, 341, 342, 343, 345, 347, 348, 349, 350, 352, 353, 355, 356, 358, 359, 360, 361, 362, 363, 364, 367,
  368, 369, 370, 371, 372, 373, 374, 375, 376, 377, 378, 379, 380, 387, 389, 390, 391, 393, 394, 395, 396, 397, 398,
  400, 401, 402, 403, 405, 406, 407, 408, 409, 410, 411, 413, 417, 418, 419, 421, 423, 424, 427, 428, 429, 433, 435,
  436, 437, 439, 440, 441, 442, 443, 444, 445, 446, 447, 448, 449, 461, 463, 10002, 10007, 10008, 10009, 10010, 10011,
  10012, 10014, 10020, 10268, 10289,
];

/** Every known code, each once. */
export const ERROR_CODES: readonly ErrorCodeEntry[] = [
  ...row('transport', [100], 'too many messages: slow down, reconnect, reconcile'),
  ...row('transport', [326, 507], 'the client id is in use: wait for the old session to end, retry, alert'),
  ...row('transport', [501], 'already connected: nothing to do'),
  ...row('transport', [502], 'cannot connect: back off; gateway down, wrong port or interface off'),
  ...row('transport', [503, 506], 'version not supported, also for a moment after a restart: retry, say so'),
  ...row('transport', [504], 'not connected: every order in flight is unknown'),
  ...row('transport', [505], 'unreadable message: alert a version mismatch'),
  ...row('transport', [1100, 2110], 'link to the broker lost: no entries, no modifies'),
  ...row('transport', [1101], 'link restored, data lost: subscribe again and reconcile'),
  ...row('transport', [1102], 'link restored: reconcile executions'),
  ...row('transport', [1300], 'the port changed: stop and alert'),

  ...row('rejection', [106, 107], 'the order is incomplete or cannot be transmitted: fix it, same intent'),
  ...row('rejection', [109, 163, 164, 382, 383], "the broker's precautionary limits: alert, never bypass"),
  ...row('rejection', [110], 'off the price grid: round by the market rule; on a working order the old price stays'),
  ...row('rejection', [200], 'no such contract: qualify it again, do not retry'),
  ...row('rejection', [201], 'refused for the reason in the text; a refused modify leaves the original working'),
  ...row('rejection', [203], 'security not allowed for this account: stop'),
  ...row('rejection', [321], 'invalid request or read-only session: stop'),
  ...row('rejection', [388, 434, 10250], 'invalid or zero size: a defect, stop'),
  ...row('rejection', [392, 412], 'contract expired or not available for trading: stop'),
  ...row('rejection', [460], 'no trading permission: stop'),
  ...row('rejection', ORDER_FIELDS, 'a field of the order is not accepted here: stop, its text says which'),
  ...row('rejection', [10058], 'prices per leg are not accepted on this combination: fix it'),

  ...row('ambiguous', [103], 'the order id was used, perhaps by us: look it up, then a new id'),
  ...row('ambiguous', [104], 'filled meanwhile: read executions'),
  ...row('ambiguous', [105, 329], 'the change is not taken and the order works as it was: cancel it and replace it'),
  ...row('ambiguous', [133, 134], 'submit or modify failed: reconcile'),
  ...row('ambiguous', [135], 'order not found: never placed, or of another client; reconcile'),
  ...row('ambiguous', [320, 322, 323], 'the server could not read or process the request: reconcile'),
  ...row('ambiguous', [512], 'sending failed: reconcile'),
  ...row('ambiguous', [10006], 'the parent is missing: reconcile the bracket'),
  ...row('ambiguous', [10328], 'connection lost, order data unresolved: reconcile'),

  ...row('cancel', [136, 161], 'not in a cancellable state: reconcile, it may be filled'),
  ...row('cancel', [202], 'cancelled: check the filled part'),
  ...row('cancel', [10147], 'order to cancel not found: reconcile'),
  ...row('cancel', [10148], 'cannot be cancelled in the state of the text: read it, reconcile'),
  ...row('cancel', [10149], 'invalid order id: a defect, or a manual order'),

  ...row('warning', [399], 'message about an order that lives'),
  ...row('warning', [404], 'held while shares are located: it may still fill'),
  ...row('warning', [481], 'size reduced by the broker: read the total quantity again'),
  ...row('warning', [2100, 2102, 2109, 2137], 'log; the order lives'),
  ...row('warning', [10233, 10335, 10349], 'order presets applied: the order may be live'),
  ...row('warning', [10311], 'direct routing: route by SMART'),
  ...row('warning', [10333], 'exercise at the money needs an override'),

  ...row('data', [101, 309], 'data lines exhausted: free some, do not retry blindly'),
  ...row('data', [162, 165, 366], 'historical data: back off'),
  ...row('data', [354, 10089, 10091, 10168], 'not subscribed: do not trade on it'),
  ...row('data', [10090], 'partly subscribed: Greeks count as missing'),
  ...row('data', [10167], 'delayed data follow: refuse entries'),
  ...row('data', [10186, 10189], 'no data from here: refuse entries'),
  ...row('data', [10197], 'another live session of this user has the data: refuse entries, alert'),
  ...row('data', [2103, 2105, 2157], 'a data farm is broken: mark quotes stale'),
  ...row('data', [10225], 'bars halted: subscribe again'),

  ...row('info', [300], 'unknown ticker id: ignore'),
  ...row('info', [2104, 2106, 2158], 'a data farm is well again'),
  ...row('info', [2107, 2108], 'a data farm sleeps until needed'),
];

const BY_CODE: ReadonlyMap<number, ErrorCodeEntry> = new Map(ERROR_CODES.map((entry) => [entry.code, entry]));

/** Doubtful codes that go with a refusal of the new order: with it in no list, the wait for its own time is not needed. */
const WITH_REFUSAL: ReadonlySet<number> = new Set([103, 133, 135, 320, 322, 323, 10006]);

/** Whether the code makes it likely that a new order was not taken; the lists must still bear it out. */
export function suggestsRefusal(code: number): boolean {
  return errorClass(code) === 'rejection' || WITH_REFUSAL.has(code);
}

/** Statuses under which an order exists at the broker, or may: no code outweighs them. */
const WORKING: ReadonlySet<string> = new Set(['PreSubmitted', 'Submitted', 'PendingCancel', 'Filled']);

/** Class of a code; the broker numbers its warnings 2100 to 2999, everything else unlisted is ambiguous. */
export function errorClass(code: number): ErrorCodeClass {
  return BY_CODE.get(code)?.class ?? (code >= 2100 && code <= 2999 ? 'warning' : 'ambiguous');
}

/** What a code is answered with; of an unlisted one, to look the order up. */
export function errorReaction(code: number): string {
  return BY_CODE.get(code)?.reaction ?? 'unlisted code: look the order up by its orderRef';
}

/**
 * Whether the code proves that a new order does not work. `status` is the broker's latest word on it. Never for a modify or
 * cancel: the original stays live. 103, 104, 133 to 135, 161, 202, 10147, 10148 and 10349 never prove it; 110 proves it only while
 * the order is not yet acknowledged.
 */
export function provesRejection(
  code: number,
  order: { readonly newOrder: boolean; readonly status?: string | undefined },
): boolean {
  if (!order.newOrder || errorClass(code) !== 'rejection') return false;
  if (order.status !== undefined && WORKING.has(order.status)) return false;
  return code !== 110 || order.status === undefined || order.status === 'PendingSubmit';
}
