/** Signals, updates and the query of a position. Handlers are synchronous, only enqueue, and throw nothing. */

import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { exitCommand } from '../contract/exit-command.js';
import {
  type Accepted,
  type CloseMessage,
  closeSignal,
  closeUpdate,
  type PauseMessage,
  pauseSignal,
  pauseUpdate,
  type ReduceMessage,
  type RollMessage,
  reduceSignal,
  reduceUpdate,
  resumeSignal,
  resumeUpdate,
  rollSignal,
  rollUpdate,
  updateRulesSignal,
  updateRulesUpdate,
} from '../contract/messages.js';
import type { ExitCommand } from '../contract/requests.js';
import { defined } from '../domain/defined.js';

/** What the handlers may touch. */
export interface MessageSink {
  put(command: ExitCommand): Accepted;
  setPaused(paused: boolean, requestId: string): Accepted;
  refreshRules(requestId: string): Accepted;
}

/** Registers every handler; called synchronously at the top of the workflow. */
export function registerMessages(sink: MessageSink): void {
  both(closeSignal, closeUpdate, checkClose, (message) => sink.put(command('CLOSE', message)));
  both(reduceSignal, reduceUpdate, checkReduce, (message) =>
    sink.put({ ...command('REDUCE', message), ratio: message.ratio }),
  );
  both(rollSignal, rollUpdate, checkRoll, (message) =>
    sink.put({ ...command('ROLL', message), ...defined({ dte: message.dte }) }),
  );
  both(pauseSignal, pauseUpdate, checkId, (message) => sink.setPaused(true, message.requestId));
  both(resumeSignal, resumeUpdate, checkId, (message) => sink.setPaused(false, message.requestId));
  both(updateRulesSignal, updateRulesUpdate, checkId, (message) => sink.refreshRules(message.requestId));
}

/** One handler for a signal and the update of the same name. A malformed signal has no caller to answer: it is dropped. */
function both<M extends PauseMessage>(
  signal: SignalDefinition<[M]>,
  update: UpdateDefinition<Accepted, [M]>,
  check: (message: M) => string | undefined,
  handle: (message: M) => Accepted,
): void {
  setHandler(signal, (message) => {
    if (check(message) === undefined) handle(message);
  });
  setHandler(update, handle, {
    validator: (message) => {
      const wrong = check(message);
      if (wrong !== undefined) throw ApplicationFailure.nonRetryable(wrong, 'INVALID_INPUT');
    },
  });
}

function command(action: ExitCommand['action'], message: CloseMessage): ExitCommand {
  const { requestId, urgency, rule, pricing, overrideHalt, replyTo } = message;
  const reason = 'Asked for by a person.';
  return exitCommand({ requestId, action, urgency, rule, reason, by: 'person', pricing, overrideHalt, replyTo });
}

function checkId(message: PauseMessage): string | undefined {
  const valid =
    typeof message?.requestId === 'string' && message.requestId.length > 0 && message.requestId.length <= 100;
  return valid ? undefined : 'requestId: a text of 1 to 100 characters is expected.';
}

function checkClose(message: CloseMessage): string | undefined {
  const urgencies: readonly unknown[] = ['IMMEDIATE', 'HIGH', 'NORMAL', 'LOW', undefined];
  if (!urgencies.includes(message?.urgency))
    return `urgency: ${String(message.urgency)} is not one of IMMEDIATE, HIGH, NORMAL, LOW.`;
  return checkId(message);
}

function checkReduce(message: ReduceMessage): string | undefined {
  if (typeof message?.ratio !== 'number' || !(message.ratio > 0 && message.ratio < 1)) {
    return `ratio: ${String(message?.ratio)} is not allowed; expected a number above 0 and below 1.`;
  }
  return checkClose(message);
}

function checkRoll(message: RollMessage): string | undefined {
  const { dte } = message ?? {};
  if (dte !== undefined && !(Number.isInteger(dte) && dte >= 1 && dte <= 1000)) {
    return `dte: ${String(dte)} is not allowed; expected a whole number of days from 1 to 1000.`;
  }
  return checkClose(message);
}
