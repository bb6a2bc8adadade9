/**
 * Signals, updates and queries of the workflows, as programs send them. Signals and updates of a position have the same names; what
 * people send is read by message-input.ts.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { OpeningReport } from '../domain/position/opening-report.js';
import type { Urgency } from '../domain/rules/decision.js';
import type { ExitOutcome, PositionStatus, Pricing } from './requests.js';

export interface CloseMessage {
  readonly requestId: string;
  readonly urgency?: Urgency;
  readonly pricing?: Pricing;
  readonly overrideHalt?: boolean;
  readonly replyTo?: string;
  readonly rule?: string;
}
export interface ReduceMessage extends CloseMessage {
  readonly ratio: number;
}
export interface RollMessage extends CloseMessage {
  readonly dte?: number;
  readonly orClose?: boolean;
}
export interface PauseMessage {
  readonly requestId: string;
}

/** `joined`: the request is part of an exit that is in progress or was requested before. */
export interface Accepted {
  readonly requestId: string;
  readonly joined: boolean;
}

export const closeSignal = defineSignal<[CloseMessage]>('close');
export const reduceSignal = defineSignal<[ReduceMessage]>('reduce');
export const rollSignal = defineSignal<[RollMessage]>('roll');
export const pauseSignal = defineSignal<[PauseMessage]>('pause');
export const resumeSignal = defineSignal<[PauseMessage]>('resume');

export const pauseUpdate = defineUpdate<Accepted, [PauseMessage]>('pause');
export const resumeUpdate = defineUpdate<Accepted, [PauseMessage]>('resume');

export const statusQuery = defineQuery<PositionStatus>('status');

/**
 * The name under which a message between workflows is listed, apart from those for people. The release before knows only the old name:
 * that one is sent until a release later, and answered as well.
 */
export function betweenWorkflows(name: string): string {
  return `_${name}`;
}

/** To the entry workflow: the opening has ended. */
export interface OpeningSettled {
  readonly positionId: string;
  readonly filledCombos: number;
  readonly reason: string;
  readonly code?: string;
  readonly opening?: OpeningReport;
}
export const openingSettledSignal = defineSignal<[OpeningSettled]>('openingSettled');

/** To a position that opens: what has not filled is cancelled, what has filled stays. Without an old name, since no release before sends it. */
export const cancelOpeningSignal = defineSignal<[{ readonly reason: string }]>(betweenWorkflows('cancelOpening'));

/** To a position whose run may sleep: something of it has changed. */
export const changedSignal = defineSignal<[]>(betweenWorkflows('changed'));

/** To the exit workflow: the exit it passed on has ended. */
export const exitSettledSignal = defineSignal<[ExitOutcome]>('exitSettled');
