/** An entry that nothing hinders opens: what did not open is explained by a fault that struck before its answer, or by the market. */

import type { IntentRow } from 'legwork';
import type { EntryEvidence } from '../entry-evidence.js';
import type { Evidence } from '../evidence.js';
import type { InjectedFault } from '../injected-faults.js';
import { undisturbedIn } from '../outages.js';
import { type Cause, causeOf, type FaultName, limitIn } from './entry-causes.js';
import { injectionsIn } from './fault-windows.js';
import type { Violation } from './frames.js';

/** An order whose limits and quotes left it a smaller chance than this to stay unfilled did not stay so by chance. */
const CHANCE_MIN = 0.001;
/** Share of its time that an order must have had at the broker before the market can be what kept it from filling. */
const TIME_SHARE_MIN = 0.5;
/** Dollars a share; an entry is given up when the net of its legs moves by 0.05, on quotes a little older. */
const MOVED_MIN = 0.04;
/** Dollars a share: what an opening may pay where nothing is bid. A limit of the wrong sign has the size of a real price. */
const WORTHLESS_MAX = 0.05;
/** Ms that a step may have waited for the broker although nothing disturbed it. */
const UNDISTURBED_MAX_MS = 60_000;
const ENDED: readonly string[] = ['NOT_ENTERED', 'FAILED'];

/** One reason why an entry did not open. */
export interface Why {
  readonly reason: string;
  /** The kind of reason, and what explains it; absent: nothing does. */
  readonly cause?: string;
  readonly by?: string;
  /** What is known about it, in words for people. */
  readonly note: string;
}

export interface NotOpened {
  readonly index: number;
  readonly title: string;
  readonly whys: readonly Why[];
}

/** Every entry that ended without a position, each with all of its reasons. */
export function notOpened(evidence: Evidence): readonly NotOpened[] {
  return evidence.entries.filter(({ row }) => ENDED.includes(row.status)).map((entry) => explainEntry(evidence, entry));
}

/** What did not open has a reason that a fault of this seed, or the market by its numbers, can have brought about. */
export function entriesOpen(evidence: Evidence): readonly Violation[] {
  return notOpened(evidence).flatMap(({ title, whys }) =>
    whys
      .filter(({ by }) => by === undefined)
      .map(({ reason, note }) => ({ invariant: 'entries open', text: `${title}: “${reason}”: ${note}` })),
  );
}

function explainEntry(evidence: Evidence, entry: EntryEvidence): NotOpened {
  const { row, code, index } = entry;
  const planned = evidence.plan.positions[index];
  const shape = planned === undefined ? '' : ` (${planned.quantity} ${planned.name}, ${planned.pricing.kind})`;
  const title = `entry ${row.entryId}${shape} ${row.status} ${code ?? 'without a code'}`;
  const openings = [...evidence.intents.values()].filter(
    ({ positionId, purpose }) => purpose === 'OPEN' && positionId === row.positionId,
  );
  const reasons = reasonsOf(row.reasons, openings);
  const told = reasons.map(({ reason, orders }) => explain(evidence, entry, reason, orders));
  // Legs that were held back for the same reason report it once.
  const whys = [...new Map(told.map((why) => [JSON.stringify(why), why])).values()];
  return { index, title, whys: whys.length > 0 ? whys : [{ reason: '', note: 'it does not say why' }] };
}

interface Reason {
  readonly reason: string;
  /** The opening orders that it is about. */
  readonly orders: readonly IntentRow[];
}

/** The row of an opening leg by leg has the numbers; each order that did not fill has its own reason. */
function reasonsOf(told: readonly string[], openings: readonly IntentRow[]): readonly Reason[] {
  if (!told.some((reason) => reason.includes('leg by leg: ')))
    return told.map((reason) => ({ reason, orders: openings }));
  const unfilled = openings.filter(({ state }) => state !== 'FILLED');
  if (unfilled.length === 0) return [{ reason: `nothing was drawn up: ${told.join(' ')}`, orders: [] }];
  return unfilled.map((order) => ({ reason: order.reason ?? order.state, orders: [order] }));
}

function explain(evidence: Evidence, entry: EntryEvidence, reason: string, orders: readonly IntentRow[]): Why {
  const cause = causeOf(reason);
  if (cause === undefined) return { reason, note: 'no fault leads to this' };
  const why = { reason, cause: cause.name };
  if (cause.expiring !== undefined) {
    const limit = cause.expiring === 'limit' ? limitIn(cause, reason) : 0;
    const isExpiring = evidence.plan.positions[entry.index]?.name.startsWith('expiring') === true;
    if (isExpiring && limit >= 0 && limit <= WORTHLESS_MAX)
      return { ...why, by: 'the market', note: 'a far leg that ends today may have no bid' };
    return { ...why, note: isExpiring ? `a limit of ${limit} is a real price` : 'its legs have a bid' };
  }
  if (cause.market !== true) return { ...why, ...byFault(evidence, entry, cause) };
  const { verdict, note } = byMarket(evidence, reason, orders);
  if (verdict === 'explains') return { ...why, by: 'the market', note };
  if (verdict === 'contradicts') return { ...why, note: `${note}; it had to fill` };
  const fault = byFault(evidence, entry, cause);
  return { ...why, ...fault, note: `${note}; ${fault.note}` };
}

/** The faults that can have led to a reason before the answer, the likeliest first. */
function byFault(evidence: Evidence, { askedAt, answeredAt }: EntryEvidence, cause: Cause): Pick<Why, 'by' | 'note'> {
  const undisturbed = undisturbedIn(evidence.outages, askedAt, answeredAt);
  if (cause.outlasted === true && undisturbed > UNDISTURBED_MAX_MS) {
    return { note: `nothing was away for ${Math.round(undisturbed)} ms of its time` };
  }
  const rank = (injection: InjectedFault) => cause.faults.findIndex((name) => isNamed(name, injection));
  const possible = injectionsIn(evidence, askedAt, answeredAt)
    .filter((injection) => rank(injection) >= 0)
    .sort((one, other) => rank(one) - rank(other));
  const [first] = possible;
  if (first === undefined) return { note: 'no fault that leads to it struck' };
  const seconds = (at: number) => ((at - askedAt) / 1000).toFixed(1);
  const struck = possible.map(
    ({ kind, message, from }) => `${kind}${message ? ` ${message}` : ''} at ${seconds(from)} s`,
  );
  return { by: first.kind, note: `${struck.join(', ')}; answered at ${seconds(answeredAt)} s` };
}

function isNamed(name: FaultName, { kind, message }: InjectedFault): boolean {
  return name === kind || name === `${kind} ${message}`;
}

interface ByMarket {
  readonly verdict: 'explains' | 'contradicts' | 'says nothing';
  readonly note: string;
}

/** What the numbers of the orders at the broker say; an order that was not there says nothing. */
function byMarket({ waits, injections }: Evidence, reason: string, orders: readonly IntentRow[]): ByMarket {
  const waited = orders.flatMap((order) => {
    const wait = waits.get(order.orderRef);
    return wait === undefined ? [] : [{ order, wait }];
  });
  const last = waited.at(-1);
  if (last === undefined) return { verdict: 'says nothing', note: 'no order of it rested at the broker' };
  const chance = waited.reduce((product, { wait }) => product * wait.chance, 1);
  const { ms, moved, toItsEnd } = last.wait;
  const note = `${Math.round(ms / 1000)} s of the market at the broker, chance to stay unfilled ${chance.toPrecision(2)}, net moved by ${moved.toFixed(2)}`;
  // The clock of a killed gateway leaps, and orders are not matched meanwhile.
  const leapt = injections.some(({ kind }) => kind === 'kill-gateway');
  if (chance < CHANCE_MIN) return { verdict: leapt ? 'says nothing' : 'contradicts', note };
  const { createdAt, payload } = last.order;
  const time = (payload.goodTill ?? createdAt) - createdAt;
  const away = moved >= MOVED_MIN && !/in its time/.test(reason);
  return { verdict: away || (toItsEnd && ms >= time * TIME_SHARE_MIN) ? 'explains' : 'says nothing', note };
}
