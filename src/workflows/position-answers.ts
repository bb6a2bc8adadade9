/** The outcome of a command is sent to everyone who asked for it. */
import { getExternalWorkflowHandle, patched } from '@temporalio/workflow';
import { REQUEST_KINDS } from '../contract/exit-command.js';
import { exitSettledSignal } from '../contract/messages.js';
import { ANSWER_MESSAGES } from '../contract/patches.js';
import type { ExitCommand, ExitOutcome } from '../contract/requests.js';
import type { Position } from './position-state.js';

/** What a command came to, for each who asked. */
export type Answer = Omit<ExitOutcome, 'requestId' | 'positionId'>;

/** What an earlier run was asked, and perhaps began, before it was ended from outside. */
export async function answerAbandoned(position: Position): Promise<void> {
  const { carried, positionId } = position.input;
  if (carried?.abandoned === undefined || carried.abandoned.length === 0) return;
  const { openCombos } = await position.proxies.position.readPosition({ positionId });
  const reason = 'The run of the position was ended from outside. Check what is open, then repeat the request.';
  await answerAll(position, carried.abandoned, { result: 'FAILED', reason, filledCombos: 0, openCombos });
}

/** Requests that still wait when the position is over are answered with ALREADY_CLOSED, and with what became of its roll. */
export async function answerRest(
  position: Position,
  reason = ['The position is already closed.', ...(position.rolled ? [position.rolled] : [])].join(' '),
): Promise<void> {
  await answerAll(position, position.queue.drain(), {
    result: 'ALREADY_CLOSED',
    reason,
    filledCombos: 0,
    openCombos: 0,
  });
}

export async function answerAll(position: Position, commands: readonly ExitCommand[], answer: Answer): Promise<void> {
  for (const command of commands) {
    if (command.by !== 'person') continue;
    const outcome: ExitOutcome = { ...answer, requestId: command.requestId, positionId: position.input.positionId };
    await position.proxies.position.settleRequest(outcome);
    if (outcome.result === 'REDUCED' && patched(ANSWER_MESSAGES)) position.rememberReduction(command);
    if (command.replyTo === undefined) {
      await answerOnPage(position, command, outcome);
      continue;
    }
    try {
      await getExternalWorkflowHandle(command.replyTo).signal(exitSettledSignal, outcome);
    } catch {
      // The requester is gone; the outcome is in the database.
    }
  }
}

/** The requester has no run that waits for the outcome: what did not happen is attention, or nobody would hear of it. */
async function answerOnPage(position: Position, command: ExitCommand, outcome: ExitOutcome): Promise<void> {
  const { result, reason, code } = outcome;
  const isOvertaken = result === 'NO_ACTION' && position.queue.closeAsked !== undefined;
  if (DONE.includes(result) || isOvertaken || position.attention.says(reason)) return;
  if (!patched(ANSWER_MESSAGES)) return;
  const name = REQUEST_KINDS[command.action];
  await position.attention.raise('message', `The request to ${name} was not carried out: ${reason}`, code);
}

const DONE: readonly ExitOutcome['result'][] = ['CLOSED', 'REDUCED', 'ROLLED', 'ALREADY_CLOSED'];
