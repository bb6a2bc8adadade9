/**
 * The broker's message codes in one table: what each proves about an order, what it says about the session, a data farm, a request or a
 * market data line, and the reaction. An unlisted code is ambiguous: new and undocumented codes have been followed by fills, so only a
 * listed one can prove anything. The text of a refusal is read in order/refusal.ts.
 */

/**
 * transport: the session. rejection: proves that a new order does not work. ambiguous: search for the order by its orderRef. cancel: the
 * answer to a cancel. warning: the order lives. data: market data. info: nothing to do.
 */
export type ErrorCodeClass = 'transport' | 'rejection' | 'ambiguous' | 'cancel' | 'warning' | 'data' | 'info';

/** Why an order was refused. form: the broker accepts no such combination at any price. late: the order arrived after its good-till time. */
export type RefusalKind =
  | 'riskless'
  | 'guaranteed-loss'
  | 'too-far'
  | 'collision'
  | 'form'
  | 'margin'
  | 'tick'
  | 'permission'
  | 'closed'
  | 'late'
  | 'other';

/**
 * What a code means for a market data line. passing: no data for now, until a competing session ends or a subscription begins. full: too
 * many lines are open. final: the request will never be served. delayed: delayed quotes follow.
 */
export type LineAnswer = 'passing' | 'full' | 'final' | 'delayed';

export type FarmKind = 'market' | 'history' | 'definitions';
export type FarmState = 'broken' | 'connecting' | 'well';

export interface SessionMeaning {
  /** The link between the gateway and the broker. In both cases open orders must be read before an order is modified again. */
  readonly link?: 'lost' | 'back';
  /** The broker has dropped the subscriptions. */
  readonly dataLost?: true;
  readonly clientIdInUse?: true;
  /** The client library lost its place in the stream: nothing from it can be trusted any more. */
  readonly fatal?: true;
  readonly level?: 'error';
  /** Why the session is not usable: a sentence without its full stop. */
  readonly reason?: string;
}

interface Columns {
  /** Accompanies a refusal of a new order; the code alone does not prove it. */
  readonly withRefusal?: true;
  /** Why the order is refused, when the text does not say. */
  readonly refusal?: RefusalKind;
  /** As an answer to a request it refuses nothing: it is about a live order, partial or delayed data, or presets. */
  readonly advisory?: true;
  /** As an answer to a request it proves that no contract fits. */
  readonly noContract?: true;
  readonly line?: LineAnswer;
  readonly farm?: { readonly kind: FarmKind; readonly state: FarmState };
  readonly session?: SessionMeaning;
}

export interface IbCode extends Columns {
  readonly code: number;
  readonly class: ErrorCodeClass;
  /** What Legwork does, one line; logged with the message. */
  readonly reaction: string;
}

const row = (
  kind: ErrorCodeClass,
  codes: readonly number[],
  reaction: string,
  columns: Columns = {},
): readonly IbCode[] => codes.map((code) => ({ code, class: kind, reaction, ...columns }));

/**
 * TWS checks the fields of an order before it takes it, and answers an invalid one with a code of its own and no status. These are the
 * codes about new orders from IB's table of message codes; the other large client treats an order as invalid on the same ones.
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

const LINK_LOST: SessionMeaning = { link: 'lost', reason: 'The gateway lost its link to the broker' };

/** Every known code, each once. */
export const IB_CODES: readonly IbCode[] = [
  ...row('transport', [100], 'too many messages: slow down, reconnect, reconcile'),
  ...row('transport', [326], 'the client id is in use: wait for the old session to end, retry, alert', {
    session: { clientIdInUse: true, reason: 'The client id is already in use at the gateway' },
  }),
  ...row('transport', [507], 'the client id is in use: wait for the old session to end, retry, alert'),
  ...row('transport', [501], 'already connected: nothing to do'),
  ...row('transport', [502], 'cannot connect: back off; gateway down, wrong port or interface off'),
  ...row('transport', [503, 506], 'version not supported, also for a moment after a restart: retry, say so'),
  ...row('transport', [504], 'not connected: every order in flight is unknown'),
  ...row('transport', [505], 'unreadable message: alert a version mismatch', {
    session: { fatal: true, level: 'error', reason: 'A message from the broker could not be read to its end' },
  }),
  ...row('transport', [1100, 2110], 'link to the broker lost: no entries, no modifies', { session: LINK_LOST }),
  ...row('transport', [1101], 'link restored, data lost: subscribe again and reconcile', {
    session: { link: 'back', dataLost: true },
  }),
  ...row('transport', [1102], 'link restored: reconcile executions', { session: { link: 'back' } }),
  ...row('transport', [1300], 'the port changed: stop and alert', {
    session: { level: 'error', reason: 'The gateway moved to another port' },
  }),

  ...row('rejection', [106, 107], 'the order is incomplete or cannot be transmitted: fix it, same intent'),
  ...row('rejection', [109], "the broker's precautionary limits: alert, never bypass", { refusal: 'too-far' }),
  ...row('rejection', [163, 164, 382, 383], "the broker's precautionary limits: alert, never bypass"),
  ...row('rejection', [110], 'off the price grid: round by the market rule; on a working order the old price stays', {
    refusal: 'tick',
  }),
  ...row('rejection', [200], 'no such contract: qualify it again, do not retry', { noContract: true, line: 'final' }),
  ...row('rejection', [201], 'refused for the reason in the text; a refused modify leaves the original working'),
  ...row('rejection', [203], 'security not allowed for this account: stop', { refusal: 'permission' }),
  ...row('rejection', [321], 'invalid request or read-only session: stop', { line: 'final' }),
  ...row('rejection', [388, 434, 10250], 'invalid or zero size: a defect, stop'),
  ...row('rejection', [392, 412], 'contract expired or not available for trading: stop', { refusal: 'closed' }),
  ...row('rejection', [460], 'no trading permission: stop', { refusal: 'permission' }),
  ...row('rejection', ORDER_FIELDS, 'a field of the order is not accepted here: stop, its text says which'),
  ...row('rejection', [10058], 'prices per leg are not accepted on this combination: fix it', { refusal: 'form' }),

  ...row('ambiguous', [103], 'the order id was used, perhaps by us: look it up, then a new id', { withRefusal: true }),
  ...row('ambiguous', [104], 'filled meanwhile: read executions'),
  ...row('ambiguous', [105, 329], 'the change is not taken and the order works as it was: cancel it and replace it'),
  ...row('ambiguous', [133], 'submit or modify failed: reconcile', { withRefusal: true }),
  ...row('ambiguous', [134], 'submit or modify failed: reconcile'),
  ...row('ambiguous', [135], 'order not found: never placed, or of another client; reconcile', { withRefusal: true }),
  ...row('ambiguous', [320, 322, 323], 'the server could not read or process the request: reconcile', {
    withRefusal: true,
  }),
  ...row('ambiguous', [512], 'sending failed: reconcile'),
  ...row('ambiguous', [10006], 'the parent is missing: reconcile the bracket', { withRefusal: true }),
  ...row('ambiguous', [10328], 'connection lost, order data unresolved: reconcile'),

  ...row('cancel', [136, 161], 'not in a cancellable state: reconcile, it may be filled'),
  ...row('cancel', [202], 'cancelled: check the filled part'),
  ...row('cancel', [10147], 'order to cancel not found: reconcile'),
  ...row('cancel', [10148], 'cannot be cancelled in the state of the text: read it, reconcile'),
  ...row('cancel', [10149], 'invalid order id: a defect, or a manual order'),

  ...row('warning', [399], 'message about an order that lives', { advisory: true }),
  ...row('warning', [404], 'held while shares are located: it may still fill', { advisory: true }),
  ...row('warning', [481], 'size reduced by the broker: read the total quantity again', { advisory: true }),
  ...row('warning', [2100, 2102, 2109, 2137], 'log; the order lives', { advisory: true }),
  ...row('warning', [10233, 10335, 10349], 'order presets applied: the order may be live', { advisory: true }),
  ...row('warning', [10311], 'direct routing: route by SMART'),
  ...row('warning', [10333], 'exercise at the money needs an override'),

  ...row('data', [101], 'data lines exhausted: free some, do not retry blindly', { line: 'full' }),
  ...row('data', [309], 'data lines exhausted: free some, do not retry blindly'),
  ...row('data', [162, 165, 366], 'historical data: back off'),
  // 10089 advises clients to request delayed quotes; Legwork requests live ones.
  ...row('data', [354, 10089, 10168], 'not subscribed: do not trade on it', { line: 'passing' }),
  ...row('data', [10091], 'not subscribed: do not trade on it', { advisory: true }),
  ...row('data', [10090], 'partly subscribed: Greeks count as missing', { advisory: true }),
  ...row('data', [10167], 'delayed data follow: refuse entries', { advisory: true, line: 'delayed' }),
  ...row('data', [10186, 10189], 'no data from here: refuse entries', { line: 'passing' }),
  ...row('data', [10197], 'another live session of this user has the data: refuse entries, alert', { line: 'passing' }),
  ...row('data', [2103], 'a data farm is broken: mark quotes stale', { farm: { kind: 'market', state: 'broken' } }),
  ...row('data', [2105], 'a data farm is broken: mark quotes stale', { farm: { kind: 'history', state: 'broken' } }),
  ...row('data', [2157], 'a data farm is broken: mark quotes stale', {
    farm: { kind: 'definitions', state: 'broken' },
  }),
  ...row('data', [10225], 'bars halted: subscribe again'),

  ...row('warning', [2119], 'a data farm is connecting: mark quotes stale', {
    farm: { kind: 'market', state: 'connecting' },
  }),
  ...row('info', [300], 'unknown ticker id: ignore'),
  ...row('info', [2104], 'a data farm is back', { farm: { kind: 'market', state: 'well' } }),
  ...row('info', [2106], 'a data farm is back', { farm: { kind: 'history', state: 'well' } }),
  ...row('info', [2158], 'a data farm is back', { farm: { kind: 'definitions', state: 'well' } }),
  // A sleeping farm wakes when it is needed: it is healthy.
  ...row('info', [2107], 'a data farm sleeps until needed', { farm: { kind: 'history', state: 'well' } }),
  ...row('info', [2108], 'a data farm sleeps until needed', { farm: { kind: 'market', state: 'well' } }),
];

const BY_CODE: ReadonlyMap<number, IbCode> = new Map(IB_CODES.map((entry) => [entry.code, entry]));

/** The row of a code; undefined when it is not listed. */
export function ibCode(code: number): IbCode | undefined {
  return BY_CODE.get(code);
}

/** Class of a code. The broker numbers its warnings 2100 to 2999; every other unlisted code is ambiguous. */
export function errorClass(code: number): ErrorCodeClass {
  return ibCode(code)?.class ?? (code >= 2100 && code <= 2999 ? 'warning' : 'ambiguous');
}

/** Whether the code, as an answer to a request, refuses it. System notices, 2100 to 2199, refuse nothing. */
export function refusesRequest(code: number): boolean {
  return ibCode(code)?.advisory !== true && !(code >= 2100 && code < 2200);
}
