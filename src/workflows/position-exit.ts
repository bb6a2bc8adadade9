/** Exits of a position: one command at a time, worked until done, answered to everyone who asked. */

import { workflowInfo } from '@temporalio/workflow';
import type { ExitPlan, PositionSummary } from '../contract/activities.js';
import type { ExitCommand, PositionResult } from '../contract/requests.js';
import { defined } from '../domain/defined.js';
import type { OrderRole } from '../domain/ids.js';
import { workLegs } from './legs-exit.js';
import { type Answer, answerAll } from './position-answers.js';
import { removeProtection } from './position-protection.js';
import { openSuccessor } from './position-roll.js';
import type { Position } from './position-state.js';
import { type WorkOutcome, workOrder } from './working-order.js';

/** Market time that a refused exit pauses before the rules may request it again. */
const REFUSED_PAUSE_MS = 60_000;
/** Tries in a row that filled nothing before attention is raised. */
const QUIET_TRIES_MAX = 3;

/** Runs the queue's present command to its end; a result means that the position is flat and the run is over. */
export async function runExit(position: Position, command: ExitCommand): Promise<PositionResult | undefined> {
  position.enter('EXITING');
  const exit: Exit = defined({ since: command.progress?.since });
  const answer = await exitUntilDone(position, command, exit);
  if (answer.openCombos > 0) {
    await answerAll(position, position.queue.finish(), answer);
    if (answer.result === 'REFUSED' && command.by === 'rule') await pauseAfterRefusal(position);
    return undefined;
  }
  const rolled =
    command.action === 'ROLL' && answer.result === 'CLOSED' && !position.queue.overtaken
      ? await openSuccessor(position, command, { ...answer, ...exit })
      : answer;
  await answerAll(position, position.queue.finish(), rolled);
  return { positionId: position.input.positionId, status: 'CLOSED', rule: command.rule, reason: rolled.reason };
}

/** The age of an exit counts from its first plan, in whatever run that was; market time, epoch ms. */
interface Exit {
  since?: number;
}

/**
 * Sends orders until the command's combos are gone. An exit does not give up; only a refusal or a message ends it
 * early.
 */
async function exitUntilDone(position: Position, command: ExitCommand, exit: Exit): Promise<Answer> {
  const { positionId } = position.input;
  let filledCombos = command.progress?.filledCombos ?? 0;
  let quietTries = 0;
  /** A partial exit closes a share of what was open when it began, however often it has to be worked. */
  let target = command.progress?.target;
  let byLegs: true | undefined;
  /** Whole combos are closed leg by leg: their number is known when the last leg is closed. */
  let legsOfAll = false;
  if (position.protective) await removeProtection(position);
  for (;;) {
    // An exit that finds no counterparty is worked for hours: its run continues as new before its history is full.
    if (workflowInfo().continueAsNewSuggested) {
      await position.renewExiting({ filledCombos, ...defined({ target, since: exit.since }) });
    }
    const planned = await position.proxies.position.planExit({
      positionId,
      command,
      step: position.step + 1,
      ...(byLegs && { byLegs }),
      ...(exit.since !== undefined && { begun: { filledCombos, since: exit.since } }),
    });
    if (planned.kind === 'nothing') return await nothingToDo(position, planned, filledCombos);
    target ??= planned.combos;
    if (planned.plannedAt !== undefined) exit.since ??= planned.plannedAt;
    const plan = planned.closesAll ? planned : { ...planned, combos: target };
    position.step = plan.step;
    const combos = plan.closesAll ? plan.combos : plan.combos - filledCombos;
    const outcome = plan.legs
      ? await workLegs(position, command, ofCombos(planned, combos), (...part) => workPart(position, exit, ...part))
      : await workPart(position, exit, command, plan.step, 'combo', combos);
    const summary = await position.proxies.position.recordExit({ positionId, command });
    position.show(summary);
    if (byLegs === undefined && outcome.kind === 'refused' && outcome.byLegs && mayGoByLegs(position, command)) {
      byLegs = true;
      continue;
    }
    const filled = outcome.kind === 'done' ? outcome.filled : 0;
    filledCombos += filled;
    legsOfAll ||= planned.whole === true && planned.closesAll;
    if (summary.flat && legsOfAll) filledCombos = Math.max(filledCombos, target);
    const answer = answerOf(position, command, plan, outcome, summary, filledCombos);
    if (answer !== undefined) return await ended(position, answer);

    quietTries = filled > 0 ? 0 : quietTries + 1;
    if (quietTries >= QUIET_TRIES_MAX)
      await position.attention.raise('exit', `The exit has not filled: ${outcome.reason}`);
    if (outcome.kind === 'later') {
      await position.waitUntil(outcome.notBefore, outcome.reason);
    }
  }
}

/** The legs of the given number of whole combos; the rest of a broken structure is closed as it is. */
function ofCombos(plan: ExitPlan & { readonly kind: 'exit' }, combos: number): ExitPlan & { readonly kind: 'exit' } {
  if (!plan.whole || plan.legs === undefined) return plan;
  const legs = plan.legs.map((leg) => ({ ...leg, contracts: (leg.contracts / plan.combos) * combos }));
  return { ...plan, combos, legs };
}

/** Orders for single legs cannot hold a net price that a person fixed. */
function mayGoByLegs(position: Position, command: ExitCommand): boolean {
  return position.input.mode !== 'combo' && command.pricing.kind !== 'limit';
}

/** One order of the exit, to its end. */
function workPart(
  position: Position,
  { since }: Exit,
  command: ExitCommand,
  step: number,
  role: OrderRole,
  combos: number,
): Promise<WorkOutcome> {
  const { positionId } = position.input;
  const { pricing, by, overrideHalt } = command;
  return workOrder(
    position.proxies,
    { positionId, step, role, purpose: 'REDUCE', combos, pricing, by, overrideHalt },
    {
      urgency: () => position.queue.urgency(),
      exit: () => (since === undefined ? undefined : { since, rules: position.queue.rules }),
      onDecision: (decision) => position.queue.put(decision),
      cancelReason: () => {
        if (position.queue.overtaken) return 'a full close was requested';
        const long = workflowInfo().continueAsNewSuggested && pricing.kind !== 'limit';
        return long ? 'the run of the position continues as new' : undefined;
      },
      onWorking: (orderRef, text) => position.work(orderRef, text),
      ...position.parking,
    },
  );
}

/** The answer when the command is over, or undefined to go on. */
function answerOf(
  position: Position,
  command: ExitCommand,
  plan: ExitPlan & { kind: 'exit' },
  outcome: WorkOutcome,
  summary: PositionSummary,
  filledCombos: number,
): Answer | undefined {
  const common = { filledCombos, openCombos: openOf(summary), reason: outcome.reason };
  if (summary.flat) return { ...common, result: 'CLOSED' };
  if (!plan.closesAll && filledCombos >= plan.combos) return { ...common, result: 'REDUCED' };
  if (position.queue.overtaken) return { ...common, result: filledCombos > 0 ? 'REDUCED' : 'NO_ACTION' };
  if (outcome.kind === 'refused') return { ...common, result: 'REFUSED', code: outcome.code };
  if (outcome.kind === 'nothing') return { ...common, result: 'NO_ACTION' };
  if (outcome.kind === 'done' && command.pricing.kind === 'limit' && command.by === 'person') {
    return { ...common, result: 'FAILED', code: 'NOT_FILLED' };
  }
  return undefined;
}

async function ended(position: Position, answer: Answer): Promise<Answer> {
  if (answer.result !== 'REFUSED') {
    await position.attention.settled();
    return answer;
  }
  await position.attention.raise('exit', answer.reason, answer.code);
  return answer;
}

/** The rules would request it again at once. A message ends the pause: a person's request is handled by itself. */
async function pauseAfterRefusal(position: Position): Promise<void> {
  const { positionId } = position.input;
  if (position.queue.size > 0) return;
  const at = await position.proxies.position.deadlineAfter({ positionId, restMs: REFUSED_PAUSE_MS });
  if (position.queue.size > 0) return;
  await position.waitUntil(at, 'its exit was refused, and the rules go on in a minute');
}

/** Legs out of ratio or reversed are not whole combos, and are still open. */
function openOf(summary: PositionSummary): number {
  return summary.flat ? 0 : Math.max(1, summary.openCombos);
}

async function nothingToDo(
  position: Position,
  plan: ExitPlan & { kind: 'nothing' },
  filledCombos: number,
): Promise<Answer> {
  const summary = await position.proxies.position.readPosition({ positionId: position.input.positionId });
  position.show(summary);
  return {
    result: plan.result,
    reason: plan.reason,
    filledCombos,
    openCombos: openOf(summary),
    ...defined({ code: plan.code }),
  };
}
