/** When orders may leave, and when they must. */

import { isProtective } from 'legwork';
import type { Evidence } from '../evidence.js';
import { undisturbedIn } from '../outages.js';
import { easternClock } from './eastern-clock.js';
import { orderFrames, type Violation, wallOf } from './frames.js';
import { latestAt, wallAt } from './wall-clock.js';

/** From the statement that commits what is written, and reads the trading state, to the write. */
const HALT_GRACE_MS = 250;
/** From the quotes that an order is priced by to its write. */
const QUOTE_GRACE_MS = 3_000;
const DUE_MS = 60_000;
/** Rules of positions that an order at rest, or somebody else, has closed. */
const RESTED: readonly string[] = ['protective_stop', 'profit_target', 'closed_outside'];
const OPENS = 9 * 60 + 30;
const CLOSES = 16 * 60 + 15;

/** No order that opens, new or changed, leaves while trading is halted or may only reduce. */
export function nothingOpensWhileHalted(evidence: Evidence): readonly Violation[] {
  const frames = orderFrames(evidence).filter(({ intent }) => intent?.purpose === 'OPEN');
  return evidence.halts.flatMap(({ state, from, to }) =>
    frames
      .filter(({ entry }) => wallOf(entry) > from + HALT_GRACE_MS && wallOf(entry) < (to ?? Number.POSITIVE_INFINITY))
      .map(({ orderRef, isNew, entry }) => ({
        invariant: 'nothing opens while halted',
        text: `${orderRef} was ${isNew ? 'sent' : 'changed'} ${wallOf(entry) - from} ms after trading was ${state}`,
      })),
  );
}

/** Nothing automatic, new or changed, leaves while trading is halted: exits of rules and persons wait as well (none overrides a halt here). */
export function nothingLeavesWhileHalted(evidence: Evidence): readonly Violation[] {
  const frames = orderFrames(evidence).filter(({ intent }) => intent?.purpose === 'REDUCE');
  return evidence.halts
    .filter(({ state }) => state === 'HALTED')
    .flatMap(({ from, to }) =>
      frames
        .filter(({ entry }) => wallOf(entry) > from + HALT_GRACE_MS && wallOf(entry) < (to ?? Number.POSITIVE_INFINITY))
        .map(({ orderRef, isNew, entry }) => ({
          invariant: 'nothing leaves while halted',
          text: `${orderRef} was ${isNew ? 'sent' : 'changed'} ${wallOf(entry) - from} ms after trading was halted`,
        })),
    );
}

/** A new opening order rests on live quotes: none leaves while they are delayed. */
export function nothingOpensOnDelayedQuotes(evidence: Evidence): readonly Violation[] {
  const frames = orderFrames(evidence).filter(({ intent, isNew }) => intent?.purpose === 'OPEN' && isNew);
  return evidence.outages
    .filter(({ what }) => what === 'gateway marketData')
    .flatMap(({ from, to }) =>
      frames
        .filter(
          ({ entry }) => wallOf(entry) > from + QUOTE_GRACE_MS && wallOf(entry) < (to ?? Number.POSITIVE_INFINITY),
        )
        .map(({ orderRef, entry }) => ({
          invariant: 'nothing opens on delayed quotes',
          text: `${orderRef} was sent ${wallOf(entry) - from} ms after quotes became delayed`,
        })),
    );
}

/**
 * Orders leave in the session of the options only. The clock of a killed gateway stands still until it runs again, and the worker's never
 * goes back: it is open when either says so.
 */
export function onlyWhenOpen(evidence: Evidence): readonly Violation[] {
  return orderFrames(evidence)
    .filter(({ entry }) => {
      const minute = easternClock(entry.at);
      const known = latestAt(evidence.clock, wallOf(entry));
      return minute >= CLOSES || (minute < OPENS && easternClock(Math.max(entry.at, known)) < OPENS);
    })
    .map(({ orderRef, entry }) => ({
      invariant: 'only when open',
      text: `${orderRef} left at ${new Date(entry.at).toISOString()}`,
    }));
}

/** An exit that somebody asked for, or a rule decided, is at the broker within a minute of undisturbed wall time. */
export function exitsInTime(evidence: Evidence): readonly Violation[] {
  const frames = orderFrames(evidence).filter(
    ({ intent }) => intent?.purpose === 'REDUCE' && !isProtective(intent.role),
  );
  const due = [
    ...[...evidence.exitAsked].map(([positionId, at]) => ({ positionId, at, why: 'a person asked' })),
    ...evidence.decisions
      .filter(({ action, kind }) => action !== 'HOLD' && kind === 'monitor')
      .map(({ subjectId, at, rule }) => ({
        positionId: subjectId,
        at: wallAt(evidence.clock, at),
        why: `${rule} decided`,
      })),
  ];
  return due.flatMap(({ positionId, at, why }) => {
    const mine = frames.filter(({ intent }) => intent?.positionId === positionId);
    // One that was under way already serves a later asker as well.
    const after = mine.find(({ entry }) => wallOf(entry) >= at) ?? mine.at(-1);
    if (after === undefined) return closedOtherwise(evidence, positionId) ? [] : [late(positionId, why, 'never')];
    const waited = undisturbedIn(evidence.outages, at, Math.max(at, wallOf(after.entry)));
    return waited <= DUE_MS ? [] : [late(positionId, why, `after ${Math.round(waited)} ms`)];
  });
}

function late(positionId: string, why: string, when: string): Violation {
  return { invariant: 'exits in time', text: `${positionId}: ${why}, its order was at the broker ${when}` };
}

/** A position that was never filled, or that somebody else closed, has nothing to exit; a resting order was there before. */
function closedOtherwise({ executions }: Evidence, positionId: string): boolean {
  return executions.some(
    (row) => row.positionId === positionId && (row.openedCombos === 0 || RESTED.includes(row.exitRule ?? '')),
  );
}
