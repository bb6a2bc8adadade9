/** The opening of a position: its first working order, and the report to the entry. */

import { getExternalWorkflowHandle, patched } from '@temporalio/workflow';
import type { OrderSpec, PositionSummary } from '../contract/activities.js';
import { openingSettledSignal } from '../contract/messages.js';
import { ANSWER_NEVER_OPENED, ANSWER_REVIVED } from '../contract/patches.js';
import type { PositionResult } from '../contract/requests.js';
import { defined } from '../domain/defined.js';
import { describeOpening, type OpeningReport } from '../domain/position/opening-report.js';
import { openByLegs } from './legs-opening.js';
import { answerRest } from './position-answers.js';
import { bracketChildren, removeProtection } from './position-protection.js';
import type { Position } from './position-state.js';
import { settle, type WorkControl, type WorkOutcome, workOrder } from './working-order.js';

/** Opens the position; a result means that it never opened and the run is over. */
export async function openPosition(position: Position): Promise<PositionResult | undefined> {
  const { positionId } = position.input;
  const before = await takeUp(position);
  if (before.halfOpen) return await opened(position, await legByLeg(position, true));
  if (before.openedCombos > 0) {
    await notifyEntry(position, before.openedCombos, 'opened by an earlier try', undefined);
    return undefined;
  }
  if (before.flat)
    return await opened(position, {
      reason: 'an earlier run ended before the opening was recorded',
      code: 'NOT_FILLED',
    });
  if (position.input.mode === 'legs') return await opened(position, await legByLeg(position, false));

  position.step += 1;
  const outcome = await workOrder(
    position.proxies,
    {
      positionId,
      step: position.step,
      role: 'combo',
      purpose: 'OPEN',
      combos: before.plannedCombos,
      pricing: position.input.pricing,
      by: 'entry',
      overrideHalt: false,
    },
    {
      ...openingControl(position),
      ...(before.bracket === true && {
        children: (order: OrderSpec, orderRef: string) => bracketChildren(position, order, orderRef),
      }),
    },
  );
  const notTaken = outcome.kind === 'refused' && outcome.byLegs === true;
  if (notTaken && position.input.mode !== 'combo' && position.input.pricing.kind !== 'limit') {
    // A child of the refused bracket without evidence would count as closing what the legs bring.
    if (before.bracket === true) await removeProtection(position);
    return await opened(position, await legByLeg(position, false));
  }
  return await opened(position, verdict(outcome));
}

function openingControl(position: Position): WorkControl {
  return {
    urgency: () => 'NORMAL',
    onDecision: (command) => position.queue.put(command),
    // An exit requested while the position still opens ends the opening first.
    cancelReason: () => (position.queue.size > 0 ? 'an exit was requested while opening' : position.openingCancelled),
    onWorking: (orderRef, text) => position.work(orderRef, text),
    ...position.parking,
  };
}

interface Verdict {
  readonly reason: string;
  readonly code?: string;
  /** Attention that was raised stays. */
  readonly unsettled?: true;
  /** Why legs worked one by one did not fill. */
  readonly unfilled?: readonly string[];
}

async function legByLeg(position: Position, resumed: boolean): Promise<Verdict> {
  const outcome = await openByLegs(position, openingControl(position), resumed);
  return outcome.kind === 'done'
    ? { reason: 'worked leg by leg', unfilled: outcome.unfilled }
    : { reason: outcome.reason, code: 'NOT_FILLED', unsettled: true };
}

/** Records the result of the opening and reports it; a result of this function means that nothing is held. */
async function opened(
  position: Position,
  { reason: why, code: because, unsettled, unfilled = [] }: Verdict,
): Promise<PositionResult | undefined> {
  const { positionId } = position.input;
  const record = () =>
    position.proxies.position.recordOpening({
      positionId,
      reason: why,
      ...defined({ code: because }),
    });
  let summary = await record();
  if (wasTakenBack(summary)) {
    // The run ends here, so the cost is reported and stored with every commission.
    await position.proxies.waits.settleCommissions({ positionId });
    summary = await record();
  }
  position.show(summary);
  const { opening } = summary;
  // Leg by leg, the numbers say more than the reason that ended the last order.
  const told = opening?.byLegs ? `${unsettled ? `${why} ` : ''}${describeOpening(opening)}` : why;
  const reason = [told, ...unfilled].join('; ');
  const code = because ?? (summary.openedCombos === 0 ? 'NOT_FILLED' : undefined);
  if (!unsettled || summary.flat) await position.attention.settled();
  if (summary.openedCombos === 0 && !summary.halfOpen) {
    if (summary.bracket === true) await removeProtection(position);
    return await neverOpened(position, reason, code, opening);
  }
  await notifyEntry(position, summary.openedCombos, reason, code, opening);
  return undefined;
}

function wasTakenBack({ flat, openedCombos, opening }: PositionSummary): boolean {
  return flat && openedCombos === 0 && opening?.legs.some((leg) => leg.opened > 0) === true;
}

async function neverOpened(
  position: Position,
  reason: string,
  code = 'NOT_FILLED',
  opening?: OpeningReport,
): Promise<PositionResult> {
  const { positionId } = position.input;
  await notifyEntry(position, 0, reason, code, opening);
  await answerAsked(position, reason);
  await position.proxies.position.leavePosition({ positionId });
  await answerAsked(position, reason);
  await position.attention.over();
  await position.written();
  return { positionId, status: 'NOT_OPENED', rule: 'none', reason };
}

/** Exit requests that came meanwhile. */
async function answerAsked(position: Position, reason: string): Promise<void> {
  if (position.queue.size === 0 || !patched(ANSWER_NEVER_OPENED)) return;
  await answerRest(position, `Nothing was opened: ${reason}.`);
}

/**
 * Takes up a position that was opened in an earlier run. When that one was ended from outside after the fill, the entry that waits
 * for the opening has not heard of it.
 */
export async function takeUpOpened(position: Position): Promise<void> {
  const { openedCombos } = await takeUp(position);
  const isRevived = position.input.carried?.abandoned !== undefined;
  if (isRevived && position.input.entryWorkflowId !== undefined && patched(ANSWER_REVIVED))
    await notifyEntry(position, openedCombos, 'opened by an earlier run', undefined);
}

/** Reads the state of the position, after the orders that an earlier run left at the broker have been cancelled and settled. */
export async function takeUp(position: Position): Promise<PositionSummary> {
  const { positionId } = position.input;
  const { position: activities, settle: steps } = position.proxies;
  const found = await activities.readPosition({ positionId });
  position.show(found);
  if (found.unsettled.length === 0) {
    // A person may have settled a parked order while no run was there.
    await position.attention.end('parked');
    return found;
  }
  for (const orderRef of found.unsettled) {
    await settle(position.proxies, orderRef, position.parking);
    await steps.cancelOrder({ orderRef, reason: 'left over by an earlier run' });
  }
  const settled = await activities.recordOpening({ positionId, reason: 'taken up again' });
  position.show(settled);
  return settled;
}

function verdict(outcome: WorkOutcome): Verdict {
  if (outcome.kind === 'done') return outcome.filled > 0 ? outcome : { reason: outcome.reason, code: 'NOT_FILLED' };
  if (outcome.kind === 'refused') return outcome;
  return { reason: outcome.reason, code: 'NOT_FILLED' };
}

async function notifyEntry(
  position: Position,
  filledCombos: number,
  reason: string,
  code: string | undefined,
  opening?: OpeningReport,
): Promise<void> {
  const { positionId, entryWorkflowId } = position.input;
  if (entryWorkflowId === undefined) return;
  try {
    await getExternalWorkflowHandle(entryWorkflowId).signal(openingSettledSignal, {
      positionId,
      filledCombos,
      reason,
      ...defined({ code }),
      ...(opening && { opening }),
    });
  } catch {
    // The entry's workflow was ended from outside; the position does not depend on it.
  }
}
